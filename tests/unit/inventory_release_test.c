/* inventory_release_test.c - a part of a reservation: held from the start, or given back later; and a second one of an order.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_FACTS(bench, step, want)                                                            \
    assert_string_equal(bench_facts(bench, bench_run(bench, step)), want)
#define ASSERT_STOCK(bench, sku, want) assert_string_equal(bench_stock(bench, sku), want)

static struct step allow(struct bench *bench, struct step step, bool partial, bool backorder)
{
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    message->partial_allowed = message->has_partial_allowed = partial;
    message->backorder_allowed = message->has_backorder_allowed = backorder;
    step.message = message;
    return step;
}

static struct step lost(struct bench *bench, struct step step)
{
    struct inventory_release *message = arena_copy(bench->kept, step.message, sizeof *message);

    message->lost = message->has_lost = true;
    step.message = message;
    return step;
}

static void holds_what_there_is(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 3);
    bench_stocked_item(bench, "B", 1);
    struct step step = allow(bench, bench_reserve(bench, 1, "A:2 A:2 B:4 C:1"), true, false);
    const char *want = "reserved 1A:2@WH-1 2A:1@WH-1 3B:1@WH-1 -2A:1 -3B:3 -4C:1";
    ASSERT_FACTS(bench, step, want);
    ASSERT_FACTS(bench, step, want);
    ASSERT_STOCK(bench, "A", "WH-1 3-3+0");
    ASSERT_FACTS(bench, allow(bench, bench_reserve(bench, 2, "A:1 B:1"), true, false),
                 "short 1A:0<1 2B:0<1");
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F1", "1A:2@WH-1 2A:1@WH-1 3B:1@WH-1"),
                 "consumed 1A:2@WH-1 2A:1@WH-1 3B:1@WH-1");
    assert_int_equal(bench_state(bench, 1),
                     RESERVATION_CONSUMED); /* nobody waits for what was missing */
    bench_check(bench);
}

static void would_rather_wait_than_miss(void **state)
{
    struct bench *bench = *state;
    struct item_body body = { .name = "A",
                              .backorder_allowed = true,
                              .has_backorder_allowed = true };

    bench_stocked_item(bench, "A", 1);
    bench_stocked_item(bench, "B", 1);
    bench_item(bench, "A", body);
    ASSERT_FACTS(bench, allow(bench, bench_reserve(bench, 1, "B:2 A:2"), true, true),
                 "reserved 1B:1@WH-1 2A:1@WH-1 -1B:1 -2A:1");
    bench_run(bench, bench_release(bench, 1, CANCEL_REASON_OTHER));
    ASSERT_FACTS(bench, allow(bench, bench_reserve(bench, 2, "B:1 A:2"), true, true),
                 "backordered 1B:1@WH-1 2A:1@WH-1 2A:1...");
    bench_check(bench);
}

/* What was short may be reserved anew, in another way: both are kept beside each other. */
static void reserves_a_second_time(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 3);
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:5"), "short 1A:3<5");
    bench->hold = "H2";
    ASSERT_FACTS(bench, allow(bench, bench_reserve(bench, 1, "A:5"), true, false),
                 "reserved 1A:3@WH-1 -1A:2");
    bench->hold = "H1";
    ASSERT_FACTS(bench, bench_release(bench, 1, CANCEL_REASON_OTHER), "released(10)");
    ASSERT_STOCK(bench, "A", "WH-1 3-3+0");
    bench->hold = "H2";
    ASSERT_FACTS(bench, bench_reduce(bench, 1, 1, "1A:1@WH-1"), "released(3) #1 1A:1@WH-1");
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F1", "1A:2@WH-1"), "consumed 1A:2@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0");
    bench_check(bench);
}

static void gives_back_once(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 9);
    bench_run(bench, bench_reserve(bench, 1, "A:4 A:3"));
    ASSERT_FACTS(bench, bench_reduce(bench, 1, 1, "1A:1@WH-1 2A:1@WH-1"),
                 "released(3) #1 1A:1@WH-1 2A:1@WH-1");
    ASSERT_FACTS(bench, bench_reduce(bench, 1, 2, "1A:1@WH-1"), "released(3) #2 1A:1@WH-1");
    ASSERT_FACTS(bench, bench_reduce(bench, 1, 1, "1A:1@WH-1 2A:1@WH-1"),
                 "released(3) #1 1A:1@WH-1 2A:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 9-4+0");
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:4 A:3"), "reserved 1A:2@WH-1 2A:2@WH-1");
    ASSERT_FACTS(bench, bench_release(bench, 1, CANCEL_REASON_OTHER),
                 "released(10) 1A:2@WH-1 2A:2@WH-1");
    ASSERT_FACTS(bench, bench_reduce(bench, 1, 3, "1A:1@WH-1"), "released(3) #3");
    ASSERT_STOCK(bench, "A", "WH-1 9-0+0");
    bench_check(bench);
}

