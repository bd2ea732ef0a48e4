/* money_back.h - gives money back: all of it when an order ends early, a part when pieces go that were paid for.
 *
 * Each refund is a row with a number of its own, told again under it until it is done.  A payment
 * that another one took the place of gives back what it took.  Pure.
 */
#ifndef KERVAN_ORDER_MONEY_BACK_H
#define KERVAN_ORDER_MONEY_BACK_H

#include "proto/payment.h"
#include "services/order/saga.h"

/* Lets go of what is authorized, and refunds what is taken; each as far as it has not come back yet.  Ends the
 * undoing of money at once where there was none. */
saga_action give_money_back;
/* Of an order whose payment failed something was taken, or has to be let go: undoes that, too. */
saga_action undo_taken;
saga_action give_back_excess;   /* more was taken than the order costs (any more) */
saga_action give_back_left;     /* what nobody was told to give back yet */
saga_action tell_refunds_again; /* those that are not done */
/* They are not tried again under their numbers: what they were to give back can be told anew. */
saga_action forget_failed_refunds;
/* A person gave it back, outside the provider: the message is nobody's.  Where just a refund failed, what is held stays held. */
saga_action tell_given_back;
saga_action take_up_payment; /* what was said of it while the places were asked */
saga_action let_rest_go;     /* what is authorized, and will not be taken */
saga_action
    let_unneeded_go; /* the same, where all is taken that the order costs, and some of it is on its way */

/* What was taken for pieces that are not sent; nothing where the carrier was to bring the money. */
void give_back_for_share(struct saga *saga, int64_t value_minor);
/* The payment service says how much of a payment it has given back, by which refund (perhaps not one of ours). */
void note_refunded(struct saga *saga, int64_t payment_no, const char *refund_id,
                   int64_t refunded_minor);
/* It will not carry out this refund; returns its amount. */
int64_t note_refund_refused(struct saga *saga, const char *refund_id);
/* A person's word that a failed refund is given was refused, since others had given back some of it: what is left is told as
 * given in its stead.  False where it is another refusal, or what they gave is not known yet. */
bool tell_left_given(struct saga *saga, const char *refund_id);
/* Who misses a refund that failed: nobody, where another was told in its stead; the people who made it; or the order. */
enum missed_by { MISSED_BY_NOBODY, MISSED_BY_STAFF, MISSED_BY_ORDER };
/* The provider did not, or took back that it did: then less is given back than was.  What only a person can do is waited for
 * under its number. */
enum missed_by note_refund_failed(struct saga *saga, const struct payment_failed *failed);
/* The present payment is not let go of: the provider will not, or only a person can. */
void note_not_let_go(struct saga *saga);
/* Those that were before the present one are let go of once more; or a person did it, outside the provider. */
void tell_past_voids(struct saga *saga, bool by_hand);
/* A person gave, outside the provider, what people had tried to give back. */
void tell_staff_refunds_given(struct saga *saga);
/* A person left it at that: nothing is given instead, and what it was to give back may be given otherwise. */
void leave_staff_refunds(struct saga *saga);
/* Nothing is authorized any more, and what was taken by all payments is back. */
bool money_is_back(const struct saga *saga);
/* Taken by all payments of the order, less what they were told to give back. */
int64_t money_kept(const struct saga *saga);
/* Taken, less what is given back by our word: what a person gives back besides is not taken anew. */
int64_t money_taken(const struct saga *saga);
/* What the present payment and those before it are to come to: the total, less what payments of edits are still to bring. */
int64_t money_due(const struct saga *saga);

/* A payment beside the present one, which it took the place of or which pays for what an edit added; NULL: there is no such. */
struct past_payment_row *past_payment(const struct saga *saga, int64_t payment_no);
/* The highest number of a payment so far. */
int64_t payments_last(const struct saga *saga);
/* Another payment has taken the place of one that lapsed: it is not done by itself twice. */
bool payment_was_renewed(const struct saga *saga);
/* Of a payment that an edit added nothing is wanted any more. */
void let_payment_go(struct saga *saga, int64_t payment_no);
/* Of a payment that an edit added: what is still held, or asked for, by it, and is not taken. */
int64_t added_payment_left(const struct past_payment_row *payment);
/* The payment service says that nothing of it is held any more, in this state: who it was to pay for is paid for by the present
 * one from now on, which is renewed for that. */
void lose_added_payment(struct saga *saga, struct past_payment_row *payment,
                        enum payment_state state);

#endif
