/* saga.c - the life of an order, as two tables, and the little that carries them out.
 *
 * Read `life` from top to bottom: that is what happens to an order.  Read `share_life` for what
 * happens to each place's share of it.  Actions say what they do; commands.c tells the other
 * services, announce.c states the order's own facts, shares.c divides it, cancel.c and task.c
 * answer people.
 */
#include "services/order/saga.h"

#include "common/arena.h"
#include "common/id.h"
#include "services/order/announce.h"
#include "services/order/cancel.h"
#include "services/order/commands.h"
#include "services/order/shares.h"
#include "services/order/status.h"
#include "services/order/task.h"

#include <assert.h>

/* Row: where the order is.  Column: what happened.  Next step, and what is done on the way.
 * A missing cell is news that came late or twice: the timeline has it, nothing follows. */
static const struct saga_cell life[STEP_COUNT][SAGA_INPUT_COUNT] = {
    [STEP_NEW] = {
        [ON_SUBMITTED] = { STEP_RESERVING, { announce_placed, tell_contact, tell_reserve } },
        [ON_REFUSED] = { STEP_ENDED, { announce_refused } },
    },
    [STEP_RESERVING] = {
        [ON_RESERVED] = { STEP_AUTHORIZING, { divide_into_shares, tell_authorize } },
        [ON_SHORT] = { STEP_ENDED, { announce_out_of_stock } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING_STOCK, { cancel_as_asked, tell_release } },
        [ON_OVERDUE] = { STEP_RESERVING, { tell_reserve } },
        [ON_GIVEN_UP] = { STEP_UNDOING_STOCK, { announce_expired_stock, tell_release } },
    },
    [STEP_AUTHORIZING] = {
        [ON_AUTHORIZED] = { STEP_FULFILLING, { announce_confirmed, start_shares } },
        [ON_ACTION_REQUIRED] = { STEP_AWAITING_SHOPPER, { wait_for_shopper } },
        [ON_DECLINED] = { STEP_UNDOING_STOCK, { cancel_declined, tell_release } },
        [ON_RELEASED] = { STEP_UNDOING_MONEY, { cancel_out_of_stock, give_money_back } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING, { cancel_as_asked, tell_release, give_money_back } },
        [ON_OVERDUE] = { STEP_AUTHORIZING, { tell_authorize } },
        [ON_GIVEN_UP] = { STEP_UNDOING, { announce_expired_payment, tell_release, give_money_back } },
    },
    [STEP_AWAITING_SHOPPER] = {
        [ON_AUTHORIZED] = { STEP_FULFILLING, { announce_confirmed, start_shares } },
        [ON_ACTION_REQUIRED] = { STEP_AWAITING_SHOPPER, { wait_for_shopper } },
        [ON_DECLINED] = { STEP_UNDOING_STOCK, { cancel_declined, tell_release } },
        [ON_RELEASED] = { STEP_UNDOING_MONEY, { cancel_out_of_stock, give_money_back } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING, { cancel_as_asked, tell_release, give_money_back } },
        [ON_GIVEN_UP] = { STEP_UNDOING, { announce_expired_payment, tell_release, give_money_back } },
    },
    [STEP_FULFILLING] = {
        [ON_ALL_DELIVERED] = { STEP_COMPLETED, { announce_completed } },
        [ON_CANCEL_ASKED] = { STEP_CANCELING, { ask_shares_to_stop } },
        [ON_CANCEL_TOO_LATE] = { STEP_FULFILLING, { refuse_cancel } },
        [ON_ALL_STOPPED] = { STEP_UNDOING, { cancel_given_up, tell_release, give_money_back } },
        [ON_RELEASED] = { STEP_FULFILLING, { ask_person } },
    },
    [STEP_CANCELING] = {
        [ON_ALL_STOPPED] = { STEP_UNDOING, { cancel_as_asked, tell_release, give_money_back } },
        [ON_NOT_STOPPED] = { STEP_FULFILLING, { refuse_cancel, restart_shares } },
        [ON_ALL_DELIVERED] = { STEP_COMPLETED, { refuse_cancel, announce_completed } },
        [ON_CANCEL_ASKED] = { STEP_CANCELING, { NULL } }, /* it shares the answer that is on its way */
        [ON_CANCEL_TOO_LATE] = { STEP_CANCELING, { NULL } },
        [ON_OVERDUE] = { STEP_CANCELING, { ask_shares_to_stop } },
        [ON_GIVEN_UP] = { STEP_CANCELING, { ask_person, ask_shares_to_stop } },
        [ON_RELEASED] = { STEP_CANCELING, { ask_person } },
    },
    /* From here on the order is over for the shopper.  What was held for it comes back, whatever
     * arrives late: stock or money that was already on its way is given back again. */
    [STEP_UNDOING] = {
        [ON_RELEASED] = { STEP_UNDOING_MONEY, { NULL } },
        [ON_MONEY_BACK] = { STEP_UNDOING_STOCK, { NULL } },
        [ON_MONEY_TAKEN] = { STEP_UNDOING, { give_money_back } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING, { answer_ended } },
        [ON_CANCEL_TOO_LATE] = { STEP_UNDOING, { answer_ended } },
        [ON_UNDO_FAILED] = { STEP_UNDOING, { ask_person } },
        [ON_OVERDUE] = { STEP_UNDOING, { tell_release, give_money_back } },
        [ON_GIVEN_UP] = { STEP_UNDOING, { ask_person, tell_release, give_money_back } },
    },
    [STEP_UNDOING_STOCK] = {
        [ON_RELEASED] = { STEP_ENDED, { NULL } },
        [ON_AUTHORIZED] = { STEP_UNDOING, { give_money_back } },
        [ON_MONEY_TAKEN] = { STEP_UNDOING, { give_money_back } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING_STOCK, { answer_ended } },
        [ON_CANCEL_TOO_LATE] = { STEP_UNDOING_STOCK, { answer_ended } },
        [ON_OVERDUE] = { STEP_UNDOING_STOCK, { tell_release } },
        [ON_GIVEN_UP] = { STEP_UNDOING_STOCK, { ask_person, tell_release } },
    },
    [STEP_UNDOING_MONEY] = {
        [ON_MONEY_BACK] = { STEP_ENDED, { NULL } },
        [ON_MONEY_TAKEN] = { STEP_UNDOING_MONEY, { give_money_back } },
        [ON_RESERVED] = { STEP_UNDOING, { tell_release } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING_MONEY, { answer_ended } },
        [ON_CANCEL_TOO_LATE] = { STEP_UNDOING_MONEY, { answer_ended } },
        [ON_UNDO_FAILED] = { STEP_UNDOING_MONEY, { ask_person } },
        [ON_OVERDUE] = { STEP_UNDOING_MONEY, { give_money_back } },
        [ON_GIVEN_UP] = { STEP_UNDOING_MONEY, { ask_person, give_money_back } },
    },
    [STEP_ENDED] = {
        [ON_RESERVED] = { STEP_UNDOING_STOCK, { tell_release } },
        [ON_AUTHORIZED] = { STEP_UNDOING_MONEY, { give_money_back } },
        [ON_MONEY_TAKEN] = { STEP_UNDOING_MONEY, { give_money_back } },
        [ON_CANCEL_ASKED] = { STEP_ENDED, { answer_ended } },
        [ON_CANCEL_TOO_LATE] = { STEP_ENDED, { answer_ended } },
    },
    [STEP_COMPLETED] = {
        [ON_CANCEL_ASKED] = { STEP_COMPLETED, { refuse_cancel } },
        [ON_CANCEL_TOO_LATE] = { STEP_COMPLETED, { refuse_cancel } },
    },
};

