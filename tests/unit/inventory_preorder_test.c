/* inventory_preorder_test.c - items that are sold before they exist, from their day on only.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "common/calendar.h"
#include "common/text.h"
#include "services/inventory/preorder.h"

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

static const int64_t day_ms = INT64_C(86400000);

/* In a channel whose orders may wait. */
static struct step wait_for(struct bench *bench, int64_t order_no, const char *lines)
{
    struct step step = bench_reserve(bench, order_no, lines);
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    message->backorder_allowed = message->has_backorder_allowed = true;
    step.message = message;
    return step;
}

static void put(struct bench *bench, const char *sku, const char *available_from, int64_t limit)
{
    bench_item(bench, sku,
               (struct item_body){ .name = sku,
                                   .available_from = available_from,
                                   .preorder_limit = limit,
                                   .has_preorder_limit = limit > 0 });
}

static void the_day_comes(struct bench *bench, const char *date)
{
    int64_t day = 0;

    assert_true(calendar_day_parse(date, &day));
    bench->now = day * day_ms;
}

static const char *expected_on(struct bench *bench, struct step step)
{
    const struct decision *decision = bench_run(bench, step);
    const struct inventory_backordered *fact = decision->emissions->message;

    assert_int_equal(decision->emissions->message_type, MESSAGE_INVENTORY_BACKORDERED);
    return fact->has_expected_at ? calendar_date(bench->kept, fact->expected_at / day_ms) : "never";
}

static const struct step looks = { .timer = PREORDER_TIMER, .subject = { .id = "A" } };

/* Also what is there is given to nobody, up to the limit orders wait, and on the day the first is served first. */
static void orders_wait_for_the_day(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    put(bench, "A", "2027-02-01", 6);
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:1"),
                 "short 1A:0<1"); /* the channel's do not wait */
    assert_string_equal(expected_on(bench, wait_for(bench, 2, "A:2")), "2027-02-01");
    ASSERT_FACTS(bench, wait_for(bench, 3, "A:5"), "short 1A:0<5");
    assert_string_equal(expected_on(bench, wait_for(bench, 4, "A:4")), "2027-02-01");
    ASSERT_FACTS(bench, wait_for(bench, 5, "A:1"), "short 1A:0<1");
    ASSERT_SETTLES(bench, "");
    ASSERT_FACTS(bench, looks, "level A 5-0+0 free 0");
    the_day_comes(bench, "2027-02-01");
    bench->now -= 1;
    ASSERT_FACTS(bench, looks, "level A 5-0+0 free 0");
    bench->now += 1;
    ASSERT_FACTS(bench, looks, "level A 5-0+0 free 5");
    ASSERT_SETTLES(bench, "4 expected never 1A:4...; 2 allocated 1A:2@WH-1; "
                          "4 allocated 1A:3@WH-1 1A:1...");
    ASSERT_FACTS(bench, wait_for(bench, 6, "A:1"), "short 1A:0<1"); /* it may not be backordered */
    bench_check(bench);
}

/* Whoever waits is told; without a day it is like any other item. */
static void another_day_is_told(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 3);
    bench_run(bench, bench_reserve(bench, 1, "A:1"));
    put(bench, "A", "2027-02-01", 0);
    bench_run(bench, wait_for(bench, 2, "A:1"));
    ASSERT_SETTLES(bench, "");
    put(bench, "A", "2027-03-15", 0);
    ASSERT_SETTLES(bench, "2 expected 2027-03-15 1A:1...");
    the_day_comes(bench, "2027-02-01");
    ASSERT_FACTS(bench, looks, "level A 3-1+0 free 0"); /* what was held before stays so */
    ASSERT_SETTLES(bench, "");
    put(bench, "A", NULL, 0);
    ASSERT_SETTLES(bench, "2 allocated 1A:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 3-2+0");
    bench_check(bench);
}

