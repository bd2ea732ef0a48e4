/* paypal.h - PayPal's words for what we ask and hear: orders with intent AUTHORIZE, their authorizations, captures and refunds.
 *
 * A payment is an order there, which the payer approves on a page of PayPal; then it is authorized by a call of ours. The order
 * is named by `provider_ref`, the authorization, which changes when it is renewed, by `hold_ref`, and a refund is one of a
 * capture. Our own names travel as custom_id, "number,payment" and behind that the refund. Pure: bytes are decoded by
 * paypal_calls.c.
 */
#ifndef KERVAN_PAYMENT_PROVIDERS_PAYPAL_H
#define KERVAN_PAYMENT_PROVIDERS_PAYPAL_H

#include "common/arena.h"
#include "proto/payment.h"
#include "services/payment/outcome.h"

struct paypal_request {
    const char *method, *path;
    const char *body; /* JSON, or "" */
};
struct paypal_request paypal_request(struct arena *arena, const struct payment_call *call);

/* Where an order, or the refund of a call for one, is looked at. */
const char *paypal_ask_path(struct arena *arena, const struct payment_call *call);

/* What an order says that was made, authorized or looked at, for the call that did it. */
struct outcome paypal_order_outcome(const struct payment_call *call,
                                    const struct paypal_order *order);
/* The same of a capture, a refund, a renewed or a voided authorization; NONE while PayPal itself does not know. */
struct outcome paypal_operation_outcome(struct arena *arena, const struct payment_call *call,
                                        const struct paypal_operation *operation);

enum paypal_sense {
    PAYPAL_FINAL,   /* it was not done, and will not be */
    PAYPAL_NOT_YET, /* surely it was not done: again later */
    PAYPAL_UNCLEAR  /* it may have been done: the same again, under the same key */
};
/* What a status other than that of success means; `error` is NULL where there is none that can be read. */
enum paypal_sense paypal_sense(int64_t status, const struct paypal_error *error);
/* A final no to a call; or that it was done before. */
struct outcome paypal_no(struct arena *arena, const struct payment_call *call,
                         const struct paypal_error *error);

/* What a webhook tells us, in the arena; NEWS_NONE where it is not about a payment of ours, or says nothing new. */
struct news paypal_news(struct arena *arena, const struct paypal_event *event);

/* What parts our names there: commas, since refunds take no slash; older ones have slashes. */
#define PAYPAL_NAME_BETWEEN ",/"

/* A word of PayPal's as a code of ours, "other" where it is none. */
const char *paypal_code(struct arena *arena, const char *word);
/* The same of what an error says is wrong. */
const char *paypal_error_code(struct arena *arena, const struct paypal_error *error);
/* "44.88" of a currency with two decimals is 4488; decimals that PayPal leaves out count as zeros.  -1: it is no amount. */
int64_t paypal_minor_of(const char *currency, const char *value);

#endif
