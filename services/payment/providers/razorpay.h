/* razorpay.h - Razorpay's words for what we ask and hear: orders, the payments that pay them, and refunds.
 *
 * A payment of ours is an order there (`provider_ref`), which the shopper pays on a page of the shop that opens Razorpay's
 * checkout.  What he pays with is a payment there (`hold_ref`), and held until it is captured: whole and once, or it goes back to
 * him by itself after five days.  There is no void: what is not captured is left alone, what is left of what was captured is
 * refunded.  Our own names travel as the receipt and in the notes, "number,payment" and behind that the refund.
 * Pure: bytes are decoded by razorpay_calls.c.
 */
#ifndef KERVAN_PAYMENT_PROVIDERS_RAZORPAY_H
#define KERVAN_PAYMENT_PROVIDERS_RAZORPAY_H

#include "common/arena.h"
#include "proto/payment.h"
#include "services/payment/outcome.h"

/* The page of the shop that opens the checkout for the order that is named behind it; "" where there is none.
 * Set before the first decision, and never after it. */
extern const char *razorpay_checkout;
/* Whether it is an address that can be told, or "". */
bool razorpay_checkout_is_good(const char *address);

struct razorpay_request {
    const char *method, *path;
    const char *body; /* JSON, or "" */
};
struct razorpay_request razorpay_request(struct arena *arena, const struct payment_call *call);

/* What is looked at when nobody knows whether a call was done: a list, or the payment. */
const char *razorpay_question_path(struct arena *arena, const struct payment_call *call);
/* Where what became of a payment, or of the refund of a call for one, is looked at from time to time. */
const char *razorpay_ask_path(struct arena *arena, const struct payment_call *call);

/* What a payment of Razorpay's shows. */
struct razorpay_money {
    const char *id, *status, *currency;
    int64_t amount_minor;
    bool captured;
};

/* An order that was made, or found. */
struct outcome razorpay_order_outcome(struct arena *arena, const struct payment_call *call,
                                      const char *order);
/* What pays an order, for the question about it, or for letting go of an order that nobody has paid. */
struct outcome razorpay_payments_outcome(const struct payment_call *call,
                                         const struct razorpay_money *payments, size_t count);
/* A payment that was captured or looked at. */
struct outcome razorpay_payment_outcome(const struct payment_call *call,
                                        const struct razorpay_money *payment);
/* A refund that was made or looked at: of what was taken, or of what nobody will take. */
struct outcome razorpay_refund_outcome(const struct payment_call *call, const char *refund,
                                       const char *status);
/* Whether a call gives back what was captured. */
bool razorpay_is_refund(const struct payment_call *call);
/* What the refund of such a call is named by. */
const char *razorpay_refund_receipt(struct arena *arena, const struct payment_call *call);

enum razorpay_sense {
    RAZORPAY_FINAL,   /* it was not done, and will not be */
    RAZORPAY_NOT_YET, /* surely it was not done: again later */
    RAZORPAY_UNCLEAR  /* it may have been done: the question */
};
/* What a status other than that of success means; `error` is NULL where there is none that can be read. */
enum razorpay_sense razorpay_sense(const struct payment_call *call, int64_t status,
                                   const struct razorpay_error_error *error);
struct outcome razorpay_no(struct arena *arena, const struct payment_call *call,
                           const struct razorpay_error_error *error);

/* What a webhook tells us, in the arena; NEWS_NONE where it is not about a payment of ours, or says nothing new. */
struct news razorpay_news(struct arena *arena, const struct razorpay_event *event);

#endif
