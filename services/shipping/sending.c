/* sending.c - what a shipment and its parcels may become. */
#include "services/shipping/sending.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/reached.h"
#include "common/text.h"

#include <assert.h>
#include <string.h>

static const struct sending_rule rules[SENDING_STATE_COUNT][SENDING_INPUT_COUNT] = {
    [SENDING_NONE] = {
        [SENDING_IN_SHIP] = { SENDING_BEGINS, SENDING_LABELING },
        [SENDING_IN_VOID] = { SENDING_BURIES, SENDING_TOMBSTONE },
        [SENDING_IN_RECALL] = { SENDING_ANSWERS_UNKNOWN, SENDING_NONE },
    },
    [SENDING_WAITING] = {
        [SENDING_IN_VOID] = { SENDING_DROPS, SENDING_VOIDED },
        [SENDING_IN_PLACE] = { SENDING_ASKS, SENDING_LABELING },
        [SENDING_IN_GIVE_UP] = { SENDING_SAYS_FAILED, SENDING_FAILED },
        [SENDING_IN_RECALL] = { SENDING_DROPS, SENDING_VOIDED },
    },
    [SENDING_LABELING] = {
        [SENDING_IN_VOID] = { SENDING_STOPS, SENDING_STOPPING },
        [SENDING_IN_LABELED] = { SENDING_SAYS_LABELED, SENDING_LABELED },
        [SENDING_IN_FAILED] = { SENDING_SAYS_FAILED, SENDING_FAILED },
        [SENDING_IN_RECALL] = { SENDING_STOPS, SENDING_STOPPING },
    },
    [SENDING_LABELED] = {
        [SENDING_IN_SHIP] = { SENDING_SAYS_LABELED, SENDING_LABELED },
        [SENDING_IN_VOID] = { SENDING_STOPS, SENDING_STOPPING },
        [SENDING_IN_MOVED] = { SENDING_SAYS_SHIPPED, SENDING_SHIPPED },
        [SENDING_IN_RECALL] = { SENDING_STOPS, SENDING_STOPPING },
    },
    [SENDING_SHIPPED] = {
        [SENDING_IN_SHIP] = { SENDING_SAYS_SHIPPED, SENDING_SHIPPED },
        [SENDING_IN_VOID] = { SENDING_REFUSES_VOID, SENDING_SHIPPED },
        [SENDING_IN_ARRIVED] = { SENDING_SAYS_DELIVERED, SENDING_DELIVERED },
        [SENDING_IN_RECALL] = { SENDING_ANSWERS_LATE, SENDING_SHIPPED },
    },
    [SENDING_DELIVERED] = {
        [SENDING_IN_SHIP] = { SENDING_SAYS_DELIVERED, SENDING_DELIVERED },
        [SENDING_IN_VOID] = { SENDING_REFUSES_VOID, SENDING_DELIVERED },
        [SENDING_IN_RECALL] = { SENDING_ANSWERS_LATE, SENDING_DELIVERED },
    },
    [SENDING_STOPPING] = {
        [SENDING_IN_SHIP] = { SENDING_REFUSES_UNDONE, SENDING_STOPPING },
        [SENDING_IN_CLEARED] = { SENDING_SAYS_VOIDED, SENDING_VOIDED },
        [SENDING_IN_KEPT] = { SENDING_REFUSES_VOID, SENDING_LABELED },
        [SENDING_IN_RECALL] = { SENDING_ANSWERS_DONE, SENDING_STOPPING },
    },
    [SENDING_VOIDED] = {
        [SENDING_IN_SHIP] = { SENDING_REFUSES_UNDONE, SENDING_VOIDED },
        [SENDING_IN_VOID] = { SENDING_SAYS_VOIDED, SENDING_VOIDED },
        [SENDING_IN_RECALL] = { SENDING_ANSWERS_DONE, SENDING_VOIDED },
    },
    [SENDING_FAILED] = {
        [SENDING_IN_SHIP] = { SENDING_SAYS_FAILED, SENDING_FAILED },
        [SENDING_IN_VOID] = { SENDING_SAYS_VOIDED, SENDING_VOIDED },
        [SENDING_IN_RECALL] = { SENDING_ANSWERS_FAILED, SENDING_FAILED },
    },
    [SENDING_TOMBSTONE] = {
        [SENDING_IN_SHIP] = { SENDING_REFUSES_UNDONE, SENDING_TOMBSTONE },
        [SENDING_IN_VOID] = { SENDING_SAYS_VOIDED, SENDING_TOMBSTONE },
        [SENDING_IN_RECALL] = { SENDING_ANSWERS_UNKNOWN, SENDING_TOMBSTONE },
    },
};

