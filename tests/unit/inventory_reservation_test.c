/* inventory_reservation_test.c - every state and every input of a reservation, and what becomes of the stock.
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

/* One letter an action, in the order of enum reservation_action. */
static const char action_letters[] = ".HhsGgRrKU";

/* A row a state, a column an input: reserve, release, reduce, consume, expire; then the states they lead to. */
static const char *const picture[RESERVATION_STATE_COUNT] = {
    [RESERVATION_NONE] = "HgrK. 16030",
    [RESERVATION_HELD] = "hGRKG 14125",
    [RESERVATION_PARTLY_CONSUMED] = "hGRK. 24222",
    [RESERVATION_CONSUMED] = "hgrK. 33333",
    [RESERVATION_RELEASED] = "UgrK. 44444",
    [RESERVATION_EXPIRED] = "UgrK. 55555",
    [RESERVATION_TOMBSTONE] = "UgrK. 66666",
    [RESERVATION_SHORT] = "sgrK. 77777",
};

static void follows_the_picture(void **state)
{
    (void)state;
    for (int from = 0; from < RESERVATION_STATE_COUNT; from++) {
        for (int input = 0; input < RESERVATION_INPUT_COUNT; input++) {
            struct reservation_rule rule =
                reservation_rule((enum reservation_state)from, (enum reservation_input)input);

            assert_int_equal(action_letters[rule.action], picture[from][input]);
            assert_int_equal('0' + rule.next, picture[from][RESERVATION_INPUT_COUNT + 1 + input]);
        }
    }
}

/* Brings order 1, for 3 of A (there are 5), into a state. */
static void bring_into(struct bench *bench, enum reservation_state to)
{
    bench_stocked_item(bench, "A", 5);
    if (to == RESERVATION_NONE) {
        return;
    }
    if (to == RESERVATION_TOMBSTONE) {
        bench_run(bench, bench_release(bench, 1, CANCEL_REASON_FRAUD));
        return;
    }
    bench_run(bench, bench_reserve(bench, 1, to == RESERVATION_SHORT ? "A:6" : "A:3"));
    if (to == RESERVATION_PARTLY_CONSUMED) {
        bench_run(bench, bench_consume(bench, 1, "F2", "1A:1@WH-1"));
    } else if (to == RESERVATION_CONSUMED) {
        bench_run(bench, bench_consume(bench, 1, "F1", "A:3@WH-1"));
    } else if (to == RESERVATION_RELEASED) {
        bench_run(bench, bench_release(bench, 1, CANCEL_REASON_FRAUD));
    } else if (to == RESERVATION_EXPIRED) {
        bench_run(bench, bench_expire(bench, 1));
    }
}

struct cell {
    enum reservation_state from;
    enum reservation_input input;
    const char *said, *stock;
    enum reservation_state to;
};

