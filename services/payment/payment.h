/* payment.h - has done what the tables of life.h say: for commands and deadlines here, for answers and news elsewhere.  Pure. */
#ifndef KERVAN_PAYMENT_PAYMENT_H
#define KERVAN_PAYMENT_PAYMENT_H

#include "services/payment/dealing.h"
#include "services/payment/life.h"

/* Its step is the payment_no. */
#define ACTION_TIMER "action_deadline"

/* What the payment's table says to an input. */
struct payment_cell payment_answer(const struct dealing *dealing, enum payment_input input);
/* Does what the table says. */
void payment_take(struct dealing *dealing, enum payment_input input);

void authorize_need(const struct incoming_message *in, struct rows *rows);
void on_authorize(struct decision *out, const struct incoming_message *in);
void void_need(const struct incoming_message *in, struct rows *rows);
void on_void(struct decision *out, const struct incoming_message *in);
void deadline_need(const struct incoming_timer *in, struct rows *rows);
void on_deadline(struct decision *out, const struct incoming_timer *in);

#endif
