/* dispute.h - what an order makes of a charge-back: a person's task with the day to answer by, a hold of what is not packed yet,
 * and what was lost is not given back once more.
 *
 * The dispute itself is payment's; here is what its facts said last.  Pure.
 */
#ifndef KERVAN_ORDER_DISPUTE_H
#define KERVAN_ORDER_DISPUTE_H

#include "services/order/saga.h"

/* Lost by disputes of a payment: the shopper has it. */
int64_t dispute_lost_minor(const struct saga *saga, int64_t payment_no);
/* Tells payment what a person decided about the dispute with this number. */
void tell_dispute_answer(struct saga *saga, int64_t dispute_no, bool accept);

#endif
