/* work.c - what a fulfillment may become, and what it consists of. */
#include "services/fulfillment/work.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/reached.h"

#include <assert.h>
#include <string.h>

static const struct work_rule rules[WORK_STATE_COUNT][WORK_INPUT_COUNT] = {
    [WORK_NONE] = {
        [WORK_IN_FULFILL] = { WORK_BEGINS, WORK_OPEN },
        [WORK_IN_PICK] = { WORK_ANSWERS_UNKNOWN, WORK_NONE },
        [WORK_IN_PACK] = { WORK_ANSWERS_UNKNOWN, WORK_NONE },
        [WORK_IN_CANCEL] = { WORK_BURIES, WORK_TOMBSTONE },
        [WORK_IN_SHORT] = { WORK_ANSWERS_UNKNOWN, WORK_NONE },
        [WORK_IN_HOLD] = { WORK_ANSWERS_UNKNOWN, WORK_NONE },
        [WORK_IN_RELEASE] = { WORK_ANSWERS_UNKNOWN, WORK_NONE },
        [WORK_IN_GIVE_UP] = { WORK_ANSWERS_UNKNOWN, WORK_NONE },
        [WORK_IN_REDUCE] = { WORK_REFUSES_GONE, WORK_NONE },
    },
    [WORK_SCHEDULED] = {
        [WORK_IN_FULFILL] = { WORK_DOES_NOTHING, WORK_SCHEDULED },
        [WORK_IN_DUE] = { WORK_OPENS, WORK_OPEN },
        [WORK_IN_PICK] = { WORK_ANSWERS_EARLY, WORK_SCHEDULED },
        [WORK_IN_PACK] = { WORK_ANSWERS_EARLY, WORK_SCHEDULED },
        [WORK_IN_CANCEL] = { WORK_CANCELS, WORK_CANCELED },
        [WORK_IN_SHORT] = { WORK_ANSWERS_EARLY, WORK_SCHEDULED },
        [WORK_IN_SUSPEND] = { WORK_SUSPENDS, WORK_SCHEDULED },
        [WORK_IN_RESUME] = { WORK_RESUMES, WORK_SCHEDULED },
        [WORK_IN_HOLD] = { WORK_HOLDS, WORK_SCHEDULED },
        [WORK_IN_RELEASE] = { WORK_RELEASES, WORK_SCHEDULED },
        [WORK_IN_GIVE_UP] = { WORK_CANCELS, WORK_CANCELED },
        [WORK_IN_REDUCE] = { WORK_REDUCES, WORK_SCHEDULED },
    },
    [WORK_OPEN] = {
        [WORK_IN_FULFILL] = { WORK_TELLS_STATE, WORK_OPEN },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_OPEN },
        [WORK_IN_PICK] = { WORK_PICKS, WORK_PICKED },
        [WORK_IN_PACK] = { WORK_PACKS, WORK_PACKED },
        [WORK_IN_CANCEL] = { WORK_CANCELS, WORK_CANCELED },
        [WORK_IN_SHORT] = { WORK_SHORTS, WORK_OPEN },
        [WORK_IN_SUSPEND] = { WORK_SUSPENDS, WORK_OPEN },
        [WORK_IN_RESUME] = { WORK_RESUMES, WORK_OPEN },
        [WORK_IN_HOLD] = { WORK_HOLDS, WORK_OPEN },
        [WORK_IN_RELEASE] = { WORK_RELEASES, WORK_OPEN },
        [WORK_IN_GIVE_UP] = { WORK_CANCELS, WORK_CANCELED },
        [WORK_IN_REDUCE] = { WORK_REDUCES, WORK_OPEN },
    },
    [WORK_PICKED] = {
        [WORK_IN_FULFILL] = { WORK_TELLS_STATE, WORK_PICKED },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_PICKED },
        [WORK_IN_PICK] = { WORK_ANSWERS_DONE, WORK_PICKED },
        [WORK_IN_PACK] = { WORK_PACKS, WORK_PACKED },
        [WORK_IN_CANCEL] = { WORK_CANCELS, WORK_CANCELED },
        [WORK_IN_SHORT] = { WORK_SHORTS, WORK_PICKED },
        [WORK_IN_SUSPEND] = { WORK_SUSPENDS, WORK_PICKED },
        [WORK_IN_RESUME] = { WORK_RESUMES, WORK_PICKED },
        [WORK_IN_HOLD] = { WORK_HOLDS, WORK_PICKED },
        [WORK_IN_RELEASE] = { WORK_RELEASES, WORK_PICKED },
        [WORK_IN_GIVE_UP] = { WORK_CANCELS, WORK_CANCELED },
        [WORK_IN_REDUCE] = { WORK_REDUCES, WORK_PICKED },
    },
    [WORK_PACKED] = {
        [WORK_IN_FULFILL] = { WORK_TELLS_STATE, WORK_PACKED },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_PACKED },
        [WORK_IN_PICK] = { WORK_ANSWERS_DONE, WORK_PACKED },
        [WORK_IN_PACK] = { WORK_ANSWERS_DONE, WORK_PACKED },
        [WORK_IN_CANCEL] = { WORK_REFUSES_CANCEL, WORK_PACKED },
        [WORK_IN_SHORT] = { WORK_ANSWERS_PACKED, WORK_PACKED },
        [WORK_IN_SUSPEND] = { WORK_DOES_NOTHING, WORK_PACKED },
        [WORK_IN_RESUME] = { WORK_DOES_NOTHING, WORK_PACKED },
        [WORK_IN_HOLD] = { WORK_ANSWERS_PACKED, WORK_PACKED },
        [WORK_IN_RELEASE] = { WORK_ANSWERS_DONE, WORK_PACKED },
        [WORK_IN_GIVE_UP] = { WORK_ANSWERS_PACKED, WORK_PACKED },
        [WORK_IN_REDUCE] = { WORK_REFUSES_LATE, WORK_PACKED },
    },
    [WORK_CANCELED] = {
        [WORK_IN_FULFILL] = { WORK_REFUSES_UNDONE, WORK_CANCELED },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_CANCELED },
        [WORK_IN_PICK] = { WORK_ANSWERS_CANCELED, WORK_CANCELED },
        [WORK_IN_PACK] = { WORK_ANSWERS_CANCELED, WORK_CANCELED },
        [WORK_IN_CANCEL] = { WORK_TELLS_CANCELED, WORK_CANCELED },
        [WORK_IN_SHORT] = { WORK_ANSWERS_CANCELED, WORK_CANCELED },
        [WORK_IN_SUSPEND] = { WORK_DOES_NOTHING, WORK_CANCELED },
        [WORK_IN_RESUME] = { WORK_DOES_NOTHING, WORK_CANCELED },
        [WORK_IN_HOLD] = { WORK_ANSWERS_CANCELED, WORK_CANCELED },
        [WORK_IN_RELEASE] = { WORK_ANSWERS_CANCELED, WORK_CANCELED },
        [WORK_IN_GIVE_UP] = { WORK_ANSWERS_DONE, WORK_CANCELED },
        [WORK_IN_REDUCE] = { WORK_REFUSES_GONE, WORK_CANCELED },
    },
    [WORK_TOMBSTONE] = {
        [WORK_IN_FULFILL] = { WORK_REFUSES_UNDONE, WORK_TOMBSTONE },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_TOMBSTONE },
        [WORK_IN_PICK] = { WORK_ANSWERS_UNKNOWN, WORK_TOMBSTONE },
        [WORK_IN_PACK] = { WORK_ANSWERS_UNKNOWN, WORK_TOMBSTONE },
        [WORK_IN_CANCEL] = { WORK_TELLS_CANCELED, WORK_TOMBSTONE },
        [WORK_IN_SHORT] = { WORK_ANSWERS_UNKNOWN, WORK_TOMBSTONE },
        [WORK_IN_SUSPEND] = { WORK_DOES_NOTHING, WORK_TOMBSTONE },
        [WORK_IN_RESUME] = { WORK_DOES_NOTHING, WORK_TOMBSTONE },
        [WORK_IN_HOLD] = { WORK_ANSWERS_UNKNOWN, WORK_TOMBSTONE },
        [WORK_IN_RELEASE] = { WORK_ANSWERS_UNKNOWN, WORK_TOMBSTONE },
        [WORK_IN_GIVE_UP] = { WORK_ANSWERS_UNKNOWN, WORK_TOMBSTONE },
        [WORK_IN_REDUCE] = { WORK_REFUSES_GONE, WORK_TOMBSTONE },
    },
};

