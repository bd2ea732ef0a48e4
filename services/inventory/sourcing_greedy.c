/* sourcing_greedy.c - places chosen one after the other, so that a search begins with something good. */
#include "services/inventory/sourcing_set.h"

#include <string.h>

static int64_t served_by(const struct sourcing *sourcing, const int64_t *missing, size_t place)
{
    int64_t served = 0;

    for (size_t item = 0; item < sourcing->item_count; item++) {
        served += smaller(source_available(sourcing, place, item), missing[item]);
    }
    return served;
}

struct offer {
    size_t place;
    int64_t served, cost; /* cost: by the first rule */
};

typedef bool (*is_better_offer)(const struct sourcing *, const struct offer *,
                                const struct offer *);

static bool serves_more(const struct sourcing *sourcing, const struct offer *offer,
                        const struct offer *best)
{
    if (offer->served != best->served) {
        return offer->served > best->served;
    }
    return source_compare_places(sourcing, offer->place, best->place) < 0;
}

static bool costs_less_a_piece(const struct sourcing *sourcing, const struct offer *offer,
                               const struct offer *best)
{
    int64_t difference = offer->cost * best->served - best->cost * offer->served;

    return difference != 0 ? difference < 0 : serves_more(sourcing, offer, best);
}

static bool costs_less(const struct sourcing *sourcing, const struct offer *offer,
                       const struct offer *best)
{
    return source_compare_places(sourcing, offer->place, best->place) < 0;
}

static struct offer best_offer(const struct sourcing *sourcing, const int64_t *missing,
                               const bool *chosen, is_better_offer is_better)
{
    struct offer best = { .served = 0 };

    for (size_t place = 0; place < sourcing->place_count; place++) {
        struct offer offer = { .place = place,
                               .served = chosen[place] ? 0 : served_by(sourcing, missing, place),
                               .cost = source_cost(sourcing, place, 0) };

        if (offer.served > 0 && (best.served == 0 || is_better(sourcing, &offer, &best))) {
            best = offer;
        }
    }
    return best;
}

/* Without a place when the others serve all, the worst first. */
static void drop_needless(struct arena *arena, const struct sourcing *sourcing, bool *chosen)
{
    size_t count = 0;
    struct source_ranked *ranked = source_rank(arena, sourcing, chosen, &count);

    for (size_t i = count; i > 0; i--) {
        chosen[ranked[i - 1].place] = false;
        chosen[ranked[i - 1].place] = !source_all_serve(sourcing, chosen);
    }
}

bool *source_greedily(struct arena *arena, const struct sourcing *sourcing, enum source_way way)
{
    static const is_better_offer ways[] = { [SOURCE_WAY_MOST_SERVED] = serves_more,
                                            [SOURCE_WAY_LEAST_A_PIECE] = costs_less_a_piece,
                                            [SOURCE_WAY_LEAST] = costs_less };

    bool *chosen = arena_alloc(arena, sourcing->place_count * sizeof *chosen);
    int64_t *missing = arena_alloc(arena, sourcing->item_count * sizeof *missing);
    struct offer offer;

    memcpy(missing, sourcing->wanted, sourcing->item_count * sizeof *missing);
    while ((offer = best_offer(sourcing, missing, chosen, ways[way])).served > 0) {
        chosen[offer.place] = true;
        for (size_t item = 0; item < sourcing->item_count; item++) {
            missing[item] -= smaller(source_available(sourcing, offer.place, item), missing[item]);
        }
    }
    drop_needless(arena, sourcing, chosen);
    return chosen;
}
