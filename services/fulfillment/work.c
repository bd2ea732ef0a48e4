/* work.c - what a fulfillment may become, and the facts that are stated of it. */
#include "services/fulfillment/work.h"

#include "common/arena.h"
#include "common/id.h"
#include "proto/message_type.h"

#include <assert.h>
#include <string.h>

static const struct work_rule rules[WORK_STATE_COUNT][WORK_INPUT_COUNT] = {
    [WORK_NONE] = {
        [WORK_IN_FULFILL] = { WORK_BEGINS, WORK_OPEN },
        [WORK_IN_PICK] = { WORK_ANSWERS_UNKNOWN, WORK_NONE },
        [WORK_IN_PACK] = { WORK_ANSWERS_UNKNOWN, WORK_NONE },
        [WORK_IN_CANCEL] = { WORK_BURIES, WORK_TOMBSTONE },
    },
    [WORK_SCHEDULED] = {
        [WORK_IN_FULFILL] = { WORK_DOES_NOTHING, WORK_SCHEDULED },
        [WORK_IN_DUE] = { WORK_OPENS, WORK_OPEN },
        [WORK_IN_PICK] = { WORK_ANSWERS_EARLY, WORK_SCHEDULED },
        [WORK_IN_PACK] = { WORK_ANSWERS_EARLY, WORK_SCHEDULED },
        [WORK_IN_CANCEL] = { WORK_CANCELS, WORK_CANCELED },
    },
    [WORK_OPEN] = {
        [WORK_IN_FULFILL] = { WORK_TELLS_STATE, WORK_OPEN },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_OPEN },
        [WORK_IN_PICK] = { WORK_PICKS, WORK_PICKED },
        [WORK_IN_PACK] = { WORK_PACKS, WORK_PACKED },
        [WORK_IN_CANCEL] = { WORK_CANCELS, WORK_CANCELED },
    },
    [WORK_PICKED] = {
        [WORK_IN_FULFILL] = { WORK_TELLS_STATE, WORK_PICKED },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_PICKED },
        [WORK_IN_PICK] = { WORK_ANSWERS_DONE, WORK_PICKED },
        [WORK_IN_PACK] = { WORK_PACKS, WORK_PACKED },
        [WORK_IN_CANCEL] = { WORK_CANCELS, WORK_CANCELED },
    },
    [WORK_PACKED] = {
        [WORK_IN_FULFILL] = { WORK_TELLS_STATE, WORK_PACKED },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_PACKED },
        [WORK_IN_PICK] = { WORK_ANSWERS_DONE, WORK_PACKED },
        [WORK_IN_PACK] = { WORK_ANSWERS_DONE, WORK_PACKED },
        [WORK_IN_CANCEL] = { WORK_REFUSES_CANCEL, WORK_PACKED },
    },
    [WORK_CANCELED] = {
        [WORK_IN_FULFILL] = { WORK_REFUSES_UNDONE, WORK_CANCELED },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_CANCELED },
        [WORK_IN_PICK] = { WORK_ANSWERS_CANCELED, WORK_CANCELED },
        [WORK_IN_PACK] = { WORK_ANSWERS_CANCELED, WORK_CANCELED },
        [WORK_IN_CANCEL] = { WORK_TELLS_CANCELED, WORK_CANCELED },
    },
    [WORK_TOMBSTONE] = {
        [WORK_IN_FULFILL] = { WORK_REFUSES_UNDONE, WORK_TOMBSTONE },
        [WORK_IN_DUE] = { WORK_DOES_NOTHING, WORK_TOMBSTONE },
        [WORK_IN_PICK] = { WORK_ANSWERS_UNKNOWN, WORK_TOMBSTONE },
        [WORK_IN_PACK] = { WORK_ANSWERS_UNKNOWN, WORK_TOMBSTONE },
        [WORK_IN_CANCEL] = { WORK_TELLS_CANCELED, WORK_TOMBSTONE },
    },
};

