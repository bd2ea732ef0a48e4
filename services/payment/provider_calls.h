/* provider_calls.h - has a provider's own file build its calls and read what it answers and tells.
 *
 * The provider of a call stands in it; of a webhook, in its address.
 */
#ifndef KERVAN_PAYMENT_PROVIDER_CALLS_H
#define KERVAN_PAYMENT_PROVIDER_CALLS_H

#include "common/service.h"
#include "services/payment/outcome.h"

/* For struct effect_handler; the second pair puts the question what became of a payment or refund. */
size_t provider_target(const void *payload);
void provider_build(struct arena *arena, const void *payload, const char *key,
                    struct outside_request *ret);
/* Whether a call was done whose answer was lost; of providers where the same request again does nothing twice nobody asks. */
bool provider_is_repeatable(const void *payload);
void provider_question(struct arena *arena, const void *payload, const char *key,
                       struct outside_request *ret);
enum effect_verdict provider_read(struct arena *arena, const void *payload,
                                  const struct http_end *end, bool asked, const void **ret_result);
void provider_ask(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret);
enum effect_verdict provider_read_asked(struct arena *arena, const void *payload,
                                        const struct http_end *end, bool asked,
                                        const void **ret_result);

/* The same for calls about disputes. */
size_t provider_dispute_target(const void *payload);
void provider_dispute_build(struct arena *arena, const void *payload, const char *key,
                            struct outside_request *ret);
void provider_dispute_ask(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret);
enum effect_verdict provider_dispute_read(struct arena *arena, const void *payload,
                                          const struct http_end *end, bool asked,
                                          const void **ret_result);

/* What a webhook's body says to us, in the arena; NULL where it says nothing, or nobody has this name. */
const struct news *provider_read_webhook(struct arena *arena, const char *provider,
                                         const char *body, size_t length);

#endif
