/* reduce.h - takes pieces off an order: fewer to send, less to pay, stock given back.
 *
 * One action, whatever the reason.  The pieces of a line at one place have a value; it is divided by
 * pieces, the odd cents on the first ones, and the last ones go: so parts always sum up to the
 * whole, and nobody pays a cent for what is not sent.  Shipping stays, unless no share is left that
 * could be paid for with it.  Pure.
 */
#ifndef KERVAN_ORDER_REDUCE_H
#define KERVAN_ORDER_REDUCE_H

#include "proto/types.h"
#include "services/order/saga.h"

struct reduction {
    enum reduce_reason reason;
    bool lost;                  /* the pieces are not there: they leave the books, too */
    const struct cut_row *cuts; /* keys but line and fulfillment do not matter */
    size_t count;
    const struct line_quantity
        *lost_components; /* of bundles; all of a line of which none is named */
    size_t lost_components_count;
};

/* Nothing when none of the pieces is there (any more).  A share that is left without pieces does not count any more. */
void reduce_order(struct saga *saga, const struct reduction *reduction);

/* What the first `pieces` of `all` cost, when all cost `value_minor`. */
int64_t pieces_value(int64_t value_minor, int64_t pieces, int64_t all);

/* Actions of a share. */
saga_action reduce_short_pick; /* the message is fulfillment.shorted */
saga_action reduce_missing; /* what was not found is nowhere else either; its stock went before */
saga_action leave_share;    /* nothing of it is left */
saga_action take_share_off; /* it will not be sent: its pieces go */
saga_action take_paid_share_off; /* and what was taken for it is refunded */
saga_action refund_share;        /* the same, for goods that left */
saga_action write_share_off;     /* they left, and will not be paid for */

/* Of the order: saga->cuts are not held any more. */
saga_action reduce_taken_back;

#endif
