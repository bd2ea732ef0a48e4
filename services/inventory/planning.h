/* planning.h - an order on its way from lines to places, while plan.c thinks about it.
 *
 * Lines want demands (items and bundles), demands are made of goods (what lies in stock).  Without bundles
 * these are the same.  Private to plan*.c and resourcing.c.  Pure.
 */
#ifndef KERVAN_INVENTORY_PLANNING_H
#define KERVAN_INVENTORY_PLANNING_H

#include "common/recipe.h"
#include "services/inventory/plan.h"
#include "services/inventory/postal.h"
#include "services/inventory/sourcing_policy.h"
#include "services/inventory/sourcing_record.h"

/* An item of the order, all its lines together. */
struct demand {
    const char *sku;
    const struct item_row *item; /* NULL when there is no such item */
    const char *components;      /* of a bundle, as they are kept; NULL: it is none */
    struct recipe recipe;
    size_t *goods; /* for each of its components */
    int64_t asked, total_available;
    int64_t left; /* of what is available or taken, while lines share it */
};

/* What lies in stock: an item of the order, or a component of its bundles. */
struct good {
    const char *sku;
    const struct item_row *item;
    int64_t asked;    /* pieces, for all demands together */
    size_t demanders; /* how many of them want it */
};

struct line {
    const struct line_quantity *wanted;
    size_t demand;
    int64_t served; /* pieces that are available for this line */
};

struct planning {
    struct decision *out;
    const struct inventory_reserve *command;
    /* Pieces that were promised before and are looked for anew: what the bundles of each line are made of.  Whether items may
     * still be sold is not asked then, nor who waits for them.  NULL: they are promised now. */
    const char *const *promised;
    source_rules rules;
    struct spot destination;
    struct line *lines;
    size_t line_count;
    struct demand *demands;
    size_t demand_count;
    struct good *goods;
    size_t good_count;
    struct candidate *places;
    size_t place_count, place_capacity;
    int64_t *
        available; /* [place * demand_count + demand]: of those that take no part, what they would have */
    int64_t *taken;        /* laid out so, too */
    int64_t *free;         /* [place * good_count + good] */
    int64_t *demand_milli; /* laid out as `available`: needed a day; NULL where no rule asks */
    bool placed;           /* the places are chosen, one demand after the other */
    struct plan plan;
    size_t part_capacity;
};

/* Thinks: command, rules and destination (and what was promised) are filled, the rest is not. */
void planning_run(struct planning *planning);
/* Makes the parts, by the verdict: of a short order those that are short. */
void planning_cut(struct planning *planning);

/* Fills what places have of a demand, of the goods that are free. */
void planning_count_available(struct planning *planning, size_t index);
/* Whether two demands want the same goods, so that what one takes the other cannot have. */
bool planning_shares_goods(const struct planning *planning);
/* Chooses their places then, or the places that they may be chosen from. */
void planning_settle_shared_goods(struct planning *planning);

#endif
