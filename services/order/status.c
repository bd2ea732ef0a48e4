/* status.c - derives what is shown and searched from what is known.
 *
 * The axes are apart: what was paid says nothing about what was sent.  The shopper's word is one
 * for all of them.
 */
#include "services/order/status.h"

#include "proto/types.h"
#include "services/order/shares.h"

static enum payment_status paid(const struct order_row *order)
{
    if (order->captured_minor > order->total_minor) {
        return PAYMENT_STATUS_OVERCHARGED;
    }
    return order->captured_minor == order->total_minor ? PAYMENT_STATUS_PAID
                                                       : PAYMENT_STATUS_PARTIALLY_PAID;
}

static enum payment_status payment_status(const struct order_row *order)
{
    if (order->refunded_minor > 0) {
        return order->refunded_minor == order->captured_minor ? PAYMENT_STATUS_REFUNDED
                                                              : PAYMENT_STATUS_PARTIALLY_REFUNDED;
    }
    if (order->captured_minor > 0) {
        return paid(order);
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

static enum fulfillment_status fulfillment_status(const struct order_row *order,
                                                  const struct share_summary *shares)
{
    int64_t all = shares->live + shares->given_up;

    if (shares->delivered > 0) {
        return shares->delivered == all ? FULFILLMENT_STATUS_DELIVERED
                                        : FULFILLMENT_STATUS_PARTIALLY_DELIVERED;
    }
    if (shares->shipped > 0) {
        return shares->shipped == all ? FULFILLMENT_STATUS_FULFILLED
                                      : FULFILLMENT_STATUS_PARTIALLY_FULFILLED;
    }
    return order->ended_at != 0 ? FULFILLMENT_STATUS_CANCELED : FULFILLMENT_STATUS_UNFULFILLED;
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

    order->payment_status = payment_status(order);
    order->fulfillment_status = fulfillment_status(order, &shares);
    order->shopper_status = shopper_status(order);
}
