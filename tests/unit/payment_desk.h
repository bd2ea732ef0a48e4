/* payment_desk.h - the payment service on a store in memory, with calls that wait until a test answers them.
 *
 * A batch goes as the runtime's: load, decide one after the other, save.  What a rule did not ask for
 * it cannot read.  All that is decided is encoded and decoded again, so a fact that its own schema
 * refuses fails; calls are made of the decoded payload, one at a time an order, in the order decided.
 */
#ifndef KERVAN_TESTS_PAYMENT_DESK_H
#define KERVAN_TESTS_PAYMENT_DESK_H

#include "common/arena.h"
#include "common/service.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "services/payment/tables.h"

/* A call that was decided and has not ended. */
struct desk_call {
    const struct effect_handler *handler;
    const char *key; /* "ord_...-P1/authorize" */
    struct subject subject;
    int64_t clock;
    const void *payload;
    const char *path, *form;
};

/* What one lane has learned for another. */
struct desk_input {
    uint32_t type;
    struct subject subject;
    const void *message;
};

enum { DESK_CALLS_MAX = 256, DESK_INPUTS_MAX = 16 };

struct desk {
    struct memory_database *database;
    struct store *store;
    struct lane_hold holds[1];
    struct ctx ctx;     /* of the batch: gone with the next one */
    struct arena *kept; /* lives as long as the desk, or until desk_forget() */
    int64_t now;        /* business time of the next batch */
    int64_t clock;      /* of the commands: each is one above the one before */
    struct desk_call calls[DESK_CALLS_MAX];
    size_t call_count;
    struct desk_input inputs[DESK_INPUTS_MAX]; /* of the last decision */
    size_t input_count;
    enum err err;             /* of the last decision: ERR_RULE when it was impossible */
    int64_t said_clock;       /* of what it said; 0: nothing */
    const char *precondition; /* of the requests that follow; NULL: none */
    const char *reply; /* what a person's request was answered: "201 C5001", "422 /amount_minor" */
    const char *facts; /* what it said: "authorized 4488; refused rule:exceeds_authorized C2" */
    bool undated;      /* its rows are of a time when nobody noted when things happened */
    const char *when;  /* the last fact happened: "authorized_at":"2026-03-01T00:00:00.000Z" */
    enum effect_verdict verdict; /* of the last answer */
    int64_t timer_due;           /* of the last timer set; 0: none yet */
    const char *timers;          /* set by the last decision: "action_deadline ask_provider" */
    const char *asked;           /* whom the last decision asks to try again, by order: "2 3" */
};

int desk_set_up(void **state);
int desk_tear_down(void **state);

/* For the desk's own files. */
const char *desk_command(struct desk *desk, uint32_t type, const void *message);
/* In one batch: a payment that nobody knew, and two people who want its money back. */
const char *desk_refunds_at_once(struct desk *desk, const struct payment_authorize *command,
                                 const struct payment_refund_now *message);
const char *desk_show(struct desk *desk, uint32_t type, const void *message);
struct gateway_reply;
const char *desk_show_reply(struct desk *desk, const struct gateway_reply *reply);

/* Commands for an order's P1; each returns what was said. */
const char *desk_authorize(struct desk *desk, int64_t order_no, const char *token,
                           int64_t amount_minor);
const char *desk_authorize_with(struct desk *desk, const struct payment_authorize *command);
struct payment_authorize desk_authorize_command(struct desk *desk, int64_t order_no,
                                                const char *token, int64_t amount_minor);
const char *desk_capture(struct desk *desk, int64_t order_no, const char *capture,
                         int64_t amount_minor); /* "C1", or "C1!" for a final one */
const char *desk_capture_with(struct desk *desk, const struct payment_capture *command);
struct payment_capture desk_capture_command(struct desk *desk, int64_t order_no,
                                            const char *capture, int64_t amount_minor);
const char *desk_void(struct desk *desk, int64_t order_no, enum cancel_reason reason);
const char *desk_refund(struct desk *desk, int64_t order_no, const char *refund,
                        int64_t amount_minor);
const char *desk_refund_with(struct desk *desk, const struct payment_refund *command);
struct payment_refund desk_refund_command(struct desk *desk, int64_t order_no, const char *refund,
                                          int64_t amount_minor);
/* The same for a payment by another method; the shopper has an hour. */
const char *desk_authorize_by(struct desk *desk, int64_t order_no, enum payment_method method,
                              int64_t amount_minor);
/* On whose account an invoice is. */
#define DESK_COMPANY "ACME"
void desk_credit(struct desk *desk, const char *company, int64_t limit_minor);
/* NULL when there is none. */
const struct credit_row *desk_account(struct desk *desk, const char *company);
/* On account, where it may wait for room. */
const char *desk_authorize_patient(struct desk *desk, int64_t order_no, int64_t amount_minor);
/* It was told that there is room. */
const char *desk_try(struct desk *desk, int64_t order_no);
const char *desk_void_by_hand(struct desk *desk, int64_t order_no);
const char *desk_refund_by_hand(struct desk *desk, int64_t order_no, const char *refund,
                                int64_t amount_minor);
/* A person asks for it under the name `request`, of P1 of the order; what is answered stands in `reply`.  An amount of
 * 0 is none. */
const char *desk_received(struct desk *desk, const char *request, int64_t order_no,
                          int64_t amount_minor, const char *bank_reference);
const char *desk_capture_now(struct desk *desk, const char *request, int64_t order_no,
                             int64_t amount_minor);
const char *desk_void_now(struct desk *desk, const char *request, int64_t order_no);
const char *desk_refund_now(struct desk *desk, const char *request, int64_t order_no,
                            int64_t amount_minor);
const char *desk_request(struct desk *desk, const char *request, uint32_t type,
                         const void *message);
/* The shopper's time is over. */
const char *desk_deadline(struct desk *desk, int64_t order_no);
/* A timer of the order is due. */
const char *desk_timer(struct desk *desk, int64_t order_no, const char *kind, int64_t step);

/* One that belongs to no order. */
const char *desk_list_timer(struct desk *desk, const char *subject, const char *kind);

/* The provider answers the call with this index (0 is the oldest).  It is over when the verdict is EFFECT_DONE. */
const char *desk_answer_to(struct desk *desk, size_t call_index, int64_t status, const char *body);
const char *desk_answer(struct desk *desk, int64_t status, const char *body);
/* A webhook comes, as the gateway passes it on. */
const char *desk_tell(struct desk *desk, const char *body);
const char *desk_tell_raw(struct desk *desk, const char *provider, const char *base64);

/* The oldest of what the last decision has learned for other lanes goes there. */
const char *desk_pass_on(struct desk *desk);

/* Keys of the calls that wait, without the order's id: "P1/authorize". */
const char *desk_calls(struct desk *desk);
/* NULL when there is none. */
const struct payment_row *desk_payment(struct desk *desk, int64_t order_no);
enum payment_state desk_state(struct desk *desk, int64_t order_no);
/* "request authorize 4488, success authorize 4488": the ledger. */
const char *desk_ledger(struct desk *desk, int64_t order_no);
const char *desk_order_id(struct desk *desk, int64_t order_no);
const char *desk_child_id(struct desk *desk, int64_t order_no, const char *child);

/* Amounts that add up: within the payment, with its captures and refunds, and with its ledger. */
void desk_check(struct desk *desk);
/* Forgets all rows and calls. */
void desk_forget(struct desk *desk);

#endif
