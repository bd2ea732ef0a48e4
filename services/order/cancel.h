/* cancel.h - requests to cancel an order: a question that is answered with yes or no, never half.
 *
 * Before anybody was told to fulfill, the answer is yes at once.  Then the places are asked; when one
 * of them cannot stop, the order goes on whole.  A request that comes again gets its answer again.
 * Pure.
 */
#ifndef KERVAN_ORDER_CANCEL_H
#define KERVAN_ORDER_CANCEL_H

#include "common/incoming.h"
#include "proto/types.h"
#include "services/order/saga.h"

void order_cancel_need(const struct incoming_message *in, struct rows *rows);
void order_cancel_need_shared(const struct incoming_message *in, struct rows *rows);
void on_order_cancel(struct decision *out, const struct incoming_message *in);
/* Marks the requests that answering needs: there is nothing to load where none is pending. */
void cancellation_need(const struct order_row *order, struct rows *rows);
/* Why who asked first wants it canceled; somebody must have. */
enum cancel_reason cancel_reason_asked(const struct saga *saga);

/* Actions of the saga's tables. */
saga_action cancel_as_asked; /* with the reason of who asked first; all who asked get a yes */
saga_action cancel_declined, cancel_out_of_stock, cancel_given_up;
saga_action refuse_cancel; /* all who asked get a no */
saga_action answer_ended;  /* it is over already: a yes if it was canceled */

#endif
