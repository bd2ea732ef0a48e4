/* stripe.h - Stripe's words for what we ask and hear: requests of payment intents and refunds, and what answers mean.
 *
 * A payment is a payment intent with manual capture, confirmed when it is made; our ids travel in its
 * metadata, so that a webhook finds the way back.  Pure: bytes are decoded by stripe_calls.c.
 */
#ifndef KERVAN_PAYMENT_PROVIDERS_STRIPE_H
#define KERVAN_PAYMENT_PROVIDERS_STRIPE_H

#include "common/arena.h"
#include "proto/payment.h"
#include "services/payment/outcome.h"

/* What is posted, as a form. */
struct stripe_request {
    const char *path;
    const char *form;
};
struct stripe_request stripe_request(struct arena *arena, const struct payment_call *call);

/* Where a payment, or the refund of a call for one, is looked at. */
const char *stripe_ask_path(struct arena *arena, const struct payment_call *call);

/* What an answer of status 200 means for a call, or for a question after an authorization. */
struct outcome stripe_intent_outcome(const struct payment_call *call,
                                     const struct stripe_intent *intent);
struct outcome stripe_refund_outcome(const struct stripe_refund *refund);

enum stripe_sense {
    STRIPE_FINAL,   /* it was not done, and will not be */
    STRIPE_NOT_YET, /* surely it was not done: again later */
    STRIPE_UNCLEAR  /* it may have been done: the same again, under the same key */
};
/* What another status means; `error` is NULL where there is none that can be read. */
enum stripe_sense stripe_sense(int64_t status, const struct stripe_error_error *error);
/* A final no to a call: or that it was done before, under a key that is forgotten. */
struct outcome stripe_no(const struct payment_call *call, const struct stripe_error_error *error);

/* A currency as we name it: Stripe writes small letters. */
const char *stripe_currency(struct arena *arena, const char *text);
/* A word of Stripe's as a code of ours, "other" where it is none. */
const char *stripe_code(const char *word);

/* What a webhook tells us; NEWS_NONE where it is not about a payment of ours, or says nothing new. */
struct news stripe_news(const struct stripe_event *event);

#endif
