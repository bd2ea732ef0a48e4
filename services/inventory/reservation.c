/* reservation.c - what may happen to a reservation, and what is said about it.
 *
 * The table is the whole rule; the functions below carry out its actions.  Consuming, the one action
 * that moves goods, is in consumption.c.
 */
#include "services/inventory/reservation.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/holding.h"
#include "services/inventory/level.h"
#include "services/inventory/plan.h"
#include "services/inventory/stock.h"

#include <assert.h>
#include <string.h>

_Static_assert(CANCEL_REASON_SHOPPER_REQUEST == 1 && CANCEL_REASON_EXPIRED == 9 &&
                   CANCEL_REASON_OTHER == 10,
               "reservation.reason keeps these numbers");

#define RESERVE RESERVATION_IN_RESERVE
#define COMMIT  RESERVATION_IN_COMMIT
#define RELEASE RESERVATION_IN_RELEASE
#define CONSUME RESERVATION_IN_CONSUME
#define EXPIRE  RESERVATION_IN_EXPIRE

/* Row: where the reservation is.  Column: what came.  Goods that left are booked whatever the state. */
static const struct reservation_rule rules[][RESERVATION_INPUT_COUNT] = {
    [RESERVATION_NONE] = {
        [RESERVE] = { RESERVATION_HOLDS, RESERVATION_HELD },
        [COMMIT] = { RESERVATION_REFUSES_UNKNOWN, RESERVATION_NONE },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_TOMBSTONE },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_CONSUMED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_NONE },
    },
    [RESERVATION_HELD] = {
        [RESERVE] = { RESERVATION_TELLS_HELD, RESERVATION_HELD },
        [COMMIT] = { RESERVATION_COMMITS, RESERVATION_COMMITTED },
        [RELEASE] = { RESERVATION_GIVES_BACK, RESERVATION_RELEASED },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_COMMITTED },
        [EXPIRE] = { RESERVATION_GIVES_BACK, RESERVATION_EXPIRED },
    },
    [RESERVATION_COMMITTED] = {
        [RESERVE] = { RESERVATION_TELLS_HELD, RESERVATION_COMMITTED },
        [COMMIT] = { RESERVATION_COMMITS, RESERVATION_COMMITTED },
        [RELEASE] = { RESERVATION_GIVES_BACK, RESERVATION_RELEASED },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_COMMITTED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_COMMITTED },
    },
    [RESERVATION_CONSUMED] = {
        [RESERVE] = { RESERVATION_TELLS_HELD, RESERVATION_CONSUMED },
        [COMMIT] = { RESERVATION_COMMITS, RESERVATION_CONSUMED },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_CONSUMED },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_CONSUMED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_CONSUMED },
    },
    [RESERVATION_RELEASED] = {
        [RESERVE] = { RESERVATION_REFUSES_UNDONE, RESERVATION_RELEASED },
        [COMMIT] = { RESERVATION_REFUSES_UNDONE, RESERVATION_RELEASED },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_RELEASED },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_RELEASED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_RELEASED },
    },
    [RESERVATION_EXPIRED] = {
        [RESERVE] = { RESERVATION_REFUSES_UNDONE, RESERVATION_EXPIRED },
        [COMMIT] = { RESERVATION_REFUSES_UNDONE, RESERVATION_EXPIRED },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_EXPIRED },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_EXPIRED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_EXPIRED },
    },
    [RESERVATION_TOMBSTONE] = {
        [RESERVE] = { RESERVATION_REFUSES_UNDONE, RESERVATION_TOMBSTONE },
        [COMMIT] = { RESERVATION_REFUSES_UNDONE, RESERVATION_TOMBSTONE },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_TOMBSTONE },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_TOMBSTONE },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_TOMBSTONE },
    },
    [RESERVATION_SHORT] = {
        [RESERVE] = { RESERVATION_TELLS_SHORT, RESERVATION_SHORT },
        [COMMIT] = { RESERVATION_REFUSES_UNKNOWN, RESERVATION_SHORT },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_SHORT },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_SHORT },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_SHORT },
    },
};
_Static_assert(sizeof rules / sizeof rules[0] == RESERVATION_STATE_COUNT,
               "a new state needs its row");

