/* reservation.c - what may happen to a reservation, and what is said about it.
 *
 * The table is the whole rule; the functions below carry out its actions.  Giving back is in release.c,
 * consuming, the one action that moves goods, in consumption.c.
 */
#include "services/inventory/reservation.h"

#include "common/arena.h"
#include "common/mutant.h"
#include "common/reached.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/capacity.h"
#include "services/inventory/expected.h"
#include "services/inventory/holding.h"
#include "services/inventory/part.h"
#include "services/inventory/place.h"
#include "services/inventory/plan.h"
#include "services/inventory/resourcing.h"
#include "services/inventory/stock.h"

#include <assert.h>
#include <string.h>

_Static_assert(CANCEL_REASON_SHOPPER_REQUEST == 1 && CANCEL_REASON_EXPIRED == 9 &&
                   CANCEL_REASON_OTHER == 10,
               "reservation.reason keeps these numbers");

#define RESERVE RESERVATION_IN_RESERVE
#define RELEASE RESERVATION_IN_RELEASE
#define REDUCE  RESERVATION_IN_REDUCE
#define CONSUME RESERVATION_IN_CONSUME
#define EXPIRE  RESERVATION_IN_EXPIRE

/* Row: where the reservation is.  Column: what came.  Goods that left are booked whatever the state. */
static const struct reservation_rule rules[][RESERVATION_INPUT_COUNT] = {
    [RESERVATION_NONE] = {
        [RESERVE] = { RESERVATION_HOLDS, RESERVATION_HELD },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_TOMBSTONE },
        [REDUCE] = { RESERVATION_TELLS_REDUCED, RESERVATION_NONE },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_CONSUMED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_NONE },
    },
    [RESERVATION_HELD] = {
        [RESERVE] = { RESERVATION_TELLS_HELD, RESERVATION_HELD },
        [RELEASE] = { RESERVATION_GIVES_BACK, RESERVATION_RELEASED },
        [REDUCE] = { RESERVATION_REDUCES, RESERVATION_HELD },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_PARTLY_CONSUMED },
        [EXPIRE] = { RESERVATION_GIVES_BACK, RESERVATION_EXPIRED },
    },
    [RESERVATION_PARTLY_CONSUMED] = {
        [RESERVE] = { RESERVATION_TELLS_HELD, RESERVATION_PARTLY_CONSUMED },
        [RELEASE] = { RESERVATION_GIVES_BACK, RESERVATION_RELEASED },
        [REDUCE] = { RESERVATION_REDUCES, RESERVATION_PARTLY_CONSUMED },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_PARTLY_CONSUMED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_PARTLY_CONSUMED },
    },
    [RESERVATION_CONSUMED] = {
        [RESERVE] = { RESERVATION_TELLS_HELD, RESERVATION_CONSUMED },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_CONSUMED },
        [REDUCE] = { RESERVATION_TELLS_REDUCED, RESERVATION_CONSUMED },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_CONSUMED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_CONSUMED },
    },
    [RESERVATION_RELEASED] = {
        [RESERVE] = { RESERVATION_REFUSES_UNDONE, RESERVATION_RELEASED },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_RELEASED },
        [REDUCE] = { RESERVATION_TELLS_REDUCED, RESERVATION_RELEASED },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_RELEASED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_RELEASED },
    },
    [RESERVATION_EXPIRED] = {
        [RESERVE] = { RESERVATION_REFUSES_UNDONE, RESERVATION_EXPIRED },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_EXPIRED },
        [REDUCE] = { RESERVATION_TELLS_REDUCED, RESERVATION_EXPIRED },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_EXPIRED },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_EXPIRED },
    },
    [RESERVATION_TOMBSTONE] = {
        [RESERVE] = { RESERVATION_REFUSES_UNDONE, RESERVATION_TOMBSTONE },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_TOMBSTONE },
        [REDUCE] = { RESERVATION_TELLS_REDUCED, RESERVATION_TOMBSTONE },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_TOMBSTONE },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_TOMBSTONE },
    },
    [RESERVATION_SHORT] = {
        [RESERVE] = { RESERVATION_TELLS_SHORT, RESERVATION_SHORT },
        [RELEASE] = { RESERVATION_TELLS_RELEASE, RESERVATION_SHORT },
        [REDUCE] = { RESERVATION_TELLS_REDUCED, RESERVATION_SHORT },
        [CONSUME] = { RESERVATION_CONSUMES, RESERVATION_SHORT },
        [EXPIRE] = { RESERVATION_DOES_NOTHING, RESERVATION_SHORT },
    },
};
_Static_assert(sizeof rules / sizeof rules[0] == RESERVATION_STATE_COUNT,
               "a new state needs its row");

