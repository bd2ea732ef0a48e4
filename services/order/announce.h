/* announce.h - the order's own facts.  Actions of the saga's tables; each moves the order's status.  Pure. */
#ifndef KERVAN_ORDER_ANNOUNCE_H
#define KERVAN_ORDER_ANNOUNCE_H

#include "services/order/saga.h"

saga_action announce_placed;       /* the message in is order.submit */
saga_action announce_refused;      /* by intake: its errors are rows */
saga_action announce_out_of_stock; /* nothing was held */
saga_action announce_confirmed, announce_completed;
saga_action announce_expired_stock, announce_expired_payment;

/* Not in the tables: how a cancellation ends. */
void announce_canceled(struct saga *saga, int64_t reason, int64_t canceled_by);

#endif
