/* told.h - what the provider tells by itself, in webhooks.
 *
 * Each piece of news counts once, by its event id, and only for a payment that we know by number, order
 * and the provider's name of it.  What does not fit is not ours, and changes nothing.  Pure.
 */
#ifndef KERVAN_PAYMENT_TOLD_H
#define KERVAN_PAYMENT_TOLD_H

#include "services/payment/dealing.h"

/* `news` is NULL where a webhook says nothing to us. */
void told_need(const struct news *news, struct rows *rows);
void told(struct decision *out, const struct news *news);

/* What was told is forgotten when the provider does not deliver it again any more. */
#define WEBHOOK_TIMER "forget_webhooks"
void forget_need(const struct incoming_timer *in, struct rows *rows);
void on_forget(struct decision *out, const struct incoming_timer *in);

#endif
