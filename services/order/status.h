/* status.h - the one writer of the statuses that follow from where the order and its shares are.  Pure. */
#ifndef KERVAN_ORDER_STATUS_H
#define KERVAN_ORDER_STATUS_H

#include "services/order/saga.h"

/* payment_status, fulfillment_status and shopper_status; order.status is moved by the facts of announce.c. */
void status_derive(struct saga *saga);

#endif
