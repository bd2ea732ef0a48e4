/* sourcing.c - chooses the places that serve an order.
 *
 * A set of places is a bit mask while there are few, so all sets are looked at: 1,023 at most, and
 * only those that would be better than the best so far are tried.
 */
#include "services/inventory/sourcing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int64_t available_at(const struct sourcing *sourcing, size_t place, size_t item)
{
    return sourcing->available[place * sourcing->item_count + item];
}

static bool all_serve(const struct sourcing *sourcing, const bool *chosen)
{
    for (size_t item = 0; item < sourcing->item_count; item++) {
        int64_t missing = sourcing->wanted[item];

        for (size_t place = 0; place < sourcing->place_count && missing > 0; place++) {
            missing -= chosen[place] ? available_at(sourcing, place, item) : 0;
        }
        if (missing > 0) {
            return false;
        }
    }
    return true;
}

struct choice {
    unsigned mask; /* 0: none yet */
    int count;
    int64_t priority_sum;
};

static struct choice choice_of(const struct sourcing *sourcing, unsigned mask)
{
    struct choice choice = { .mask = mask };

    for (size_t place = 0; place < sourcing->place_count; place++) {
        if ((mask >> place & 1U) != 0) {
            choice.count++;
            choice.priority_sum += sourcing->places[place].priority;
        }
    }
    return choice;
}

/* Places are sorted by code, so of two sets of one size the one with the lowest differing bit has the earlier codes. */
static bool is_better(struct choice choice, struct choice best)
{
    unsigned differing = choice.mask ^ best.mask;

    if (best.mask == 0 || choice.count != best.count) {
        return best.mask == 0 || choice.count < best.count;
    }
    if (choice.priority_sum != best.priority_sum) {
        return choice.priority_sum < best.priority_sum;
    }
    return (choice.mask & (differing & (0U - differing))) != 0;
}

static void mark(bool *chosen, unsigned mask, size_t place_count)
{
    for (size_t place = 0; place < place_count; place++) {
        chosen[place] = (mask >> place & 1U) != 0;
    }
}

static bool choose_exact(const struct sourcing *sourcing, bool *chosen)
{
    struct choice best = { .mask = 0 };

    for (unsigned mask = 1; mask < 1U << sourcing->place_count; mask++) {
        struct choice choice = choice_of(sourcing, mask);

        if (!is_better(choice, best)) {
            continue;
        }
        mark(chosen, mask, sourcing->place_count);
        if (all_serve(sourcing, chosen)) {
            best = choice;
        }
    }
    mark(chosen, best.mask, sourcing->place_count);
    return best.mask != 0;
}

/* How many of the missing pieces a place has. */
static int64_t served_by(const struct sourcing *sourcing, const int64_t *missing, size_t place)
{
    int64_t served = 0;

    for (size_t item = 0; item < sourcing->item_count; item++) {
        int64_t available = available_at(sourcing, place, item);

        served += available < missing[item] ? available : missing[item];
    }
    return served;
}

/* The place not yet chosen that serves most; `place_count` when none serves anything. */
static size_t most_serving(const struct sourcing *sourcing, const int64_t *missing,
                           const bool *chosen)
{
    size_t best = sourcing->place_count;
    int64_t best_served = 0;

    for (size_t place = 0; place < sourcing->place_count; place++) {
        int64_t served = chosen[place] ? 0 : served_by(sourcing, missing, place);
        bool preferred = best < sourcing->place_count &&
                         sourcing->places[place].priority < sourcing->places[best].priority;

        if (served > best_served || (served > 0 && served == best_served && preferred)) {
            best = place;
            best_served = served;
        }
    }
    return best;
}

static bool choose_greedy(struct arena *arena, const struct sourcing *sourcing, bool *chosen)
{
    int64_t *missing = arena_alloc(arena, sourcing->item_count * sizeof *missing);

    memcpy(missing, sourcing->wanted, sourcing->item_count * sizeof *missing);
    while (!all_serve(sourcing, chosen)) { /* ends: each round chooses one more place */
        size_t place = most_serving(sourcing, missing, chosen);

        if (place == sourcing->place_count) {
            return false;
        }
        chosen[place] = true;
        for (size_t item = 0; item < sourcing->item_count; item++) {
            int64_t available = available_at(sourcing, place, item);

            missing[item] -= available < missing[item] ? available : missing[item];
        }
    }
    return true;
}

struct ranked {
    const struct source_place *place;
    size_t index;
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;

    if (a->place->priority != b->place->priority) {
        return a->place->priority < b->place->priority ? -1 : 1;
    }
    return strcmp(a->place->code, b->place->code);
}

static void take(struct arena *arena, const struct sourcing *sourcing, const bool *chosen,
                 int64_t *ret_taken)
{
    struct ranked *ranked = arena_alloc(arena, sourcing->place_count * sizeof *ranked);
    size_t count = 0;

    for (size_t place = 0; place < sourcing->place_count; place++) {
        if (chosen[place]) {
            ranked[count++] = (struct ranked){ &sourcing->places[place], place };
        }
    }
    qsort(ranked, count, sizeof *ranked, compare_ranked);
    for (size_t item = 0; item < sourcing->item_count; item++) {
        int64_t missing = sourcing->wanted[item];

        for (size_t i = 0; i < count && missing > 0; i++) {
            int64_t available = available_at(sourcing, ranked[i].index, item);
            int64_t taken = available < missing ? available : missing;

            ret_taken[ranked[i].index * sourcing->item_count + item] = taken;
            missing -= taken;
        }
        assert(missing <= 0);
    }
}

bool source(struct arena *arena, const struct sourcing *sourcing, int64_t *ret_taken)
{
    bool *chosen = arena_alloc(arena, sourcing->place_count * sizeof *chosen);
    bool found = sourcing->place_count <= SOURCING_EXACT_MAX
                     ? choose_exact(sourcing, chosen)
                     : choose_greedy(arena, sourcing, chosen);

    memset(ret_taken, 0, sourcing->place_count * sourcing->item_count * sizeof *ret_taken);
    if (found) {
        take(arena, sourcing, chosen, ret_taken);
    }
    return found;
}
