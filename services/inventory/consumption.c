/* consumption.c - goods left the building: what was held for the order is held no more.
 *
 * Pieces that left are matched with what is held for that line: first at the place they left from,
 * then elsewhere (picked at another place than planned), then with what waits for stock.  What
 * matches nothing left all the same and is booked.  A fulfillment is consumed once: its number is on
 * the parts it took, and a second command finds them.
 */
#include "common/arena.h"
#include "common/id.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/holding.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/part.h"
#include "services/inventory/stock.h"

#include <string.h>

struct leaving {
    struct holding *holding;
    int64_t fulfillment_no;
    const struct allocation *line;
    int64_t left; /* pieces of the line still to be matched */
};

void consume_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct inventory_consume *command = in->message;

    for (size_t i = 0; i < command->lines_count; i++) {
        rows_want(rows, &stock_table, key_text(command->lines[i].sku));
        rows_want(rows, &backorder_table, key_text(command->lines[i].sku));
    }
    part_want_all(rows, in->subject.number);
}

static struct ledger_row cause_of(const struct leaving *leaving)
{
    return (struct ledger_row){ .order_no = leaving->holding->subject.number,
                                .fulfillment_no = leaving->fulfillment_no,
                                .at = leaving->holding->out->now };
}

/* How pieces that leave are kept. */
static struct reservation_line_row gone(const struct leaving *leaving)
{
    return (struct reservation_line_row){ .line_no = leaving->line->line_no,
                                          .state = PART_LEFT,
                                          .fulfillment_no = leaving->fulfillment_no,
                                          .sku = leaving->line->sku,
                                          .location = leaving->line->location };
}

/* They leave the place named by the line; `held` of them were promised there. */
static void ship(const struct leaving *leaving, const char *components, int64_t quantity,
                 int64_t held)
{
    const struct ledger_row cause = cause_of(leaving);
    struct reservation_line_row part = gone(leaving);

    part.components = components;
    part_ship(leaving->holding->out, &part, quantity, held, &cause);
}

static void take_from(struct leaving *leaving, struct reservation_line_row *part)
{
    struct decision *out = leaving->holding->out;
    const struct reservation_line_row fate = gone(leaving);
    int64_t quantity = part->quantity < leaving->left ? part->quantity : leaving->left;
    bool here = strcmp(part->location, leaving->line->location) == 0;

    if (!here && part->state == PART_HELD) {
        part_give_back(out, part, quantity);
    }
    if (part->state == PART_WAITING) {
        backorder_change(out, part->sku, -quantity);
    }
    ship(leaving, part->components, quantity, here ? quantity : 0);
    leaving->left -= quantity;
    holding_change_part(leaving->holding, part, quantity, &fate);
}

enum { AT_THE_PLACE, AT_ANOTHER_PLACE, WAITING, TURN_COUNT };

static int turn_of(const struct leaving *leaving, const struct reservation_line_row *part)
{
    if (part->state == PART_WAITING) {
        return WAITING;
    }
    return strcmp(part->location, leaving->line->location) == 0 ? AT_THE_PLACE : AT_ANOTHER_PLACE;
}

static bool is_open(const struct leaving *leaving, const struct reservation_line_row *part)
{
    return (part->state == PART_HELD || part->state == PART_WAITING) &&
           part->line_no == leaving->line->line_no && strcmp(part->sku, leaving->line->sku) == 0;
}

static void take_turn(struct leaving *leaving, struct reservation_line_row **parts, int turn)
{
    for (size_t i = 0; parts[i] != NULL && leaving->left > 0; i++) {
        if (is_open(leaving, parts[i]) && turn_of(leaving, parts[i]) == turn) {
            take_from(leaving, parts[i]);
        }
    }
}

/* What the line was made of when it was reserved; NULL: it is no bundle, or none was ever reserved. */
static const char *components_of(struct reservation_line_row *const *parts,
                                 const struct allocation *line)
{
    for (; *parts != NULL; parts++) {
        if ((*parts)->line_no == line->line_no && strcmp((*parts)->sku, line->sku) == 0) {
            return (*parts)->components;
        }
    }
    return NULL;
}

static void consume_line(struct leaving *leaving)
{
    struct reservation_line_row **parts = holding_parts(leaving->holding);

    for (int turn = 0; turn < TURN_COUNT; turn++) {
        take_turn(leaving, parts, turn);
    }
    if (leaving->left > 0) {
        struct reservation_line_row unmatched = gone(leaving);

        unmatched.quantity = leaving->left;
        unmatched.components = components_of(parts, leaving->line);
        ship(leaving, unmatched.components, leaving->left, 0);
        holding_add_part(leaving->holding, &unmatched);
    }
}

static bool left_before(const struct holding *holding, int64_t fulfillment_no)
{
    for (struct reservation_line_row **part = holding_parts(holding); *part != NULL; part++) {
        if ((*part)->state == PART_LEFT && (*part)->fulfillment_no == fulfillment_no) {
            return true;
        }
    }
    return false;
}

static void consume(struct leaving *leaving, const struct inventory_consume *command)
{
    struct holding *holding = leaving->holding;
    enum reservation_state state = holding_state(holding);
    struct reservation_rule rule = reservation_rule(state, RESERVATION_IN_CONSUME);

    bool held = state == RESERVATION_HELD || state == RESERVATION_PARTLY_CONSUMED;
    if (state == RESERVATION_NONE) {
        holding_create(holding, rule.next);
    }
    for (size_t i = 0; i < command->lines_count; i++) {
        leaving->line = &command->lines[i];
        leaving->left = command->lines[i].quantity;
        consume_line(leaving);
    }
    holding_move(holding, held && !holding_is_open(holding) ? RESERVATION_CONSUMED : rule.next);
}

static void tell_consumed(struct leaving *leaving, const char *fulfillment_id)
{
    struct holding *holding = leaving->holding;
    struct inventory_consumed fact = { .order_id = holding->order_id,
                                       .order_no = holding->subject.number,
                                       .clock = holding_clock(holding),
                                       .reservation_id = holding->reservation_id,
                                       .fulfillment_id = fulfillment_id };

    const struct part_choice left = { 1U << PART_LEFT, leaving->fulfillment_no, ANY_NUMBER };
    fact.allocations = holding_allocations(holding, left, &fact.allocations_count);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_CONSUMED, &fact, sizeof fact);
}

void on_consume(struct decision *out, const struct incoming_message *in)
{
    const struct inventory_consume *command = in->message;
    struct leaving leaving = { .fulfillment_no = child_id_counter(command->fulfillment_id, 'F') };
    struct holding holding;
    struct order_id_text order_id;

    if (!holding_open(&holding, out, in->subject, command->reservation_id)) {
        return;
    }
    if (leaving.fulfillment_no == 0 || !child_id_order(command->fulfillment_id, &order_id) ||
        strcmp(order_id.text, in->subject.id) != 0) {
        decide_impossible(out, "fulfillment \"%s\" is none of order \"%s\"",
                          command->fulfillment_id, in->subject.id);
        return;
    }
    leaving.holding = &holding;
    if (!left_before(&holding, leaving.fulfillment_no)) {
        consume(&leaving, command);
    }
    tell_consumed(&leaving, command->fulfillment_id);
    lots_tell(out, in->subject, out->clock + 1);
}
