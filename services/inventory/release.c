/* release.c - held stock is given back: all of it, or the pieces that a command names.
 *
 * Never refused.  A partial release names lines and has a number, and is done once; what is told of it
 * is read from the parts that carry its number.  Pieces are looked for at the place that is named, then
 * elsewhere (they were moved meanwhile), then among those that wait for stock; those in `backorders`
 * only among the last.  Pieces that a picker
 * did not find leave the books, too.
 */
#include "common/arena.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/holding.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/part.h"
#include "services/inventory/stock.h"

#include <assert.h>
#include <string.h>

struct returning {
    struct holding *holding;
    int64_t release_no; /* 0: the whole reservation */
    bool lost;
    struct part_losses losses; /* which components, where somebody said */
};

/* What this order holds may be given back; what it will hold later in this batch was wanted by then. */
void release_need_shared(const struct incoming_message *in, struct rows *rows)
{
    part_want_all(rows, in->subject.number);
}

static void tell_released(const struct returning *returning, int64_t reason)
{
    struct holding *holding = returning->holding;
    const struct part_choice given = { 1U << PART_GIVEN_BACK, ANY_NUMBER, returning->release_no };
    struct inventory_released fact = { .order_id = holding->order_id,
                                       .order_no = holding->subject.number,
                                       .clock = holding_clock(holding),
                                       .reservation_id = holding->reservation_id,
                                       .reason = (enum cancel_reason)reason,
                                       .release_no = returning->release_no,
                                       .has_release_no = returning->release_no != 0 };

    fact.allocations = holding_allocations(holding, given, &fact.allocations_count);
    if (returning->release_no != 0) {
        fact.lines = fact.allocations;
        fact.lines_count = fact.allocations_count;
    }
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_RELEASED, &fact, sizeof fact);
}

static void return_to_stock(const struct returning *returning,
                            const struct reservation_line_row *part, int64_t quantity, bool lost)
{
    struct decision *out = returning->holding->out;
    const struct ledger_row cause = { .order_no = returning->holding->subject.number,
                                      .at = out->now };

    if (lost) {
        part_lose(out, part, quantity, &returning->losses, &cause);
    } else {
        part_give_back(out, part, quantity);
    }
}

static void give_back_part(const struct returning *returning, struct reservation_line_row *part,
                           int64_t quantity, bool lost)
{
    const struct reservation_line_row fate = { .state = PART_GIVEN_BACK,
                                               .release_no = returning->release_no,
                                               .location = part->location };

    if (part->state == PART_HELD) {
        return_to_stock(returning, part, quantity, lost);
    } else {
        backorder_change(returning->holding->out, part->sku, -quantity);
    }
    holding_change_part(returning->holding, part, quantity, &fate);
}

static bool is_open(const struct reservation_line_row *part)
{
    return part->state == PART_HELD || part->state == PART_WAITING;
}

static void give_back(const struct returning *returning, enum reservation_state next,
                      int64_t reason)
{
    struct holding *holding = returning->holding;

    for (struct reservation_line_row **part = holding_parts(holding); *part != NULL; part++) {
        if (is_open(*part)) {
            give_back_part(returning, *part, (*part)->quantity, returning->lost);
        }
    }
    holding->row->reason = reason;
    holding_move(holding, next);
    tell_released(returning, reason);
}

enum { AT_THE_PLACE, AT_ANOTHER_PLACE, WAITING, TURN_COUNT };

static int turn_of(const struct reservation_line_row *part, const char *location)
{
    if (part->state == PART_WAITING) {
        return WAITING;
    }
    return strcmp(part->location, location) == 0 ? AT_THE_PLACE : AT_ANOTHER_PLACE;
}

/* Gives back up to `wanted` pieces of the line from parts of one turn; how many. */
static int64_t take_turn(const struct returning *returning, const struct allocation *line, int turn,
                         int64_t wanted)
{
    int64_t left = wanted;

    for (struct reservation_line_row **at = holding_parts(returning->holding);
         *at != NULL && left > 0; at++) {
        struct reservation_line_row *part = *at;
        int64_t quantity = part->quantity < left ? part->quantity : left;

        if (is_open(part) && part->line_no == line->line_no &&
            turn_of(part, line->location) == turn) {
            give_back_part(returning, part, quantity, returning->lost && turn == AT_THE_PLACE);
            left -= quantity;
        }
    }
    return wanted - left;
}

