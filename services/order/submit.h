/* submit.h - takes orders: once each, whatever is sent twice.
 *
 * An order goes by its public id, which follows from the channel and its reference, else from the
 * Idempotency-Key; a key that comes beside a reference is kept as well.  The same body again gets the
 * same answer again, another body is refused, and nothing else happens.  A refused submission is an
 * order, too: its address answers, and it is not taken later.  Pure.
 */
#ifndef KERVAN_ORDER_SUBMIT_H
#define KERVAN_ORDER_SUBMIT_H

#include "common/incoming.h"

void order_submit_need(const struct incoming_message *in, struct rows *rows);
void order_submit_need_shared(const struct incoming_message *in, struct rows *rows);
/* The subject's id is the order's, unless the submission names neither reference nor key. */
void on_order_submit(struct decision *out, const struct incoming_message *in);

/* The same for a submission that could not be decoded (struct order_malformed): it is refused. */
void order_malformed_need(const struct incoming_message *in, struct rows *rows);
void on_order_malformed(struct decision *out, const struct incoming_message *in);

#endif