static bool rule_has(int row, int column)
{
    return row >= 0 && column >= 0;
}
static const struct reached_table rule_cells = {
    .name = "work of a place",
    .rows = WORK_STATE_COUNT,
    .columns = WORK_INPUT_COUNT,
    .has = rule_has,
    .row_names = REACHED_NAMES(WORK_NONE, WORK_SCHEDULED, WORK_OPEN, WORK_PICKED, WORK_PACKED,
                               WORK_CANCELED, WORK_TOMBSTONE),
    .column_names = REACHED_NAMES(WORK_IN_FULFILL, WORK_IN_DUE, WORK_IN_PICK, WORK_IN_PACK,
                                  WORK_IN_CANCEL, WORK_IN_SHORT, WORK_IN_SUSPEND, WORK_IN_RESUME,
                                  WORK_IN_HOLD, WORK_IN_RELEASE, WORK_IN_GIVE_UP, WORK_IN_REDUCE),
};

struct work_rule work_rule(enum work_state state, enum work_input input)
{
    assert(state < WORK_STATE_COUNT && input < WORK_INPUT_COUNT);
    reached(&rule_cells, (int)state, (int)input);
    return rules[state][input];
}

static bool order_key(const char *public_id, unsigned char bytes[ORDER_ID_BYTES])
{
    return order_id_parse(public_id, bytes);
}

