/* commands.c - fulfill and cancel, and work that does itself. */
#include "services/fulfillment/commands.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/id.h"
#include "common/recipe.h"
#include "proto/message_type.h"
#include "services/fulfillment/packing.h"
#include "services/fulfillment/work.h"

enum { SHIP_TO_BYTES_MAX = 16384 };

/* --- What is needed ----------------------------------------------------------------------------- */

void fulfill_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, ((const struct fulfillment_fulfill *)in->message)->fulfillment_id);
}

static void want_items(struct rows *rows, const struct work_line *line)
{
    rows_want(rows, &item_table, key_text(line->sku));
    for (size_t i = 0; i < line->components_count; i++) {
        rows_want(rows, &item_table, key_text(line->components[i].sku));
    }
}

void fulfill_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct fulfillment_fulfill *command = in->message;
    const struct fulfillment_row *row = work_named(rows, command->fulfillment_id);

    if (row != NULL) {
        work_want_contents(rows, row);
        return;
    }
    rows_want(rows, &place_table, key_text(command->location));
    for (size_t i = 0; i < command->lines_count; i++) {
        want_items(rows, &command->lines[i]);
    }
}

void cancel_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, ((const struct fulfillment_cancel *)in->message)->fulfillment_id);
}

void work_timer_need(const struct incoming_timer *in, struct rows *rows)
{
    work_want(rows, in->subject.id);
    rows_want(rows, &line_table, key_number(in->subject.number));
}

void work_timer_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    const struct fulfillment_row *row = work_find(rows, in->subject.id, in->step);

    if (row == NULL) {
        return;
    }
    rows_want(rows, &place_table, key_text(row->location));
    for (void **line = rows_list(rows, &line_table, key_number(row->order_no)); *line != NULL;
         line++) {
        const struct line_row *stored = *line;

        rows_want(rows, &item_table, key_text(stored->sku));
        recipe_want(rows, &item_table, stored->components);
    }
}

/* --- A place without people --------------------------------------------------------------------- */

static int64_t weight_known(const struct work *work, const char *sku)
{
    const struct item_row *item = rows_find(work->out->rows, &item_table, key_text(sku));

    return item == NULL ? 0 : item->weight_grams;
}

/* Of one piece; of a bundle that nobody weighed what its components weigh.  0: not known. */
static int64_t weight_of(const struct work *work, const struct line_row *line)
{
    int64_t weight_grams = weight_known(work, line->sku);
    struct recipe recipe = recipe_of(work->out->arena, line->sku, line->components);

    if (weight_grams > 0) {
        return weight_grams;
    }
    for (size_t i = 0; i < recipe.count; i++) {
        int64_t one_grams = weight_known(work, recipe.components[i].sku);

        if (one_grams == 0) {
            return 0;
        }
        weight_grams += recipe.components[i].quantity * one_grams;
    }
    return weight_grams;
}

static void pack_by_itself(const struct work *work)
{
    struct packing packing;
    size_t count = 0;
    struct line_row **lines = work_lines(work, &count);
    struct pieces *pieces = arena_alloc(work->out->arena, (count + 1) * sizeof *pieces);

    for (size_t i = 0; i < count; i++) {
        pieces[i] = (struct pieces){ .line_no = lines[i]->line_no,
                                     .quantity = lines[i]->quantity,
                                     .weight_grams = weight_of(work, lines[i]) };
    }
    if (pack_pieces(work->out->arena, pieces, count, &packing)) {
        say_picked(work, NULL);
        say_packed_in(work, packing.parcels, packing.count);
        work_move(work, WORK_PACKED);
    }
}

/* What follows when work has come to a place. */
static void begin_at_place(const struct work *work)
{
    const struct place_row *place =
        rows_find(work->out->rows, &place_table, key_text(work->row->location));

    if (work_is_on_hold(work->row)) {
        return; /* begun when it is released */
    }
    if (place == NULL) {
        if (work->out->now <= work->row->opened_at + PLACE_PATIENCE_MS) {
            decide_timer(work->out, work->subject, TIMER_PLACE, work->out->now + PLACE_PAUSE_MS,
                         work->row->fulfillment_no);
        }
    } else if (place->automatic) {
        pack_by_itself(work);
    }
}

