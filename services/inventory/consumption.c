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
#include "services/inventory/level.h"
#include "services/inventory/stock.h"

#include <string.h>

struct leaving {
    struct holding *holding;
    int64_t fulfillment_no;
    bool held; /* parts that have not left are held or wait */
    const struct allocation *line;
    int64_t left; /* pieces of the line still to be matched */
};

void consume_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct inventory_consume *command = in->message;

    for (size_t i = 0; i < command->lines_count; i++) {
        rows_want(rows, &stock_table, key_text(command->lines[i].sku));
    }
}

static struct ledger_row cause_of(const struct leaving *leaving)
{
    return (struct ledger_row){ .order_no = leaving->holding->subject.number,
                                .fulfillment_no = leaving->fulfillment_no,
                                .at = leaving->holding->out->now };
}

/* Pieces leave the place named by the line; `held` of them were promised there.  Where the books know of no stock at
 * all there is nothing to take from: the fact alone says that they left. */
static void ship(const struct leaving *leaving, int64_t quantity, int64_t held)
{
    struct decision *out = leaving->holding->out;
    struct stock_row *stock = stock_find(out->rows, leaving->line->sku, leaving->line->location);
    struct ledger_row cause = cause_of(leaving);

    if (stock != NULL) {
        stock_ship(out->rows, stock, quantity, held, &cause);
    }
}

static int64_t next_part_no(const struct leaving *leaving)
{
    int64_t highest = 0;

    for (struct reservation_line_row **part = holding_parts(leaving->holding); *part != NULL;
         part++) {
        if ((*part)->line_no == leaving->line->line_no && (*part)->part_no > highest) {
            highest = (*part)->part_no;
        }
    }
    return highest + 1;
}

/* Notes that so many pieces of the line left with this fulfillment. */
static void note_left(const struct leaving *leaving, int64_t quantity)
{
    struct reservation_line_row part = { .order_no = leaving->holding->subject.number,
                                         .hold_no = leaving->holding->hold_no,
                                         .line_no = leaving->line->line_no,
                                         .part_no = next_part_no(leaving),
                                         .fulfillment_no = leaving->fulfillment_no,
                                         .quantity = quantity,
                                         .sku = leaving->line->sku,
                                         .location = leaving->line->location };

    rows_insert(leaving->holding->out->rows, &reservation_line_table, &part);
}

/* A part leaves whole, or the rest of it stays behind. */
static void split(const struct leaving *leaving, struct reservation_line_row *part,
                  int64_t quantity)
{
    if (quantity == part->quantity) {
        part->fulfillment_no = leaving->fulfillment_no;
        part->location = leaving->line->location;
    } else {
        part->quantity -= quantity;
        note_left(leaving, quantity);
    }
    rows_update(leaving->holding->out->rows, &reservation_line_table, part);
}

static void take_from(struct leaving *leaving, struct reservation_line_row *part)
{
    struct rows *rows = leaving->holding->out->rows;
    int64_t quantity = part->quantity < leaving->left ? part->quantity : leaving->left;
    bool here = strcmp(part->location, leaving->line->location) == 0;

    if (!here && part->location[0] != '\0') {
        stock_give_back(rows, stock_find(rows, part->sku, part->location), quantity);
    }
    ship(leaving, quantity, here ? quantity : 0);
    leaving->left -= quantity;
    split(leaving, part, quantity);
}

enum { AT_THE_PLACE, AT_ANOTHER_PLACE, WAITING, TURN_COUNT };

static int turn_of(const struct leaving *leaving, const struct reservation_line_row *part)
{
    if (part->location[0] == '\0') {
        return WAITING;
    }
    return strcmp(part->location, leaving->line->location) == 0 ? AT_THE_PLACE : AT_ANOTHER_PLACE;
}

static bool is_open(const struct leaving *leaving, const struct reservation_line_row *part)
{
    return leaving->held && part->fulfillment_no == 0 && part->line_no == leaving->line->line_no &&
           strcmp(part->sku, leaving->line->sku) == 0;
}

static void take_turn(struct leaving *leaving, struct reservation_line_row **parts, int turn)
{
    for (size_t i = 0; parts[i] != NULL && leaving->left > 0; i++) {
        if (is_open(leaving, parts[i]) && turn_of(leaving, parts[i]) == turn) {
            take_from(leaving, parts[i]);
        }
    }
}

static void consume_line(struct leaving *leaving)
{
    struct reservation_line_row **parts = holding_parts(leaving->holding);

    for (int turn = 0; turn < TURN_COUNT; turn++) {
        take_turn(leaving, parts, turn);
    }
    if (leaving->left > 0) {
        ship(leaving, leaving->left, 0);
        note_left(leaving, leaving->left);
    }
    level_ask(leaving->holding->out, leaving->line->sku);
}

static bool all_left(const struct holding *holding)
{
    for (struct reservation_line_row **part = holding_parts(holding); *part != NULL; part++) {
        if ((*part)->fulfillment_no == 0) {
            return false;
        }
    }
    return true;
}

static bool left_before(const struct holding *holding, int64_t fulfillment_no)
{
    for (struct reservation_line_row **part = holding_parts(holding); *part != NULL; part++) {
        if ((*part)->fulfillment_no == fulfillment_no) {
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

    leaving->held = state == RESERVATION_HELD || state == RESERVATION_COMMITTED;
    if (state == RESERVATION_NONE) {
        holding_create(holding, rule.next);
    }
    for (size_t i = 0; i < command->lines_count; i++) {
        leaving->line = &command->lines[i];
        leaving->left = command->lines[i].quantity;
        consume_line(leaving);
    }
    holding_move(holding, leaving->held && all_left(holding) ? RESERVATION_CONSUMED : rule.next);
}

static void tell_consumed(struct leaving *leaving, const char *fulfillment_id)
{
    struct holding *holding = leaving->holding;
    struct inventory_consumed fact = { .order_id = holding->order_id,
                                       .order_no = holding->subject.number,
                                       .clock = holding_clock(holding),
                                       .reservation_id = holding->reservation_id,
                                       .fulfillment_id = fulfillment_id };

    fact.allocations =
        holding_allocations(holding, leaving->fulfillment_no, &fact.allocations_count);
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
}