static struct key key_of(const unsigned char bytes[ORDER_ID_BYTES])
{
    return key_bytes((struct bytes){ bytes, ORDER_ID_BYTES });
}

void work_want(struct rows *rows, const char *public_id)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (order_key(public_id, bytes)) {
        rows_want(rows, &fulfillment_table, key_of(bytes));
    }
}

struct fulfillment_row *work_find(const struct rows *rows, const char *public_id,
                                  int64_t fulfillment_no)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (!order_key(public_id, bytes)) {
        return NULL;
    }
    void **list = rows_list(rows, &fulfillment_table, key_of(bytes));
    for (; *list != NULL; list++) {
        struct fulfillment_row *row = *list;

        if (row->fulfillment_no == fulfillment_no) {
            return row;
        }
    }
    return NULL;
}

struct fulfillment_row *work_named(const struct rows *rows, const char *fulfillment_id)
{
    return work_find(rows, fulfillment_id, child_id_counter(fulfillment_id, 'F'));
}

enum work_state work_state_of(const struct fulfillment_row *row)
{
    return row == NULL ? WORK_NONE : (enum work_state)row->state;
}

const char *work_order_of(struct arena *arena, const char *fulfillment_id)
{
    struct order_id_text order;

    return child_id_order(fulfillment_id, &order)
               ? arena_copy_text(arena, order.text, strlen(order.text))
               : NULL;
}

void work_want_contents(struct rows *rows, const struct fulfillment_row *row)
{
    rows_want(rows, &line_table, key_number(row->order_no));
    rows_want(rows, &packed_parcel_table, key_number(row->order_no));
    rows_want(rows, &packed_line_table, key_number(row->order_no));
}

struct work work_of(struct decision *out, struct fulfillment_row *row)
{
    struct order_id_text id = order_id_format(row->order_id.bytes);

    if (out->clock < row->clock) {
        out->clock = row->clock;
    }
    return (
        struct work){ .out = out,
                      .row = row,
                      .subject = { .number = row->order_no,
                                   .id = arena_copy_text(out->arena, id.text, strlen(id.text)) } };
}

