/* sourcing.h - from which places an order is served.
 *
 * A set of places is judged by rules in their order: one set is better than another when it is at the first rule at which
 * they differ.  Behind all rules stand three more: fewer places, the lower sum of priorities, the earlier codes.  Exact for up to
 * SOURCING_EXACT_MAX places that have any of it; above that the search ends after so many steps with the best that it
 * found, and says so when that is not proven.  One place is always found when one is enough and better.  The same
 * problem has the same answer, on every machine.  Pure; scratch memory comes from the arena.
 */
#ifndef KERVAN_INVENTORY_SOURCING_H
#define KERVAN_INVENTORY_SOURCING_H

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOURCING_EXACT_MAX = 10, SOURCING_RULES_MAX = 20, SOURCE_COST_MAX = 1000000000 };

struct source_place {
    const char *code;
    int64_t priority; /* 0 or more: the lower is taken from first */
};

/* What a rule makes of the costs of the chosen places. */
enum source_measure {
    SOURCE_SUM,  /* their sum */
    SOURCE_MOST, /* the highest of them */
    SOURCE_ALONE /* costs do not count: 0 for one place, 1 for more */
};

struct sourcing {
    const struct source_place *places; /* sorted by code */
    size_t place_count;
    size_t item_count;
    const int64_t *wanted;       /* of each item, together at most INT32_MAX */
    const int64_t *available;    /* [place * item_count + item] */
    const int64_t *demand_milli; /* laid out so: thousandths of a piece a day; NULL: nobody knows */
    const enum source_measure *rules;
    size_t rule_count;
    const int64_t
        *costs; /* [place * rule_count + rule], 0 to SOURCE_COST_MAX: the lower is better */
};

enum source_outcome {
    SOURCE_IMPOSSIBLE, /* all places together are not enough: nothing is taken */
    SOURCE_OPTIMAL,
    SOURCE_GOOD /* the best that was found; there may be better */
};

/* Chooses places and says how much of each item comes from each: `ret_taken`, laid out as `available`.  Of the chosen
 * ones, those with lower costs are emptied first, at the first rule at which they differ, then those of lower priority. */
enum source_outcome source(struct arena *arena, const struct sourcing *sourcing,
                           int64_t *ret_taken);

/* Why a place was not chosen. */
struct source_reason {
    /* The first rule at which taking it in place of `instead_of` would have been worse; rule_count and up are the three
     * behind the rules.  SOURCE_LACKS: it can stand in for none of the chosen places. */
    int64_t rule;
    size_t instead_of;   /* index of a chosen place */
    int64_t value, best; /* what that rule makes of the other set, and of the chosen one */
};
enum { SOURCE_LACKS = -1, SOURCE_BEHIND_RULES = 3 };

/* Compares the choice in `taken` with each in which `place` stands in for one of its places, and tells of the best of them. */
struct source_reason source_why_not(struct arena *arena, const struct sourcing *sourcing,
                                    const int64_t *taken, size_t place);

#endif
