/* webhook.h - calls from providers: checked over the raw bytes, made durable, and left to the service that they concern. */
#ifndef KERVAN_GATEWAY_WEBHOOK_H
#define KERVAN_GATEWAY_WEBHOOK_H

#include "common/err.h"
#include "services/gateway/webhook_provider.h"

struct http_request;
struct http_answer;

enum {
    WEBHOOK_STRIPE = 0,
    WEBHOOK_EASYPOST,
    WEBHOOK_PAYPAL,
    WEBHOOK_RAZORPAY,
    WEBHOOK_PROVIDER_COUNT
};

/* Settings of the secrets, by provider; of PayPal, of our webhook's ids there. */
extern const char *const webhook_secret_settings[WEBHOOK_PROVIDER_COUNT];

/* Checks a call against one or two secrets with a blank between. */
bool webhook_is_genuine(webhook_check *check, const struct webhook_call *call, const char *secrets);
/* Of one or two words of visible ASCII, 16 characters each at least; "" is fine, too. */
bool webhook_secrets_are_good(const char *secrets);

void answer_webhook(void *gateway, const struct http_request *request, struct http_answer *answer);

#endif
