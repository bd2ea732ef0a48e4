/* count_post.c - a count sheet is approved, and what was counted is booked, an item at a time. */
#include "services/inventory/count_taking.h"

#include "common/mutant.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/booking.h"
#include "services/inventory/counting.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"
#include "services/inventory/watch.h"

#include <string.h>

void count_post(struct count_taking *taking)
{
    void **at = rows_list(taking->out->rows, &count_line_table, key_text(taking->id));

    for (; *at != NULL; at++) {
        const struct count_line_row *line = *at;
        struct stock_count_book input = { .sheet_id = taking->id,
                                          .actor = taking->in->actor,
                                          .sku = line->sku,
                                          .location = line->location,
                                          .counted = line->counted,
                                          .counted_at = line->counted_at };

        if (line->state == COUNT_LINE_STATE_COUNTED) {
            input.lots = lot_pieces_of(taking->out->arena, line->lots, &input.lots_count);
            decide_input(taking->out, (struct subject){ .id = line->sku }, MESSAGE_STOCK_COUNT_BOOK,
                         &input, sizeof input);
        }
    }
}

/* --- Approved ------------------------------------------------------------------------------------- */

static bool is_same(const char *left, const char *right)
{
    return left != NULL && right != NULL && strcmp(left, right) == 0;
}

/* Whether who asks counted any of it, submitted it, or is nobody known. */
static bool took_part(const struct count_taking *taking)
{
    const char *actor = taking->in->actor;
    void **lines = rows_list(taking->out->rows, &count_line_table, key_text(taking->id));
    void **steps = rows_list(taking->out->rows, &count_step_table, key_text(taking->id));
    bool took = actor == NULL;

    for (; *lines != NULL; lines++) {
        took = took || is_same(((const struct count_line_row *)*lines)->counted_by, actor);
    }
    for (; *steps != NULL; steps++) {
        const struct count_step_row *step = *steps;

        took = took || (step->kind == 1 + COUNT_IN_SUBMIT && is_same(step->actor, actor));
    }
    return took;
}

bool count_approve(struct count_taking *taking)
{
    static const struct refusal same = {
        .status = 409,
        .type = "conflict",
        .title = "The present state does not allow it",
        .detail = "somebody else must approve it than who counted or submitted it"
    };

    if (took_part(taking)) {
        reply_refused(taking->out, taking->in, &same);
        return false;
    }
    count_post(taking);
    return true;
}

static bool is_any_open(const struct count_taking *taking)
{
    void **at = rows_list(taking->out->rows, &count_line_table, key_text(taking->id));

    while (*at != NULL && ((const struct count_line_row *)*at)->state != COUNT_LINE_STATE_COUNTED) {
        at++;
    }
    return *at != NULL;
}

bool count_note_booked(struct count_taking *taking)
{
    const struct stock_count_booked *input = taking->in->message;
    struct count_line_row *line = count_line(taking, input->sku);

    if (line == NULL || line->state != COUNT_LINE_STATE_COUNTED) {
        decide_impossible(taking->out, "\"%s\" was not to be booked for %s", input->sku,
                          taking->id);
        return false;
    }
    line->state = input->refused == NULL ? COUNT_LINE_STATE_POSTED : COUNT_LINE_STATE_REFUSED;
    line->booked = input->change;
    line->refused = input->refused;
    count_line_change(taking, line);
    return !is_any_open(taking);
}

/* --- In the lane of the SKU ----------------------------------------------------------------------- */

static struct stock_adjust adjustment_of(const struct stock_count_book *input)
{
    return (struct stock_adjust){ .sku = input->sku,
                                  .location = input->location,
                                  .counted = input->counted,
                                  .has_counted = true,
                                  .counted_at = input->counted_at,
                                  .has_counted_at = true,
                                  .reason = ADJUSTMENT_REASON_COUNT };
}

