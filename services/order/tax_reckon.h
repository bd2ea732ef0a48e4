/* tax_reckon.h - how much tax is in an amount, or comes on top of it.
 *
 * The rule: what is taxed alike (one category, one rate) is added up, its tax is rounded once, half up, and divided among its lines by
 * largest remainder.  So parts sum up to what the whole would be taxed with, and no line is off by a minor unit or more.  Amounts are minor
 * units and not negative; nothing overflows up to MONEY_MINOR_MAX.  Integers alone.  Pure.
 */
#ifndef KERVAN_ORDER_TAX_RECKON_H
#define KERVAN_ORDER_TAX_RECKON_H

#include <stddef.h>
#include <stdint.h>

struct tax_rule {
    int64_t category; /* enum tax_category */
    int64_t rate_ppm; /* millionths of what is taxed */
};

/* The tax that an amount includes, and that which comes on top of one; at most MONEY_MINOR_MAX. */
int64_t tax_within(int64_t amount_minor, int64_t rate_ppm);
int64_t tax_on_top(int64_t amount_minor, int64_t rate_ppm);

/* A line to be taxed; `tax_minor` is filled in. */
struct taxed {
    struct tax_rule rule;
    int64_t amount_minor, tax_minor;
};

/* `tax_of` is one of the two above.  At most TAXED_MAX lines, which come to MONEY_MINOR_MAX at most. */
enum { TAXED_MAX = 500 };
void tax_reckon(struct taxed *lines, size_t count, int64_t (*tax_of)(int64_t, int64_t));

#endif