/* The same for the share of one place.  Its money is taken when it is packed; what a carrier says is
 * believed whatever we waited for, and the stock leaves with it. */
static const struct saga_cell share_life[SHARE_STEP_COUNT][SHARE_INPUT_COUNT] = {
    [SHARE_WAITING] = {
        [ON_GO] = { SHARE_TOLD, { tell_fulfill } },
        [ON_DROPPED] = { SHARE_STOPPED, { drop_share } },
    },
    [SHARE_TOLD] = {
        [ON_OPENED] = { SHARE_OPEN, { NULL } },
        [ON_PACKED] = { SHARE_CAPTURING, { keep_parcels, tell_capture } },
        [ON_STOP_ASKED] = { SHARE_ASKED, { tell_stop } },
        [ON_CANCELED] = { SHARE_GIVEN_UP, { ask_person } },
        [ON_SHARE_OVERDUE] = { SHARE_TOLD, { tell_fulfill } },
        [ON_SHARE_GIVEN_UP] = { SHARE_TOLD, { ask_person, tell_fulfill } },
    },
    [SHARE_OPEN] = {
        [ON_PACKED] = { SHARE_CAPTURING, { keep_parcels, tell_capture } },
        [ON_STOP_ASKED] = { SHARE_ASKED, { tell_stop } },
        [ON_CANCELED] = { SHARE_GIVEN_UP, { ask_person } },
        [ON_SHARE_GIVEN_UP] = { SHARE_OPEN, { ask_person } },
    },
    [SHARE_ASKED] = {
        [ON_OPENED] = { SHARE_ASKED, { NULL } },
        [ON_PACKED] = { SHARE_ASKED_LATE, { keep_parcels } },
        [ON_CANCELED] = { SHARE_STOPPED, { NULL } },
        [ON_CANCEL_REFUSED] = { SHARE_OPEN, { NULL } },
        [ON_STOP_ASKED] = { SHARE_ASKED, { tell_stop } },
    },
    [SHARE_ASKED_LATE] = {
        [ON_CANCELED] = { SHARE_STOPPED, { NULL } },
        [ON_CANCEL_REFUSED] = { SHARE_CAPTURING, { tell_capture } },
        [ON_STOP_ASKED] = { SHARE_ASKED_LATE, { tell_stop } },
    },
    [SHARE_CAPTURING] = {
        [ON_CAPTURED] = { SHARE_LABELING, { tell_ship } },
        [ON_CAPTURE_FAILED] = { SHARE_CAPTURING, { ask_person } },
        [ON_SHARE_OVERDUE] = { SHARE_CAPTURING, { tell_capture } },
        [ON_SHARE_GIVEN_UP] = { SHARE_CAPTURING, { ask_person, tell_capture } },
    },
    [SHARE_LABELING] = {
        [ON_LABELED] = { SHARE_LABELED, { NULL } },
        [ON_SHIPPED] = { SHARE_SHIPPED, { tell_consume } },
        [ON_DELIVERED] = { SHARE_DELIVERED, { tell_consume } },
        [ON_SHIPPING_FAILED] = { SHARE_LABELING, { ask_person } },
        [ON_SHARE_OVERDUE] = { SHARE_LABELING, { tell_ship } },
        [ON_SHARE_GIVEN_UP] = { SHARE_LABELING, { ask_person, tell_ship } },
    },
    [SHARE_LABELED] = {
        [ON_SHIPPED] = { SHARE_SHIPPED, { tell_consume } },
        [ON_DELIVERED] = { SHARE_DELIVERED, { tell_consume } },
        [ON_SHIPPING_FAILED] = { SHARE_LABELED, { ask_person } },
        [ON_SHARE_GIVEN_UP] = { SHARE_LABELED, { ask_person } },
    },
    [SHARE_SHIPPED] = {
        [ON_DELIVERED] = { SHARE_DELIVERED, { NULL } },
        [ON_SHIPPING_FAILED] = { SHARE_SHIPPED, { ask_person } },
        [ON_SHARE_GIVEN_UP] = { SHARE_SHIPPED, { ask_person } },
    },
};

