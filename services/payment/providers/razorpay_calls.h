/* razorpay_calls.h - the calls to Razorpay as the runtime makes them, and what its webhooks say. */
#ifndef KERVAN_PAYMENT_PROVIDERS_RAZORPAY_CALLS_H
#define KERVAN_PAYMENT_PROVIDERS_RAZORPAY_CALLS_H

#include "common/service.h"
#include "services/payment/outcome.h"

/* For struct effect_handler. */
void razorpay_build(struct arena *arena, const void *payload, const char *key,
                    struct outside_request *ret);
/* Whether a call was done whose answer was lost. */
void razorpay_question(struct arena *arena, const void *payload, const char *key,
                       struct outside_request *ret);
enum effect_verdict razorpay_read(struct arena *arena, const void *payload,
                                  const struct http_end *end, bool asked, const void **ret_result);

/* The question what became of a payment or a refund, and what is answered. */
void razorpay_ask(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret);
enum effect_verdict razorpay_read_asked(struct arena *arena, const void *payload,
                                        const struct http_end *end, bool asked,
                                        const void **ret_result);

/* What a webhook's body says to us, in the arena; NULL where it says nothing. */
const struct news *razorpay_read_webhook(struct arena *arena, const char *body, size_t length);

#endif
