/* deadline.h - the order's one timer: what has taken too long is told again, or given up.  Pure. */
#ifndef KERVAN_ORDER_DEADLINE_H
#define KERVAN_ORDER_DEADLINE_H

#include "common/incoming.h"

void order_deadline_need(const struct incoming_timer *in, struct rows *rows);
void order_deadline_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_order_deadline(struct decision *out, const struct incoming_timer *in);

#endif
