/* shortage.c - which pieces leave the work, and what is said of it. */
#include "services/fulfillment/shortage.h"

#include "common/arena.h"
#include "common/recipe.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/fulfillment/reply.h"
#include "services/fulfillment/tally.h"

#include <assert.h>
#include <string.h>

/* --- short -------------------------------------------------------------------------------------- */

static const struct fulfillment_short *short_request(const struct incoming_message *in)
{
    return in->message;
}

const char *short_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return work_order_of(arena, short_request(in)->fulfillment_id);
}

void short_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, short_request(in)->fulfillment_id);
}

void short_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct fulfillment_row *row = work_named(rows, short_request(in)->fulfillment_id);

    if (row != NULL) {
        rows_want(rows, &line_table, key_number(row->order_no));
        rows_want(rows, &shortage_table, key_number(row->order_no));
    }
}

/* The contract has the same words in the report and in the fact. */
static enum fulfillment_shorted_reason reason_of(const struct fulfillment_short *request)
{
    return request->body.reason == FULFILLMENT_SHORT_BODY_REASON_DAMAGED
               ? FULFILLMENT_SHORTED_REASON_DAMAGED
               : FULFILLMENT_SHORTED_REASON_NOT_FOUND;
}

static const char *report_of(const struct incoming_message *in)
{
    return in->idempotency_key == NULL ? in->id : in->idempotency_key;
}

static bool reported_before(const struct rows *rows, const struct fulfillment_row *row,
                            const char *report)
{
    void **list = rows_list(rows, &shortage_table, key_number(row->order_no));

    for (; *list != NULL; list++) {
        const struct shortage_row *shortage = *list;

        if (shortage->fulfillment_no == row->fulfillment_no &&
            strcmp(shortage->report, report) == 0) {
            return true;
        }
    }
    return false;
}

/* What is named of the components of a line, as it is kept. */
static const char *named_of_line(struct arena *arena, const struct fulfillment_short *request,
                                 int64_t line_no)
{
    size_t count = 0;
    struct bundle_component *named =
        arena_alloc(arena, (request->body.components_count + 1) * sizeof *named);

    for (size_t i = 0; i < request->body.components_count; i++) {
        const struct line_quantity *piece = &request->body.components[i];

        if (piece->line_no == line_no) {
            named[count++] =
                (struct bundle_component){ .sku = piece->sku, .quantity = piece->quantity };
        }
    }
    return recipe_text(arena, named, count);
}

/* Each once, of a bundle that is short, and no more of it than is in the bundles that are short. */
static void check_component(struct tally *tally, const struct fulfillment_short *request, size_t at)
{
    const struct line_quantity *piece = &request->body.components[at];
    const char *pointer = text_format(tally->arena, "/components/%zu", at);
    size_t line = 0;

    while (line < tally->count &&
           (tally->lines[line]->line_no != piece->line_no || tally->reported[line] == 0)) {
        line++;
    }
    if (line == tally->count) {
        tally_object(tally, text_format(tally->arena, "%s/line_no", pointer),
                     "is none of the lines that are short");
        return;
    }
    const struct line_row *bundle = tally->lines[line];
    int64_t pieces =
        tally->reported[line] *
        (bundle->components == NULL
             ? 0
             : recipe_pieces(recipe_of(tally->arena, bundle->sku, bundle->components), piece->sku));

    if (pieces == 0) {
        tally_object(
            tally, text_format(tally->arena, "%s/sku", pointer),
            text_format(tally->arena, "is no component of line %lld", (long long)piece->line_no));
    } else if (piece->quantity > pieces) {
        tally_object(tally, text_format(tally->arena, "%s/quantity", pointer),
                     text_format(tally->arena, "only %lld are in what is short of line %lld",
                                 (long long)pieces, (long long)piece->line_no));
    }
}

static bool is_named_before(const struct line_quantity *named, size_t at)
{
    size_t i = 0;

    while (named[i].line_no != named[at].line_no || strcmp(named[i].sku, named[at].sku) != 0) {
        i++;
    }
    return i < at;
}

static void check_components(struct tally *tally, const struct fulfillment_short *request)
{
    for (size_t i = 0; i < request->body.components_count; i++) {
        check_component(tally, request, i);
        if (is_named_before(request->body.components, i)) {
            tally_object(tally, text_format(tally->arena, "/components/%zu", i),
                         "names a component of a line again");
        }
    }
}

static void keep_shortage(const struct work *work, const struct line_quantity *lines, size_t count,
                          const struct incoming_message *in)
{
    const struct fulfillment_short *request = short_request(in);

    for (size_t i = 0; i < count; i++) {
        rows_insert(work->out->rows, &shortage_table,
                    &(struct shortage_row){
                        .order_no = work->row->order_no,
                        .fulfillment_no = work->row->fulfillment_no,
                        .report = report_of(in),
                        .line_no = lines[i].line_no,
                        .quantity = lines[i].quantity,
                        .reason = reason_of(short_request(in)),
                        .components = named_of_line(work->out->arena, request, lines[i].line_no) });
    }
}