static const struct cell cells[] = {
    { RESERVATION_NONE, RESERVATION_IN_RESERVE, "reserved 1A:3@WH-1", "WH-1 5-3+0",
      RESERVATION_HELD },
    { RESERVATION_NONE, RESERVATION_IN_RELEASE, "released(6)", "WH-1 5-0+0",
      RESERVATION_TOMBSTONE },
    { RESERVATION_NONE, RESERVATION_IN_REDUCE, "released(3) #1", "WH-1 5-0+0", RESERVATION_NONE },
    { RESERVATION_NONE, RESERVATION_IN_CONSUME, "consumed 1A:3@WH-1", "WH-1 2-0+0",
      RESERVATION_CONSUMED },
    { RESERVATION_NONE, RESERVATION_IN_EXPIRE, "", "WH-1 5-0+0", RESERVATION_NONE },
    { RESERVATION_HELD, RESERVATION_IN_RESERVE, "reserved 1A:3@WH-1", "WH-1 5-3+0",
      RESERVATION_HELD },
    { RESERVATION_HELD, RESERVATION_IN_RELEASE, "released(6) 1A:3@WH-1", "WH-1 5-0+0",
      RESERVATION_RELEASED },
    { RESERVATION_HELD, RESERVATION_IN_REDUCE, "released(3) #1 1A:2@WH-1", "WH-1 5-1+0",
      RESERVATION_HELD },
    { RESERVATION_HELD, RESERVATION_IN_CONSUME, "consumed 1A:3@WH-1", "WH-1 2-0+0",
      RESERVATION_CONSUMED },
    { RESERVATION_HELD, RESERVATION_IN_EXPIRE, "released(9) 1A:3@WH-1", "WH-1 5-0+0",
      RESERVATION_EXPIRED },
    { RESERVATION_PARTLY_CONSUMED, RESERVATION_IN_RESERVE, "reserved 1A:2@WH-1 1A:1@WH-1",
      "WH-1 4-2+0", RESERVATION_PARTLY_CONSUMED },
    { RESERVATION_PARTLY_CONSUMED, RESERVATION_IN_RELEASE, "released(6) 1A:2@WH-1", "WH-1 4-0+0",
      RESERVATION_RELEASED },
    { RESERVATION_PARTLY_CONSUMED, RESERVATION_IN_REDUCE, "released(3) #1 1A:2@WH-1", "WH-1 4-0+0",
      RESERVATION_CONSUMED },
    { RESERVATION_PARTLY_CONSUMED, RESERVATION_IN_CONSUME, "consumed 1A:2@WH-1 1A:1@WH-1",
      "WH-1 1-0+0", RESERVATION_CONSUMED },
    { RESERVATION_PARTLY_CONSUMED, RESERVATION_IN_EXPIRE, "", "WH-1 4-2+0",
      RESERVATION_PARTLY_CONSUMED },
    { RESERVATION_CONSUMED, RESERVATION_IN_RESERVE, "reserved 1A:3@WH-1", "WH-1 2-0+0",
      RESERVATION_CONSUMED },
    { RESERVATION_CONSUMED, RESERVATION_IN_RELEASE, "released(6)", "WH-1 2-0+0",
      RESERVATION_CONSUMED },
    { RESERVATION_CONSUMED, RESERVATION_IN_REDUCE, "released(3) #1", "WH-1 2-0+0",
      RESERVATION_CONSUMED },
    { RESERVATION_CONSUMED, RESERVATION_IN_CONSUME, "consumed 1A:3@WH-1", "WH-1 2-0+0",
      RESERVATION_CONSUMED },
    { RESERVATION_CONSUMED, RESERVATION_IN_EXPIRE, "", "WH-1 2-0+0", RESERVATION_CONSUMED },
    { RESERVATION_RELEASED, RESERVATION_IN_RESERVE, "refused undone", "WH-1 5-0+0",
      RESERVATION_RELEASED },
    { RESERVATION_RELEASED, RESERVATION_IN_RELEASE, "released(6) 1A:3@WH-1", "WH-1 5-0+0",
      RESERVATION_RELEASED },
    { RESERVATION_RELEASED, RESERVATION_IN_REDUCE, "released(3) #1", "WH-1 5-0+0",
      RESERVATION_RELEASED },
    { RESERVATION_RELEASED, RESERVATION_IN_CONSUME, "consumed 1A:3@WH-1", "WH-1 2-0+0",
      RESERVATION_RELEASED },
    { RESERVATION_RELEASED, RESERVATION_IN_EXPIRE, "", "WH-1 5-0+0", RESERVATION_RELEASED },
    { RESERVATION_EXPIRED, RESERVATION_IN_RESERVE, "refused undone", "WH-1 5-0+0",
      RESERVATION_EXPIRED },
    { RESERVATION_EXPIRED, RESERVATION_IN_RELEASE, "released(9) 1A:3@WH-1", "WH-1 5-0+0",
      RESERVATION_EXPIRED },
    { RESERVATION_EXPIRED, RESERVATION_IN_REDUCE, "released(3) #1", "WH-1 5-0+0",
      RESERVATION_EXPIRED },
    { RESERVATION_EXPIRED, RESERVATION_IN_CONSUME, "consumed 1A:3@WH-1", "WH-1 2-0+0",
      RESERVATION_EXPIRED },
    { RESERVATION_EXPIRED, RESERVATION_IN_EXPIRE, "", "WH-1 5-0+0", RESERVATION_EXPIRED },
    { RESERVATION_TOMBSTONE, RESERVATION_IN_RESERVE, "refused undone", "WH-1 5-0+0",
      RESERVATION_TOMBSTONE },
    { RESERVATION_TOMBSTONE, RESERVATION_IN_RELEASE, "released(6)", "WH-1 5-0+0",
      RESERVATION_TOMBSTONE },
    { RESERVATION_TOMBSTONE, RESERVATION_IN_REDUCE, "released(3) #1", "WH-1 5-0+0",
      RESERVATION_TOMBSTONE },
    { RESERVATION_TOMBSTONE, RESERVATION_IN_CONSUME, "consumed 1A:3@WH-1", "WH-1 2-0+0",
      RESERVATION_TOMBSTONE },
    { RESERVATION_TOMBSTONE, RESERVATION_IN_EXPIRE, "", "WH-1 5-0+0", RESERVATION_TOMBSTONE },
    { RESERVATION_SHORT, RESERVATION_IN_RESERVE, "short 1A:5<6", "WH-1 5-0+0", RESERVATION_SHORT },
    { RESERVATION_SHORT, RESERVATION_IN_RELEASE, "released(6)", "WH-1 5-0+0", RESERVATION_SHORT },
    { RESERVATION_SHORT, RESERVATION_IN_REDUCE, "released(3) #1", "WH-1 5-0+0", RESERVATION_SHORT },
    { RESERVATION_SHORT, RESERVATION_IN_CONSUME, "consumed 1A:3@WH-1", "WH-1 2-0+0",
      RESERVATION_SHORT },
    { RESERVATION_SHORT, RESERVATION_IN_EXPIRE, "", "WH-1 5-0+0", RESERVATION_SHORT },
};
_Static_assert(sizeof cells / sizeof cells[0] ==
                   sizeof(char[RESERVATION_STATE_COUNT][RESERVATION_INPUT_COUNT]),
               "a cell for each state and input");