/* It was asked to give some when the day was put off. */
static void a_day_is_put_off_at_the_last_moment(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 3);
    put(bench, "A", "2027-02-01", 0);
    bench_run(bench, wait_for(bench, 1, "A:1"));
    ASSERT_SETTLES(bench, "");
    the_day_comes(bench, "2027-02-01");
    bench_run(bench, looks);
    (void)bench_settle_one(bench, 0); /* who waits is looked at */
    (void)bench_settle_one(bench, 0); /* and is about to be given one */
    put(bench, "A", "2027-02-05", 0);
    ASSERT_SETTLES(bench, "1 expected 2027-02-05 1A:1...");
    ASSERT_STOCK(bench, "A", "WH-1 3-0+0");
    the_day_comes(bench, "2027-02-05");
    bench_run(bench, looks);
    ASSERT_SETTLES(bench, "1 allocated 1A:1@WH-1");
    bench_check(bench);
}

/* A day that is over, and a new item. */
static void only_a_day_to_come_counts(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 1);
    put(bench, "A", "2027-01-15", 0); /* today */
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:1"), "reserved 1A:1@WH-1");
    put(bench, "B", "2027-01-16", 0);
    bench_count(bench, "B", "WH-1", 2);
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "B:1"), "short 1B:0<1");
    the_day_comes(bench, "2027-01-16");
    ASSERT_SETTLES(bench, "");
    ASSERT_FACTS(bench, bench_reserve(bench, 3, "B:1"), "reserved 1B:1@WH-1");
    bench_check(bench);
}

static void bundles_wait_for_nobody(void **state)
{
    static const struct bundle_component components[] = { { "A", 1 }, { "B", 1 } };
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 3);
    bench_stocked_item(bench, "B", 3);
    bench_item(bench, "K",
               (struct item_body){ .name = "K", .components = components, .components_count = 2 });
    ASSERT_SETTLES(bench, "");
    put(bench, "A", "2027-02-01", 0);
    ASSERT_SETTLES(bench, "");
    ASSERT_FACTS(bench, wait_for(bench, 1, "K:1"), "short 1K:0<1");
    the_day_comes(bench, "2027-02-01");
    bench_run(bench, looks);
    ASSERT_SETTLES(bench, "");
    ASSERT_FACTS(bench, wait_for(bench, 2, "K:1"), "reserved 1K:1@WH-1");
    bench_check(bench);
}

/* "422 /available_from", or its status alone. */
static const char *answer(struct bench *bench, struct item_body body)
{
    const struct gateway_reply *reply = bench_item(bench, "A", body)->replies->message;

    return reply->problem == NULL || reply->problem->errors_count == 0
               ? text_format(bench->kept, "%d", (int)reply->status)
               : text_format(bench->kept, "%d %s", (int)reply->status,
                             reply->problem->errors[0].pointer);
}

static void days_that_cannot_be_are_refused(void **state)
{
    static const struct bundle_component components[] = { { "B", 1 } };
    struct bench *bench = *state;

    bench_stocked_item(bench, "B", 0);
    assert_string_equal(
        answer(bench, (struct item_body){ .name = "A", .available_from = "2027-02-30" }),
        "422 /available_from");
    assert_string_equal(answer(bench, (struct item_body){ .name = "A",
                                                          .available_from = "2027-02-01",
                                                          .components = components,
                                                          .components_count = 1 }),
                        "422 /available_from");
    assert_string_equal(
        answer(bench,
               (struct item_body){ .name = "A", .preorder_limit = 5, .has_preorder_limit = true }),
        "422 /preorder_limit");
    assert_string_equal(answer(bench, (struct item_body){ .name = "A",
                                                          .available_from = "2027-02-01",
                                                          .preorder_limit = 5,
                                                          .has_preorder_limit = true }),
                        "201");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(orders_wait_for_the_day),
        TEST(another_day_is_told),
        TEST(a_day_is_put_off_at_the_last_moment),
        TEST(only_a_day_to_come_counts),
        TEST(bundles_wait_for_nobody),
        TEST(days_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