/* What is not found any more (it left, or was taken back) is not held either: nothing is to be done. */
static void give_back_line(const struct returning *returning, const struct allocation *line)
{
    int64_t left = line->quantity;

    for (int turn = 0; turn < TURN_COUNT && left > 0; turn++) {
        left -= take_turn(returning, line, turn, left);
    }
}

/* Only those that wait for stock: what is held stays held. */
static void give_back_waiting(const struct returning *returning, const struct line_quantity *line)
{
    const struct allocation wanted = {
        .line_no = line->line_no, .sku = line->sku, .location = "", .quantity = line->quantity
    };

    (void)take_turn(returning, &wanted, WAITING, line->quantity);
}

static void reduce(const struct returning *returning, const struct inventory_release *command,
                   enum reservation_state next, int64_t reason)
{
    struct holding *holding = returning->holding;

    for (size_t i = 0; i < command->lines_count; i++) {
        give_back_line(returning, &command->lines[i]);
    }
    for (size_t i = 0; i < command->backorders_count; i++) {
        give_back_waiting(returning, &command->backorders[i]);
    }
    holding->row->release_no = returning->release_no;
    if (!holding_is_open(holding)) {
        next = holding_any_left(holding) ? RESERVATION_CONSUMED : RESERVATION_RELEASED;
        holding->row->reason = reason;
    }
    holding_move(holding, next);
}

static void release_some(const struct returning *returning, const struct inventory_release *command,
                         int64_t reason)
{
    struct holding *holding = returning->holding;
    struct reservation_rule rule = reservation_rule(holding_state(holding), RESERVATION_IN_REDUCE);

    if (rule.action == RESERVATION_REDUCES && returning->release_no > holding->row->release_no) {
        reduce(returning, command, rule.next, reason);
    }
    tell_released(returning, reason);
}

static void release_all(const struct returning *returning, int64_t reason)
{
    struct holding *holding = returning->holding;
    struct reservation_rule rule = reservation_rule(holding_state(holding), RESERVATION_IN_RELEASE);

    if (rule.action == RESERVATION_GIVES_BACK) {
        give_back(returning, rule.next, reason);
        return;
    }
    assert(rule.action == RESERVATION_TELLS_RELEASE);
    if (holding->row == NULL) {
        holding_create(holding, rule.next);
        holding->row->reason = reason;
    }
    tell_released(returning, holding->row->reason != 0 ? holding->row->reason : reason);
}

void on_release(struct decision *out, const struct incoming_message *in)
{
    const struct inventory_release *command = in->message;
    int64_t reason =
        command->reason == CANCEL_REASON_UNKNOWN ? CANCEL_REASON_OTHER : command->reason;
    struct holding holding;
    const size_t named_bytes = command->lost_components_count * sizeof *command->lost_components;
    const struct returning returning = {
        .holding = &holding,
        .release_no = command->release_no,
        .lost = command->lost,
        .losses = { arena_copy(out->arena, command->lost_components, named_bytes),
                    command->lost_components_count },
    };

    if (!holding_open(&holding, out, in->subject, command->reservation_id)) {
        return;
    }
    if (command->has_release_no != (command->lines_count + command->backorders_count > 0)) {
        decide_impossible(out, "a partial release of \"%s\" needs both pieces and release_no",
                          command->reservation_id);
        return;
    }
    if (command->has_release_no) {
        release_some(&returning, command, reason);
    } else {
        release_all(&returning, reason);
    }
    lots_tell(out, in->subject, out->clock + 1);
}

void expiry_need(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &reservation_table, key_number(in->subject.number));
    rows_want(rows, &reservation_line_table, key_number(in->subject.number));
}

void expiry_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    part_want_all(rows, in->subject.number);
}

void on_expiry(struct decision *out, const struct incoming_timer *in)
{
    const char *reservation_id =
        text_format(out->arena, "%s-H%lld", in->subject.id, (long long)in->step);
    struct holding holding;
    const struct returning returning = { .holding = &holding };

    if (!holding_open(&holding, out, in->subject, reservation_id)) {
        return;
    }
    struct reservation_rule rule = reservation_rule(holding_state(&holding), RESERVATION_IN_EXPIRE);
    if (rule.action == RESERVATION_GIVES_BACK) {
        give_back(&returning, rule.next, CANCEL_REASON_EXPIRED);
    }
}
