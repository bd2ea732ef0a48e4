/* sourcing_set.h - what a set of places is worth, for those who look for the best (sourcing.c, sourcing_greedy.c, sourcing_search.c).
 *
 * A criterion is a rule, or behind them the count of places, then the sum of priorities.  Pure.
 */
#ifndef KERVAN_INVENTORY_SOURCING_SET_H
#define KERVAN_INVENTORY_SOURCING_SET_H

#include "services/inventory/sourcing.h"

static inline int64_t larger(int64_t left, int64_t right)
{
    return left > right ? left : right;
}

static inline int64_t smaller(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

int64_t source_available(const struct sourcing *sourcing, size_t place, size_t item);
size_t source_criteria(const struct sourcing *sourcing);
enum source_measure source_measure_of(const struct sourcing *sourcing, size_t criterion);
int64_t source_cost(const struct sourcing *sourcing, size_t place, size_t criterion);

/* What a measure makes of so many chosen places, worth `value`, and one more of this cost. */
int64_t source_add_cost(enum source_measure measure, int64_t value, int64_t cost, size_t chosen);
/* Below 0 when `left` is better. */
int source_compare_values(const int64_t *left, const int64_t *right, size_t count);
/* One value a criterion. */
void source_evaluate(const struct sourcing *sourcing, const bool *chosen, int64_t *ret_values);
bool source_all_serve(const struct sourcing *sourcing, const bool *chosen);

/* Places by themselves: the better at the first cost that differs, then the lower priority, then the earlier code. */
int source_compare_places(const struct sourcing *sourcing, size_t left, size_t right);
struct source_ranked {
    const struct sourcing *sourcing;
    size_t place;
};
/* The chosen places, or all where `chosen` is NULL, the best first. */
struct source_ranked *source_rank(struct arena *arena, const struct sourcing *sourcing,
                                  const bool *chosen, size_t *ret_count);

/* What can be served by taking the best place again and again, less what is needless.  Only where all together are enough. */
enum source_way { SOURCE_WAY_MOST_SERVED, SOURCE_WAY_LEAST_A_PIECE, SOURCE_WAY_LEAST, SOURCE_WAYS };
bool *source_greedily(struct arena *arena, const struct sourcing *sourcing, enum source_way way);

/* Looks for the best set. */
enum source_outcome source_search(struct arena *arena, const struct sourcing *sourcing,
                                  bool *ret_chosen);

#endif
