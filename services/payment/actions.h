/* actions.h - what payment.c has done as the tables of life.c say: each carries out one cell.
 *
 * True: the payment moves to the cell's next state.  False: it stays where it is, or the action has moved it.  Pure.
 */
#ifndef KERVAN_PAYMENT_ACTIONS_H
#define KERVAN_PAYMENT_ACTIONS_H

#include "services/payment/dealing.h"

/* Why what no provider does is left to a person. */
#define CODE_BY_HAND "by_hand"
/* What was to be given back was lost in a dispute: the shopper has it. */
#define CODE_LOST "lost_in_dispute"
/* The bank took back what had come. */
#define CODE_TAKEN_BACK "taken_back"
/* What the ledger says of a refund that is more than the provider's yes, since it moves other accounts (posting.h): what is not
 * paid was lowered; a person gave it, though nothing was left to one, or does not give it after all. */
#define CODE_CREDITED  "credited"
#define CODE_GIVEN     "given"
#define CODE_WITHDRAWN "withdrawn"
/* Of money that did not come, and was taken for enough. */
#define CODE_ACCEPTED_SHORT "accepted_short"

/* authorization.c */
bool ask_provider(struct dealing *dealing);
bool ask_transfer(struct dealing *dealing);
bool trust(struct dealing *dealing);
bool hold_credit(struct dealing *dealing);
bool hold_credit_now(struct dealing *dealing);
bool take_room(struct dealing *dealing);
bool tell_again(struct dealing *dealing);
bool authorize(struct dealing *dealing);
bool ask_shopper(struct dealing *dealing);
bool decline(struct dealing *dealing);
bool secure(struct dealing *dealing);

/* transfer.c */
bool lower_due(struct dealing *dealing);
bool count_money(struct dealing *dealing);
bool stop_waiting(struct dealing *dealing);
/* Of `received`, which had come before: the caller knows that it is all there was, or more than enough. */
bool take_back(struct dealing *dealing);
/* A person has to give back what is not taken: says so, or voided where nothing came in. */
bool ask_hand(struct dealing *dealing);

/* capture.c */
bool start_capture(struct dealing *dealing);
bool fail_capture(struct dealing *dealing);
bool book_capture(struct dealing *dealing);
bool drop_capture(struct dealing *dealing);
/* Captures that wait cannot be made any more; what is said of the payment says it of them. */
void end_waiting_captures(struct dealing *dealing, const char *code);

/* After the end of what captures waited for: the next one, or what was asked for meanwhile. */
void go_on_with_captures(struct dealing *dealing);

/* renewal.c */
bool renew(struct dealing *dealing);
bool book_renewal(struct dealing *dealing);
bool drop_renewal(struct dealing *dealing);

/* ending.c */
bool leave_tombstone(struct dealing *dealing);
bool start_void(struct dealing *dealing);
bool void_later(struct dealing *dealing);
bool void_without_call(struct dealing *dealing);
bool tell_voided(struct dealing *dealing);
bool release(struct dealing *dealing);
bool keep_hold(struct dealing *dealing);
bool hear(struct dealing *dealing);
bool let_go(struct dealing *dealing);
bool expire(struct dealing *dealing);
bool close_page(struct dealing *dealing);

/* refund.c: refunds that waited for captures. */
void go_on_with_refunds(struct dealing *dealing);

#endif
