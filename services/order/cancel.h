/* cancel.h - requests to cancel an order: a question that is answered with yes or no, never half.
 *
 * Before anybody was told to fulfill, the answer is yes at once.  Then the places are asked, and the carrier for labels;
 * when one of them cannot stop, the order goes on whole.  Where a part has left, the rest is meant.  A request that comes
 * again gets its answer again.  Pure.
 */
#ifndef KERVAN_ORDER_CANCEL_H
#define KERVAN_ORDER_CANCEL_H

#include "common/incoming.h"
#include "proto/types.h"
#include "services/order/saga.h"

void order_cancel_need(const struct incoming_message *in, struct rows *rows);
void order_cancel_need_shared(const struct incoming_message *in, struct rows *rows);
void on_order_cancel(struct decision *out, const struct incoming_message *in);
/* The oldest that is not answered and whose pieces are not being asked for; the one of a change; or NULL. */
struct cancellation_row *cancel_next(const struct saga *saga);
struct cancellation_row *cancel_of_change(const struct saga *saga, int64_t change_no);
/* Yes or no, to this one. */
void cancel_answer(struct saga *saga, struct cancellation_row *request, bool accepted);
/* Pieces that a confirmed edit asks for; then edit_answer() is told.  Who confirms it again waits for the same answer. */
void cancel_for_edit(struct saga *saga, const struct incoming_message *in, const char *lines,
                     int64_t edit_no);
void cancel_wait_for_edit(struct saga *saga, const struct incoming_message *in, int64_t edit_no);
/* A person decided a task so, or the shopper answered so: as if they had asked. */
void cancel_by_decision(struct saga *saga, const char *request_id);
void cancel_by_shopper(struct saga *saga, const char *request_id);
/* Who had to approve the order does not. */
void cancel_by_refusal(struct saga *saga, const char *request_id);
/* Why who asked first wants it canceled; somebody must have. */
enum cancel_reason cancel_reason_asked(const struct saga *saga);

/* Actions of the saga's tables. */
saga_action cancel_as_asked; /* with the reason of who asked first; all who asked get a yes */
/* The shopper was refused; or did not pay in time: then the order expires. */
saga_action end_unpaid;
saga_action cancel_declined, cancel_out_of_stock, cancel_given_up;
saga_action end_out_of_stock; /* rejected; where money was asked for already, canceled */
saga_action refuse_cancel;    /* all who asked get a no */
saga_action answer_ended;     /* it is over already: a yes if it was canceled */

#endif
