/* purchase_gather.h - a draft that takes what is missing of several items, until it is sent.
 *
 * In the lane of the purchase order.  Lanes of SKUs say how many pieces of an item it is to order (buying.h); as long as it is a draft it
 * does.  With the last item it is canceled.  One that is sent by itself is sent when its time has come, as if somebody had asked for
 * it.  Whoever is too late is told.  Pure.
 */
#ifndef KERVAN_INVENTORY_PURCHASE_GATHER_H
#define KERVAN_INVENTORY_PURCHASE_GATHER_H

#include "common/incoming.h"

struct purchasing;

#define PURCHASE_TIMER "purchase_send"

void purchase_gather_need(const struct incoming_message *in, struct rows *rows);
void purchase_gather_need_shared(const struct incoming_message *in, struct rows *rows);
void on_purchase_gather(struct decision *out, const struct incoming_message *in);

void purchase_due_need(const struct incoming_timer *in, struct rows *rows);
void purchase_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_purchase_due(struct decision *out, const struct incoming_timer *in);

/* It is no draft any more: the next piece begins another one, and what somebody canceled is dismissed. */
void purchase_gather_end(const struct purchasing *purchase);
/* Marks what that asks for, where the order is loaded. */
void purchase_gather_end_want(struct rows *rows, const char *purchase_order_id);

#endif
