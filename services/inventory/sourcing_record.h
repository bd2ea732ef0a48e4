/* sourcing_record.h - a decision of sourcing as a row: what there was to choose from, what was chosen, and why not otherwise.
 *
 * It says enough to decide anew by other rules, and nothing of the address but its country.  Pure.
 */
#ifndef KERVAN_INVENTORY_SOURCING_RECORD_H
#define KERVAN_INVENTORY_SOURCING_RECORD_H

#include "services/inventory/sourcing_rule.h"

enum standing {
    STANDING_IN,          /* takes part */
    STANDING_EXCLUDED,    /* nothing is to be held there: it gave the work up */
    STANDING_NOT_ALLOWED, /* a rule leaves it out */
};

/* A place that has some of what is wanted. */
struct candidate {
    const char *code;
    int64_t priority;
    struct source_facts facts;
    enum standing standing;
};

struct sourcing_problem {
    const struct candidate *candidates; /* sorted by code */
    size_t candidate_count;
    const char *const *skus;
    size_t item_count;
    const int64_t *wanted;       /* of each item, no more than there is where it may be taken */
    const int64_t *stocked;      /* [candidate * item_count + item]: what may be promised there */
    const int64_t *demand_milli; /* laid out as `stocked`; NULL: no rule asks for it */
    source_rules rules;
};

/* Sources by the rules: what is taken where, laid out as `stocked`, all 0 when nothing is.  Candidates that do not take part give
 * nothing.  With a choice (two candidates or more) `ret_row`, unless it is NULL, gets rules, items, places and whether
 * the answer is proven, in the arena; all else is given back. */
enum source_outcome sourcing_decide(struct arena *arena, const struct sourcing_problem *problem,
                                    int64_t *ret_taken, struct sourcing_choice_row *ret_row);

#endif
