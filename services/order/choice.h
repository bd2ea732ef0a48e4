/* choice.h - asks the shopper what to do when something is missing, and takes the answer.  Pure. */
#ifndef KERVAN_ORDER_CHOICE_H
#define KERVAN_ORDER_CHOICE_H

#include "common/incoming.h"
#include "services/order/saga.h"

struct inventory_short;

/* What a shopper could answer to this: a bit an order_choose choice.  To cancel is always offered. */
int64_t choice_offers(const struct inventory_short *fact);

void order_choose_need(const struct incoming_message *in, struct rows *rows);
void order_choose_need_shared(const struct incoming_message *in, struct rows *rows);
/* Once: the same answer again is as good as the first, another one comes too late. */
void on_order_choose(struct decision *out, const struct incoming_message *in);

/* Actions of the saga's tables. */
saga_action ask_shopper; /* the message is inventory.short */
saga_action announce_answered;

#endif
