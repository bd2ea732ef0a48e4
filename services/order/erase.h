/* erase.h - a customer is forgotten: what is personal of their orders is overwritten, here and in the services that were told.
 *
 * The lane of the customer's id finds the orders, refuses while one is open (or has it erased when it is over), notes which they are and passes each on to its own lane, all
 * in one transaction.  There the order's rows are overwritten and the other services told.  Asked again, all of it is done again: what is
 * erased stays so, and what people wrote meanwhile goes, too.  Pure.
 */
#ifndef KERVAN_ORDER_ERASE_H
#define KERVAN_ORDER_ERASE_H

#include "common/incoming.h"

const char *customer_erase_lane_key(struct arena *arena, const struct incoming_message *in);
void customer_erase_need(const struct incoming_message *in, struct rows *rows);
void on_customer_erase(struct decision *out, const struct incoming_message *in);

/* An order of theirs. */
void order_erase_need(const struct incoming_message *in, struct rows *rows);
void order_erase_need_shared(const struct incoming_message *in, struct rows *rows);
void on_order_erase(struct decision *out, const struct incoming_message *in);

/* One that was open is looked at again, each hour, until it is over. */
#define ERASE_TIMER "erase"
void order_erase_due_need(const struct incoming_timer *in, struct rows *rows);
void order_erase_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_order_erase_due(struct decision *out, const struct incoming_timer *in);

#endif