void count_book_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct stock_count_book *input = in->message;
    const struct stock_adjust counted = adjustment_of(input);

    booking_need_shared(input->sku, rows);
    counting_need_shared(&counted, rows);
}

static void state_adjusted(struct decision *out, const struct stock_count_book *input,
                           const struct stock_row *stock, int64_t change)
{
    const struct inventory_adjusted fact = { .sku = input->sku,
                                             .location = input->location,
                                             .clock = level_version(out->rows, input->sku),
                                             .request_id = input->sheet_id,
                                             .reason = ADJUSTMENT_REASON_COUNT,
                                             .quantity_change = change,
                                             .on_hand = stock->on_hand,
                                             .owed = stock->owed };

    out->clock = fact.clock - 1; /* the SKU's own time: the version of all its stock */
    decide_emit(out, (struct subject){ .id = input->sku }, MESSAGE_INVENTORY_ADJUSTED, &fact,
                sizeof fact);
}

static struct lot_request lots_of_count(const struct decision *out,
                                        const struct stock_count_book *input)
{
    return (struct lot_request){ .out = out,
                                 .at = "",
                                 .sku = input->sku,
                                 .location = input->location,
                                 .lots = input->lots,
                                 .count = input->lots_count,
                                 .quantity = input->counted,
                                 .use = LOT_USE_COUNTED };
}

static void book(struct decision *out, const struct stock_count_book *input, int64_t change)
{
    const struct lot_request lots = lots_of_count(out, input);
    const struct ledger_row cause = { .reason = ADJUSTMENT_REASON_COUNT,
                                      .request_id = input->sheet_id,
                                      .actor = input->actor,
                                      .at = out->now,
                                      .names = lot_request_names(&lots) };

    if (change != 0 || (cause.names != NULL && cause.names->count > 0)) {
        struct stock_row *stock = booking_row(out->rows, input->sku, input->location);

        stock_book(out->rows, stock, change, &cause);
        state_adjusted(out, input, stock, change);
        lots_tell(out, (struct subject){ .id = input->sku }, level_version(out->rows, input->sku));
        level_publish(out, input->sku);
        settle_when_needed(out, input->sku);
    }
    if (!mutant("forget_count")) {
        watch_counted(out->rows, input->sku, input->location, input->counted_at);
    }
}

/* What is there now by the count, less what the books say; why it cannot be booked, or NULL. */
static const char *change_of(const struct decision *out, const struct stock_count_book *input,
                             int64_t *ret_change)
{
    const struct stock_adjust counted = adjustment_of(input);
    const struct stock_row *stock = stock_find(out->rows, input->sku, input->location);
    const char *fault = counting_fault(out, &counted);
    int64_t there = fault == NULL ? counting_there_now(out, &counted) : 0;

    *ret_change = 0;
    if (fault != NULL) {
        return fault;
    }
    if (there < 0) {
        return "more pieces have left since then; count again";
    }
    if (there > STOCK_QUANTITY_MAX) {
        return "no more than 1000000000 pieces fit a place";
    }
    const struct lot_request lots = lots_of_count(out, input);
    const char *pointer = NULL;

    fault = there != input->counted && lots_begin(out->arena, out->rows, input->sku) != NULL
                ? "pieces have come or left since then, nobody knows of which lots: count again"
                : lot_request_fault(&lots, &pointer);
    if (fault != NULL) {
        return fault;
    }
    *ret_change = there - (stock == NULL ? 0 : stock->on_hand);
    return NULL;
}

void on_count_book(struct decision *out, const struct incoming_message *in)
{
    const struct stock_count_book *input = in->message;
    struct stock_count_booked booked = { .sheet_id = input->sheet_id, .sku = input->sku };

    booked.refused = change_of(out, input, &booked.change);
    if (booked.refused == NULL) {
        book(out, input, booked.change);
    }
    decide_input(out, (struct subject){ .id = input->sheet_id }, MESSAGE_STOCK_COUNT_BOOKED,
                 &booked, sizeof booked);
}
