/* provider_calls.c - which file speaks for which provider. */
#include "services/payment/provider_calls.h"

#include "proto/payment.h"
#include "services/payment/provider.h"
#include "services/payment/providers/paypal_calls.h"
#include "services/payment/providers/paypal_disputes.h"
#include "services/payment/providers/razorpay_calls.h"
#include "services/payment/providers/stripe_calls.h"
#include "services/payment/providers/stripe_disputes.h"

#include <assert.h>

static const struct calls {
    void (*build)(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret);
    enum effect_verdict (*read)(struct arena *arena, const void *payload,
                                const struct http_end *end, bool asked, const void **ret_result);
    void (*ask)(struct arena *arena, const void *payload, const char *key,
                struct outside_request *ret);
    enum effect_verdict (*read_asked)(struct arena *arena, const void *payload,
                                      const struct http_end *end, bool asked,
                                      const void **ret_result);
    const struct news *(*read_webhook)(struct arena *arena, const char *body, size_t length);
    /* What is asked when an answer is lost; NULL: the same request again, which does nothing twice. */
    void (*question)(struct arena *arena, const void *payload, const char *key,
                     struct outside_request *ret);
    /* NULL: its disputes are not known here (struct provider). */
    void (*build_dispute)(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret);
    void (*ask_dispute)(struct arena *arena, const void *payload, const char *key,
                        struct outside_request *ret);
    enum effect_verdict (*read_dispute)(struct arena *arena, const void *payload,
                                        const struct http_end *end, bool asked,
                                        const void **ret_result);
} calls[PROVIDER_COUNT] = {
    [PROVIDER_STRIPE] = { stripe_build, stripe_read, stripe_ask, stripe_read_asked,
                          stripe_read_webhook, NULL, stripe_dispute_build, stripe_dispute_ask,
                          stripe_dispute_read },
    [PROVIDER_PAYPAL] = { paypal_build, paypal_read, paypal_ask, paypal_read_asked,
                          paypal_read_webhook, NULL, paypal_dispute_build, paypal_dispute_ask,
                          paypal_dispute_read },
    [PROVIDER_RAZORPAY] = { razorpay_build, razorpay_read, razorpay_ask, razorpay_read_asked,
                            razorpay_read_webhook, razorpay_question, NULL, NULL, NULL },
};

static size_t target_of(const char *name)
{
    const struct provider *provider = provider_find(name);

    assert(provider != NULL && "a call goes to whom the payment is with");
    return (size_t)(provider - payment_providers);
}

size_t provider_target(const void *payload)
{
    return target_of(((const struct payment_call *)payload)->provider);
}

void provider_build(struct arena *arena, const void *payload, const char *key,
                    struct outside_request *ret)
{
    calls[provider_target(payload)].build(arena, payload, key, ret);
}

bool provider_is_repeatable(const void *payload)
{
    return calls[provider_target(payload)].question == NULL;
}

void provider_question(struct arena *arena, const void *payload, const char *key,
                       struct outside_request *ret)
{
    calls[provider_target(payload)].question(arena, payload, key, ret);
}

enum effect_verdict provider_read(struct arena *arena, const void *payload,
                                  const struct http_end *end, bool asked, const void **ret_result)
{
    return calls[provider_target(payload)].read(arena, payload, end, asked, ret_result);
}

void provider_ask(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret)
{
    calls[provider_target(payload)].ask(arena, payload, key, ret);
}

enum effect_verdict provider_read_asked(struct arena *arena, const void *payload,
                                        const struct http_end *end, bool asked,
                                        const void **ret_result)
{
    return calls[provider_target(payload)].read_asked(arena, payload, end, asked, ret_result);
}

size_t provider_dispute_target(const void *payload)
{
    return target_of(((const struct payment_dispute_call *)payload)->provider);
}

void provider_dispute_build(struct arena *arena, const void *payload, const char *key,
                            struct outside_request *ret)
{
    calls[provider_dispute_target(payload)].build_dispute(arena, payload, key, ret);
}

void provider_dispute_ask(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret)
{
    calls[provider_dispute_target(payload)].ask_dispute(arena, payload, key, ret);
}

enum effect_verdict provider_dispute_read(struct arena *arena, const void *payload,
                                          const struct http_end *end, bool asked,
                                          const void **ret_result)
{
    return calls[provider_dispute_target(payload)].read_dispute(arena, payload, end, asked,
                                                                ret_result);
}

const struct news *provider_read_webhook(struct arena *arena, const char *provider,
                                         const char *body, size_t length)
{
    const struct provider *found = provider_find(provider);

    return found == NULL ? NULL
                         : calls[found - payment_providers].read_webhook(arena, body, length);
}