/* How long a step may take (0: it waits for nothing of its own), and how often its command is told
 * again before the step is given up.  Where that means to ask a person, the command is told on and
 * on beside: an outage that ends needs nobody. */
struct patience {
    int64_t wait_ms;
    int64_t again_max;
};
static const struct patience life_patience[STEP_COUNT] = {
    [STEP_RESERVING] = { RESERVE_MS, 1 },
    [STEP_AUTHORIZING] = { AUTHORIZE_MS, 1 },
    [STEP_AWAITING_SHOPPER] = { SHOPPER_MS + SHOPPER_GRACE_MS, 0 },
    [STEP_CANCELING] = { SERVICE_MS, 1 },
    [STEP_UNDOING] = { SERVICE_MS, 3 },
    [STEP_UNDOING_STOCK] = { SERVICE_MS, 3 },
    [STEP_UNDOING_MONEY] = { SERVICE_MS, 3 },
};
static const struct patience share_patience[SHARE_STEP_COUNT] = {
    [SHARE_TOLD] = { SERVICE_MS, 1 },      [SHARE_OPEN] = { PACK_MS, 0 },
    [SHARE_CAPTURING] = { SERVICE_MS, 1 }, [SHARE_LABELING] = { SERVICE_MS, 1 },
    [SHARE_LABELED] = { HAND_OVER_MS, 0 }, [SHARE_SHIPPED] = { DELIVER_MS, 0 },
};

const struct saga_cell *saga_cell(enum saga_step step, enum saga_input input)
{
    assert(step > STEP_NONE && step < STEP_COUNT && input < SAGA_INPUT_COUNT);
    return &life[step][input];
}

const struct saga_cell *share_cell(enum share_step step, enum share_input input)
{
    assert(step > SHARE_NONE && step < SHARE_STEP_COUNT && input < SHARE_INPUT_COUNT);
    return &share_life[step][input];
}

static void act(struct saga *saga, const struct saga_cell *cell)
{
    for (size_t i = 0; i < SAGA_ACTIONS_MAX && cell->actions[i] != NULL; i++) {
        cell->actions[i](saga);
    }
}

