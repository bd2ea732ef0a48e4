/* priority.h - how urgent an order is: said when it is submitted, or later by a person.
 *
 * It is the order's, so work that begins anew, elsewhere or again has it, too; what a place says of one piece of its work
 * (fulfillment's own priority) counts until that ends or the order says another one.  Pure.
 */
#ifndef KERVAN_ORDER_PRIORITY_H
#define KERVAN_ORDER_PRIORITY_H

#include "common/incoming.h"
#include "proto/order.h"
#include "services/order/saga.h"

/* What a submission says of it. */
void priority_note(struct saga *saga, const struct order_submit *submit);

/* The rows are those that a hold needs: both requests begin with the order's id. */
void on_order_prioritize(struct decision *out, const struct incoming_message *in);

#endif
