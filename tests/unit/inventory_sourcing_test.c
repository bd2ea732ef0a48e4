/* inventory_sourcing_test.c - the best set of places, against a search too simple to be wrong.
 *
 * links: inventory
 */
#include "services/inventory/sourcing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { PLACES_MAX = 50, ITEMS_MAX = 20, RULES_MAX = 4, ROUNDS = 3000 };

/* Times count where the compiler was told to be quick. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
enum { BENCH_ROUNDS = 10000, P99_NS_MAX = 1000000 };
#else
enum { BENCH_ROUNDS = 500, P99_NS_MAX = 1000000000 };
#endif

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
    enum source_measure rules[RULES_MAX];
    int64_t costs[PLACES_MAX * RULES_MAX];
    struct sourcing sourcing;
};

/* So many places and items; what lies there comes from `stock_limit` and is nothing at all once in three times. */
static void make_sized(struct problem_of_test *problem, uint64_t *seed, size_t places, size_t items)
{
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

static void make(struct problem_of_test *problem, uint64_t *seed, size_t places)
{
    make_sized(problem, seed, places, 1 + (size_t)below(seed, 4));
}

/* Costs differ little, so that the later rules decide, too. */
static void add_rules(struct problem_of_test *problem, uint64_t *seed, int64_t cost_limit)
{
    struct sourcing *sourcing = &problem->sourcing;

    sourcing->rules = problem->rules;
    sourcing->costs = problem->costs;
    sourcing->rule_count = (size_t)below(seed, RULES_MAX + 1);
    for (size_t rule = 0; rule < sourcing->rule_count; rule++) {
        problem->rules[rule] = (enum source_measure)below(seed, SOURCE_ALONE + 1);
        for (size_t place = 0; place < sourcing->place_count; place++) {
            problem->costs[place * sourcing->rule_count + rule] =
                problem->rules[rule] == SOURCE_ALONE ? 0 : below(seed, cost_limit);
        }
    }
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

enum { NUMBERS_MAX = RULES_MAX + 2 };

static int64_t judge_rule(const struct sourcing *sourcing, unsigned mask, size_t rule)
{
    int64_t sum = 0, most = 0, count = 0;

    for (size_t place = 0; place < sourcing->place_count; place++) {
        int64_t cost = sourcing->costs[place * sourcing->rule_count + rule];

        if ((mask >> place & 1U) != 0) {
            sum += cost;
            most = cost > most ? cost : most;
            count++;
        }
    }
    return sourcing->rules[rule] == SOURCE_SUM    ? sum
           : sourcing->rules[rule] == SOURCE_MOST ? most
                                                  : count > 1;
}

/* What each rule makes of a set, then its size and sum of priorities. */
static void judge(const struct sourcing *sourcing, unsigned mask, int64_t *ret)
{
    int64_t *behind = ret + sourcing->rule_count;

    memset(ret, 0, NUMBERS_MAX * sizeof *ret);
    for (size_t rule = 0; rule < sourcing->rule_count; rule++) {
        ret[rule] = judge_rule(sourcing, mask, rule);
    }
    for (size_t place = 0; place < sourcing->place_count; place++) {
        if ((mask >> place & 1U) != 0) {
            behind[0]++;
            behind[1] += sourcing->places[place].priority;
        }
    }
}

/* Sets of one size are told apart by the codes in order: the one that has the first place that the other has not. */
static bool has_earlier_places(unsigned left, unsigned right)
{
    unsigned place = 0;

    while ((left >> place & 1U) == (right >> place & 1U)) {
        place++;
    }
    return (left >> place & 1U) != 0;
}

static int compare_numbers(const int64_t *left, const int64_t *right)
{
    for (size_t i = 0; i < NUMBERS_MAX; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

static unsigned best_by_force(const struct sourcing *sourcing)
{
    int64_t best_numbers[NUMBERS_MAX], numbers[NUMBERS_MAX];
    unsigned best = 0;

    for (unsigned mask = 1; mask < 1U << sourcing->place_count; mask++) {
        if (!serves(sourcing, mask)) {
            continue;
        }
        judge(sourcing, mask, numbers);
        int order = best == 0 ? -1 : compare_numbers(numbers, best_numbers);
        if (order < 0 || (order == 0 && has_earlier_places(mask, best))) {
            best = mask;
            memcpy(best_numbers, numbers, sizeof best_numbers);
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
        add_rules(&problem, &seed, 4);
        unsigned best = best_by_force(&problem.sourcing);
        bool found = source(arena, &problem.sourcing, problem.taken) != SOURCE_IMPOSSIBLE;

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

/* Above ten places all is served when it can be, what is called the best is no worse than any, and most answers are. */
static void serves_from_many_places(void **state)
{
    struct arena *arena = arena_new(1 << 26);
    uint64_t seed = 0x2545f4914f6cdd1d;
    size_t proven = 0;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct problem_of_test problem;
        int64_t best[NUMBERS_MAX], numbers[NUMBERS_MAX];

        make(&problem, &seed, SOURCING_EXACT_MAX + 1 + (size_t)below(&seed, 3));
        add_rules(&problem, &seed, 100);
        unsigned all = (1U << problem.sourcing.place_count) - 1;
        enum source_outcome outcome = source(arena, &problem.sourcing, problem.taken);

        assert_int_equal(outcome != SOURCE_IMPOSSIBLE, serves(&problem.sourcing, all));
        check_taken(&problem, outcome != SOURCE_IMPOSSIBLE);
        judge(&problem.sourcing, best_by_force(&problem.sourcing), best);
        judge(&problem.sourcing, used(&problem), numbers);
        assert_true(outcome != SOURCE_OPTIMAL || compare_numbers(numbers, best) == 0);
        proven += outcome == SOURCE_OPTIMAL;
        arena_reset(arena);
    }
    assert_true(proven > 200);
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
        assert_int_not_equal(source(arena, &problem.sourcing, problem.taken), SOURCE_IMPOSSIBLE);
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
    problem.places[0].priority = problem.places[2].priority = 2;
    problem.places[1].priority = 1;
    assert_int_not_equal(source(arena, &problem.sourcing, problem.taken), SOURCE_IMPOSSIBLE);
    assert_int_equal(used(&problem), 1U << 0 | 1U << 2);
    arena_free(arena);
}

static bool stands_in(const struct sourcing *sourcing, unsigned chosen, size_t place, size_t other)
{
    return (chosen >> other & 1U) != 0 && serves(sourcing, (chosen & ~(1U << other)) | 1U << place);
}

/* The named exchange is the best that is possible, the rules before the named one do not tell the sets apart, and that one is against it. */
static void check_reason(const struct problem_of_test *problem, const struct source_reason *reason,
                         unsigned chosen, size_t place)
{
    const struct sourcing *sourcing = &problem->sourcing;
    int64_t best[NUMBERS_MAX], numbers[NUMBERS_MAX];

    assert_true(stands_in(sourcing, chosen, place, reason->instead_of));
    judge(sourcing, chosen, best);
    judge(sourcing, (chosen & ~(1U << reason->instead_of)) | 1U << place, numbers);
    for (int64_t rule = 0; rule < reason->rule; rule++) {
        assert_int_equal(numbers[rule], best[rule]);
    }
    if (reason->rule < (int64_t)sourcing->rule_count + SOURCE_BEHIND_RULES - 1) {
        assert_int_equal(reason->value, numbers[reason->rule]);
        assert_int_equal(reason->best, best[reason->rule]);
        assert_true(reason->value > reason->best);
    }
    for (size_t other = 0; other < sourcing->place_count; other++) {
        int64_t others[NUMBERS_MAX];

        judge(sourcing, (chosen & ~(1U << other)) | 1U << place, others);
        assert_true(!stands_in(sourcing, chosen, place, other) ||
                    compare_numbers(others, numbers) >= 0);
    }
}

enum check { CHOSEN, LACKS, TOLD, CHECKS };

/* Where no reason is told nothing can be exchanged. */
static enum check check_place(struct arena *arena, const struct problem_of_test *problem,
                              unsigned chosen, size_t place)
{
    struct source_reason reason = source_why_not(arena, &problem->sourcing, problem->taken, place);

    if ((chosen >> place & 1U) != 0) {
        return CHOSEN;
    }
    if (reason.rule != SOURCE_LACKS) {
        check_reason(problem, &reason, chosen, place);
        return TOLD;
    }
    for (size_t other = 0; other < problem->sourcing.place_count; other++) {
        assert_false(stands_in(&problem->sourcing, chosen, place, other));
    }
    return LACKS;
}

static void says_why_a_place_was_not_chosen(void **state)
{
    struct arena *arena = arena_new(1 << 26);
    uint64_t seed = 0x6a09e667f3bcc909;
    size_t counts[CHECKS] = { 0 };

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct problem_of_test problem;
        unsigned chosen = 0;

        make(&problem, &seed, 2 + (size_t)below(&seed, 5));
        add_rules(&problem, &seed, 4);
        (void)source(arena, &problem.sourcing, problem.taken);
        chosen = used(&problem);
        for (size_t place = 0; chosen != 0 && place < problem.sourcing.place_count; place++) {
            counts[check_place(arena, &problem, chosen, place)]++;
        }
        arena_reset(arena);
    }
    assert_true(counts[LACKS] > ROUNDS / 10 && counts[TOLD] > ROUNDS / 10);
    arena_free(arena);
}

static int64_t now_ns(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int compare_int64(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* Whatever the order: 20 lines over 50 places take less than a millisecond of CPU in 99 of 100. */
static void is_fast_over_many_places(void **state)
{
    static int64_t took_ns[BENCH_ROUNDS];
    static struct problem_of_test problem;
    struct arena *arena = arena_new(1 << 26);
    uint64_t seed = 0xbb67ae8584caa73b;
    size_t proven = 0;

    (void)state;
    for (size_t round = 0; round < BENCH_ROUNDS; round++) {
        make_sized(&problem, &seed, PLACES_MAX, ITEMS_MAX);
        add_rules(&problem, &seed, 1000);
        int64_t began_ns = now_ns();
        enum source_outcome outcome = source(arena, &problem.sourcing, problem.taken);

        took_ns[round] = now_ns() - began_ns;
        proven += outcome == SOURCE_OPTIMAL;
        check_taken(&problem, outcome != SOURCE_IMPOSSIBLE);
        arena_reset(arena);
    }
    qsort(took_ns, BENCH_ROUNDS, sizeof took_ns[0], compare_int64);
    print_message("[          ] 20 lines over 50 places: p50 %lld us, p99 %lld us, most %lld us; "
                  "%zu of %d proven\n",
                  (long long)took_ns[BENCH_ROUNDS / 2] / 1000,
                  (long long)took_ns[BENCH_ROUNDS * 99 / 100] / 1000,
                  (long long)took_ns[BENCH_ROUNDS - 1] / 1000, proven, BENCH_ROUNDS);
    assert_true(took_ns[BENCH_ROUNDS * 99 / 100] < P99_NS_MAX);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_best_of_few_places),
        cmocka_unit_test(serves_from_many_places),
        cmocka_unit_test(one_of_many_is_enough),
        cmocka_unit_test(counts_only_what_is_missing),
        cmocka_unit_test(says_why_a_place_was_not_chosen),
        cmocka_unit_test(is_fast_over_many_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