static struct step step_of(struct bench *bench, enum reservation_input input)
{
    switch (input) {
    case RESERVATION_IN_RESERVE:
        return bench_reserve(bench, 1, "A:3");
    case RESERVATION_IN_RELEASE:
        return bench_release(bench, 1, CANCEL_REASON_FRAUD);
    case RESERVATION_IN_REDUCE:
        return bench_reduce(bench, 1, 1, "1A:2@WH-1");
    case RESERVATION_IN_CONSUME:
        return bench_consume(bench, 1, "F1", "A:3@WH-1");
    case RESERVATION_IN_EXPIRE:
    case RESERVATION_INPUT_COUNT:
        break;
    }
    return bench_expire(bench, 1);
}

/* Each cell, and once more: what came twice says the same again and moves nothing. */
static void walks_every_cell(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct bench *bench = NULL;

        bench_set_up((void **)&bench);
        bring_into(bench, cells[i].from);
        assert_int_equal(bench_state(bench, 1), cells[i].from);
        ASSERT_FACTS(bench, step_of(bench, cells[i].input), cells[i].said);
        ASSERT_STOCK(bench, "A", cells[i].stock);
        assert_int_equal(bench_state(bench, 1), cells[i].to);
        if (cells[i].input != RESERVATION_IN_EXPIRE) { /* an expired hold says nothing again */
            ASSERT_FACTS(bench, step_of(bench, cells[i].input), cells[i].said);
        }
        ASSERT_STOCK(bench, "A", cells[i].stock);
        assert_int_equal(bench_state(bench, 1), cells[i].to);
        bench_check(bench);
        bench_tear_down((void **)&bench);
    }
}

static void holds_all_lines_or_none(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_stocked_item(bench, "B", 1);
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:5 B:2 C:1"), "short 2B:1<2 3C:0<1");
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0");
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "A:5 B:1"), "reserved 1A:5@WH-1 2B:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 5-5+0");
}

static void counts_lines_of_one_item_together(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:3 A:3"), "short 2A:2<3");
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "A:3 A:2"), "reserved 1A:3@WH-1 2A:2@WH-1");
}

