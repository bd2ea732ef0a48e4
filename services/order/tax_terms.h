/* tax_terms.h - by what an order is taxed, as its row keeps it: a rule a class of items, and one a line.
 *
 * "1 190000;1 70000;1 70000;2 0;3 0|0 1 190000;1 1 70000": category and rate of each class in the order of enum tax_class, then of
 * shipping (line 0) and of each line.  An order keeps the rates of the day on which it was placed, also for what is added to it later.
 * Pure; texts are in the arena.
 */
#ifndef KERVAN_ORDER_TAX_TERMS_H
#define KERVAN_ORDER_TAX_TERMS_H

#include "proto/types.h"
#include "services/order/tax_reckon.h"

#include <stdbool.h>

struct arena;

enum { TAX_CLASSES = TAX_CLASS_EXEMPT };

/* By enum tax_class less one. */
struct tax_terms {
    struct tax_rule rules[TAX_CLASSES];
};
struct tax_rule tax_rule_of(const struct tax_terms *terms, enum tax_class tax_class);

/* `lines[0]` is of shipping, the others are of lines 1 and on. */
const char *tax_terms_text(struct arena *arena, const struct tax_terms *terms,
                           const struct taxed *lines, size_t count);
/* The same with one line more. */
const char *tax_terms_with_line(struct arena *arena, const char *text, int64_t line_no,
                                struct tax_rule rule);
struct tax_terms tax_terms_read(const char *text);
/* False: nothing is said of it.  0: shipping. */
bool tax_terms_line(const char *text, int64_t line_no, struct tax_rule *ret);

#endif
