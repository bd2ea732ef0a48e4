/* deadline.c - finds what is overdue when the order's timer fires, and sets it anew.
 *
 * Timers are never taken back.  One whose order has another watch by now, or whose deadlines have
 * all moved on, does nothing but look.
 */
#include "services/order/deadline.h"

#include "proto/types.h"
#include "services/order/detour.h"
#include "services/order/hold.h"
#include "services/order/promise.h"
#include "services/order/rows_of_order.h"
#include "services/order/saga.h"
#include "services/order/shares.h"

static bool is_due(int64_t deadline_at, const struct incoming_timer *in)
{
    return deadline_at != 0 && deadline_at <= in->due_at;
}

void order_deadline_need(const struct incoming_timer *in, struct rows *rows)
{
    order_need(in->subject.number, rows);
}

static bool anything_due(const struct order_row *order, const struct incoming_timer *in,
                         struct rows *rows)
{
    struct fulfillment_row **share = (struct fulfillment_row **)rows_list(
        rows, &order_fulfillment_table, key_number(order->order_no));

    while (*share != NULL && !is_due((*share)->deadline_at, in) &&
           !is_due(promise_late_at(*share), in)) {
        share++;
    }
    return *share != NULL || is_due(order->deadline_at, in);
}

/* Most timers find that all went well: they cost two rows. */
void order_deadline_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    const struct order_row *order = order_find(in->subject.number, rows);

    if (order != NULL && (order->detour || anything_due(order, in, rows))) {
        order_need_more(order->order_no, NEED_ALL, rows);
        order_need_odd(order, rows);
    }
}

/* Where the order waits for something else besides, it is looked at again a day later. */
static void stock_is_late(struct saga *saga)
{
    bool told = saga_cell((enum saga_step)saga->order->step, ON_STOCK_LATE)->next != STEP_NONE;

    detour_change(saga)->stock_due_at = told ? 0 : saga->out->now + DAY_MS;
    saga_take(saga, ON_STOCK_LATE);
}

/* Holds that end by themselves, and stock that should be there. */
static void detour_due(struct saga *saga, int64_t due_at)
{
    struct detour_row *detour = detour_find(saga);

    if (detour == NULL || saga->order->ended_at != 0) {
        return;
    }
    if (detour->hold_until != 0 && detour->hold_until <= due_at) {
        hold_release_due(saga, due_at);
    }
    if (detour->stock_due_at != 0 && detour->stock_due_at <= due_at) {
        stock_is_late(saga);
    }
}

void on_order_deadline(struct decision *out, const struct incoming_timer *in)
{
    struct order_row *order = order_find(in->subject.number, out->rows);

    if (order == NULL) {
        decide_impossible(out, "order number %lld is unknown", (long long)in->subject.number);
        return;
    }
    if (order->watch_at != in->due_at) {
        return; /* an earlier one has taken its place, and has set the next */
    }
    struct saga saga = saga_begin(out, order);
    order->watch_at = 0;
    if (is_due(order->deadline_at, in)) {
        saga_overdue(&saga);
    }
    detour_due(&saga, in->due_at);
    for (int64_t no = 1, last = order->fulfillment_count; no <= last; no++) {
        struct fulfillment_row *share = share_numbered(&saga, no);

        if (order->status == ORDER_STATUS_CONFIRMED && is_due(promise_late_at(share), in)) {
            promise_slip(&saga, share);
        }
        if (is_due(share->deadline_at, in)) {
            share_overdue(&saga, share);
        }
    }
    saga_end(&saga);
}