static void sees_what_came_earlier_in_the_batch(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    const struct step steps[] = { bench_reserve(bench, 1, "A:3"), bench_reserve(bench, 2, "A:3"),
                                  bench_release(bench, 1, CANCEL_REASON_OTHER),
                                  bench_reserve(bench, 3, "A:5"), bench_reserve(bench, 1, "A:3") };
    bench_batch(bench, steps, sizeof steps / sizeof steps[0]);
    assert_string_equal(bench_facts(bench, &bench->decisions[0]), "reserved 1A:3@WH-1");
    assert_string_equal(bench_facts(bench, &bench->decisions[1]), "short 1A:2<3");
    assert_string_equal(bench_facts(bench, &bench->decisions[2]), "released(10) 1A:3@WH-1");
    assert_string_equal(bench_facts(bench, &bench->decisions[3]), "reserved 1A:5@WH-1");
    assert_string_equal(bench_facts(bench, &bench->decisions[4]), "refused undone");
    ASSERT_STOCK(bench, "A", "WH-1 5-5+0");
    bench_check(bench);
}

static void late_commands_are_refused(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    struct step reserve = bench_reserve(bench, 1, "A:1"), held = bench_reserve(bench, 2, "A:1");
    struct step in_time = bench_reserve(bench, 3, "A:1");
    bench_run(bench, held);
    bench->now += 60000;
    ASSERT_FACTS(bench, in_time, "reserved 1A:1@WH-1"); /* the last moment is not late */
    bench->now += 1;
    ASSERT_FACTS(bench, reserve, "refused expired");
    assert_int_equal(bench_state(bench, 1), RESERVATION_NONE);
    ASSERT_FACTS(bench, held,
                 "reserved 1A:1@WH-1"); /* what was done is told, however late it is asked */
    bench->now += 60000;
    ASSERT_FACTS(bench, bench_release(bench, 2, CANCEL_REASON_EXPIRED), "released(9) 1A:1@WH-1");
}

static void sets_a_timer_where_a_hold_may_expire(void **state)
{
    struct bench *bench = *state;
    struct inventory_reserve message;

    bench_stocked_item(bench, "A", 5);
    const struct decision *decision = bench_run(bench, bench_reserve(bench, 1, "A:1"));
    assert_non_null(decision->timers);
    assert_int_equal(decision->timers->due_at, bench->now + 3600000);
    assert_int_equal(decision->timers->step, 1);
    assert_string_equal(decision->timers->kind, RESERVATION_TIMER);

    struct step step = bench_reserve(bench, 2, "A:1");
    memcpy(&message, step.message, sizeof message);
    message.has_expires_at = false;
    message.expires_at = 0;
    step.message = &message;
    decision = bench_run(bench, step);
    assert_null(decision->timers);
    assert_string_equal(bench_facts(bench, decision), "reserved 1A:1@WH-1");
    decision = bench_run(bench, bench_reserve(bench, 3, "A:9"));
    assert_null(decision->timers);
}

static void takes_one_place_before_several(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 2);
    bench_stocked_item(bench, "B", 1);
    bench_location(bench, "WH-2", 5, true);
    bench_location(bench, "WH-3", 0, false);
    bench_count(bench, "A", "WH-2", 3);
    bench_count(bench, "B", "WH-2", 3);
    bench_count(bench, "A", "WH-3", 99);
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:1 B:1"), "reserved 1A:1@WH-1 2B:1@WH-1");
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "A:1 B:1"), "reserved 1A:1@WH-2 2B:1@WH-2");
    ASSERT_FACTS(bench, bench_reserve(bench, 3, "A:3 B:1"),
                 "reserved 1A:1@WH-1 1A:2@WH-2 2B:1@WH-2");
    ASSERT_FACTS(bench, bench_reserve(bench, 4, "A:1"), "short 1A:0<1"); /* WH-3 is not active */
    bench_check(bench);
}

static struct step allow_backorder(struct bench *bench, struct step step)
{
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    message->backorder_allowed = message->has_backorder_allowed = true;
    step.message = message;
    return step;
}