/* Whether a deadline that passed is followed by another one in the same step. */
static bool goes_on(struct patience patience, bool overdue, bool given_up)
{
    return overdue || (given_up && patience.again_max > 0);
}

/* 0 where a step waits for nothing.  What may not be shipped yet cannot be late. */
static int64_t deadline(const struct saga *saga, struct patience patience, bool until_shippable)
{
    int64_t from = saga->out->now;

    if (patience.wait_ms == 0) {
        return 0;
    }
    if (until_shippable && saga->order->ship_not_before > from) {
        from = saga->order->ship_not_before;
    }
    return from + patience.wait_ms;
}

void saga_take(struct saga *saga, enum saga_input input)
{
    struct order_row *order = saga->order;
    const struct saga_cell *cell = saga_cell((enum saga_step)order->step, input);
    bool moves = cell->next != order->step;

    if (cell->next == STEP_NONE) {
        return;
    }
    saga->share = NULL;
    if (moves) {
        close_tasks(saga);
    }
    struct patience patience = life_patience[cell->next];
    if (moves || goes_on(patience, input == ON_OVERDUE, input == ON_GIVEN_UP)) {
        order->tries = moves ? 0 : order->tries + 1;
        order->deadline_at = deadline(saga, patience, false);
    }
    order->step = cell->next;
    act(saga, cell);
}

/* What all shares together mean for the order. */
static void settle(struct saga *saga)
{
    struct share_summary shares = shares_sum_up(saga);

    if (shares.asked > 0 || shares.live + shares.given_up + shares.stopped == 0) {
        return;
    }
    if (shares.live == 0) {
        saga_take(saga, ON_ALL_STOPPED);
    } else if (shares.live == shares.delivered && shares.given_up + shares.stopped == 0) {
        saga_take(saga, ON_ALL_DELIVERED);
    } else if (saga->order->step == STEP_CANCELING) {
        saga_take(saga, ON_NOT_STOPPED);
    }
}

void share_take(struct saga *saga, struct fulfillment_row *share, enum share_input input)
{
    const struct saga_cell *cell = share_cell((enum share_step)share->step, input);
    bool moves = cell->next != share->step;

    if (cell->next == SHARE_NONE) {
        return;
    }
    saga->share = share;
    if (moves) {
        close_tasks(saga);
    }
    struct patience patience = share_patience[cell->next];
    if (moves || goes_on(patience, input == ON_SHARE_OVERDUE, input == ON_SHARE_GIVEN_UP)) {
        share->tries = moves ? 0 : share->tries + 1;
        share->deadline_at = deadline(saga, patience, cell->next <= SHARE_OPEN);
    }
    share->step = cell->next;
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    act(saga, cell);
    saga->share = NULL;
    if (moves && input != ON_GO && input != ON_DROPPED && input != ON_STOP_ASKED) {
        settle(saga);
    }
}

void saga_overdue(struct saga *saga)
{
    struct order_row *order = saga->order;
    bool again = order->tries < life_patience[order->step].again_max;

    order->deadline_at = 0;
    saga_take(saga, again ? ON_OVERDUE : ON_GIVEN_UP);
}

void share_overdue(struct saga *saga, struct fulfillment_row *share)
{
    bool again = share->tries < share_patience[share->step].again_max;

    share->deadline_at = 0;
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    share_take(saga, share, again ? ON_SHARE_OVERDUE : ON_SHARE_GIVEN_UP);
}

int64_t saga_valid_until(const struct saga *saga)
{
    return saga->share != NULL ? saga->share->deadline_at : saga->order->deadline_at;
}

struct saga saga_begin(struct decision *out, struct order_row *order)
{
    struct order_id_text *id = arena_alloc(out->arena, sizeof *id);

    *id = order_id_format(order->order_id.bytes);
    if (out->clock < order->clock) {
        out->clock = order->clock;
    }
    order->clock = out->clock;
    return (struct saga){ .out = out,
                          .order = order,
                          .subject = { .number = order->order_no, .id = id->text } };
}

/* The order's one timer: never later than the earliest deadline. */
static void set_watch(struct saga *saga)
{
    struct order_row *order = saga->order;
    int64_t earliest = shares_earliest_deadline(saga, order->deadline_at);

    if (earliest != 0 && (order->watch_at == 0 || earliest < order->watch_at)) {
        order->watch_at = earliest;
        decide_timer(saga->out, saga->subject, SAGA_TIMER, earliest, order->step);
    }
}

void saga_end(struct saga *saga)
{
    if (saga->out->emissions != NULL) { /* all that was said now carries this */
        saga->order->clock = saga->out->clock + 1;
    }
    status_derive(saga);
    set_watch(saga);
    rows_update(saga->out->rows, &order_table, saga->order);
}