/* All pieces given back one by one are a reservation given back; with some gone, one that is consumed. */
static void ends_with_the_last_piece(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 9);
    bench_run(bench, bench_reserve(bench, 1, "A:2"));
    bench_run(bench, bench_reduce(bench, 1, 1, "1A:9@WH-1"));
    assert_int_equal(bench_state(bench, 1), RESERVATION_RELEASED);
    ASSERT_FACTS(bench, bench_release(bench, 1, CANCEL_REASON_FRAUD), "released(3)");
    bench_run(bench, bench_reserve(bench, 2, "A:3"));
    bench_run(bench, bench_consume(bench, 2, "F1", "1A:1@WH-1"));
    bench_run(bench, bench_reduce(bench, 2, 1, "1A:2@WH-1"));
    assert_int_equal(bench_state(bench, 2), RESERVATION_CONSUMED);
    ASSERT_STOCK(bench, "A", "WH-1 8-0+0");
    bench_check(bench);
}

/* At the place that is named, then elsewhere, then what waits. */
static void looks_for_pieces_in_turns(void **state)
{
    struct bench *bench = *state;
    struct item_body body = { .name = "A",
                              .backorder_allowed = true,
                              .has_backorder_allowed = true };

    bench_stocked_item(bench, "A", 2);
    bench_location(bench, "WH-2", 5, true);
    bench_count(bench, "A", "WH-2", 2);
    bench_item(bench, "A", body);
    ASSERT_FACTS(bench, allow(bench, bench_reserve(bench, 1, "A:5"), false, true),
                 "backordered 1A:2@WH-1 1A:2@WH-2 1A:1...");
    ASSERT_FACTS(bench, bench_reduce(bench, 1, 1, "1A:1@WH-2"), "released(3) #1 1A:1@WH-2");
    ASSERT_FACTS(bench, bench_reduce(bench, 1, 2, "1A:2@WH-2"),
                 "released(3) #2 1A:1@WH-2 1A:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 2-1+0, WH-2 2-0+0");
    ASSERT_FACTS(bench, bench_reduce(bench, 1, 3, "1A:2@WH-1"), "released(3) #3 1A:1@WH-1");
    assert_int_equal(bench_state(bench, 1),
                     RESERVATION_RELEASED); /* the one that waited went, too */
    bench_check(bench);
}

static struct step reduce_waiting(struct bench *bench, int64_t release_no, int64_t quantity)
{
    struct step step = bench_reduce(bench, 1, release_no, "");
    struct inventory_release *message = arena_copy(bench->kept, step.message, sizeof *message);
    struct line_quantity waiting = { 1, "A", quantity };

    message->backorders = arena_copy(bench->kept, &waiting, sizeof waiting);
    message->backorders_count = 1;
    message->lines_count = 0;
    step.message = message;
    return step;
}

/* What the order takes off of what waits leaves what is held alone. */
static void gives_back_what_waits(void **state)
{
    struct bench *bench = *state;
    struct item_body body = { .name = "A",
                              .backorder_allowed = true,
                              .has_backorder_allowed = true };

    bench_stocked_item(bench, "A", 2);
    bench_item(bench, "A", body);
    bench_run(bench, allow(bench, bench_reserve(bench, 1, "A:5"), false, true));
    ASSERT_FACTS(bench, reduce_waiting(bench, 1, 2), "released(3) #1");
    ASSERT_STOCK(bench, "A", "WH-1 2-2+0");
    ASSERT_FACTS(bench, bench_reduce(bench, 1, 2, "1A:2@WH-1"), "released(3) #2 1A:2@WH-1");
    assert_int_not_equal(bench_state(bench, 1), RESERVATION_RELEASED); /* one still waits */
    ASSERT_FACTS(bench, reduce_waiting(bench, 3, 1), "released(3) #3");
    assert_int_equal(bench_state(bench, 1), RESERVATION_RELEASED);
    bench_check(bench);
}

static void loses_what_a_picker_did_not_find(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, bench_reserve(bench, 1, "A:4"));
    ASSERT_FACTS(bench, lost(bench, bench_reduce(bench, 1, 1, "1A:1@WH-1")),
                 "released(3) #1 1A:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 4-3+0");
    ASSERT_FACTS(bench, lost(bench, bench_release(bench, 1, CANCEL_REASON_OUT_OF_STOCK)),
                 "released(3) 1A:3@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0");
    bench_check(bench);
}

/* A count has missed two of three already; of three that are not found then only one is news. */
static void loses_nothing_twice(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, bench_reserve(bench, 1, "A:5"));
    bench_count(bench, "A", "WH-1", 3);
    ASSERT_STOCK(bench, "A", "WH-1 3-5+2");
    bench_run(bench, lost(bench, bench_reduce(bench, 1, 1, "1A:3@WH-1")));
    ASSERT_STOCK(bench, "A", "WH-1 2-2+0");
    bench_check(bench);
}

static void needs_lines_and_a_number(void **state)
{
    struct bench *bench = *state;
    struct inventory_release message;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, bench_reserve(bench, 1, "A:4"));
    struct step step = bench_reduce(bench, 1, 1, "1A:1@WH-1");
    memcpy(&message, step.message, sizeof message);
    message.has_release_no = false;
    message.release_no = 0;
    step.message = &message;
    ASSERT_FACTS(bench, step, "impossible");
    ASSERT_STOCK(bench, "A", "WH-1 5-4+0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(holds_what_there_is),      TEST(would_rather_wait_than_miss),
        TEST(reserves_a_second_time),   TEST(gives_back_once),
        TEST(ends_with_the_last_piece), TEST(looks_for_pieces_in_turns),
        TEST(gives_back_what_waits),    TEST(loses_what_a_picker_did_not_find),
        TEST(loses_nothing_twice),      TEST(needs_lines_and_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