static void waits_only_where_all_allow_it(void **state)
{
    struct bench *bench = *state;
    struct item_body body = { .name = "A",
                              .backorder_allowed = true,
                              .has_backorder_allowed = true,
                              .backorder_limit = 4,
                              .has_backorder_limit = true };

    bench_stocked_item(bench, "A", 2);
    bench_stocked_item(bench, "B", 1);
    ASSERT_FACTS(bench, allow_backorder(bench, bench_reserve(bench, 1, "A:5")), "short 1A:2<5");
    bench_item(bench, "A", body);
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "A:5"), "short 1A:2<5");
    ASSERT_FACTS(bench, allow_backorder(bench, bench_reserve(bench, 3, "A:7")), "short 1A:2<7");
    ASSERT_FACTS(bench, allow_backorder(bench, bench_reserve(bench, 4, "A:5 B:1")),
                 "backordered 1A:2@WH-1 2B:1@WH-1 1A:3...");
    ASSERT_FACTS(bench, allow_backorder(bench, bench_reserve(bench, 5, "A:1")),
                 "backordered 1A:1...");
    ASSERT_STOCK(bench, "A", "WH-1 2-2+0");
    ASSERT_FACTS(bench, bench_reserve(bench, 4, "A:5 B:1"),
                 "backordered 1A:2@WH-1 2B:1@WH-1 1A:3...");
    ASSERT_FACTS(bench, bench_release(bench, 4, CANCEL_REASON_OTHER),
                 "released(10) 1A:2@WH-1 2B:1@WH-1");
    bench_check(bench);
}

static void consumes_in_parts(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 9);
    bench_run(bench, bench_reserve(bench, 1, "A:5 A:2"));
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F1", "1A:2@WH-1"), "consumed 1A:2@WH-1");
    assert_int_equal(bench_state(bench, 1), RESERVATION_PARTLY_CONSUMED);
    ASSERT_STOCK(bench, "A", "WH-1 7-5+0");
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F1", "1A:2@WH-1"), "consumed 1A:2@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 7-5+0");
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F2", "1A:3@WH-1 2A:1@WH-1"),
                 "consumed 1A:3@WH-1 2A:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 3-1+0");
    ASSERT_FACTS(bench, bench_release(bench, 1, CANCEL_REASON_OTHER), "released(10) 2A:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 3-0+0");
    bench_check(bench);
}

/* What left is booked where it left from, however it was planned. */
static void books_what_left_elsewhere_or_beyond(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 2);
    bench_location(bench, "WH-2", 5, true);
    bench_count(bench, "A", "WH-2", 4);
    bench_run(bench, bench_reserve(bench, 1, "A:2"));
    ASSERT_STOCK(bench, "A", "WH-1 2-2+0, WH-2 4-0+0");
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F1", "1A:1@WH-2"), "consumed 1A:1@WH-2");
    ASSERT_STOCK(bench, "A", "WH-1 2-1+0, WH-2 3-0+0");
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F2", "1A:4@WH-2"), "consumed 1A:1@WH-2 1A:3@WH-2");
    ASSERT_STOCK(bench, "A", "WH-1 2-0+0, WH-2 0-0+0"); /* one more left than the books knew */
    assert_int_equal(bench_state(bench, 1), RESERVATION_CONSUMED);
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F3", "1A:1@NOWHERE"), "consumed 1A:1@NOWHERE");
    bench_check(bench);
}

/* Pieces leave first from what is held where they left from. */
static void matches_the_place_first(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 2);
    bench_location(bench, "WH-2", 5, true);
    bench_count(bench, "A", "WH-2", 2);
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:4"), "reserved 1A:2@WH-1 1A:2@WH-2");
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:2@WH-2"));
    ASSERT_STOCK(bench, "A", "WH-1 2-2+0, WH-2 0-0+0");
}

static void keeps_safety_stock_back(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, bench_keep_back(bench, "A", "WH-1", 3));
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:3"), "short 1A:2<3");
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "A:2"), "reserved 1A:2@WH-1");
}