struct reservation_rule reservation_rule(enum reservation_state state, enum reservation_input input)
{
    assert(state < RESERVATION_STATE_COUNT && input < RESERVATION_INPUT_COUNT);
    return rules[state][input];
}

void reservation_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &reservation_table, key_number(in->subject.number));
    rows_want(rows, &reservation_line_table, key_number(in->subject.number));
}

void reserve_need_shared(const struct incoming_message *in, struct rows *rows)
{
    plan_need_shared(in->message, rows);
}

/* What this order holds may be given back; what it will hold later in this batch was wanted by then. */
static void want_held_stock(struct rows *rows, int64_t order_no)
{
    void **at = rows_list(rows, &reservation_line_table, key_number(order_no));

    for (; *at != NULL; at++) {
        rows_want(rows, &stock_table, key_text(((const struct reservation_line_row *)*at)->sku));
    }
}

void release_need_shared(const struct incoming_message *in, struct rows *rows)
{
    want_held_stock(rows, in->subject.number);
}

static void refuse(struct holding *holding, const char *command, enum refused_reason reason)
{
    struct inventory_refused fact = { .order_id = holding->order_id,
                                      .order_no = holding->subject.number,
                                      .clock = holding_clock(holding),
                                      .command = command,
                                      .subject_id = holding->reservation_id,
                                      .reason = reason };

    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_REFUSED, &fact, sizeof fact);
}

/* Pieces that wait for stock. */
static struct line_quantity *waiting_lines(const struct holding *holding, size_t *ret_count)
{
    struct reservation_line_row **parts = holding_parts(holding);
    size_t count = 0;

    while (parts[count] != NULL) {
        count++;
    }
    struct line_quantity *lines = arena_alloc(holding->out->arena, count * sizeof *lines);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i]->location[0] == '\0') {
            lines[(*ret_count)++] = (struct line_quantity){ .line_no = parts[i]->line_no,
                                                            .sku = parts[i]->sku,
                                                            .quantity = parts[i]->quantity };
        }
    }
    return lines;
}

static void tell_reserved(struct holding *holding)
{
    struct inventory_reserved fact = { .order_id = holding->order_id,
                                       .order_no = holding->subject.number,
                                       .clock = holding_clock(holding),
                                       .reservation_id = holding->reservation_id,
                                       .expires_at = holding->row->expires_at,
                                       .has_expires_at = holding->row->expires_at != 0 };

    fact.allocations = holding_allocations(holding, ANY_FULFILLMENT, &fact.allocations_count);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_RESERVED, &fact, sizeof fact);
}

static void tell_held(struct holding *holding)
{
    struct inventory_backordered fact = { .order_id = holding->order_id,
                                          .order_no = holding->subject.number,
                                          .reservation_id = holding->reservation_id };

    fact.backorders = waiting_lines(holding, &fact.backorders_count);
    if (fact.backorders_count == 0) {
        tell_reserved(holding);
        return;
    }
    fact.clock = holding_clock(holding);
    fact.allocations = holding_allocations(holding, ANY_FULFILLMENT, &fact.allocations_count);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_BACKORDERED, &fact, sizeof fact);
}

static void tell_short(struct holding *holding)
{
    struct reservation_line_row **parts = holding_parts(holding);
    struct inventory_short fact = { .order_id = holding->order_id,
                                    .order_no = holding->subject.number,
                                    .clock = holding_clock(holding),
                                    .reservation_id = holding->reservation_id };
    size_t count = 0;

    while (parts[count] != NULL) {
        count++;
    }
    struct inventory_short_line *lines = arena_alloc(holding->out->arena, count * sizeof *lines);
    for (size_t i = 0; i < count; i++) {
        if (parts[i]->location[0] == '\0') {
            lines[fact.lines_count++] =
                (struct inventory_short_line){ .line_no = parts[i]->line_no,
                                               .sku = parts[i]->sku,
                                               .quantity = parts[i]->quantity,
                                               .available = parts[i]->available };
        }
    }
    fact.lines = lines;
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_SHORT, &fact, sizeof fact);
}