struct work_rule work_rule(enum work_state state, enum work_input input)
{
    assert(state < WORK_STATE_COUNT && input < WORK_INPUT_COUNT);
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

const struct line_row **work_lines(const struct work *work, size_t *ret_count)
{
    void **all = rows_list(work->out->rows, &line_table, key_number(work->row->order_no));
    size_t count = 0, used = 0;

    while (all[count] != NULL) {
        count++;
    }
    const struct line_row **lines =
        arena_alloc(work->out->arena, (count + 1) * sizeof(struct line_row *));
    for (size_t i = 0; i < count; i++) {
        const struct line_row *line = all[i];

        if (line->fulfillment_no == work->row->fulfillment_no) {
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

void work_move(const struct work *work, enum work_state next)
{
    if (work->row->state != (int64_t)next) {
        work->row->state = (int64_t)next;
        work->row->changed_at = work->out->now;
        rows_update(work->out->rows, &fulfillment_table, work->row);
    }
}

/* What is said carries the next clock, and the row remembers it. */
static int64_t next_clock(const struct work *work)
{
    work->row->clock = work->out->clock + 1;
    rows_update(work->out->rows, &fulfillment_table, work->row);
    return work->row->clock;
}

static const struct line_quantity *quantities_of(const struct work *work, size_t *ret_count)
{
    const struct line_row **lines = work_lines(work, ret_count);
    struct line_quantity *quantities =
        arena_alloc(work->out->arena, (*ret_count + 1) * sizeof *quantities);

    for (size_t i = 0; i < *ret_count; i++) {
        quantities[i] = (struct line_quantity){ .line_no = lines[i]->line_no,
                                                .sku = lines[i]->sku,
                                                .quantity = lines[i]->quantity };
    }
    return quantities;
}

void say_opened(const struct work *work)
{
    struct fulfillment_opened fact = { .order_id = work->subject.id,
                                       .order_no = work->row->order_no,
                                       .clock = next_clock(work),
                                       .fulfillment_id = work_id(work),
                                       .location = work->row->location };

    fact.lines = quantities_of(work, &fact.lines_count);
    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_OPENED, &fact, sizeof fact);
}

void say_picked(const struct work *work)
{
    struct fulfillment_picked fact = { .order_id = work->subject.id,
                                       .order_no = work->row->order_no,
                                       .clock = next_clock(work),
                                       .fulfillment_id = work_id(work),
                                       .location = work->row->location };

    fact.lines = quantities_of(work, &fact.lines_count);
    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_PICKED, &fact, sizeof fact);
}

static void keep_parcel(const struct work *work, const struct parcel *parcel)
{
    struct parcel_row row = { .order_no = work->row->order_no,
                              .fulfillment_no = work->row->fulfillment_no,
                              .parcel_no = parcel->parcel_no,
                              .weight_grams = parcel->weight_grams,
                              .length_mm = parcel->length_mm,
                              .width_mm = parcel->width_mm,
                              .height_mm = parcel->height_mm };

    rows_insert(work->out->rows, &packed_parcel_table, &row);
    for (size_t i = 0; i < parcel->lines_count; i++) {
        struct parcel_line_row line = { .order_no = row.order_no,
                                        .fulfillment_no = row.fulfillment_no,
                                        .parcel_no = row.parcel_no,
                                        .line_no = parcel->lines[i].line_no,
                                        .quantity = parcel->lines[i].quantity };

        rows_insert(work->out->rows, &packed_line_table, &line);
    }
}

static void say_parcels(const struct work *work, const struct parcel *parcels, size_t count)
{
    struct fulfillment_packed fact = { .order_id = work->subject.id,
                                       .order_no = work->row->order_no,
                                       .clock = next_clock(work),
                                       .fulfillment_id = work_id(work),
                                       .location = work->row->location,
                                       .parcels = parcels,
                                       .parcels_count = count };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_PACKED, &fact, sizeof fact);
}

void say_packed_in(const struct work *work, const struct parcel *parcels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        keep_parcel(work, &parcels[i]);
    }
    say_parcels(work, parcels, count);
}

void say_packed(const struct work *work)
{
    size_t count = 0;
    const struct parcel *parcels = work_parcels(work, &count);

    say_parcels(work, parcels, count);
}

void say_canceled(const struct work *work)
{
    struct fulfillment_canceled fact = { .order_id = work->subject.id,
                                         .order_no = work->row->order_no,
                                         .clock = next_clock(work),
                                         .fulfillment_id = work_id(work),
                                         .reason = (enum cancel_reason)work->row->reason };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_CANCELED, &fact, sizeof fact);
}

void say_cancel_refused(const struct work *work)
{
    struct fulfillment_cancel_refused fact = { .order_id = work->subject.id,
                                               .order_no = work->row->order_no,
                                               .clock = next_clock(work),
                                               .fulfillment_id = work_id(work),
                                               .reason = FULFILLMENT_CANCEL_REFUSED_REASON_PACKED };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_CANCEL_REFUSED, &fact, sizeof fact);
}