const char *work_id(const struct work *work)
{
    struct child_id_text id = child_id_format(work->subject.id, 'F', work->row->fulfillment_no);

    return arena_copy_text(work->out->arena, id.text, strlen(id.text));
}

struct line_row **work_lines(const struct work *work, size_t *ret_count)
{
    void **all = rows_list(work->out->rows, &line_table, key_number(work->row->order_no));
    size_t count = 0, used = 0;

    while (all[count] != NULL) {
        count++;
    }
    struct line_row **lines =
        arena_alloc(work->out->arena, (count + 1) * sizeof(struct line_row *));
    for (size_t i = 0; i < count; i++) {
        struct line_row *line = all[i];

        if (line->fulfillment_no == work->row->fulfillment_no && line->quantity > 0) {
            lines[used++] = line;
        }
    }
    *ret_count = used;
    return lines;
}

static const struct parcel_line *contents_of(const struct work *work, int64_t parcel_no,
                                             size_t *ret_count)
{
    void **all = rows_list(work->out->rows, &packed_line_table, key_number(work->row->order_no));
    size_t count = 0, used = 0;

    while (all[count] != NULL) {
        count++;
    }
    struct parcel_line *lines = arena_alloc(work->out->arena, (count + 1) * sizeof *lines);
    for (size_t i = 0; i < count; i++) {
        const struct parcel_line_row *row = all[i];

        if (row->fulfillment_no == work->row->fulfillment_no && row->parcel_no == parcel_no) {
            lines[used++] =
                (struct parcel_line){ .line_no = row->line_no, .quantity = row->quantity };
        }
    }
    *ret_count = used;
    return lines;
}

static struct parcel parcel_of(const struct work *work, const struct parcel_row *row)
{
    struct parcel parcel = {
        .parcel_no = row->parcel_no,
        .weight_grams = row->weight_grams,
        .length_mm = row->length_mm,
        .width_mm = row->width_mm,
        .height_mm = row->height_mm,
        .has_length_mm = row->length_mm > 0,
        .has_width_mm = row->width_mm > 0,
        .has_height_mm = row->height_mm > 0,
    };

    parcel.lines = contents_of(work, row->parcel_no, &parcel.lines_count);
    return parcel;
}

const struct parcel *work_parcels(const struct work *work, size_t *ret_count)
{
    void **all = rows_list(work->out->rows, &packed_parcel_table, key_number(work->row->order_no));
    size_t count = 0, used = 0;

    while (all[count] != NULL) {
        count++;
    }
    struct parcel *parcels = arena_alloc(work->out->arena, (count + 1) * sizeof *parcels);
    for (size_t i = 0; i < count; i++) {
        const struct parcel_row *row = all[i];

        if (row->fulfillment_no == work->row->fulfillment_no) {
            parcels[used++] = parcel_of(work, row);
        }
    }
    *ret_count = used;
    return parcels;
}

bool work_is_on_hold(const struct fulfillment_row *row)
{
    return row->order_hold != 0 || row->place_hold != 0;
}

int64_t work_touch(const struct work *work)
{
    work->row->clock = work->out->clock + 1;
    rows_update(work->out->rows, &fulfillment_table, work->row);
    return work->row->clock;
}

void work_move(const struct work *work, enum work_state next)
{
    if (work->row->state != (int64_t)next) {
        work->row->state = (int64_t)next;
        if (next == WORK_PACKED || next == WORK_CANCELED) { /* nothing is left to be stopped */
            work->row->order_hold = 0;
            work->row->place_hold = 0;
        }
        work->row->changed_at = work->out->now;
        (void)work_touch(work);
    }
}

void work_end_if_empty(const struct work *work, enum cancel_reason reason)
{
    size_t count = 0;

    (void)work_lines(work, &count);
    if (count == 0) {
        work->row->reason = reason;
        work_move(work, WORK_CANCELED);
        say_canceled(work);
    }
}