static bool rule_has(int row, int column)
{
    return row >= 0 && column >= 0;
}
static const struct reached_table rule_cells = {
    .name = "reservation",
    .rows = RESERVATION_STATE_COUNT,
    .columns = RESERVATION_INPUT_COUNT,
    .has = rule_has,
    .row_names = REACHED_NAMES(RESERVATION_NONE, RESERVATION_HELD, RESERVATION_PARTLY_CONSUMED,
                               RESERVATION_CONSUMED, RESERVATION_RELEASED, RESERVATION_EXPIRED,
                               RESERVATION_TOMBSTONE, RESERVATION_SHORT),
    .column_names =
        REACHED_NAMES(RESERVATION_IN_RESERVE, RESERVATION_IN_RELEASE, RESERVATION_IN_REDUCE,
                      RESERVATION_IN_CONSUME, RESERVATION_IN_EXPIRE),
};

struct reservation_rule reservation_rule(enum reservation_state state, enum reservation_input input)
{
    assert(state < RESERVATION_STATE_COUNT && input < RESERVATION_INPUT_COUNT);
    reached(&rule_cells, (int)state, (int)input);
    if (mutant("forget_tombstone") && state == RESERVATION_TOMBSTONE) {
        return rules[RESERVATION_NONE][input];
    }
    return rules[state][input];
}

void reservation_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &reservation_table, key_number(in->subject.number));
    rows_want(rows, &reservation_line_table, key_number(in->subject.number));
}

void reserve_need(const struct incoming_message *in, struct rows *rows)
{
    reservation_need(in, rows);
    plan_need(in->message, rows);
}

void reserve_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct inventory_reserve *command = in->message;

    plan_need_shared(command, rows);
    for (size_t i = 0; command->backorder_allowed && i < command->lines_count; i++) {
        expected_need(rows, command->lines[i].sku);
    }
    /* What was short is told again with what may be waited for now, also where a repeat names other items. */
    void **parts = rows_list(rows, &reservation_line_table, key_number(in->subject.number));
    for (; *parts != NULL; parts++) {
        const struct reservation_line_row *part = *parts;

        if (part->state == PART_MISSING) {
            rows_want(rows, &item_table, key_text(part->sku));
            rows_want(rows, &stock_table, key_text(part->sku));
            rows_want(rows, &backorder_table, key_text(part->sku));
        }
    }
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

static const struct part_choice held_or_left = { 1U << PART_HELD | 1U << PART_LEFT, ANY_NUMBER,
                                                 ANY_NUMBER };

static const struct location_row *location_of(const struct rows *rows, const char *code)
{
    void **at = rows_list(rows, &location_table, key_number(LOCATION_NETWORK));

    while (*at != NULL && strcmp(((const struct location_row *)*at)->code, code) != 0) {
        at++;
    }
    return *at;
}

/* With the day on which a place has room for it, where that is not the one on which it is open next. */
static struct allocation *allocations_with_days(const struct holding *holding, size_t *ret_count)
{
    const struct decision *out = holding->out;
    struct allocation *list = holding_allocations(holding, held_or_left, ret_count);

    for (size_t i = 0; i < *ret_count; i++) {
        const struct location_row *location = location_of(out->rows, list[i].location);

        if (location != NULL && capacity_is_limited(location)) {
            int64_t day = capacity_begins(out->rows, location, out->now);

            list[i].begins_on =
                day > place_days(location, out->now).begins ? calendar_date(out->arena, day) : NULL;
        }
    }
    return list;
}

static void tell_reserved(struct holding *holding)
{
    struct inventory_reserved fact = { .order_id = holding->order_id,
                                       .order_no = holding->subject.number,
                                       .clock = holding_clock(holding),
                                       .reservation_id = holding->reservation_id,
                                       .expires_at = holding->row->expires_at,
                                       .has_expires_at = holding->row->expires_at != 0 };

    fact.allocations = allocations_with_days(holding, &fact.allocations_count);
    fact.missing = holding_lines(holding, PART_MISSING, &fact.missing_count);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_RESERVED, &fact, sizeof fact);
}

static void tell_held(struct holding *holding)
{
    struct inventory_backordered fact = { .order_id = holding->order_id,
                                          .order_no = holding->subject.number,
                                          .reservation_id = holding->reservation_id };

    fact.backorders = holding_lines(holding, PART_WAITING, &fact.backorders_count);
    if (fact.backorders_count == 0) {
        tell_reserved(holding);
        return;
    }
    fact.clock = holding_clock(holding);
    fact.expected_at = expected_at(holding);
    fact.has_expected_at = fact.expected_at != 0;
    fact.allocations = allocations_with_days(holding, &fact.allocations_count);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_BACKORDERED, &fact, sizeof fact);
}

