/* rates.h - which offer of a carrier is taken: the cheapest that keeps what the shopper paid for.  Pure. */
#ifndef KERVAN_SHIPPING_RATES_H
#define KERVAN_SHIPPING_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct rate {
    const char *id, *carrier, *service;
    const char *price; /* decimal: "7.90" */
    const char *currency;
    int64_t delivery_days; /* -1 when not known */
};

/* What the shopper paid for, and what is offered. */
struct wanted_service {
    const char *service;  /* "standard", "express", "next_day", or a carrier's own word as a code */
    const char *currency; /* offers in it go before offers in another */
};

/* NULL when none keeps it.  Of equal prices the faster, then the first. */
const struct rate *rates_choose(struct arena *arena, const struct rate *rates, size_t count,
                                const struct wanted_service *wanted);

/* Minor units of a decimal price; false when it is none, or finer than the currency is. */
bool rates_price_minor(const char *price, const char *currency, int64_t *ret);

/* Any text as a code of the contract: "GroundAdvantage" as "groundadvantage"; at most 64 characters. */
const char *rates_code(struct arena *arena, const char *text);

#endif
