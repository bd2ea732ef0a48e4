/* dispute_tables.h - the rows of disputes as C structs, and their descriptions.
 *
 * Members are the columns of schema/0015_disputes.sql; what they mean stands there.  Pure data.
 */
#ifndef KERVAN_PAYMENT_DISPUTE_TABLES_H
#define KERVAN_PAYMENT_DISPUTE_TABLES_H

#include "common/table.h"

enum dispute_answer { ANSWER_NONE = 0, ANSWER_EVIDENCE = 1, ANSWER_ACCEPT = 2 };

struct dispute_row {
    int64_t order_no, dispute_no, payment_no;
    const char *provider, *provider_ref;
    int64_t capture_no; /* 0: it is about the payment */
    int64_t state;      /* enum dispute_state */
    const char *reason;
    int64_t amount_minor, lost_minor, withdrawn_minor, reinstated_minor, fee_minor;
    int64_t due_at;
    int64_t answer; /* enum dispute_answer */
    bool answered;  /* the provider has taken it */
    int64_t answer_count, poll_count;
    const char *code;
    int64_t opened_at, changed_at, closed_at;
};

/* What is saved to answer with. */
struct evidence_row {
    int64_t order_no, dispute_no;
    const char *tracking_number, *carrier;
    int64_t shipped_at, delivered_at;
    const char *delivery_proof, *product_description, *customer_communication, *refund_policy,
        *refund_refusal, *explanation;
};

/* How far a provider's list is read; of the lane that the provider's name gives. */
struct dispute_watch_row {
    const char *provider;
    int64_t looked_at, asked_at, wanted_at;
    bool watching;
};

extern const struct table dispute_table, evidence_table, dispute_watch_table;

#endif