static void keep_part(struct holding *holding, const struct reservation_line_row *planned)
{
    struct reservation_line_row part = *planned;

    part.order_no = holding->subject.number;
    part.hold_no = holding->hold_no;
    rows_insert(holding->out->rows, &reservation_line_table, &part);
}

static void hold_part(struct holding *holding, const struct reservation_line_row *part)
{
    struct rows *rows = holding->out->rows;

    if (part->location[0] == '\0') {
        return; /* waits */
    }
    stock_hold(rows, stock_find(rows, part->sku, part->location), part->quantity);
    level_ask(holding->out, part->sku);
}

static void hold(struct holding *holding, const struct inventory_reserve *command)
{
    struct plan plan = plan_reservation(holding->out, command);

    if (plan.verdict == PLAN_TOO_LARGE) {
        refuse(holding, "kervan.inventory.reserve.v1", REFUSED_REASON_RULE);
        return;
    }
    holding_create(holding, plan.verdict == PLAN_SHORT ? RESERVATION_SHORT : RESERVATION_HELD);
    for (size_t i = 0; i < plan.part_count; i++) {
        keep_part(holding, &plan.parts[i]);
    }
    if (plan.verdict == PLAN_SHORT) {
        tell_short(holding);
        return;
    }
    for (size_t i = 0; i < plan.part_count; i++) {
        hold_part(holding, &plan.parts[i]);
    }
    if (command->has_expires_at) {
        holding->row->expires_at = command->expires_at;
        decide_timer(holding->out, holding->subject, RESERVATION_TIMER, command->expires_at,
                     holding->hold_no);
    }
    tell_held(holding);
}

enum { LINE_NO_MAX = 500 };

/* Each line once: parts are counted a line. */
static bool lines_differ(const struct inventory_reserve *command)
{
    bool seen[LINE_NO_MAX + 1] = { false };

    for (size_t i = 0; i < command->lines_count; i++) {
        int64_t line_no = command->lines[i].line_no;

        if (line_no < 1 || line_no > LINE_NO_MAX || seen[line_no]) {
            return false;
        }
        seen[line_no] = true;
    }
    return true;
}

void on_reserve(struct decision *out, const struct incoming_message *in)
{
    const struct inventory_reserve *command = in->message;
    struct holding holding;

    if (!holding_open(&holding, out, in->subject, command->reservation_id)) {
        return;
    }
    if (!lines_differ(command)) {
        decide_impossible(out, "reservation \"%s\" names a line twice", command->reservation_id);
        return;
    }
    struct reservation_rule rule = reservation_rule(holding_state(&holding), RESERVE);
    if (rule.action == RESERVATION_TELLS_HELD) {
        tell_held(&holding);
    } else if (rule.action == RESERVATION_TELLS_SHORT) {
        tell_short(&holding);
    } else if (rule.action == RESERVATION_REFUSES_UNDONE) {
        refuse(&holding, "kervan.inventory.reserve.v1", REFUSED_REASON_UNDONE);
    } else if (out->now > command->valid_until) {
        refuse(&holding, "kervan.inventory.reserve.v1", REFUSED_REASON_EXPIRED);
    } else {
        assert(rule.action == RESERVATION_HOLDS);
        hold(&holding, command);
    }
}

static void commit(struct holding *holding, enum reservation_state next)
{
    struct inventory_committed fact = { .order_id = holding->order_id,
                                        .order_no = holding->subject.number,
                                        .reservation_id = holding->reservation_id };

    holding_move(holding, next);
    fact.clock = holding_clock(holding);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_COMMITTED, &fact, sizeof fact);
}

