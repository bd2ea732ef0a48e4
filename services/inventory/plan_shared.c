/* plan_shared.c - demands that want the same goods: a component that two bundles have, or that is ordered by itself, too. */
#include "services/inventory/planning.h"

#include "common/arena.h"
#include "proto/inventory.h"

#include <string.h>

/* How many of a demand a place has, whole. */
static int64_t whole_at(const struct planning *planning, const struct demand *demand, size_t place)
{
    int64_t whole = INT64_MAX;

    if (planning->promised == NULL && (demand->item == NULL || !demand->item->active)) {
        return 0;
    }
    for (size_t i = 0; i < demand->recipe.count; i++) {
        int64_t pieces = planning->free[place * planning->good_count + demand->goods[i]] /
                         demand->recipe.components[i].quantity;

        whole = pieces < whole ? pieces : whole;
    }
    return whole;
}

void planning_count_available(struct planning *planning, size_t index)
{
    struct demand *demand = &planning->demands[index];

    demand->total_available = 0;
    for (size_t place = 0; place < planning->place_count; place++) {
        int64_t whole = whole_at(planning, demand, place);

        planning->available[place * planning->demand_count + index] = whole;
        demand->total_available += planning->places[place].standing == STANDING_IN ? whole : 0;
    }
    demand->left = demand->total_available;
}

/* What the demand takes is free no more. */
static void take_goods(struct planning *planning, size_t index)
{
    const struct demand *demand = &planning->demands[index];

    for (size_t place = 0; place < planning->place_count; place++) {
        int64_t taken = planning->taken[place * planning->demand_count + index];

        for (size_t i = 0; i < demand->recipe.count; i++) {
            planning->free[place * planning->good_count + demand->goods[i]] -=
                taken * demand->recipe.components[i].quantity;
        }
    }
}

/* Chooses the places of one demand alone. */
static void place_demand(struct planning *planning, size_t index)
{
    struct arena *arena = planning->out->arena;
    struct demand *demand = &planning->demands[index];
    int64_t *stocked = arena_alloc(arena, planning->place_count * sizeof *stocked);
    int64_t *needed = arena_alloc(arena, planning->place_count * sizeof *needed);
    int64_t *taken = arena_alloc(arena, planning->place_count * sizeof *taken);
    bool is_asked = planning->demand_milli != NULL;

    planning_count_available(planning, index);
    int64_t wanted =
        demand->asked < demand->total_available ? demand->asked : demand->total_available;
    for (size_t place = 0; place < planning->place_count; place++) {
        size_t cell = place * planning->demand_count + index;

        stocked[place] = planning->available[cell];
        needed[place] = is_asked ? planning->demand_milli[cell] : 0;
    }
    const struct sourcing_problem problem = { .candidates = planning->places,
                                              .candidate_count = planning->place_count,
                                              .skus = &demand->sku,
                                              .item_count = 1,
                                              .wanted = &wanted,
                                              .stocked = stocked,
                                              .demand_milli = is_asked ? needed : NULL,
                                              .rules = planning->rules };
    (void)sourcing_decide(arena, &problem, taken, NULL);
    for (size_t place = 0; place < planning->place_count; place++) {
        planning->taken[place * planning->demand_count + index] = taken[place];
    }
    take_goods(planning, index);
}

bool planning_shares_goods(const struct planning *planning)
{
    for (size_t i = 0; i < planning->good_count; i++) {
        if (planning->goods[i].demanders > 1) {
            return true;
        }
    }
    return false;
}

/* Whether a place has all goods, whoever wants them. */
static bool serves_alone(const struct planning *planning, size_t place)
{
    bool alone = planning->places[place].standing == STANDING_IN;

    for (size_t i = 0; i < planning->good_count && alone; i++) {
        alone = planning->free[place * planning->good_count + i] >= planning->goods[i].asked;
    }
    for (size_t i = 0; i < planning->demand_count && alone; i++) {
        alone = whole_at(planning, &planning->demands[i], place) > 0;
    }
    return alone;
}

/* Only places that can serve the order alone count; false, and nothing changed, when there is none. */
static bool keep_those_alone(struct planning *planning)
{
    size_t *others = arena_alloc(planning->out->arena, planning->place_count * sizeof *others);
    size_t count = 0;

    for (size_t place = 0; place < planning->place_count; place++) {
        if (!serves_alone(planning, place)) {
            others[count++] = place;
        }
    }
    for (size_t i = 0; i < count && count < planning->place_count; i++) {
        memset(&planning->free[others[i] * planning->good_count], 0,
               planning->good_count * sizeof *planning->free);
    }
    return count < planning->place_count;
}

/* Those that are bundles, or those that are not, one after the other. */
static void place_demands(struct planning *planning, bool bundles)
{
    for (size_t i = 0; i < planning->demand_count; i++) {
        if ((planning->demands[i].components != NULL) == bundles) {
            place_demand(planning, i);
        }
    }
}

/* Bundles that have a component in common, or one that is ordered by itself as well: what one demand takes another cannot have.
 * A place that has all is chosen as for any order; else the demands choose one after the other, bundles first. */
void planning_settle_shared_goods(struct planning *planning)
{
    if (keep_those_alone(planning)) {
        for (size_t i = 0; i < planning->demand_count; i++) {
            planning_count_available(planning, i);
        }
        return;
    }
    place_demands(planning, true);
    place_demands(planning, false);
    planning->placed = true;
}
