/* payment.h - where a payment is, what may happen to it, what is done.
 *
 * payment.c holds the whole rule as one table.  A command names the payment (`ord_...-P1`): a second
 * one of the same kind finds it and hears the same fact again, or nothing while the provider's answer
 * is on its way.  Void is never refused; one that comes before its authorization leaves a tombstone
 * that refuses it, one that comes while the provider is asked waits for what it answers.  Pure.
 */
#ifndef KERVAN_PAYMENT_PAYMENT_H
#define KERVAN_PAYMENT_PAYMENT_H

#include "services/payment/dealing.h"

/* Its step is the payment_no. */
#define ACTION_TIMER "action_deadline"

/* A payment's states are those of the contract (enum payment_state).  None stays in "created": it is asked of the provider
 * in the decision that makes it.  "Absent" is no row. */
enum { STATE_COUNT = PAYMENT_STATE_EXPIRED + 1 };

enum payment_input {
    ON_AUTHORIZE, /* commands */
    ON_CAPTURE,
    ON_VOID,
    ON_AUTHORIZED, /* what came of a call */
    ON_ACTION,
    ON_NOT_AUTHORIZED,
    ON_CAPTURED,
    ON_NOT_CAPTURED,
    ON_RELEASED,
    ON_NOT_RELEASED,
    ON_NEWS_AUTHORIZED, /* what the provider tells by itself */
    ON_NEWS_DECLINED,
    ON_NEWS_GONE,
    ON_DEADLINE, /* the shopper did not act in time */
    PAYMENT_INPUT_COUNT
};

enum payment_action {
    MISSING = 0, /* no cell has it in the end */
    DOES_NOTHING,
    ASKS_PROVIDER,    /* to authorize */
    TELLS_AGAIN,      /* what became of the authorization */
    LEAVES_TOMBSTONE, /* says voided */
    REFUSES_UNKNOWN,
    REFUSES_UNDONE,    /* it is or will be voided */
    REFUSES_UNSECURED, /* nothing is authorized */
    REFUSES_DONE,      /* nothing is left to take */
    FAILS_CAPTURE,     /* what was secured is gone: says failed */
    CAPTURES,          /* or has it wait behind another, or refuses the amount */
    VOIDS,
    VOIDS_LATER, /* when the answer under way is there */
    TELLS_VOIDED,
    AUTHORIZES,    /* says authorized, or voids as asked */
    ASKS_SHOPPER,  /* says requires_action, sets the deadline, or voids as asked */
    DECLINES,      /* says declined or failed, or voided as asked */
    BOOKS_CAPTURE, /* says captured, goes on with what waits */
    DROPS_CAPTURE, /* says failed, goes on with what waits */
    RELEASES,      /* says voided, or declined where the shopper was late */
    KEEPS_HOLD,    /* says that the void failed */
    HEARS,         /* keeps it until the answer under way is there */
    LETS_GO,       /* says failed: what was secured is gone */
    EXPIRES,       /* has the provider let go */
    IS_IMPOSSIBLE, /* an answer to what was never asked */
    PAYMENT_ACTION_COUNT
};

struct payment_cell {
    enum payment_action action;
    enum payment_state next; /* where the action does not say otherwise */
};
/* Total: every state and input has an answer. */
struct payment_cell payment_cell(enum payment_state state, enum payment_input input);

/* Does what the table says. */
void payment_take(struct dealing *dealing, enum payment_input input);

void authorize_need(const struct incoming_message *in, struct rows *rows);
void on_authorize(struct decision *out, const struct incoming_message *in);
void void_need(const struct incoming_message *in, struct rows *rows);
void on_void(struct decision *out, const struct incoming_message *in);
void deadline_need(const struct incoming_timer *in, struct rows *rows);
void on_deadline(struct decision *out, const struct incoming_timer *in);

#endif
