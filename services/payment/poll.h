/* poll.h - asks the provider what became of payments that wait for the shopper, and of refunds that are pending there or
 * may have come back.
 *
 * Webhooks bring it sooner, when they come at all.  A timer asks, first soon and then ever more rarely;
 * what is answered counts as if it had been told.  Pure.
 */
#ifndef KERVAN_PAYMENT_POLL_H
#define KERVAN_PAYMENT_POLL_H

#include "common/incoming.h"
#include "services/payment/dealing.h"

/* Their steps are the payment_no and the refund_no. */
#define POLL_TIMER        "ask_provider"
#define POLL_REFUND_TIMER "ask_refund"

/* Sets the next timer. */
void poll_later(struct dealing *dealing);
void poll_refund_later(struct dealing *dealing, const struct refund_row *refund);
/* A refund that was made: once more, when no bank will send it back any more. */
void poll_refund_at_last(struct dealing *dealing, const struct refund_row *refund);

void poll_need(const struct incoming_timer *in, struct rows *rows);
void on_poll(struct decision *out, const struct incoming_timer *in);
void on_poll_refund(struct decision *out, const struct incoming_timer *in);
/* What the provider answered. */
void on_poll_result(struct decision *out, const struct incoming_result *in);

#endif
