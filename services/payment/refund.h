/* refund.h - gives taken money back.
 *
 * A refund names itself (`ord_...-B1`): a second command finds it and hears its fact again, or nothing
 * while it is under way.  One that wants more than is taken yet, while a capture is under way, waits
 * for that.  Refunds of a payment do not wait for each other.  Pure.
 */
#ifndef KERVAN_PAYMENT_REFUND_H
#define KERVAN_PAYMENT_REFUND_H

#include "common/incoming.h"
#include "services/payment/dealing.h"

enum refund_input {
    ON_REFUND,
    ON_REFUND_BY_HAND,   /* a person has given it back */
    ON_REFUND_WITHDRAWN, /* a person was to give it back, and does not */
    ON_CAPTURES_SETTLED, /* one more is taken, or will not be */
    ON_REFUNDED,
    ON_REFUND_PENDING,
    ON_NOT_REFUNDED,
    ON_NEWS_REFUNDED,
    ON_NEWS_REFUND_FAILED,
    REFUND_INPUT_COUNT
};

enum refund_action {
    REFUND_DOES_NOTHING = 0,
    REFUND_OPENS,    /* sends, waits, or refuses */
    REFUND_GIVES,    /* books what a person gave back, or refuses: says refunded */
    REFUND_SENDS,    /* now that enough is taken; or says failed, when it never will be */
    REFUND_BOOKS,    /* says refunded */
    REFUND_BELIEVES, /* the person who had to: says refunded */
    REFUND_RELEASES, /* what it was to give back: says nothing, for it was told as failed */
    REFUND_KEEPS,    /* the provider's name of it */
    REFUND_FAILS,    /* says failed */
    REFUND_HEARS,    /* that it failed, before the answer is there */
    REFUND_TELLS,    /* refunded, again */
    REFUND_TELLS_NO, /* failed, again */
    REFUND_REVERSES, /* it came back from the bank: says failed */
    REFUND_IS_IMPOSSIBLE
};

/* Total: every state and input has an answer. */
enum refund_action refund_rule(enum refund_state state, enum refund_input input);

/* `refund` is NULL when there is none yet. */
void refund_take(struct dealing *dealing, struct refund_row *refund, enum refund_input input);
/* The row of a refund of the order, or NULL. */
struct refund_row *refund_find(const struct dealing *dealing, int64_t refund_no);

/* What may be asked back, when all that is being taken is taken. */
int64_t refund_left_minor(const struct dealing *dealing);

void refund_need(const struct incoming_message *in, struct rows *rows);
void on_refund(struct decision *out, const struct incoming_message *in);

#endif