/* What was held may all have been given back or taken back since. */
static void tell_held_again(struct holding *holding)
{
    size_t count = 0;

    (void)holding_allocations(holding, held_or_left, &count);
    if (count == 0 && !holding_is_open(holding)) {
        refuse(holding, "kervan.inventory.reserve.v1", REFUSED_REASON_UNDONE);
        return;
    }
    tell_held(holding);
}

static struct inventory_short_line short_line(const struct reservation_line_row *part)
{
    return (struct inventory_short_line){ .line_no = part->line_no,
                                          .sku = part->sku,
                                          .quantity = part->quantity,
                                          .available = part->available };
}

/* All that is missing of an item, whichever line misses it. */
static int64_t missing_of(struct reservation_line_row *const *parts, const char *sku)
{
    int64_t missing = 0;

    for (; *parts != NULL; parts++) {
        if ((*parts)->state == PART_MISSING && strcmp((*parts)->sku, sku) == 0) {
            missing += (*parts)->quantity - (*parts)->available;
        }
    }
    return missing;
}

/* Whether all that is missing may be waited for now. */
static bool may_be_waited_for(const struct holding *holding,
                              const struct inventory_reserve *command,
                              struct reservation_line_row *const *parts)
{
    for (struct reservation_line_row *const *part = parts; *part != NULL; part++) {
        const char *sku = (*part)->sku;

        if ((*part)->state == PART_MISSING &&
            !plan_may_wait(holding->out, command, sku, missing_of(parts, sku))) {
            return false;
        }
    }
    return true;
}

static void tell_short(struct holding *holding, const struct inventory_reserve *command)
{
    struct reservation_line_row **parts = holding_parts(holding);
    struct inventory_short fact = { .order_id = holding->order_id,
                                    .order_no = holding->subject.number,
                                    .clock = holding_clock(holding),
                                    .reservation_id = holding->reservation_id,
                                    .backorder_allowed = may_be_waited_for(holding, command, parts),
                                    .has_backorder_allowed = true,
                                    .has_partial_allowed = true };
    /* All that is kept of a reservation that was short is missing. */
    struct line_quantity *available = holding_lines(holding, PART_MISSING, &fact.lines_count);
    struct inventory_short_line *lines =
        arena_alloc(holding->out->arena, fact.lines_count * sizeof *lines);

    for (size_t i = 0, kept = 0; parts[i] != NULL; i++) {
        if (parts[i]->state != PART_MISSING) {
            continue; /* left all the same */
        }
        lines[kept++] = short_line(parts[i]);
        if (parts[i]->available > 0) {
            available[fact.available_count] =
                (struct line_quantity){ parts[i]->line_no, parts[i]->sku, parts[i]->available };
            fact.available_count++;
        }
    }
    fact.lines = lines;
    fact.available = available;
    fact.partial_allowed = fact.available_count > 0 || fact.lines_count < command->lines_count;
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
    if (part->state == PART_WAITING) {
        backorder_change(holding->out, part->sku, part->quantity);
    }
    if (part->state == PART_HELD) {
        part_hold(holding->out, part, part->quantity);
    }
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
        tell_short(holding, command);
        return;
    }
    for (size_t i = 0; i < plan.part_count; i++) {
        hold_part(holding, &plan.parts[i]);
    }
    capacity_count(holding->out, plan.parts, plan.part_count);
    holding_keep_choice(holding, plan.choice, 0);
    holding->row->sourcing = resourcing_text(holding->out->arena, command, plan.destination);
    if (command->has_expires_at) {
        holding->row->expires_at = command->expires_at;
        decide_timer(holding->out, holding->subject, RESERVATION_TIMER, command->expires_at,
                     holding->hold_no);
    }
    expected_note(holding);
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
        tell_held_again(&holding);
    } else if (rule.action == RESERVATION_TELLS_SHORT) {
        tell_short(&holding, command);
    } else if (rule.action == RESERVATION_REFUSES_UNDONE) {
        refuse(&holding, "kervan.inventory.reserve.v1", REFUSED_REASON_UNDONE);
    } else if (out->now > command->valid_until) {
        refuse(&holding, "kervan.inventory.reserve.v1", REFUSED_REASON_EXPIRED);
    } else {
        assert(rule.action == RESERVATION_HOLDS);
        hold(&holding, command);
    }
}
