/* holding.c - the rows of the reservation that a command names. */
#include "services/inventory/holding.h"

#include "common/arena.h"
#include "common/id.h"
#include "proto/inventory.h"
#include "services/inventory/part.h"

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
        .reserved_at = holding->out->now,
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
    size_t count = rows_count(list), kept = 0;
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

static size_t count_parts(struct reservation_line_row *const *parts)
{
    size_t count = 0;

    while (parts[count] != NULL) {
        count++;
    }
    return count;
}

static bool is_chosen(const struct reservation_line_row *part, struct part_choice choice)
{
    return (choice.states >> part->state & 1U) != 0 && part->location[0] != '\0' &&
           (choice.fulfillment_no == ANY_NUMBER || part->fulfillment_no == choice.fulfillment_no) &&
           (choice.release_no == ANY_NUMBER || part->release_no == choice.release_no);
}

struct allocation holding_allocation(const struct holding *holding,
                                     const struct reservation_line_row *part)
{
    struct allocation allocation = { .line_no = part->line_no,
                                     .sku = part->sku,
                                     .location = part->location,
                                     .quantity = part->quantity };

    if (part->components != NULL) {
        struct recipe recipe = part_recipe(holding->out->arena, part);

        allocation.components = recipe.components;
        allocation.components_count = recipe.count;
    }
    return allocation;
}

struct allocation *holding_allocations(const struct holding *holding, struct part_choice choice,
                                       size_t *ret_count)
{
    struct reservation_line_row **parts = holding_parts(holding);
    struct allocation *allocations =
        arena_alloc(holding->out->arena, count_parts(parts) * sizeof *allocations);

    *ret_count = 0;
    for (; *parts != NULL; parts++) {
        if (is_chosen(*parts, choice)) {
            allocations[(*ret_count)++] = holding_allocation(holding, *parts);
        }
    }
    return allocations;
}

struct line_quantity *holding_lines(const struct holding *holding, enum part_state state,
                                    size_t *ret_count)
{
    struct reservation_line_row **parts = holding_parts(holding);
    struct line_quantity *lines =
        arena_alloc(holding->out->arena, count_parts(parts) * sizeof *lines);

    *ret_count = 0;
    for (; *parts != NULL; parts++) {
        if ((*parts)->state == state) {
            lines[(*ret_count)++] = (struct line_quantity){ .line_no = (*parts)->line_no,
                                                            .sku = (*parts)->sku,
                                                            .quantity = (*parts)->quantity };
        }
    }
    return lines;
}

static int64_t next_part_no(const struct holding *holding, int64_t line_no)
{
    int64_t highest = 0;

    for (struct reservation_line_row **part = holding_parts(holding); *part != NULL; part++) {
        if ((*part)->line_no == line_no && (*part)->part_no > highest) {
            highest = (*part)->part_no;
        }
    }
    return highest + 1;
}

void holding_add_part(const struct holding *holding, const struct reservation_line_row *part)
{
    struct reservation_line_row row = *part;

    row.order_no = holding->subject.number;
    row.hold_no = holding->hold_no;
    row.part_no = next_part_no(holding, part->line_no);
    rows_insert(holding->out->rows, &reservation_line_table, &row);
}

void holding_change_part(const struct holding *holding, struct reservation_line_row *part,
                         int64_t quantity, const struct reservation_line_row *fate)
{
    struct reservation_line_row changed = *fate;

    changed.line_no = part->line_no;
    changed.sku = part->sku;
    changed.components = part->components;
    changed.quantity = quantity;
    if (quantity == part->quantity) {
        part->state = fate->state;
        part->location = fate->location;
        part->fulfillment_no = fate->fulfillment_no;
        part->release_no = fate->release_no;
    } else {
        part->quantity -= quantity;
        holding_add_part(holding, &changed);
    }
    rows_update(holding->out->rows, &reservation_line_table, part);
}

void holding_keep_choice(const struct holding *holding, struct sourcing_choice_row *choice,
                         int64_t clock)
{
    if (choice == NULL) {
        return;
    }
    choice->order_id = holding->row->order_id;
    choice->hold_no = holding->hold_no;
    choice->clock = clock;
    choice->order_no = holding->subject.number;
    choice->at = holding->out->now;
    rows_insert(holding->out->rows, &sourcing_choice_table, choice);
}

bool holding_is_open(const struct holding *holding)
{
    for (struct reservation_line_row **part = holding_parts(holding); *part != NULL; part++) {
        if ((*part)->state == PART_HELD || (*part)->state == PART_WAITING) {
            return true;
        }
    }
    return false;
}

bool holding_any_left(const struct holding *holding)
{
    for (struct reservation_line_row **part = holding_parts(holding); *part != NULL; part++) {
        if ((*part)->state == PART_LEFT) {
            return true;
        }
    }
    return false;
}