static const enum parcel_state parcel_rules[PARCEL_STATE_COUNT][PARCEL_INPUT_COUNT] = {
    [PARCEL_WAITING] = {
        [PARCEL_IN_ASKED] = PARCEL_CREATING,
        [PARCEL_IN_DROPPED] = PARCEL_UNLABELED,
    },
    [PARCEL_CREATING] = {
        [PARCEL_IN_OFFERED] = PARCEL_BUYING,
        [PARCEL_IN_DROPPED] = PARCEL_UNLABELED,
        [PARCEL_IN_REFUSED] = PARCEL_UNLABELED,
    },
    [PARCEL_BUYING] = {
        [PARCEL_IN_REFUSED] = PARCEL_UNLABELED,
        [PARCEL_IN_BOUGHT] = PARCEL_LABELED,
    },
    [PARCEL_LABELED] = {
        [PARCEL_IN_GIVE_BACK] = PARCEL_RETURNING,
    },
    [PARCEL_RETURNING] = {
        [PARCEL_IN_RETURNED] = PARCEL_RETURNED,
        [PARCEL_IN_KEPT] = PARCEL_LABELED,
    },
};

static bool sending_has(int row, int column)
{
    return rules[row][column].action != SENDING_DOES_NOTHING;
}
static const struct reached_table sending_cells = {
    .name = "shipment",
    .rows = SENDING_STATE_COUNT,
    .columns = SENDING_INPUT_COUNT,
    .has = sending_has,
    .row_names = REACHED_NAMES(SENDING_NONE, SENDING_WAITING, SENDING_LABELING, SENDING_LABELED,
                               SENDING_SHIPPED, SENDING_DELIVERED, SENDING_STOPPING, SENDING_VOIDED,
                               SENDING_FAILED, SENDING_TOMBSTONE),
    .column_names =
        REACHED_NAMES(SENDING_IN_SHIP, SENDING_IN_VOID, SENDING_IN_PLACE, SENDING_IN_GIVE_UP,
                      SENDING_IN_LABELED, SENDING_IN_FAILED, SENDING_IN_CLEARED, SENDING_IN_KEPT,
                      SENDING_IN_MOVED, SENDING_IN_ARRIVED, SENDING_IN_RECALL),
};

struct sending_rule sending_rule(enum sending_state state, enum sending_input input)
{
    assert(state < SENDING_STATE_COUNT && input < SENDING_INPUT_COUNT);
    struct sending_rule rule = rules[state][input];

    reached(&sending_cells, (int)state, (int)input);
    if (rule.action == SENDING_DOES_NOTHING) {
        rule.next = state;
    }
    return rule;
}

static bool parcel_has(int row, int column)
{
    return parcel_rules[row][column] != PARCEL_NONE;
}
static const struct reached_table parcel_cells = {
    .name = "parcel",
    .rows = PARCEL_STATE_COUNT,
    .columns = PARCEL_INPUT_COUNT,
    .has = parcel_has,
    .row_names = REACHED_NAMES(PARCEL_WAITING, PARCEL_CREATING, PARCEL_BUYING, PARCEL_LABELED,
                               PARCEL_RETURNING),
    .column_names =
        REACHED_NAMES(PARCEL_IN_ASKED, PARCEL_IN_OFFERED, PARCEL_IN_DROPPED, PARCEL_IN_REFUSED,
                      PARCEL_IN_BOUGHT, PARCEL_IN_GIVE_BACK, PARCEL_IN_RETURNED, PARCEL_IN_KEPT),
};

enum parcel_state parcel_next(enum parcel_state state, enum parcel_input input)
{
    assert(state < PARCEL_STATE_COUNT && input < PARCEL_INPUT_COUNT);
    reached(&parcel_cells, (int)state, (int)input);
    return parcel_rules[state][input];
}

bool parcel_take(struct rows *rows, struct parcel_row *parcel, enum parcel_input input)
{
    enum parcel_state next = parcel_next((enum parcel_state)parcel->state, input);

    if (next == PARCEL_NONE) {
        return false;
    }
    parcel->state = (int64_t)next;
    rows_update(rows, &shipment_parcel_table, parcel);
    return true;
}

/* --- Rows ----------------------------------------------------------------------------------------- */

static struct key key_of(const unsigned char bytes[ORDER_ID_BYTES])
{
    return key_bytes((struct bytes){ bytes, ORDER_ID_BYTES });
}

