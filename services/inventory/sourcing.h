/* sourcing.h - from which places an order is served.
 *
 * As few places as can serve it all; of equally many, those with the lower sum of priorities, then
 * the earlier codes.  Exact for up to SOURCING_EXACT_MAX places that have any of it; above that, one
 * place is still found when one is enough, and else the place that serves most pieces is taken until
 * all are served.  Pure; scratch memory comes from the arena.
 */
#ifndef KERVAN_INVENTORY_SOURCING_H
#define KERVAN_INVENTORY_SOURCING_H

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOURCING_EXACT_MAX = 10 };

struct source_place {
    const char *code;
    int64_t priority; /* the lower is taken from first */
};

struct sourcing {
    const struct source_place *places; /* sorted by code */
    size_t place_count;
    size_t item_count;
    const int64_t *wanted;    /* of each item */
    const int64_t *available; /* [place * item_count + item] */
};

/* Chooses places and says how much of each item comes from each: `ret_taken`, laid out as `available`.  Of the chosen
 * ones, the lower priority is emptied first.  False, with nothing taken, when all places together are not enough. */
bool source(struct arena *arena, const struct sourcing *sourcing, int64_t *ret_taken);

#endif
