/* stripe_calls.h - the calls to Stripe as the runtime makes them, and what its webhooks say. */
#ifndef KERVAN_PAYMENT_PROVIDERS_STRIPE_CALLS_H
#define KERVAN_PAYMENT_PROVIDERS_STRIPE_CALLS_H

#include "common/service.h"
#include "services/payment/outcome.h"

#define STRIPE_API_VERSION "2026-08-26.dahlia"

/* A request as Stripe takes it: a form once under a key, or a question. */
struct outside_request stripe_post(struct arena *arena, const char *path, const char *form,
                                   const char *key);
struct outside_request stripe_get(const char *path);

/* For struct effect_handler. */
void stripe_build(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret);
enum effect_verdict stripe_read(struct arena *arena, const void *payload,
                                const struct http_end *end, bool asked, const void **ret_result);

/* The question what became of a payment or a refund, and what is answered. */
void stripe_ask(struct arena *arena, const void *payload, const char *key,
                struct outside_request *ret);
enum effect_verdict stripe_read_asked(struct arena *arena, const void *payload,
                                      const struct http_end *end, bool asked,
                                      const void **ret_result);

/* What a webhook's body says to us, in the arena; NULL where it says nothing. */
const struct news *stripe_read_webhook(struct arena *arena, const char *body, size_t length);

#endif
