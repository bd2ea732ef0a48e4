/* life.h - where a payment is, what may happen to it, what is done: one table for each holder of the money.
 *
 * A command names the payment (`ord_...-P1`): a second one of the same kind finds it and hears the
 * same fact again, or nothing while the provider's answer is on its way.  Void is never refused; one
 * that comes before its authorization leaves a tombstone that refuses it, one that comes while the
 * provider is asked waits for what it answers.  Pure.
 */
#ifndef KERVAN_PAYMENT_LIFE_H
#define KERVAN_PAYMENT_LIFE_H

#include "services/payment/method.h"

/* A payment's states are those of the contract (enum payment_state).  None stays in "created": what becomes of it is
 * decided in the decision that makes it.  "Absent" is no row. */
enum { STATE_COUNT = PAYMENT_STATE_EXPIRED + 1 };

enum payment_input {
    ON_AUTHORIZE, /* commands */
    ON_CAPTURE,
    ON_VOID,
    ON_VOID_BY_HAND, /* a person gave it back, or had the provider let go */
    ON_RECEIVED,     /* a transfer arrived */
    ON_AUTHORIZED,   /* what came of a call */
    ON_ACTION,
    ON_NOT_AUTHORIZED,
    ON_CAPTURED,
    ON_NOT_CAPTURED,
    ON_RELEASED,
    ON_NOT_RELEASED,
    ON_NEWS_AUTHORIZED, /* what the provider tells by itself */
    ON_NEWS_DECLINED,
    ON_NEWS_GONE,
    ON_DEADLINE,      /* the shopper did not act in time */
    ON_ROOM,          /* the company's account has some again */
    ON_NEWS_APPROVED, /* the shopper has done his part, and the provider waits for us */
    ON_HONOR_END,     /* the provider is not good any more for what it holds */
    ON_TAKEN_BACK,    /* the bank took back a transfer that had come */
    ON_RENEWED,
    ON_NOT_RENEWED,
    PAYMENT_INPUT_COUNT
};

enum payment_action {
    MISSING = 0, /* no cell has it in the end */
    DOES_NOTHING,
    ASKS_PROVIDER, /* to authorize */
    ASKS_TRANSFER, /* of the shopper: says requires_action, sets the deadline */
    TRUSTS,        /* says authorized: it is collected later */
    HOLDS_CREDIT, /* of the company: says authorized, credit_awaited where it may wait, or declined */
    HOLDS_CREDIT_NOW, /* once more, of what is told now: says authorized, or credit_awaited */
    TAKES_ROOM,       /* says authorized where there is enough; else it waits on */
    TELLS_AGAIN,      /* what became of the authorization */
    LEAVES_TOMBSTONE, /* says voided */
    REFUSES_UNKNOWN,
    REFUSES_UNDONE,    /* it is or will be voided */
    REFUSES_UNSECURED, /* nothing is authorized */
    REFUSES_DONE,      /* nothing is left to take */
    FAILS_CAPTURE,     /* what was secured is gone: says failed */
    CAPTURES,          /* or has it wait behind another, or refuses the amount */
    VOIDS,             /* has the provider let go */
    VOIDS_LATER,       /* when the answer under way is there */
    VOIDS_AT_ONCE,     /* there is nothing to give back: says voided */
    VOIDS_BY_HAND,     /* a person has done it: says voided */
    ASKS_HAND,         /* says failed, or voided where nothing came in */
    TELLS_VOIDED,
    LOWERS, /* awaits less, where less is told: says requires_action, or authorized, when that is there; else tells again */
    COUNTS_MONEY,  /* says money_received; and authorized, when it is enough */
    AUTHORIZES,    /* says authorized, or voids as asked */
    ASKS_SHOPPER,  /* says requires_action, sets the deadline, or voids as asked */
    DECLINES,      /* says declined or failed, or voided as asked */
    BOOKS_CAPTURE, /* says captured, goes on with what waits */
    DROPS_CAPTURE, /* says failed, goes on with what waits */
    RELEASES,      /* says voided, or declined where the shopper was late */
    KEEPS_HOLD,    /* says that the void failed */
    HEARS,         /* keeps it until the answer under way is there */
    LETS_GO,       /* says lapsed: what was secured is gone */
    EXPIRES,       /* has the provider let go */
    CLOSES_PAGE,   /* the same, where the shopper could still pay there */
    TAKES_BACK,    /* counts less; and says lapsed, when it was secured and is gone */
    STOPS_WAITING, /* says declined; and failed, when part of the money came in */
    SECURES,       /* has the provider secure what the shopper approved */
    RENEWS,        /* has the provider hold it anew, while captures wait */
    BOOKS_RENEWAL, /* goes on with what waits */
    DROPS_RENEWAL, /* the same: what is held is held no longer than before, or gone */
    IS_IMPOSSIBLE, /* an answer to what was never asked */
    PAYMENT_ACTION_COUNT
};

struct payment_cell {
    enum payment_action action;
    enum payment_state next; /* where the action does not say otherwise */
};
/* Total: every holder, state and input has an answer. */
struct payment_cell payment_cell(enum holder holder, enum payment_state state,
                                 enum payment_input input);

#endif