static void open_work(const struct work *work)
{
    work->row->opened_at = work->out->now;
    work_move(work, WORK_OPEN);
    say_opened(work);
    begin_at_place(work);
}

/* --- fulfill ------------------------------------------------------------------------------------ */

static void add_member(struct buffer *buffer, const char *name, const char *value)
{
    if (value == NULL) {
        return;
    }
    buffer_append_text(buffer, buffer->length > 1 ? "," : "");
    buffer_append_json_string(buffer, name);
    buffer_append_text(buffer, ":");
    buffer_append_json_string(buffer, value);
}

/* As the contract has it, for whoever writes the dispatch note. */
static const char *address_json(struct arena *arena, const struct postal_address *address)
{
    struct buffer buffer;

    buffer_init(&buffer, SHIP_TO_BYTES_MAX);
    buffer_append_text(&buffer, "{");
    add_member(&buffer, "name", address->name);
    add_member(&buffer, "company", address->company);
    add_member(&buffer, "line1", address->line1);
    add_member(&buffer, "line2", address->line2);
    add_member(&buffer, "city", address->city);
    add_member(&buffer, "region", address->region);
    add_member(&buffer, "postal_code", address->postal_code);
    add_member(&buffer, "country", address->country);
    buffer_append_text(&buffer, "}");
    const char *text =
        buffer.overflowed ? NULL : arena_copy_text(arena, buffer.bytes, buffer.length);
    buffer_release(&buffer);
    return text;
}

/* The bytes of a public id, in the arena; NULL when it is none. */
static const unsigned char *order_bytes(struct arena *arena, const char *order_id)
{
    unsigned char *bytes = arena_alloc(arena, ORDER_ID_BYTES);

    return order_id_parse(order_id, bytes) ? bytes : NULL;
}

static void keep_lines(const struct work *work, const struct fulfillment_fulfill *command)
{
    for (size_t i = 0; i < command->lines_count; i++) {
        const struct work_line *line = &command->lines[i];

        rows_insert(
            work->out->rows, &line_table,
            &(struct line_row){ .order_no = work->row->order_no,
                                .fulfillment_no = work->row->fulfillment_no,
                                .line_no = line->line_no,
                                .sku = line->sku,
                                .quantity = line->quantity,
                                .customization = line->customization,
                                .components = recipe_text(work->out->arena, line->components,
                                                          line->components_count) });
    }
}

static bool repeats_a_line(const struct fulfillment_fulfill *command)
{
    bool seen[512] = { false };

    for (size_t i = 0; i < command->lines_count; i++) {
        size_t line_no = (size_t)command->lines[i].line_no;

        if (line_no >= sizeof seen || seen[line_no]) {
            return true;
        }
        seen[line_no] = true;
    }
    return false;
}

static void begin_work(struct decision *out, const struct fulfillment_fulfill *command)
{
    const unsigned char *bytes = order_bytes(out->arena, command->order_id);

    if (bytes == NULL || repeats_a_line(command)) {
        decide_impossible(out, bytes == NULL ? "the order id is none" : "a line comes twice");
        return;
    }
    bool later = command->has_ship_not_before && command->ship_not_before > out->now;
    struct fulfillment_row row = {
        .order_id = { bytes, ORDER_ID_BYTES },
        .fulfillment_no = child_id_counter(command->fulfillment_id, 'F'),
        .order_no = command->order_no,
        .state = WORK_SCHEDULED,
        .clock = out->clock,
        .location = command->location,
        .shipping_service = command->shipping_service,
        .ship_to = address_json(out->arena, &command->ship_to),
        .note = command->note,
        .opened_at = later ? command->ship_not_before : out->now,
        .changed_at = out->now,
        .priority = command->has_priority ? command->priority : PRIORITY_DEFAULT,
    };

    row.hand_over_by = command->has_hand_over_by ? command->hand_over_by : row.opened_at;
    row.promised_by = command->has_promised_by ? command->promised_by : row.hand_over_by;
    struct work work = work_of(out, rows_insert(out->rows, &fulfillment_table, &row));

    keep_lines(&work, command);
    if (later) {
        decide_timer(out, work.subject, TIMER_OPEN, row.opened_at, row.fulfillment_no);
    } else {
        open_work(&work);
    }
}

