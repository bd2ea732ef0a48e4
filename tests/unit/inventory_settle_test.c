/* inventory_settle_test.c - who gives up pieces that are not there, and who is given those that come.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_FACTS(bench, step, want)                                                            \
    assert_string_equal(bench_facts(bench, bench_run(bench, step)), want)
#define ASSERT_STOCK(bench, sku, want) assert_string_equal(bench_stock(bench, sku), want)
#define ASSERT_SETTLES(bench, want)    assert_string_equal(bench_settle(bench), want)

static struct step wait_for(struct bench *bench, int64_t order_no, const char *lines)
{
    struct step step = bench_reserve(bench, order_no, lines);
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    message->backorder_allowed = message->has_backorder_allowed = true;
    step.message = message;
    return step;
}

static void stock_waited_for(struct bench *bench, int64_t limit)
{
    const struct item_body body = { .name = "A",
                                    .backorder_allowed = true,
                                    .has_backorder_allowed = true,
                                    .backorder_limit = limit,
                                    .has_backorder_limit = true };

    bench_stocked_item(bench, "A", 0);
    bench_item(bench, "A", body);
}

/* Orders 1, 2, 3 hold 2 each of 6; each a second younger. */
static void three_orders(struct bench *bench)
{
    bench_stocked_item(bench, "A", 6);
    for (int order_no = 1; order_no <= 3; order_no++) {
        bench_run(bench, bench_reserve(bench, order_no, "A:2"));
        bench->now += 1000;
    }
    (void)bench_settle(bench);
}

static void the_youngest_gives_up(void **state)
{
    struct bench *bench = *state;

    three_orders(bench);
    bench_count(bench, "A", "WH-1", 3);
    ASSERT_STOCK(bench, "A", "WH-1 3-6+3");
    ASSERT_SETTLES(bench, "3 taken_back 1A:2@WH-1; 2 taken_back 1A:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 3-3+0");
    assert_int_equal(bench_state(bench, 3), RESERVATION_RELEASED); /* nothing of it is left */
    assert_int_equal(bench_state(bench, 2), RESERVATION_HELD);
    bench_check(bench);
}

/* Age is when it was reserved, whatever the number and whatever left of it. */
static void the_youngest_is_asked_first(void **state)
{
    struct bench *bench = *state;

    three_orders(bench);
    bench_run(bench, bench_consume(bench, 3, "F1", "1A:1@WH-1"));
    bench_count(bench, "A", "WH-1", 2);
    ASSERT_SETTLES(bench, "3 taken_back 1A:1@WH-1; 2 taken_back 1A:2@WH-1");
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "A:2"), "refused undone");
    ASSERT_FACTS(bench, bench_release(bench, 2, CANCEL_REASON_OUT_OF_STOCK), "released(3)");
    bench_check(bench);
}

static void what_left_is_not_asked(void **state)
{
    struct bench *bench = *state;

    three_orders(bench);
    bench_run(bench, bench_consume(bench, 3, "F1", "1A:2@WH-1"));
    bench_count(bench, "A", "WH-1", 3);
    ASSERT_SETTLES(bench, "2 taken_back 1A:1@WH-1");
    bench_check(bench);
}

/* What is not gone has left: the reservation is over. */
static void the_rest_has_left(void **state)
{
    struct bench *bench = *state;

    three_orders(bench);
    bench_run(bench, bench_consume(bench, 3, "F1", "1A:1@WH-1"));
    assert_int_equal(bench_state(bench, 3), RESERVATION_PARTLY_CONSUMED);
    bench_count(bench, "A", "WH-1", 4);
    ASSERT_SETTLES(bench, "3 taken_back 1A:1@WH-1");
    assert_int_equal(bench_state(bench, 3), RESERVATION_CONSUMED);
    bench_check(bench);
}

static void is_served_from_elsewhere(void **state)
{
    struct bench *bench = *state;

    three_orders(bench);
    bench_location(bench, "WH-2", 5, true);
    bench_location(bench, "WH-3", 1, true);
    bench_location(bench, "WH-4", 0, false);
    bench_count(bench, "A", "WH-2", 2);
    bench_count(bench, "A", "WH-3", 1);
    bench_count(bench, "A", "WH-4", 9);
    (void)bench_settle(bench);
    bench_count(bench, "A", "WH-1", 2);
    ASSERT_SETTLES(bench, "3 taken_back 1A:2@WH-1 > 1A:2@WH-2; 2 taken_back 1A:2@WH-1 > 1A:1@WH-3");
    ASSERT_STOCK(bench, "A", "WH-1 2-2+0, WH-2 2-2+0, WH-3 1-1+0, WH-4 9-0+0");
    ASSERT_FACTS(bench, bench_consume(bench, 3, "F1", "1A:2@WH-2"), "consumed 1A:2@WH-2");
    assert_int_equal(bench_state(bench, 3), RESERVATION_CONSUMED);
    bench_check(bench);
}

/* What is found again before an order was reached is not taken from it. */
static void nothing_is_taken_that_is_there(void **state)
{
    struct bench *bench = *state;

    three_orders(bench);
    bench_count(bench, "A", "WH-1", 3);
    (void)bench_settle_one(bench, 0); /* the look; two inputs wait now */
    assert_int_equal(bench->waiting_count, 2);
    bench_count(bench, "A", "WH-1", 5);
    ASSERT_SETTLES(bench, "3 taken_back 1A:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 5-5+0");
    bench_check(bench);
}

