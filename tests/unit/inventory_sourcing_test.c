/* inventory_sourcing_test.c - the fewest places, against a search too simple to be wrong.
 *
 * links: inventory
 */
#include "services/inventory/sourcing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { PLACES_MAX = 14, ITEMS_MAX = 4, ROUNDS = 3000 };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int64_t below(uint64_t *seed, int64_t limit)
{
    return (int64_t)(next_random(seed) % (uint64_t)limit);
}

struct problem_of_test {
    struct source_place places[PLACES_MAX];
    char codes[PLACES_MAX][8];
    int64_t wanted[ITEMS_MAX], available[PLACES_MAX * ITEMS_MAX], taken[PLACES_MAX * ITEMS_MAX];
    struct sourcing sourcing;
};

static void make(struct problem_of_test *problem, uint64_t *seed, size_t places)
{
    size_t items = 1 + (size_t)below(seed, ITEMS_MAX);

    for (size_t i = 0; i < places; i++) {
        (void)snprintf(problem->codes[i], sizeof problem->codes[i], "P%02d", (int)i);
        problem->places[i] = (struct source_place){ problem->codes[i], below(seed, 4) };
    }
    for (size_t i = 0; i < items; i++) {
        problem->wanted[i] = 1 + below(seed, 8);
    }
    for (size_t i = 0; i < places * items; i++) {
        problem->available[i] = below(seed, 3) == 0 ? 0 : below(seed, 6);
    }
    problem->sourcing = (struct sourcing){ .places = problem->places,
                                           .place_count = places,
                                           .item_count = items,
                                           .wanted = problem->wanted,
                                           .available = problem->available };
}

static bool serves(const struct sourcing *sourcing, unsigned mask)
{
    for (size_t item = 0; item < sourcing->item_count; item++) {
        int64_t sum = 0;

        for (size_t place = 0; place < sourcing->place_count; place++) {
            sum += (mask >> place & 1U) != 0
                       ? sourcing->available[place * sourcing->item_count + item]
                       : 0;
        }
        if (sum < sourcing->wanted[item]) {
            return false;
        }
    }
    return true;
}

/* Size, then sum of priorities, then the codes in order: one text that compares like the choice should. */
static void rank(const struct sourcing *sourcing, unsigned mask, char *ret)
{
    char codes[PLACES_MAX * 4 + 1] = "";
    size_t length = 0;
    int size = 0, priority = 0;

    for (size_t place = 0; place < sourcing->place_count; place++) {
        if ((mask >> place & 1U) != 0) {
            size++;
            priority += (int)sourcing->places[place].priority;
            memcpy(codes + length, sourcing->places[place].code, 4);
            length += 3;
        }
    }
    (void)snprintf(ret, 128, "%02d %04d %s", size, priority, codes);
}

static unsigned best_by_force(const struct sourcing *sourcing)
{
    char best_rank[128] = "~", this_rank[128];
    unsigned best = 0;

    for (unsigned mask = 1; mask < 1U << sourcing->place_count; mask++) {
        rank(sourcing, mask, this_rank);
        if (serves(sourcing, mask) && strcmp(this_rank, best_rank) < 0) {
            best = mask;
            memcpy(best_rank, this_rank, sizeof best_rank);
        }
    }
    return best;
}

static unsigned used(const struct problem_of_test *problem)
{
    const struct sourcing *sourcing = &problem->sourcing;
    unsigned mask = 0;

    for (size_t i = 0; i < sourcing->place_count * sourcing->item_count; i++) {
        mask |= problem->taken[i] > 0 ? 1U << i / sourcing->item_count : 0;
    }
    return mask;
}

static void check_taken(const struct problem_of_test *problem, bool found)
{
    const struct sourcing *sourcing = &problem->sourcing;

    for (size_t item = 0; item < sourcing->item_count; item++) {
        int64_t sum = 0;

        for (size_t place = 0; place < sourcing->place_count; place++) {
            int64_t taken = problem->taken[place * sourcing->item_count + item];

            assert_in_range(taken, 0, sourcing->available[place * sourcing->item_count + item]);
            sum += taken;
        }
        assert_int_equal(sum, found ? sourcing->wanted[item] : 0);
    }
}

static void finds_the_best_of_few_places(void **state)
{
    struct arena *arena = arena_new(1 << 26);
    uint64_t seed = 0x9e3779b97f4a7c15;
    size_t served = 0, refused = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct problem_of_test problem;

        make(&problem, &seed, 1 + (size_t)below(&seed, round % 20 == 0 ? 10 : 6));
        unsigned best = best_by_force(&problem.sourcing);
        bool found = source(arena, &problem.sourcing, problem.taken);

        assert_int_equal(found, best != 0);
        assert_int_equal(used(&problem), best);
        check_taken(&problem, found);
        served += found;
        refused += !found;
        arena_reset(arena);
    }
    assert_true(served > ROUNDS / 10 && refused > ROUNDS / 10);
    arena_free(arena);
}

/* Above ten places one is still found when one is enough, all is served when it can be, and no place is taken in vain. */
static void serves_from_many_places(void **state)
{
    struct arena *arena = arena_new(1 << 26);
    uint64_t seed = 0x2545f4914f6cdd1d;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct problem_of_test problem;

        make(&problem, &seed, SOURCING_EXACT_MAX + 1 + (size_t)below(&seed, 3));
        unsigned all = (1U << problem.sourcing.place_count) - 1;
        bool found = source(arena, &problem.sourcing, problem.taken);

        assert_int_equal(found, serves(&problem.sourcing, all));
        check_taken(&problem, found);
        arena_reset(arena);
    }
    arena_free(arena);
}

/* Each place has all of each item but one piece of the first; `only` has that too. */
static void fill_all_but_one(struct problem_of_test *problem, size_t only)
{
    size_t items = problem->sourcing.item_count;

    for (size_t i = 0; i < problem->sourcing.place_count * items; i++) {
        bool lacks = i % items == 0 && i / items != only;

        problem->available[i] = problem->wanted[i % items] - (lacks ? 1 : 0);
    }
}

static void one_of_many_is_enough(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    uint64_t seed = 77;

    (void)state;
    for (size_t only = 0; only < 12; only++) {
        struct problem_of_test problem;

        make(&problem, &seed, 12);
        fill_all_but_one(&problem, only);
        assert_true(source(arena, &problem.sourcing, problem.taken));
        assert_int_equal(used(&problem), 1U << only);
    }
    arena_free(arena);
}

/* Of many places the next one is that which serves most of what is still missing, not of all. */
static void counts_only_what_is_missing(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    uint64_t seed = 5;
    struct problem_of_test problem;

    (void)state;
    make(&problem, &seed, 12);
    problem.sourcing.item_count = 2;
    memset(problem.available, 0, sizeof problem.available);
    problem.wanted[0] = 4;
    problem.wanted[1] = 3;
    problem.available[0] = 4;     /* P00: all of the first item */
    problem.available[2] = 3;     /* P01: most of the first, and preferred */
    problem.available[4 + 1] = 3; /* P02: all of the second */
    problem.places[1].priority = -1;
    assert_true(source(arena, &problem.sourcing, problem.taken));
    assert_int_equal(used(&problem), 1U << 0 | 1U << 2);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_best_of_few_places),
        cmocka_unit_test(serves_from_many_places),
        cmocka_unit_test(one_of_many_is_enough),
        cmocka_unit_test(counts_only_what_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
