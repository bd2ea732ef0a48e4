/* replay.h - sources an order of the past anew, by other rules.
 *
 * What there was to choose from is read from the row of its decision (sourcing_choice); the function that decides is the one that
 * decided then.  Pure.
 */
#ifndef KERVAN_INVENTORY_REPLAY_H
#define KERVAN_INVENTORY_REPLAY_H

#include "services/inventory/sourcing_rule.h"

struct replayed_choice_row;

struct replayed_place {
    const char *code;
    bool before, after; /* something was taken from it, or would be */
};

struct replay {
    struct replayed_place *places;
    size_t place_count;
    int64_t parcels_before, parcels_after;
    int64_t distance_before_km, distance_after_km; /* of parcels whose distance is known */
    bool served;                                   /* all of it can be served by the other rules */
    bool same;                                     /* every piece comes from where it came */
};

/* False when the row cannot be read. */
bool replay(struct arena *arena, const struct replayed_choice_row *row, source_rules rules,
            struct replay *ret);

#endif
