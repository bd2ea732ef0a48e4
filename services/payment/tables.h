/* tables.h - the payment service's rows as C structs, and their descriptions.
 *
 * Members are the columns of schema/; what they mean stands there.  All belong to the order's lane.
 * Pure data.
 */
#ifndef KERVAN_PAYMENT_TABLES_H
#define KERVAN_PAYMENT_TABLES_H

#include "common/table.h"

enum payment_heard { HEARD_NOTHING = 0, HEARD_DECLINED = 1, HEARD_AUTHORIZED = 2, HEARD_GONE = 3 };

struct payment_row {
    int64_t order_no, payment_no;
    int64_t state;       /* enum payment_state */
    int64_t method;      /* enum payment_method */
    int64_t heard;       /* enum payment_heard */
    int64_t void_reason; /* enum cancel_reason; 0: nobody asked for a void */
    bool expiring, declined, retryable;
    int64_t void_count, poll_count, event_count, clock;
    int64_t amount_minor, received_minor, authorized_minor, capturing_minor, captured_minor,
        released_minor, refunding_minor, refunded_minor;
    const char *currency, *provider_ref, *code, *action_url, *reference;
    int64_t action_expires_at, changed_at;
    int64_t answered_at; /* who was asked for the money */
    int64_t ended_at;    /* since when nothing is held; 0: it is, or was never asked for */
    struct bytes order_id;
    const char *company;  /* on whose account it is bought; NULL: on nobody's */
    int64_t net_days;     /* from a capture to the day when it is to be paid; of such a payment */
    const char *provider; /* its name; NULL: nobody else holds the money, or there was only one */
    const char *hold_ref; /* its name of what it holds, where that has one of its own */
    int64_t disputed_minor, lost_minor; /* in disputes that are open; by disputes */
};

/* The number of an order, by its public id; and on whose account it is bought. */
struct payment_order_row {
    struct bytes order_id;
    int64_t order_no;
    const char *company;
};

enum capture_state {
    CAPTURE_WAITING = 1,
    CAPTURE_SENT = 2,
    CAPTURE_SUCCEEDED = 3,
    CAPTURE_FAILED = 4
};

struct capture_row {
    int64_t order_no, capture_no, payment_no;
    int64_t state; /* enum capture_state */
    bool final;
    int64_t amount_minor;
    const char *code;
    int64_t at, ended_at;
    const char *provider_ref; /* its name there, where refunds are made of it */
    int64_t disputed_minor;   /* or lost of it, where disputes are of captures */
};

enum refund_state {
    REFUND_NONE = 0, /* no row */
    REFUND_WAITING = 1,
    REFUND_SENT = 2,
    REFUND_PENDING = 3,
    REFUND_SUCCEEDED = 4,
    REFUND_FAILED = 5,
    REFUND_BY_HAND = 6, /* no provider holds the money: a person gives it back */
    REFUND_GIVEN = 7,   /* by a person */
    REFUND_STATE_COUNT
};

struct refund_row {
    int64_t order_no, refund_no, payment_no;
    int64_t state;      /* enum refund_state */
    int64_t reason;     /* enum cancel_reason */
    bool failure_heard; /* before its answer; of a failed one: after it had succeeded */
    int64_t amount_minor;
    const char *provider_ref, *code;
    int64_t at, ended_at;
    int64_t capture_no; /* which it is made of; 0: of the payment */
};

enum event_kind { EVENT_REQUEST = 1, EVENT_SUCCESS = 2, EVENT_FAILURE = 3, EVENT_ADJUSTMENT = 4 };

/* Of an entry of the ledger, beside those of calls (enum payment_call_operation). */
enum {
    OPERATION_RECEIVE = 9,
    OPERATION_DISPUTE = 20, /* opened, moved, won or lost */
    OPERATION_DISPUTE_WITHDRAWN = 21,
    OPERATION_DISPUTE_REINSTATED = 22,
    OPERATION_DISPUTE_FEE = 23
};

struct event_row {
    int64_t order_no, payment_no, event_no;
    int64_t kind;         /* enum event_kind */
    int64_t operation;    /* enum payment_call_operation, or one of OPERATION_ */
    int64_t operation_no; /* of the capture or refund, else 0 */
    int64_t amount_minor;
    const char *code, *who;
    int64_t at;
};

/* What a person asked for, and we did. */
struct request_row {
    int64_t order_no;
    const char *request_id;
    int64_t payment_no;
    const char *subject_id; /* what it made, or the payment */
    const char *actor, *note;
    struct bytes digest;
    int64_t at;
};

/* What a transfer did to what there is of a payment. */
enum transfer_kind { TRANSFER_CAME = 1, TRANSFER_ACCEPTED_SHORT = 2, TRANSFER_TAKEN_BACK = 3 };

/* A transfer that arrived; the bank's name of it is its own, whatever lane it belongs to. */
struct transfer_row {
    const char *bank_reference;
    int64_t order_no, payment_no, amount_minor;
    bool late;
    int64_t received_at, at;
    int64_t kind;        /* enum transfer_kind */
    const char *line_id; /* of a statement; NULL: a person told */
};

/* What a company may buy on account, and has; whatever lane its orders belong to. */
struct credit_row {
    const char *company;
    int64_t version; /* of the terms */
    const char *currency;
    int64_t limit_minor, net_days;
    bool active;
    int64_t held_minor, receivable_minor;
    int64_t excess_minor; /* by how much a lowered limit is below what is used */
    int64_t changed_at;
};

/* A payment that waits for room in its company's account; written in the lane of its order, read wherever there is room. */
struct credit_waiter_row {
    const char *company;
    int64_t order_no, payment_no, amount_minor;
    int64_t since;
    struct bytes order_id;
};

struct webhook_row {
    int64_t order_no;
    const char *event_id;
    int64_t seen_at;
};

extern const struct table payment_table, payment_order_table, capture_table, refund_table,
    event_table, request_table, webhook_seen_table, transfer_table, credit_table,
    credit_waiter_table;

/* In the order in which batches write; NULL-terminated. */
extern const struct table *const payment_tables[];

#endif
