/* shares.h - an order divided among the places that have its goods.
 *
 * inventory says which place has how many pieces of which line; each place gets one share with its
 * own fulfillment, capture and shipment.  The money of a line is divided by pieces, without a cent
 * lost or made up; the shipping price is taken with the first share that is packed.  Pure.
 */
#ifndef KERVAN_ORDER_SHARES_H
#define KERVAN_ORDER_SHARES_H

#include "services/order/saga.h"

/* Actions of the order. */
saga_action divide_into_shares; /* the message is inventory.reserved */
saga_action start_shares;       /* the order is confirmed */
saga_action ask_shares_to_stop;
saga_action restart_shares; /* those that stopped for a cancellation that was refused */
/* Not in the tables: every way out of an order that was not confirmed drops its shares. */
void drop_shares(struct saga *saga);

/* Actions of a share. */
saga_action keep_parcels; /* the message is fulfillment.packed */
saga_action drop_share;   /* nobody was told of it */

struct share_summary {
    int64_t live; /* neither stopped nor given up */
    int64_t asked, packed, shipped, delivered, given_up, stopped;
};
/* Without those that were replaced. */
struct share_summary shares_sum_up(const struct saga *saga);
/* NULL when the order has no such share. */
struct fulfillment_row *share_find(const struct saga *saga, int64_t fulfillment_no);
/* One that the order has: numbers run from 1 to its fulfillment_count. */
struct fulfillment_row *share_numbered(const struct saga *saga, int64_t fulfillment_no);
/* Of all shares and of `other`; 0: nobody has one. */
int64_t shares_earliest_deadline(const struct saga *saga, int64_t other);
/* What is taken for this share: fixed the first time it is asked for. */
int64_t share_price(struct saga *saga, struct fulfillment_row *share);
/* No other share will be paid for after this one. */
bool share_is_last(const struct saga *saga, const struct fulfillment_row *share);

/* What the shopper pays for a line. */
int64_t line_value(const struct order_row *order, const struct line_row *line);

#endif
