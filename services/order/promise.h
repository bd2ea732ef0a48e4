/* promise.h - the days on which an order was promised to arrive, and what becomes of that.
 *
 * Each share has a window of days (delivery.h); the order's reaches from the first of them to the last.  What the shopper was told
 * is moved only later, once a decision, and said as order.promise_changed: an earlier day is a pleasant surprise.  Each time a share
 * is late it is given twice as many days more, so that a place that stands still is not told of daily.  Whoever makes shares, or finds
 * one late, must have loaded the places.  Pure.
 */
#ifndef KERVAN_ORDER_PROMISE_H
#define KERVAN_ORDER_PROMISE_H

#include "proto/order.h"
#include "services/order/saga.h"

/* A carrier's first scan, and news of a delivery, come hours after the day that they are of. */
#define PROMISE_GRACE_MS (12 * HOUR_MS)

/* The order is confirmed now. */
void promise_begin(struct saga *saga);
/* Shares that were made since are promised, too, and what was told is moved where that is not true any more.  Nothing unless the
 * order is confirmed and not over. */
void promise_keep(struct saga *saga);
/* It was edited: what was promised counts no more. */
void promise_anew(struct saga *saga);

/* When a share is late; 0: it cannot be. */
int64_t promise_late_at(const struct fulfillment_row *share);
/* It is late: it is promised for later. */
void promise_slip(struct saga *saga, struct fulfillment_row *share);
/* A share left its place, or its carrier says when it arrives (0: it does not). */
void promise_sent(struct saga *saga, struct fulfillment_row *share);
void promise_estimated(struct saga *saga, struct fulfillment_row *share, int64_t estimated_at);

/* All is delivered: whether it was in time. */
void promise_end(struct saga *saga);

/* As facts and the API have it; NULL: nothing is promised. */
const struct promised_delivery *promise_shown(struct arena *arena, int64_t earliest,
                                              int64_t latest);

#endif
