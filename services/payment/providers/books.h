/* books.h - how the auditor's keys name a payment at its provider, and how what a provider has is said.  Pure. */
#ifndef KERVAN_PAYMENT_PROVIDERS_BOOKS_H
#define KERVAN_PAYMENT_PROVIDERS_BOOKS_H

#include "common/arena.h"

#include <stdint.h>

/* The provider's own name of a payment, with which a key ends behind its last slash; borrowed from the key. */
const char *books_name(const char *key);

/* What it has of a payment. */
struct books_sums {
    int64_t held_minor, captured_minor, refunded_minor;
};
/* As audit.sql says what we have; "" for nothing at all. */
const char *books_held(struct arena *arena, const struct books_sums *sums);

#endif
