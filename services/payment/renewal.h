/* renewal.h - has a provider hold anew what it is not good for any more, so that it is there when the goods are packed.
 *
 * Captures wait meanwhile, as behind another capture.  Where the provider will not, it holds what it held for as long as it
 * does.  Pure.
 */
#ifndef KERVAN_PAYMENT_RENEWAL_H
#define KERVAN_PAYMENT_RENEWAL_H

#include "common/incoming.h"
#include "services/payment/dealing.h"

/* Its step is the payment_no. */
#define RENEW_TIMER "renew_hold"

/* Sets the timer for what is held from now on, where the provider is good for it only for a time. */
void renew_in_time(struct dealing *dealing);

void renew_need(const struct incoming_timer *in, struct rows *rows);
void on_renew(struct decision *out, const struct incoming_timer *in);
void on_renew_result(struct decision *out, const struct incoming_result *in);

#endif
