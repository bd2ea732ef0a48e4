/* stripe_audit.h - Stripe's list of payment intents, as the auditor compares it with ours. */
#ifndef KERVAN_PAYMENT_STRIPE_AUDIT_H
#define KERVAN_PAYMENT_STRIPE_AUDIT_H

#include "common/service.h"

/* The newest first.  A page begins behind an intent's id; "@" and a payment's name finds all intents of that name. */
extern const struct audit_books stripe_books;
/* One intent: a key ends with a slash and its id. */
extern const struct audit_books stripe_intents;

#endif
