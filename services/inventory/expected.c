/* expected.c - incoming pieces, counted off by those who wait. */
#include "services/inventory/expected.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/holding.h"
#include "services/inventory/level.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"
#include "services/inventory/tables.h"

#include <string.h>

static const int64_t day_ms = INT64_C(86400000);
enum { NOBODY_SAYS = 0 };

void expected_need(struct rows *rows, const char *sku)
{
    rows_want(rows, &incoming_day_table, key_text(sku));
}

/* When pieces come, and what brings the last of them. */
struct coming {
    int64_t day;
    const char *purchase_order_id; /* NULL: none that is known */
};

/* The day by which so many pieces come, tomorrow at the earliest, and a pre-order not before its own, which is what its orders are
 * promised where nobody says more; of others not all are bought, or nobody says when they come. */
static struct coming coming_of(const struct decision *out, const char *sku, int64_t pieces)
{
    int64_t tomorrow = out->now / day_ms + 1, held_until = stock_held_until(out->rows, sku);
    int64_t first = held_until > tomorrow ? held_until : tomorrow;

    for (void **at = rows_list(out->rows, &incoming_day_table, key_text(sku)); *at != NULL; at++) {
        const struct incoming_day_row *row = *at;

        pieces -= row->pieces;
        if (pieces <= 0) {
            return (struct coming){ row->day > first ? row->day : first, row->purchase_order_id };
        }
    }
    return (struct coming){ held_until != 0 ? first : NOBODY_SAYS, NULL };
}

/* --- Of a reservation ------------------------------------------------------------------------------ */

void expected_note(const struct holding *holding)
{
    struct decision *out = holding->out;

    for (struct reservation_line_row **at = holding_parts(holding); *at != NULL; at++) {
        struct reservation_line_row *part = *at;

        if (part->state == PART_WAITING) {
            part->expected_day =
                coming_of(out, part->sku, backorder_pieces(out->rows, part->sku)).day;
            rows_update(out->rows, &reservation_line_table, part);
        }
    }
}

int64_t expected_at(const struct holding *holding)
{
    int64_t last = 0;

    for (struct reservation_line_row **at = holding_parts(holding); *at != NULL; at++) {
        const struct reservation_line_row *part = *at;

        if (part->state == PART_WAITING && part->expected_day == NOBODY_SAYS) {
            return 0;
        }
        if (part->state == PART_WAITING && part->expected_day > last) {
            last = part->expected_day;
        }
    }
    return last == 0 ? 0 : (last + 1) * day_ms - 1;
}

/* --- What is bought has changed -------------------------------------------------------------------- */

void expected_ask(struct decision *out, const char *sku)
{
    const struct stock_expect input = { .sku = sku };

    decide_input(out, (struct subject){ .id = sku }, MESSAGE_STOCK_EXPECT, &input, sizeof input);
}

void expect_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const char *sku = ((const struct stock_expect *)in->message)->sku;

    level_want(rows, sku);
    rows_want(rows, &claimant_table, key_text(sku));
    expected_need(rows, sku);
}

static void tell_day(struct decision *out, const struct claimant_row *who, struct coming coming)
{
    struct subject order = settle_order_of(out, who);
    const struct stock_expect_on input = {
        .order_id = order.id,
        .order_no = order.number,
        .reservation_id = text_format(out->arena, "%s-H%lld", order.id, (long long)who->hold_no),
        .sku = who->sku,
        .expected_on = coming.day == NOBODY_SAYS ? NULL : calendar_date(out->arena, coming.day),
        .purchase_order_id = coming.purchase_order_id,
    };

    decide_input(out, order, MESSAGE_STOCK_EXPECT_ON, &input, sizeof input);
}

/* Who is about to be given what is free is left alone. */
void on_expect(struct decision *out, const struct incoming_message *in)
{
    const char *sku = ((const struct stock_expect *)in->message)->sku;
    struct claimants waiting = settle_waiting(out, sku);
    int64_t pieces = -stock_free(out->rows, sku);

    for (size_t i = 0; i < waiting.count; i++) {
        const struct claimant_row *who = waiting.rows[i];

        pieces += who->quantity;
        const struct coming coming = coming_of(out, sku, pieces);
        if (pieces > 0 && coming.day != who->expected_day) {
            tell_day(out, who, coming);
        }
    }
}

static void tell_expected(struct holding *holding, const struct stock_expect_on *said)
{
    struct inventory_expected fact = { .order_id = holding->order_id,
                                       .order_no = holding->subject.number,
                                       .reservation_id = holding->reservation_id,
                                       .expected_at = expected_at(holding),
                                       .sku = said->sku,
                                       .expected_on = said->expected_on,
                                       .purchase_order_id = said->purchase_order_id };

    fact.has_expected_at = fact.expected_at != 0;
    fact.clock = holding_clock(holding);
    fact.backorders = holding_lines(holding, PART_WAITING, &fact.backorders_count);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_EXPECTED, &fact, sizeof fact);
}

void on_expect_on(struct decision *out, const struct incoming_message *in)
{
    const struct stock_expect_on *input = in->message;
    struct holding holding;
    int64_t day = NOBODY_SAYS;

    if (!holding_open(&holding, out, in->subject, input->reservation_id)) {
        return;
    }
    if (input->expected_on != NULL && !calendar_day_parse(input->expected_on, &day)) {
        decide_impossible(out, "\"%s\" is no day", input->expected_on);
        return;
    }
    int64_t before = expected_at(&holding);
    for (struct reservation_line_row **at = holding_parts(&holding); *at != NULL; at++) {
        if ((*at)->state == PART_WAITING && strcmp((*at)->sku, input->sku) == 0) {
            (*at)->expected_day = day;
            rows_update(out->rows, &reservation_line_table, *at);
        }
    }
    if (expected_at(&holding) != before) {
        tell_expected(&holding, input);
    }
}
