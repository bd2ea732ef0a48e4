/* outcome.h - what came of a call to the provider, and what the provider tells by itself; no provider's own words.
 *
 * The files of providers/ make these of what a provider says; the rules know nothing else of it.  Pure data.
 */
#ifndef KERVAN_PAYMENT_OUTCOME_H
#define KERVAN_PAYMENT_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

enum outcome_kind {
    OUTCOME_NONE = 0,
    OUTCOME_AUTHORIZED,
    OUTCOME_ACTION, /* the shopper, or the provider, has to do something first */
    OUTCOME_CAPTURED,
    OUTCOME_RELEASED,
    OUTCOME_REFUNDED,
    OUTCOME_REFUND_PENDING, /* taken on; how it ends is told later */
    OUTCOME_NO,             /* a final no */
    OUTCOME_APPROVED, /* the shopper has done his part: now the provider can be asked to secure the money */
    OUTCOME_RENEWED, /* it is held anew */
};

struct outcome {
    enum outcome_kind kind;
    const char *provider_ref; /* of the payment, or of the refund; NULL when it has none */
    const char *
        hold_ref; /* of AUTHORIZED and RENEWED: the provider's name of the hold, where it has one of its own */
    const char *capture_ref; /* of CAPTURED: its name there, where refunds are made of it */
    const char *code;        /* of a no: why, as a code of the contract */
    const char *action_url;  /* of ACTION: the shopper's page; NULL when nobody has one */
    bool declined;           /* of a no: the shopper's side said it, not the provider */
    bool retryable;          /* of a declined one */
    bool gone;               /* of a no: nothing is secured there any more */
};

enum news_kind {
    NEWS_NONE = 0, /* of no interest */
    NEWS_AUTHORIZED,
    NEWS_DECLINED,
    NEWS_GONE, /* the provider let go of what was secured */
    NEWS_REFUNDED,
    NEWS_REFUND_FAILED,
    NEWS_APPROVED, /* the shopper has done his part: now the provider can be asked to secure the money */
    NEWS_DISPUTE, /* of `dispute_ref` alone: it is looked at where the provider has it */
};

struct news {
    enum news_kind kind;
    const char *event_id; /* the same at every delivery */
    const char *order_id, *payment_id;
    int64_t order_no;
    int64_t refund_no;        /* of a refund, else 0 */
    const char *provider_ref; /* of the payment, or of the refund */
    const char *hold_ref;     /* of the hold that it is about; NULL: of the payment */
    const char *code;
    const char *dispute_ref; /* the provider's name of a dispute */
};

#endif