void sending_want(struct rows *rows, const char *public_id)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (order_id_parse(public_id, bytes)) {
        rows_want(rows, &shipment_table, key_of(bytes));
    }
}

bool sending_is_erased(const struct shipment_row *row)
{
    return text_equal(row->consignee, CONSIGNEE_ERASED);
}

struct shipment_row *sending_find(const struct rows *rows, const char *shipment_id)
{
    unsigned char bytes[ORDER_ID_BYTES];
    int64_t shipment_no = child_id_counter(shipment_id, 'S');

    if (!order_id_parse(shipment_id, bytes)) {
        return NULL;
    }
    void **list = rows_list(rows, &shipment_table, key_of(bytes));
    for (; *list != NULL; list++) {
        struct shipment_row *row = *list;

        if (row->shipment_no == shipment_no) {
            return row;
        }
    }
    return NULL;
}

enum sending_state sending_state_of(const struct shipment_row *row)
{
    return row == NULL ? SENDING_NONE : (enum sending_state)row->state;
}

/* States in which a shipment has labels, or is getting them, and the carrier has no parcel yet. */
static bool may_still_be_sent(int64_t state)
{
    return state == SENDING_WAITING || state == SENDING_LABELING || state == SENDING_LABELED ||
           state == SENDING_STOPPING;
}

bool sending_has_rival(const struct rows *rows, const char *shipment_id, int64_t fulfillment_no)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (!order_id_parse(shipment_id, bytes)) {
        return false;
    }
    void **list = rows_list(rows, &shipment_table, key_of(bytes));
    for (; *list != NULL; list++) {
        const struct shipment_row *row = *list;

        if (row->fulfillment_no == fulfillment_no && may_still_be_sent(row->state)) {
            return true;
        }
    }
    return false;
}

const char *sending_order_of(struct arena *arena, const char *shipment_id)
{
    struct order_id_text order;

    return child_id_order(shipment_id, &order)
               ? arena_copy_text(arena, order.text, strlen(order.text))
               : NULL;
}

struct sending sending_of(struct decision *out, struct shipment_row *row)
{
    struct order_id_text id = order_id_format(row->order_id.bytes);

    if (out->clock < row->clock) {
        out->clock = row->clock;
    }
    return (struct sending){
        .out = out,
        .row = row,
        .subject = { .number = row->order_no,
                     .id = arena_copy_text(out->arena, id.text, strlen(id.text)) },
    };
}

struct parcel_row **sending_parcels(const struct sending *sending)
{
    void **all =
        rows_list(sending->out->rows, &shipment_parcel_table, key_number(sending->row->order_no));
    size_t count = 0, used = 0;

    while (all[count] != NULL) {
        count++;
    }
    struct parcel_row **parcels =
        arena_alloc(sending->out->arena, (count + 1) * sizeof(struct parcel_row *));
    for (size_t i = 0; i < count; i++) {
        struct parcel_row *parcel = all[i];

        if (parcel->shipment_no == sending->row->shipment_no) {
            parcels[used++] = parcel;
        }
    }
    return parcels;
}

struct parcel_row *sending_parcel(const struct sending *sending, int64_t parcel_no)
{
    struct parcel_row **parcels = sending_parcels(sending);

    while (*parcels != NULL && (*parcels)->parcel_no != parcel_no) {
        parcels++;
    }
    return *parcels;
}

static const char *child_id(const struct sending *sending, char letter, int64_t counter)
{
    struct child_id_text id = child_id_format(sending->subject.id, letter, counter);

    return arena_copy_text(sending->out->arena, id.text, strlen(id.text));
}

const char *sending_id(const struct sending *sending)
{
    return child_id(sending, 'S', sending->row->shipment_no);
}

const char *sending_reference(const struct sending *sending, int64_t parcel_no)
{
    const char *id = sending_id(sending);

    return parcel_no == 1 ? id
                          : text_format(sending->out->arena, "%s.%lld", id, (long long)parcel_no);
}

int64_t sending_touch(const struct sending *sending)
{
    sending->row->clock = sending->out->clock + 1;
    rows_update(sending->out->rows, &shipment_table, sending->row);
    return sending->row->clock;
}

void sending_move(const struct sending *sending, enum sending_state next)
{
    if (sending->row->state != (int64_t)next) {
        sending->row->state = (int64_t)next;
        sending->row->changed_at = sending->out->now;
        (void)sending_touch(sending);
    }
}
