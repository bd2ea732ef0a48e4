/* sourcing.c - what comes from which place, and why not from another. */
#include "services/inventory/sourcing.h"

#include "services/inventory/sourcing_set.h"

#include <assert.h>
#include <string.h>

static void take(struct arena *arena, const struct sourcing *sourcing, const bool *chosen,
                 int64_t *ret_taken)
{
    size_t count = 0;
    struct source_ranked *ranked = source_rank(arena, sourcing, chosen, &count);

    for (size_t item = 0; item < sourcing->item_count; item++) {
        int64_t missing = sourcing->wanted[item];

        for (size_t i = 0; i < count && missing > 0; i++) {
            int64_t taken = smaller(source_available(sourcing, ranked[i].place, item), missing);

            ret_taken[ranked[i].place * sourcing->item_count + item] = taken;
            missing -= taken;
        }
        assert(missing <= 0);
    }
}

enum source_outcome source(struct arena *arena, const struct sourcing *sourcing, int64_t *ret_taken)
{
    bool *chosen = arena_alloc(arena, sourcing->place_count * sizeof *chosen);
    enum source_outcome outcome = SOURCE_IMPOSSIBLE;

    assert(sourcing->rule_count <= SOURCING_RULES_MAX);
    memset(ret_taken, 0, sourcing->place_count * sourcing->item_count * sizeof *ret_taken);
    memset(chosen, true, sourcing->place_count * sizeof *chosen);
    if (sourcing->place_count > 0 && source_all_serve(sourcing, chosen)) {
        outcome = source_search(arena, sourcing, chosen);
        take(arena, sourcing, chosen, ret_taken);
    }
    return outcome;
}

static void read_choice(const struct sourcing *sourcing, const int64_t *taken, bool *ret_chosen,
                        int64_t *ret_totals)
{
    size_t items = sourcing->item_count;

    for (size_t place = 0; place < sourcing->place_count; place++) {
        for (size_t item = 0; item < items; item++) {
            ret_chosen[place] = ret_chosen[place] || taken[place * items + item] > 0;
        }
        for (size_t item = 0; ret_chosen[place] && item < items; item++) {
            ret_totals[item] += source_available(sourcing, place, item);
        }
    }
}

/* Whether `place` may stand in for `instead_of`, of places that have these totals. */
static bool may_stand_in(const struct sourcing *sourcing, const int64_t *totals, size_t place,
                         size_t instead_of)
{
    for (size_t item = 0; item < sourcing->item_count; item++) {
        if (totals[item] - source_available(sourcing, instead_of, item) +
                source_available(sourcing, place, item) <
            sourcing->wanted[item]) {
            return false;
        }
    }
    return true;
}

static struct source_reason reason_of(const struct sourcing *sourcing, const int64_t *values,
                                      const int64_t *best)
{
    size_t criterion = 0;

    while (criterion < source_criteria(sourcing) && values[criterion] == best[criterion]) {
        criterion++;
    }
    if (criterion == source_criteria(sourcing)) {
        return (struct source_reason){ .rule = (int64_t)criterion };
    }
    return (struct source_reason){ .rule = (int64_t)criterion,
                                   .value = values[criterion],
                                   .best = best[criterion] };
}

struct source_reason source_why_not(struct arena *arena, const struct sourcing *sourcing,
                                    const int64_t *taken, size_t place)
{
    size_t criteria = source_criteria(sourcing);
    bool *chosen = arena_alloc(arena, sourcing->place_count * sizeof *chosen);
    int64_t *totals = arena_alloc(arena, sourcing->item_count * sizeof *totals);
    int64_t *best = arena_alloc(arena, 3 * criteria * sizeof *best);
    int64_t *values = best + criteria, *nearest = values + criteria;
    struct source_reason reason = { .rule = SOURCE_LACKS };

    read_choice(sourcing, taken, chosen, totals);
    source_evaluate(sourcing, chosen, best);
    for (size_t other = 0; other < sourcing->place_count; other++) {
        if (!chosen[other] || !may_stand_in(sourcing, totals, place, other)) {
            continue;
        }
        chosen[other] = false;
        chosen[place] = true;
        source_evaluate(sourcing, chosen, values);
        if (reason.rule == SOURCE_LACKS || source_compare_values(values, nearest, criteria) < 0) {
            memcpy(nearest, values, criteria * sizeof *values);
            reason = reason_of(sourcing, values, best);
            reason.instead_of = other;
        }
        chosen[other] = true;
        chosen[place] = false;
    }
    return reason;
}