/* Who is asked may have given back, or left, since. */
static void asks_on_when_one_is_gone(void **state)
{
    struct bench *bench = *state;

    three_orders(bench);
    bench_count(bench, "A", "WH-1", 2);
    (void)bench_settle_one(bench, 0);
    bench_run(bench, bench_consume(bench, 3, "F1", "1A:2@WH-1"));
    ASSERT_STOCK(bench, "A", "WH-1 0-4+4");
    ASSERT_SETTLES(bench, "2 taken_back 1A:2@WH-1; 1 taken_back 1A:2@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 0-0+0");
    bench_check(bench);
}

/* A shipment of more than was held, and a picker's loss, owe as a count does. */
static void shipments_and_losses_are_settled_too(void **state)
{
    struct bench *bench = *state;

    three_orders(bench);
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:3@WH-1"));
    ASSERT_STOCK(bench, "A", "WH-1 3-4+1");
    ASSERT_SETTLES(bench, "3 taken_back 1A:1@WH-1");
    bench_check(bench);
}

static void the_oldest_is_served_first(void **state)
{
    struct bench *bench = *state;

    stock_waited_for(bench, 100);
    for (int order_no = 3; order_no >= 1; order_no--) { /* 3 is the oldest */
        bench_run(bench, wait_for(bench, order_no, "A:2 A:1"));
        bench->now += 1000;
    }
    ASSERT_SETTLES(bench, "");
    bench_count(bench, "A", "WH-1", 4);
    ASSERT_SETTLES(bench, "3 allocated 1A:2@WH-1 2A:1@WH-1; 2 allocated 1A:1@WH-1 1A:1... 2A:1...");
    bench_location(bench, "WH-2", 5, true);
    bench_count(bench, "A", "WH-2", 1);
    bench_count(bench, "A", "WH-1", 5);
    ASSERT_SETTLES(bench, "2 allocated 1A:1@WH-1 2A:1@WH-2");
    bench_count(bench, "A", "WH-1", 100);
    ASSERT_SETTLES(bench, "1 allocated 1A:2@WH-1 2A:1@WH-1");
    bench_check(bench);
}

static void a_release_serves_who_waits(void **state)
{
    struct bench *bench = *state;

    stock_waited_for(bench, 100);
    bench_count(bench, "A", "WH-1", 2);
    bench_run(bench, bench_reserve(bench, 1, "A:2"));
    bench_run(bench, wait_for(bench, 2, "A:1"));
    bench_run(bench, bench_release(bench, 1, CANCEL_REASON_OTHER));
    ASSERT_SETTLES(bench, "2 allocated 1A:1@WH-1");
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "A:1"), "reserved 1A:1@WH-1");
    bench_check(bench);
}

/* Who comes between the delivery and the look does not take what others wait for. */
static void nobody_takes_what_others_wait_for(void **state)
{
    struct bench *bench = *state;

    stock_waited_for(bench, 3);
    bench_run(bench, wait_for(bench, 1, "A:3"));
    ASSERT_FACTS(bench, wait_for(bench, 2, "A:1"), "short 1A:0<1"); /* three wait already */
    bench_count(bench, "A", "WH-1", 4);
    ASSERT_FACTS(bench, bench_reserve(bench, 3, "A:2"), "short 1A:1<2");
    ASSERT_FACTS(bench, bench_reserve(bench, 4, "A:1"), "reserved 1A:1@WH-1");
    ASSERT_SETTLES(bench, "1 allocated 1A:3@WH-1");
    ASSERT_FACTS(bench, wait_for(bench, 5, "A:3"), "backordered 1A:3..."); /* there is room again */
    bench_check(bench);
}

static void who_waits_no_more_is_not_served(void **state)
{
    struct bench *bench = *state;

    stock_waited_for(bench, 100);
    bench_run(bench, wait_for(bench, 1, "A:3"));
    bench_run(bench, wait_for(bench, 2, "A:3"));
    bench_run(bench, bench_reduce(bench, 1, 1, "1A:1@WH-1"));
    bench_count(bench, "A", "WH-1", 9);
    (void)bench_settle_one(bench, 0);
    (void)bench_settle_one(bench, 0);
    bench_run(bench, bench_release(bench, 2, CANCEL_REASON_OTHER));
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:2@WH-1"));
    ASSERT_SETTLES(bench, "");
    ASSERT_STOCK(bench, "A", "WH-1 7-0+0");
    bench_check(bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_youngest_gives_up),
        TEST(the_youngest_is_asked_first),
        TEST(what_left_is_not_asked),
        TEST(the_rest_has_left),
        TEST(is_served_from_elsewhere),
        TEST(nothing_is_taken_that_is_there),
        TEST(asks_on_when_one_is_gone),
        TEST(shipments_and_losses_are_settled_too),
        TEST(the_oldest_is_served_first),
        TEST(a_release_serves_who_waits),
        TEST(nobody_takes_what_others_wait_for),
        TEST(who_waits_no_more_is_not_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