static void refuse(struct decision *out, const struct incoming_message *in,
                   enum refused_reason reason)
{
    const struct fulfillment_fulfill *command = in->message;
    const struct fulfillment_refused fact = { .order_id = command->order_id,
                                              .order_no = command->order_no,
                                              .clock = out->clock + 1,
                                              .command = "kervan.fulfillment.fulfill.v1",
                                              .subject_id = command->fulfillment_id,
                                              .reason = reason };

    decide_emit(out, in->subject, MESSAGE_FULFILLMENT_REFUSED, &fact, sizeof fact);
}

/* What was said last, again: the other side has lost it, or asks too early. */
static void tell_state(const struct work *work)
{
    if (work->row->state == WORK_PACKED) {
        say_packed(work);
    } else if (work->row->state == WORK_PICKED) {
        say_picked(work, NULL);
    } else {
        say_opened(work);
    }
}

void on_fulfill(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_fulfill *command = in->message;
    struct fulfillment_row *row = work_named(out->rows, command->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_FULFILL);

    if (rule.action == WORK_BEGINS) {
        if (out->now > command->valid_until) {
            refuse(out, in, REFUSED_REASON_EXPIRED);
        } else {
            begin_work(out, command);
        }
    } else if (rule.action == WORK_TELLS_STATE) {
        struct work work = work_of(out, row);

        tell_state(&work);
    } else if (rule.action == WORK_REFUSES_UNDONE) {
        refuse(out, in, REFUSED_REASON_UNDONE);
    }
}

/* --- amend -------------------------------------------------------------------------------------- */

void amend_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, ((const struct fulfillment_amend *)in->message)->fulfillment_id);
}

void on_amend(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_amend *command = in->message;
    struct fulfillment_row *row = work_named(out->rows, command->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_HOLD);

    if (rule.action !=
        WORK_HOLDS) { /* what is packed has its papers, and goes by the address that the order tells the carrier */
        return;
    }
    struct work work = work_of(out, row);

    if (command->ship_to != NULL) {
        row->ship_to = address_json(out->arena, command->ship_to);
    }
    if (command->has_priority) {
        row->priority = command->priority;
    }
    (void)work_touch(&work);
}

/* --- cancel ------------------------------------------------------------------------------------- */

static void bury(struct decision *out, const struct fulfillment_cancel *command)
{
    const unsigned char *bytes = order_bytes(out->arena, command->order_id);

    if (bytes == NULL) {
        decide_impossible(out, "the order id is none");
        return;
    }
    const struct fulfillment_row row = {
        .order_id = { bytes, ORDER_ID_BYTES },
        .fulfillment_no = child_id_counter(command->fulfillment_id, 'F'),
        .order_no = command->order_no,
        .state = WORK_TOMBSTONE,
        .reason = command->reason,
        .location = "",
        .shipping_service = "",
        .opened_at = out->now,
        .changed_at = out->now,
        .priority = PRIORITY_DEFAULT,
        .hand_over_by = out->now,
        .promised_by = out->now,
    };
    struct work work = work_of(out, rows_insert(out->rows, &fulfillment_table, &row));

    say_canceled(&work);
}

void on_cancel(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_cancel *command = in->message;
    struct fulfillment_row *row = work_named(out->rows, command->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_CANCEL);

    if (row == NULL) {
        bury(out, command);
        return;
    }
    struct work work = work_of(out, row);

    if (rule.action == WORK_REFUSES_CANCEL) {
        say_cancel_refused(&work);
        return;
    }
    if (rule.action == WORK_CANCELS) {
        row->reason = command->reason;
        work_move(&work, rule.next);
    }
    say_canceled(&work);
}

/* --- Timers ------------------------------------------------------------------------------------- */

void on_open_due(struct decision *out, const struct incoming_timer *in)
{
    struct fulfillment_row *row = work_find(out->rows, in->subject.id, in->step);

    if (row == NULL || work_rule((enum work_state)row->state, WORK_IN_DUE).action != WORK_OPENS) {
        return;
    }
    struct work work = work_of(out, row);

    open_work(&work);
}

/* Work that came before its place was known, or that was on hold: what would have been done then is done now. */
void on_place_due(struct decision *out, const struct incoming_timer *in)
{
    struct fulfillment_row *row = work_find(out->rows, in->subject.id, in->step);

    if (row == NULL || row->state != WORK_OPEN) {
        return;
    }
    struct work work = work_of(out, row);

    begin_at_place(&work);
}
