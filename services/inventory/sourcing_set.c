/* sourcing_set.c - what each rule makes of a set of places. */
#include "services/inventory/sourcing_set.h"

#include <stdlib.h>
#include <string.h>

enum { BEHIND_COUNT = 0, BEHIND_NUMBERS = 2 };

int64_t source_available(const struct sourcing *sourcing, size_t place, size_t item)
{
    return sourcing->available[place * sourcing->item_count + item];
}

size_t source_criteria(const struct sourcing *sourcing)
{
    return sourcing->rule_count + BEHIND_NUMBERS;
}

enum source_measure source_measure_of(const struct sourcing *sourcing, size_t criterion)
{
    return criterion < sourcing->rule_count ? sourcing->rules[criterion] : SOURCE_SUM;
}

int64_t source_cost(const struct sourcing *sourcing, size_t place, size_t criterion)
{
    if (criterion < sourcing->rule_count) {
        return sourcing->costs[place * sourcing->rule_count + criterion];
    }
    return criterion == sourcing->rule_count + BEHIND_COUNT ? 1 : sourcing->places[place].priority;
}

int64_t source_add_cost(enum source_measure measure, int64_t value, int64_t cost, size_t chosen)
{
    switch (measure) {
    case SOURCE_MOST:
        return larger(value, cost);
    case SOURCE_ALONE:
        return chosen > 0;
    case SOURCE_SUM:
    default:
        return value + cost;
    }
}

int source_compare_values(const int64_t *left, const int64_t *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

void source_evaluate(const struct sourcing *sourcing, const bool *chosen, int64_t *ret_values)
{
    size_t count = 0;

    memset(ret_values, 0, source_criteria(sourcing) * sizeof *ret_values);
    for (size_t place = 0; place < sourcing->place_count; place++) {
        for (size_t i = 0; chosen[place] && i < source_criteria(sourcing); i++) {
            ret_values[i] = source_add_cost(source_measure_of(sourcing, i), ret_values[i],
                                            source_cost(sourcing, place, i), count);
        }
        count += chosen[place];
    }
}

bool source_all_serve(const struct sourcing *sourcing, const bool *chosen)
{
    for (size_t item = 0; item < sourcing->item_count; item++) {
        int64_t missing = sourcing->wanted[item];

        for (size_t place = 0; place < sourcing->place_count && missing > 0; place++) {
            missing -= chosen[place] ? source_available(sourcing, place, item) : 0;
        }
        if (missing > 0) {
            return false;
        }
    }
    return true;
}

int source_compare_places(const struct sourcing *sourcing, size_t left, size_t right)
{
    for (size_t i = 0; i < source_criteria(sourcing); i++) {
        bool counts = source_measure_of(sourcing, i) != SOURCE_ALONE;
        int64_t difference =
            counts ? source_cost(sourcing, left, i) - source_cost(sourcing, right, i) : 0;

        if (difference != 0) {
            return difference < 0 ? -1 : 1;
        }
    }
    return left < right ? -1 : left > right;
}

static int compare_ranked(const void *left, const void *right)
{
    const struct source_ranked *a = left, *b = right;

    return source_compare_places(a->sourcing, a->place, b->place);
}

struct source_ranked *source_rank(struct arena *arena, const struct sourcing *sourcing,
                                  const bool *chosen, size_t *ret_count)
{
    struct source_ranked *ranked = arena_alloc(arena, sourcing->place_count * sizeof *ranked);

    *ret_count = 0;
    for (size_t place = 0; place < sourcing->place_count; place++) {
        if (chosen == NULL || chosen[place]) {
            ranked[(*ret_count)++] = (struct source_ranked){ sourcing, place };
        }
    }
    if (*ret_count > 1) {
        qsort(ranked, *ret_count, sizeof *ranked, compare_ranked);
    }
    return ranked;
}
