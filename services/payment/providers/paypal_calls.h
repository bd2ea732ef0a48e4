/* paypal_calls.h - the calls to PayPal as the runtime makes them, and what its webhooks say. */
#ifndef KERVAN_PAYMENT_PROVIDERS_PAYPAL_CALLS_H
#define KERVAN_PAYMENT_PROVIDERS_PAYPAL_CALLS_H

#include "common/service.h"
#include "services/payment/outcome.h"

/* For struct effect_handler. */
void paypal_build(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret);
enum effect_verdict paypal_read(struct arena *arena, const void *payload,
                                const struct http_end *end, bool asked, const void **ret_result);

/* The question what became of a payment or a refund, and what is answered. */
void paypal_ask(struct arena *arena, const void *payload, const char *key,
                struct outside_request *ret);
enum effect_verdict paypal_read_asked(struct arena *arena, const void *payload,
                                      const struct http_end *end, bool asked,
                                      const void **ret_result);

/* What a webhook's body says to us, in the arena; NULL where it says nothing. */
const struct news *paypal_read_webhook(struct arena *arena, const char *body, size_t length);

#endif
