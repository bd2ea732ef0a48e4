/* fraud.h - the rules of a channel against fraud, and the score of an order by them.
 *
 * A rule is a row: what to look for, and how many points it is worth.  An order's score is the sum of
 * the points of the rules that it meets; details say what was found and hold no personal data.  Pure.
 */
#ifndef KERVAN_ORDER_FRAUD_H
#define KERVAN_ORDER_FRAUD_H

#include "proto/types.h"
#include "services/order/saga.h"

struct order_submit;

enum {
    FRAUD_REASONS_MAX = 20,
    VELOCITY_ORDERS_MAX = 50,
};

struct fraud_reason {
    int64_t kind, points;
    const char *detail;
};

struct fraud_score {
    struct fraud_reason reasons[FRAUD_REASONS_MAX];
    size_t reason_count;
    int64_t points;
};

/* A policy's rules become rows; all of them anew where one is another. */
void fraud_rules_need(const char *code, struct rows *rows);
bool fraud_rules_are(const char *code, const struct fraud_policy *policy, const struct rows *rows);
void fraud_rules_put(const char *code, const struct fraud_policy *policy, struct rows *rows);
/* By what they count orders: a bit an enum fraud_subject. */
int64_t fraud_rules_count_by(const struct fraud_policy *policy);
/* False, with the field, when a rule lacks what its kind needs. */
bool fraud_rules_make_sense(struct arena *arena, const struct fraud_policy *policy,
                            struct field_error *ret);

/* For an order that a channel with rules is to take: they, the block list, and who ordered lately, where a rule counts. */
void fraud_need(const struct channel_row *channel, const struct order_submit *submit,
                struct rows *rows);
/* Scores an order and counts it as one of those that its customer made lately. */
struct fraud_score fraud_look(struct decision *out, const struct channel_row *channel,
                              const struct order_submit *submit);

/* What orders of this contact were counted by, as far as it says so still: to be forgotten. */
void fraud_need_known(const struct contact_row *contact, struct rows *rows);
void fraud_forget(const struct contact_row *contact, struct rows *rows);

/* "email:ada@shop.example" as it is kept: small letters, of a phone the digits; NULL when nothing is left of it. */
const char *fraud_key(struct arena *arena, const char *entry);

#endif
