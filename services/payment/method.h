/* method.h - the ways to pay, one row each: who holds the money, and so how it is secured, taken and given back.
 *
 * Who holds the money chooses the table of the payment's life (life.h).  A further method of one of these
 * kinds is a row here.  Pure data.
 */
#ifndef KERVAN_PAYMENT_METHOD_H
#define KERVAN_PAYMENT_METHOD_H

#include "proto/payment.h"

#include <stdbool.h>
#include <stdint.h>

enum holder {
    HELD_BY_PROVIDER, /* it is asked to secure, to take, to let go and to give back */
    HELD_BY_US,       /* the shopper sends it to our account; only a person can give it back */
    HELD_BY_NOBODY, /* whoever hands the goods over collects it; from then on it is ours, as above */
    HELD_AS_CREDIT, /* a company buys on account: its credit is held, and owed once the goods are taken */
    HOLDER_COUNT
};

struct method {
    enum payment_method method;
    enum holder holder;
    const char *word; /* as routes name it, and facts where no provider holds the money */
    int64_t
        shopper_ms; /* to confirm or to send it, where the order does not say; 0: nothing is awaited */
};

/* NULL: not offered. */
const struct method *method_find(enum payment_method method);
/* Who holds the money of a payment with this method; a tombstone has none, and nobody to ask. */
enum holder method_holder(enum payment_method method);

#endif