/* A shipment that takes what is promised to another order leaves a debt, and a give-back lowers it. */
static void owes_what_a_shipment_took(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, bench_reserve(bench, 1, "A:4"));
    bench_run(bench, bench_consume(bench, 2, "F1", "1A:3@WH-1"));
    ASSERT_STOCK(bench, "A", "WH-1 2-4+2");
    ASSERT_FACTS(bench, bench_reserve(bench, 3, "A:1"), "short 1A:0<1");
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:1@WH-1"));
    ASSERT_STOCK(bench, "A", "WH-1 1-3+2");
    bench_check(bench);
    bench_run(bench, bench_release(bench, 1, CANCEL_REASON_OTHER));
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0");
    bench_check(bench);
}

static void clocks_rise(void **state)
{
    struct bench *bench = *state;
    int64_t before = 0;

    bench_stocked_item(bench, "A", 5);
    struct step steps[] = { bench_reserve(bench, 1, "A:1"), bench_reserve(bench, 1, "A:1"),
                            bench_release(bench, 1, CANCEL_REASON_OTHER) };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const struct decision *decision = bench_run(bench, steps[i]);
        int64_t clock = decision->clock + 1;

        assert_true(clock > before && clock > 5);
        before = clock;
    }
}

static void parks_what_cannot_be(void **state)
{
    struct bench *bench = *state;
    struct inventory_consume consume;

    bench_stocked_item(bench, "A", 5);
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "1A:1 1A:1"), "impossible");
    struct step other = bench_release(bench, 1, CANCEL_REASON_OTHER);
    other.subject.id = bench_order_id(bench, 2);
    ASSERT_FACTS(bench, other, "impossible");
    bench_run(bench, bench_reserve(bench, 1, "A:1"));
    struct step taken = bench_reserve(bench, 2, "A:1");
    taken.subject.number = 1;
    ASSERT_FACTS(bench, taken, "impossible");
    struct step foreign = bench_consume(bench, 1, "F1", "A:1@WH-1");
    memcpy(&consume, foreign.message, sizeof consume);
    consume.fulfillment_id = bench_child_id(bench, 2, "F1");
    foreign.message = &consume;
    ASSERT_FACTS(bench, foreign, "impossible");
    ASSERT_STOCK(bench, "A", "WH-1 5-1+0");
}

static void refuses_more_parts_than_a_fact_may_name(void **state)
{
    struct bench *bench = *state;
    const char *lines = "";
    struct arena *arena = arena_new(1 << 26);

    bench_location(bench, "WH-1", 1, true);
    bench_location(bench, "WH-2", 1, true);
    bench_location(bench, "WH-3", 1, true);
    for (int i = 1; i <= 334; i++) {
        char sku[16];

        (void)snprintf(sku, sizeof sku, "S%d", i);
        bench_item(bench, sku, (struct item_body){ .name = "thing" });
        bench_count(bench, sku, "WH-1", 1);
        bench_count(bench, sku, "WH-2", 1);
        bench_count(bench, sku, "WH-3", 1);
        size_t length = strlen(lines);
        char *longer = arena_alloc(arena, length + 16);
        (void)snprintf(longer, length + 16, "%s%s:3 ", lines, sku);
        lines = longer;
    }
    ASSERT_FACTS(bench, bench_reserve(bench, 1, lines), "refused rule");
    ASSERT_STOCK(bench, "S1", "WH-1 1-0+0, WH-2 1-0+0, WH-3 1-0+0");
    arena_free(arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_picture),
        cmocka_unit_test(walks_every_cell),
        TEST(holds_all_lines_or_none),
        TEST(counts_lines_of_one_item_together),
        TEST(sees_what_came_earlier_in_the_batch),
        TEST(late_commands_are_refused),
        TEST(sets_a_timer_where_a_hold_may_expire),
        TEST(takes_one_place_before_several),
        TEST(waits_only_where_all_allow_it),
        TEST(consumes_in_parts),
        TEST(books_what_left_elsewhere_or_beyond),
        TEST(matches_the_place_first),
        TEST(keeps_safety_stock_back),
        TEST(owes_what_a_shipment_took),
        TEST(clocks_rise),
        TEST(parks_what_cannot_be),
        TEST(refuses_more_parts_than_a_fact_may_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
