/* holding.c - the rows of the reservation that a command names. */
#include "services/inventory/holding.h"

#include "common/arena.h"
#include "common/id.h"
#include "proto/inventory.h"

#include <string.h>

static struct reservation_row *find_row(const struct holding *holding)
{
    void **at =
        rows_list(holding->out->rows, &reservation_table, key_number(holding->subject.number));

    for (; *at != NULL; at++) {
        struct reservation_row *row = *at;

        if (row->hold_no == holding->hold_no) {
            return row;
        }
    }
    return NULL;
}

bool holding_open(struct holding *holding, struct decision *out, struct subject subject,
                  const char *reservation_id)
{
    struct order_id_text order_id;
    unsigned char bytes[ORDER_ID_BYTES];

    *holding = (struct holding){ .out = out,
                                 .subject = subject,
                                 .order_id = subject.id,
                                 .reservation_id = reservation_id,
                                 .hold_no = child_id_counter(reservation_id, 'H') };
    if (subject.number <= 0 || holding->hold_no == 0 ||
        !child_id_order(reservation_id, &order_id) || strcmp(order_id.text, subject.id) != 0 ||
        !order_id_parse(subject.id, bytes)) {
        decide_impossible(out, "reservation \"%s\" is none of order \"%s\" with number %lld",
                          reservation_id, subject.id, (long long)subject.number);
        return false;
    }
    holding->row = find_row(holding);
    if (holding->row != NULL && memcmp(holding->row->order_id.bytes, bytes, ORDER_ID_BYTES) != 0) {
        decide_impossible(out, "order number %lld belongs to another order than \"%s\"",
                          (long long)subject.number, subject.id);
        return false;
    }
    return true;
}

enum reservation_state holding_state(const struct holding *holding)
{
    return holding->row == NULL ? RESERVATION_NONE : (enum reservation_state)holding->row->state;
}

void holding_create(struct holding *holding, enum reservation_state state)
{
    unsigned char bytes[ORDER_ID_BYTES];

    (void)order_id_parse(holding->order_id, bytes); /* holding_open has tried it */
    struct reservation_row row = {
        .order_no = holding->subject.number,
        .hold_no = holding->hold_no,
        .state = state,
        .order_id = { arena_copy(holding->out->arena, bytes, sizeof bytes), sizeof bytes },
    };
    holding->row = rows_insert(holding->out->rows, &reservation_table, &row);
}

void holding_move(struct holding *holding, enum reservation_state state)
{
    holding->row->state = state;
    rows_update(holding->out->rows, &reservation_table, holding->row);
}

int64_t holding_clock(struct holding *holding)
{
    struct decision *out = holding->out;

    if (holding->row != NULL) {
        if (out->clock < holding->row->clock) {
            out->clock = holding->row->clock;
        }
        holding->row->clock = out->clock + 1;
        rows_update(out->rows, &reservation_table, holding->row);
    }
    return out->clock + 1;
}

struct reservation_line_row **holding_parts(const struct holding *holding)
{
    void **list =
        rows_list(holding->out->rows, &reservation_line_table, key_number(holding->subject.number));
    size_t count = 0, kept = 0;

    while (list[count] != NULL) {
        count++;
    }
    struct reservation_line_row **parts =
        arena_alloc(holding->out->arena, (count + 1) * sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        struct reservation_line_row *part = list[i];

        if (part->hold_no == holding->hold_no) {
            parts[kept++] = part;
        }
    }
    return parts;
}

struct allocation *holding_allocations(const struct holding *holding, int64_t fulfillment_no,
                                       size_t *ret_count)
{
    struct reservation_line_row **parts = holding_parts(holding);
    size_t count = 0;

    while (parts[count] != NULL) {
        count++;
    }
    struct allocation *allocations = arena_alloc(holding->out->arena, count * sizeof *allocations);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct reservation_line_row *part = parts[i];
        bool wanted = fulfillment_no == ANY_FULFILLMENT || part->fulfillment_no == fulfillment_no;

        if (wanted && part->location[0] != '\0') {
            allocations[(*ret_count)++] = (struct allocation){ .line_no = part->line_no,
                                                               .sku = part->sku,
                                                               .location = part->location,
                                                               .quantity = part->quantity };
        }
    }
    return allocations;
}
