/* facts.h - what the payment service says about a payment.
 *
 * A fact that is told again says the same as before, also when it happened.  Pure.
 */
#ifndef KERVAN_PAYMENT_FACTS_H
#define KERVAN_PAYMENT_FACTS_H

#include "services/payment/dealing.h"

void say_authorized(struct dealing *dealing);
void say_requires_action(struct dealing *dealing);
void say_credit_awaited(struct dealing *dealing);
/* The shopper's side said no, or did nothing in time. */
void say_declined(struct dealing *dealing, const char *code, bool retryable);

/* What should not fail, and did.  `operation_id` is that of a capture or refund, else NULL. */
struct failure {
    enum payment_failed_operation operation;
    const char *operation_id, *code;
    int64_t amount_minor, at;
};
void say_failed(struct dealing *dealing, const struct failure *failure);
void say_captured(struct dealing *dealing, const struct capture_row *capture);
/* The provider does not hold this much any more. */
void say_lapsed(struct dealing *dealing, int64_t amount_minor);
void say_money_received(struct dealing *dealing, int64_t amount_minor, bool late);
void say_voided(struct dealing *dealing);
void say_refunded(struct dealing *dealing, const struct refund_row *refund);
/* The command at hand changed nothing, which the order hears, or whoever asked is answered; `code` says what is against it, or is NULL where the reason says all. */
void say_refused(struct dealing *dealing, enum refused_reason reason, const char *code);

#endif
