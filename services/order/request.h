/* request.h - how requests about an order begin: each has the order's id as its first member.  Pure. */
#ifndef KERVAN_ORDER_REQUEST_H
#define KERVAN_ORDER_REQUEST_H

#include "common/incoming.h"
#include "services/order/saga.h"

/* False, and answered, when there is no such order; else `ret` knows what is asked.  Reads the rows of the submission and the order. */
bool order_request_begin(struct decision *out, const struct incoming_message *in, struct saga *ret);

#endif