void on_commit(struct decision *out, const struct incoming_message *in)
{
    const struct inventory_commit *command = in->message;
    struct holding holding;

    if (!holding_open(&holding, out, in->subject, command->reservation_id)) {
        return;
    }
    struct reservation_rule rule = reservation_rule(holding_state(&holding), COMMIT);
    bool again = holding_state(&holding) == rule.next;
    if (rule.action == RESERVATION_REFUSES_UNDONE) {
        refuse(&holding, "kervan.inventory.commit.v1", REFUSED_REASON_UNDONE);
    } else if (rule.action == RESERVATION_REFUSES_UNKNOWN) {
        refuse(&holding, "kervan.inventory.commit.v1", REFUSED_REASON_NOT_FOUND);
    } else if (!again && out->now > command->valid_until) {
        refuse(&holding, "kervan.inventory.commit.v1", REFUSED_REASON_EXPIRED);
    } else {
        assert(rule.action == RESERVATION_COMMITS);
        commit(&holding, rule.next);
    }
}

static void tell_released(struct holding *holding, int64_t reason)
{
    struct inventory_released fact = { .order_id = holding->order_id,
                                       .order_no = holding->subject.number,
                                       .clock = holding_clock(holding),
                                       .reservation_id = holding->reservation_id,
                                       .reason = (enum cancel_reason)reason };

    fact.allocations = holding_allocations(holding, 0, &fact.allocations_count);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_RELEASED, &fact, sizeof fact);
}

static void give_back_part(struct holding *holding, const struct reservation_line_row *part)
{
    struct rows *rows = holding->out->rows;

    if (part->fulfillment_no != 0 || part->location[0] == '\0') {
        return;
    }
    stock_give_back(rows, stock_find(rows, part->sku, part->location), part->quantity);
    level_ask(holding->out, part->sku);
}

static void give_back(struct holding *holding, enum reservation_state next, int64_t reason)
{
    for (struct reservation_line_row **part = holding_parts(holding); *part != NULL; part++) {
        give_back_part(holding, *part);
    }
    holding->row->reason = reason;
    holding_move(holding, next);
    tell_released(holding, reason);
}

void on_release(struct decision *out, const struct incoming_message *in)
{
    const struct inventory_release *command = in->message;
    int64_t reason =
        command->reason == CANCEL_REASON_UNKNOWN ? CANCEL_REASON_OTHER : command->reason;
    struct holding holding;

    if (!holding_open(&holding, out, in->subject, command->reservation_id)) {
        return;
    }
    struct reservation_rule rule = reservation_rule(holding_state(&holding), RELEASE);
    if (rule.action == RESERVATION_GIVES_BACK) {
        give_back(&holding, rule.next, reason);
        return;
    }
    assert(rule.action == RESERVATION_TELLS_RELEASE);
    if (holding.row == NULL) {
        holding_create(&holding, rule.next);
        holding.row->reason = reason;
    }
    tell_released(&holding, holding.row->reason != 0 ? holding.row->reason : reason);
}

void expiry_need(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &reservation_table, key_number(in->subject.number));
    rows_want(rows, &reservation_line_table, key_number(in->subject.number));
}

void expiry_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    want_held_stock(rows, in->subject.number);
}

void on_expiry(struct decision *out, const struct incoming_timer *in)
{
    const char *reservation_id =
        text_format(out->arena, "%s-H%lld", in->subject.id, (long long)in->step);
    struct holding holding;

    if (!holding_open(&holding, out, in->subject, reservation_id)) {
        return;
    }
    struct reservation_rule rule = reservation_rule(holding_state(&holding), EXPIRE);
    if (rule.action == RESERVATION_GIVES_BACK) {
        give_back(&holding, rule.next, CANCEL_REASON_EXPIRED);
    }
}
