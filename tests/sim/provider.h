/* provider.h - a payment provider that speaks Stripe's words, keeps books of its own, and answers a key once.
 *
 * It shares no code with the product, whose requests it reads as they are sent.
 */
#ifndef KERVAN_TESTS_SIM_PROVIDER_H
#define KERVAN_TESTS_SIM_PROVIDER_H

#include "tests/sim/calls.h"

enum intent_status {
    INTENT_NEEDS_METHOD,
    INTENT_NEEDS_ACTION,
    INTENT_HELD,
    INTENT_SUCCEEDED,
    INTENT_CANCELED
};

struct intent {
    char id[32];
    enum intent_status status;
    const char *currency, *order_id, *order_no, *payment_id, *cancellation;
    int64_t amount_minor, authorized_minor, captured_minor, refunded_minor;
    int64_t lost_minor; /* in disputes */
    int64_t number;
    bool cancel_refused;
    struct intent *same_payment; /* a second one of the same name: there must be none */
};

struct refund {
    char id[32];
    struct intent *intent;
    const char *refund_id; /* ours */
    int64_t amount_minor;
    bool pending, failed;
    struct refund *next;
};

struct provider {
    struct intent **intents;
    size_t intent_count, intent_capacity;
    struct refund *refunds;
    struct dispute *disputes; /* disputes.h; the newest first */
    int64_t refund_count, event_count, dispute_count;
    struct names by_id, by_payment, refunds_by_id, disputes_by_id,
        answers; /* answers by idempotency key */
};

struct provider *provider_new(struct arena *arena);
void provider_free(struct provider *provider);
struct answer provider_answer(struct sim *sim, const struct outside_call *call);
int64_t provider_held_minor(const struct intent *intent);
/* Of what was taken: neither given back nor lost in disputes. */
int64_t provider_left_minor(const struct intent *intent);
/* What is held for an order lapses, or else what was given back of it comes back. */
void provider_lets_go(struct sim *sim, const char *order_id);

#endif
