/* inventory_counting_test.c - a count that is booked later than it was made: what moved in between is not lost.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define ASSERT_STOCK(bench, sku, want) assert_string_equal(bench_stock(bench, sku), want)

enum { MINUTE_MS = 60000 };

/* So many pieces of A were counted at WH-1 at an instant. */
static struct step counted(struct bench *bench, int64_t pieces, int64_t counted_at)
{
    const struct stock_adjust request = { .sku = "A",
                                          .location = "WH-1",
                                          .counted = pieces,
                                          .has_counted = true,
                                          .counted_at = counted_at,
                                          .has_counted_at = true,
                                          .reason = ADJUSTMENT_REASON_COUNT };

    return (struct step){ .message_type = MESSAGE_STOCK_ADJUST,
                          .message = arena_copy(bench->kept, &request, sizeof request),
                          .subject = { .id = "A" } };
}

static struct step received(struct bench *bench, int64_t pieces)
{
    const struct stock_adjust request = { .sku = "A",
                                          .location = "WH-1",
                                          .quantity_change = pieces,
                                          .has_quantity_change = true,
                                          .reason = ADJUSTMENT_REASON_RECEIVED };

    return (struct step){ .message_type = MESSAGE_STOCK_ADJUST,
                          .message = arena_copy(bench->kept, &request, sizeof request),
                          .subject = { .id = "A" } };
}

/* The answer to who waits: "201", or "422 /counted_at". */
static const char *answer(struct bench *bench, struct step step)
{
    static char text[100];
    const struct gateway_reply *reply = bench_run(bench, step)->replies->message;

    (void)snprintf(text, sizeof text, "%d%s%s", (int)reply->status,
                   reply->problem == NULL ? "" : " ",
                   reply->problem == NULL ? "" : reply->problem->errors[0].pointer);
    return text;
}

/* Ten by the books; the clock is a minute on.  The instant before that. */
static int64_t ten_by_the_books(struct bench *bench)
{
    bench_stocked_item(bench, "A", 10);
    bench->now += MINUTE_MS;
    return bench->now - 1;
}

static void a_sale_in_between_is_not_lost(void **state)
{
    struct bench *bench = *state;
    int64_t then = ten_by_the_books(bench);

    bench_run(bench, bench_consume(bench, 1, "F1", "1A:3@WH-1"));
    bench_run(bench, received(bench, 5));
    bench_run(bench, bench_move(bench, "A", "WH-1",
                                (struct stock_way){ STOCK_CONDITION_SELLABLE,
                                                    STOCK_CONDITION_DAMAGED, 2 }));
    bench_run(bench, bench_move(bench, "A", "WH-1",
                                (struct stock_way){ STOCK_CONDITION_DAMAGED,
                                                    STOCK_CONDITION_WRITTEN_OFF, 1 }));
    ASSERT_STOCK(bench, "A", "WH-1 11-0+0 damaged 1");
    assert_string_equal(answer(bench, counted(bench, 8, then)),
                        "201"); /* two fewer than the books had */
    ASSERT_STOCK(bench, "A", "WH-1 9-0+0 damaged 1");
    bench_check(bench);
}

/* What moves in the same batch, before the count and behind it, is counted once. */
static void so_is_one_of_the_same_batch(void **state)
{
    struct bench *bench = *state;
    int64_t then = ten_by_the_books(bench);
    const struct step steps[] = { bench_consume(bench, 1, "F1", "1A:3@WH-1"),
                                  counted(bench, 8, then),
                                  bench_consume(bench, 2, "F1", "1A:1@WH-1") };

    bench_batch(bench, steps, 3);
    ASSERT_STOCK(bench, "A", "WH-1 4-0+0");
    bench_check(bench);
}

static void two_who_count_correct_it_once(void **state)
{
    struct bench *bench = *state;
    int64_t then = ten_by_the_books(bench);
    const struct step twice[] = { counted(bench, 8, then), counted(bench, 8, then) };

    bench_batch(bench, twice, 2);
    ASSERT_STOCK(bench, "A", "WH-1 8-0+0");
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:1@WH-1"));
    assert_string_equal(answer(bench, counted(bench, 8, then)), "201"); /* and a third one */
    ASSERT_STOCK(bench, "A", "WH-1 7-0+0");
    bench_check(bench);
}

/* More left than the books knew of: what was found then is no movement, only a correction. */
static void what_was_found_at_a_shipment_is_no_movement(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 2);
    bench->now += MINUTE_MS;
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:4@WH-1"));
    ASSERT_STOCK(bench, "A", "WH-1 0-0+0");
    assert_string_equal(answer(bench, counted(bench, 5, bench->now - 1)), "201");
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0");
    const struct step steps[] = { bench_consume(bench, 2, "F1", "1A:3@WH-1"),
                                  counted(bench, 4, bench->now) };
    bench->now += MINUTE_MS;
    bench_batch(bench, steps, 2); /* the first shipment was before this count */
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0");
    bench_check(bench);
}

static void what_is_held_meanwhile_stays_held(void **state)
{
    struct bench *bench = *state;
    int64_t then = ten_by_the_books(bench);

    bench_run(bench, bench_reserve(bench, 1, "A:9"));
    assert_string_equal(answer(bench, counted(bench, 7, then)), "201");
    ASSERT_STOCK(bench, "A", "WH-1 7-9+2");
    assert_string_equal(bench_settle(bench), "1 taken_back 1A:2@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 7-7+0");
    bench_check(bench);
}

static void refuses_instants_that_cannot_be(void **state)
{
    struct bench *bench = *state;
    int64_t then = ten_by_the_books(bench);
    struct step step = counted(bench, 1, then);
    struct stock_adjust no_count = *(const struct stock_adjust *)step.message;

    assert_string_equal(answer(bench, counted(bench, 8, bench->now + 1)), "422 /counted_at");
    assert_string_equal(answer(bench, counted(bench, 8, then - INT64_C(7) * 24 * 60 * MINUTE_MS)),
                        "422 /counted_at");
    no_count.has_counted = false;
    no_count.quantity_change = 1;
    no_count.has_quantity_change = true;
    step.message = &no_count;
    assert_string_equal(answer(bench, step), "422 /counted_at");
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:3@WH-1"));
    assert_string_equal(answer(bench, counted(bench, 2, then)), "422 /counted");
    ASSERT_STOCK(bench, "A", "WH-1 7-0+0");
    bench_check(bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sale_in_between_is_not_lost),     TEST(so_is_one_of_the_same_batch),
        TEST(two_who_count_correct_it_once),     TEST(what_was_found_at_a_shipment_is_no_movement),
        TEST(what_is_held_meanwhile_stays_held), TEST(refuses_instants_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