static void take_short(const struct work *work, const struct tally *tally,
                       const struct incoming_message *in)
{
    size_t count = 0;
    const struct line_quantity *lines = tally_counted(tally, &count);
    const struct fulfillment_short *request = short_request(in);

    tally_take_off(tally, work);
    keep_shortage(work, lines, count, in);
    if (request->body.note != NULL) {
        work->row->place_note = request->body.note;
    }
    say_shorted(work, &(struct shortage){ .lines = lines,
                                          .line_count = count,
                                          .components = request->body.components,
                                          .component_count = request->body.components_count,
                                          .reason = reason_of(request) });
    work_end_if_empty(work, CANCEL_REASON_OUT_OF_STOCK);
    reply_done(work->out, in, 200, request->fulfillment_id);
}

void on_short(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_short *request = in->message;
    struct fulfillment_row *row = work_named(out->rows, request->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_SHORT);

    if (row != NULL) {
        /* Work that began in this very batch was not found before: no shortage of it is stored. */
        (void)rows_want(out->rows, &shortage_table, key_number(row->order_no));
    }
    if (row != NULL && reported_before(out->rows, row, report_of(in))) {
        reply_done(out, in, 200, request->fulfillment_id);
        return;
    }
    if (reply_by_state(out, in, rule.action, request->fulfillment_id)) {
        return;
    }
    assert(row != NULL); /* all else is answered */
    if (reply_stale(out, in, row->clock)) {
        return;
    }
    struct work work = work_of(out, row);
    struct tally tally = tally_of(&work);

    for (size_t i = 0; i < request->body.lines_count; i++) {
        const struct parcel_line *line = &request->body.lines[i];

        tally_take(&tally, line->line_no, line->quantity, text_format(out->arena, "/lines/%zu", i));
    }
    check_components(&tally, request);
    if (tally.detail != NULL) {
        reply_invalid(out, in, tally.pointer, tally.detail);
    } else {
        take_short(&work, &tally, in);
    }
}

/* --- cancel_now --------------------------------------------------------------------------------- */

const char *cancel_now_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return work_order_of(arena,
                         ((const struct fulfillment_cancel_now *)in->message)->fulfillment_id);
}

void cancel_now_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, ((const struct fulfillment_cancel_now *)in->message)->fulfillment_id);
}

void on_cancel_now(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_cancel_now *request = in->message;
    struct fulfillment_row *row = work_named(out->rows, request->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_GIVE_UP);

    if (reply_by_state(out, in, rule.action, request->fulfillment_id) ||
        reply_stale(out, in, row->clock)) {
        return;
    }
    struct work work = work_of(out, row);

    row->reason = request->body.reason;
    if (request->body.note != NULL) {
        row->place_note = request->body.note;
    }
    work_move(&work, rule.next);
    say_canceled(&work);
    reply_done(out, in, 200, request->fulfillment_id);
}

/* --- reduce ------------------------------------------------------------------------------------- */

void reduce_need(const struct incoming_message *in, struct rows *rows)
{
    const struct fulfillment_reduce *command = in->message;

    work_want(rows, command->fulfillment_id);
    rows_want(rows, &line_table, key_number(command->order_no));
}

/* `row` is NULL where there is nothing to reduce. */
static void refuse_reduce(struct decision *out, const struct incoming_message *in,
                          struct fulfillment_row *row,
                          enum fulfillment_reduce_refused_reason reason)
{
    const struct fulfillment_reduce *command = in->message;

    if (row != NULL) {
        const struct work work =
            work_of(out, row); /* so that the clock is later than what was said of it */

        (void)work_touch(&work);
    }
    const struct fulfillment_reduce_refused fact = { .order_id = command->order_id,
                                                     .order_no = command->order_no,
                                                     .clock = out->clock + 1,
                                                     .fulfillment_id = command->fulfillment_id,
                                                     .change_no = command->change_no,
                                                     .has_change_no = true,
                                                     .reason = reason };

    decide_emit(out, in->subject, MESSAGE_FULFILLMENT_REDUCE_REFUSED, &fact, sizeof fact);
}

static void reduce(struct decision *out, const struct incoming_message *in,
                   struct fulfillment_row *row)
{
    const struct fulfillment_reduce *command = in->message;
    struct work work = work_of(out, row);
    struct tally tally = tally_of(&work);
    size_t count = 0;

    for (size_t i = 0; i < command->lines_count; i++) {
        tally_take(&tally, command->lines[i].line_no, command->lines[i].quantity, "/lines");
    }
    if (tally.detail != NULL) {
        refuse_reduce(out, in, row, FULFILLMENT_REDUCE_REFUSED_REASON_TOO_MANY);
        return;
    }
    const struct line_quantity *lines = tally_counted(&tally, &count);

    tally_take_off(&tally, &work);
    say_reduced(&work, lines, count);
    work_end_if_empty(&work, CANCEL_REASON_OTHER);
}

void on_reduce(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_reduce *command = in->message;
    struct fulfillment_row *row = work_named(out->rows, command->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_REDUCE);

    if (row != NULL && command->change_no <= row->change_no) {
        return; /* answered before */
    }
    if (row != NULL) {
        row->change_no = command->change_no;
    }
    if (rule.action == WORK_REFUSES_LATE) {
        refuse_reduce(out, in, row, FULFILLMENT_REDUCE_REFUSED_REASON_PACKED);
    } else if (rule.action == WORK_REFUSES_GONE) {
        refuse_reduce(out, in, row, FULFILLMENT_REDUCE_REFUSED_REASON_CANCELED);
    } else if (out->now > command->valid_until) {
        refuse_reduce(out, in, row, FULFILLMENT_REDUCE_REFUSED_REASON_EXPIRED);
    } else {
        reduce(out, in, row);
    }
}
