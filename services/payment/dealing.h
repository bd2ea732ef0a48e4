/* dealing.h - the payment that a command, a result, a timer or a piece of news is about.
 *
 * Finds its row, keeps its clock and its ledger.  Pure; lives on the stack of one decision.
 */
#ifndef KERVAN_PAYMENT_DEALING_H
#define KERVAN_PAYMENT_DEALING_H

#include "common/incoming.h"
#include "proto/payment.h"
#include "services/payment/method.h"
#include "services/payment/outcome.h"
#include "services/payment/provider.h"
#include "services/payment/tables.h"

/* Of a company's credit, in minor units of its currency. */
struct credit_use {
    int64_t held_minor, receivable_minor;
    int64_t awaited_minor; /* what it waits for */
};

struct dealing {
    struct decision *out;
    struct subject subject; /* the order: its public id and its number */
    const char *payment_id; /* "ord_...-P1" */
    int64_t payment_no;
    struct payment_row *row;    /* NULL when there is none */
    struct credit_use followed; /* what the company's account has of this payment */
    int64_t clock;              /* of what this decision says; 0 until it says something */
    /* What is asked, or what came of it; each is NULL unless the input brings it. */
    const struct payment_authorize *authorize;
    const struct payment_capture *capture;
    const struct payment_void *void_command;
    const struct payment_refund *refund;
    const struct payment_received *received;
    bool accepts_short; /* what is received did not come, and is taken for enough */
    const struct outcome *outcome;
    struct capture_row *ended; /* the capture that the outcome is of */
    const char *who;           /* the request of a person; NULL: the order asks */
    /* Why a person's request changed nothing; the order hears its refusals as facts. */
    enum refused_reason refused_reason;
    const char *refused_code;
};

/* False, and the decision is impossible, when the id is no payment of this order. */
bool dealing_open(struct dealing *dealing, struct decision *out, struct subject subject,
                  const char *payment_id);
/* The same by its number in the order. */
bool dealing_open_number(struct dealing *dealing, struct decision *out, struct subject subject,
                         int64_t payment_no);
/* The same where the names come from outside, and may be another system's: false, and nothing is said, when it is none of ours. */
bool dealing_find(struct dealing *dealing, struct decision *out, struct subject subject,
                  const char *payment_id);
/* The same for a capture or refund of the order. */
bool dealing_owns(const struct dealing *dealing, const char *child_id);
/* The new row, in this state, with nothing else. */
void dealing_create(struct dealing *dealing, enum payment_state state);
enum payment_state dealing_state(const struct dealing *dealing);
enum holder dealing_holder(const struct dealing *dealing);
/* The provider of a payment; NULL where no provider holds its money. */
const struct provider *dealing_provider(const struct payment_row *row);
/* Whether its provider has taken all that it held: captures are then booked alone, and what is let go is given back. */
bool dealing_is_taken_whole(const struct dealing *dealing);
/* Whether its provider, if it has one, takes or gives back amounts of this form. */
bool dealing_takes_part(const struct dealing *dealing, int64_t amount_minor);
void dealing_move(struct dealing *dealing, enum payment_state state);
/* Marks the row for saving. */
void dealing_change(struct dealing *dealing);
/* The clock of what this decision says: above all that the payment has said and the input knew. */
int64_t dealing_clock(struct dealing *dealing);
/* Secured, neither taken nor let go; what is being taken counts as secured still. */
int64_t dealing_held_minor(const struct dealing *dealing);

/* What is owed or awaited of it in all by now, before anything came in. */
int64_t dealing_due_minor(const struct dealing *dealing);

/* The payment has ended without its money: nothing is awaited of the shopper any more. */
bool dealing_is_over(const struct dealing *dealing);
/* What came in of a transfer counts as secured, up to what was asked for. */
void dealing_secure_received(struct dealing *dealing);

struct entry {
    enum event_kind kind;
    int64_t operation;    /* enum payment_call_operation, or one of OPERATION_ */
    int64_t operation_no; /* of the capture or refund, else 0 */
    int64_t amount_minor;
    const char *code;
};
/* Adds to the ledger. */
void dealing_book(struct dealing *dealing, const struct entry *entry);

/* The public id of what is the order's, in the arena: a payment ('P'), capture ('C'), refund ('B') or dispute ('X'). */
const char *dealing_child_id(const struct dealing *dealing, char letter, int64_t counter);

/* An order by its public id, or by that of a payment, document or dispute of it: marks it as needed; finds it, NULL where there
 * is none; and the lane's key, in the arena, NULL where it is no such id. */
void want_order(struct rows *rows, const char *public_id);
struct payment_order_row *find_order(const struct rows *rows, const char *public_id);
const char *order_lane_key(struct arena *arena, const char *child_id);

/* Marks an order's own rows as needed. */
void want_payments(struct rows *rows, int64_t order_no);
void want_all_money(struct rows *rows, int64_t order_no); /* with captures and refunds */

#endif
