/* status.c - derives what is shown and searched from what is known.
 *
 * The axes are apart: what was paid says nothing about what was sent.  The shopper's word is one
 * for all of them.
 */
#include "services/order/status.h"

#include "proto/types.h"
#include "services/order/detour.h"
#include "services/order/money_back.h"
#include "services/order/shares.h"

/* By all payments. */
static int64_t taken(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return saga->order->captured_minor + (detour == NULL ? 0 : detour->earlier_captured_minor);
}

static int64_t refunded_in_all(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return saga->order->refunded_minor + (detour == NULL ? 0 : detour->earlier_refunded_minor);
}

static enum payment_status paid(const struct saga *saga)
{
    const struct order_row *order = saga->order;

    if (money_kept(saga) > money_due(saga)) {
        return PAYMENT_STATUS_OVERCHARGED;
    }
    return taken(saga) >= order->total_minor ? PAYMENT_STATUS_PAID : PAYMENT_STATUS_PARTIALLY_PAID;
}

static enum payment_status payment_status(const struct saga *saga)
{
    const struct order_row *order = saga->order;
    int64_t refunded = refunded_in_all(saga);

    if (refunded > 0) {
        return refunded == taken(saga) ? PAYMENT_STATUS_REFUNDED
                                       : PAYMENT_STATUS_PARTIALLY_REFUNDED;
    }
    if (taken(saga) > 0) {
        return paid(saga);
    }
    if (order->payment_state == PAYMENT_STATE_VOIDED) {
        return PAYMENT_STATUS_VOIDED;
    }
    if (order->payment_state == PAYMENT_STATE_FAILED) {
        return PAYMENT_STATUS_FAILED;
    }
    if (order->authorized_minor > 0) {
        return PAYMENT_STATUS_AUTHORIZED;
    }
    bool never_asked = order->payment_state == PAYMENT_STATE_ABSENT &&
                       (order->total_minor == 0 || order->ended_at != 0);

    return never_asked ? PAYMENT_STATUS_NONE : PAYMENT_STATUS_PENDING;
}

static enum fulfillment_status fulfillment_status(const struct saga *saga,
                                                  const struct share_summary *shares)
{
    int64_t waiting = detour_waiting(saga);
    int64_t all = shares->live + shares->given_up + (waiting > 0 ? 1 : 0);

    if (shares->arrived > 0) {
        return shares->arrived == all ? FULFILLMENT_STATUS_DELIVERED
                                      : FULFILLMENT_STATUS_PARTIALLY_DELIVERED;
    }
    if (shares->shipped > 0) {
        return shares->shipped == all ? FULFILLMENT_STATUS_FULFILLED
                                      : FULFILLMENT_STATUS_PARTIALLY_FULFILLED;
    }
    if (saga->order->ended_at != 0) {
        return FULFILLMENT_STATUS_CANCELED;
    }
    return waiting > 0 ? FULFILLMENT_STATUS_BACKORDERED : FULFILLMENT_STATUS_UNFULFILLED;
}

static enum shopper_status on_its_way(const struct order_row *order)
{
    switch ((enum fulfillment_status)order->fulfillment_status) {
    case FULFILLMENT_STATUS_PARTIALLY_FULFILLED:
        return SHOPPER_STATUS_PARTIALLY_SHIPPED;
    case FULFILLMENT_STATUS_FULFILLED:
        return SHOPPER_STATUS_SHIPPED;
    case FULFILLMENT_STATUS_PARTIALLY_DELIVERED:
        return SHOPPER_STATUS_PARTIALLY_DELIVERED;
    case FULFILLMENT_STATUS_DELIVERED:
        return SHOPPER_STATUS_DELIVERED;
    case FULFILLMENT_STATUS_ABSENT:
    case FULFILLMENT_STATUS_UNFULFILLED:
    case FULFILLMENT_STATUS_BACKORDERED:
    case FULFILLMENT_STATUS_CANCELED:
    case FULFILLMENT_STATUS_UNKNOWN:
        break;
    }
    return SHOPPER_STATUS_PROCESSING;
}

static enum shopper_status shopper_status(const struct order_row *order)
{
    switch ((enum order_status)order->status) {
    case ORDER_STATUS_CONFIRMED:
        return on_its_way(order);
    case ORDER_STATUS_COMPLETED:
        return SHOPPER_STATUS_COMPLETED;
    case ORDER_STATUS_REJECTED:
    case ORDER_STATUS_CANCELED:
    case ORDER_STATUS_EXPIRED:
        return SHOPPER_STATUS_CANCELED;
    case ORDER_STATUS_ABSENT:
    case ORDER_STATUS_DRAFT:
    case ORDER_STATUS_PLACED:
    case ORDER_STATUS_UNKNOWN:
        break;
    }
    return SHOPPER_STATUS_PENDING;
}

void status_derive(struct saga *saga)
{
    struct order_row *order = saga->order;
    struct share_summary shares = shares_sum_up(saga);

    order->payment_status = payment_status(saga);
    order->fulfillment_status = fulfillment_status(saga, &shares);
    order->shopper_status = shopper_status(order);
}
