/* inventory_condition_test.c - pieces that are there and not for sale: damaged, in quality control, kept back.
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

#define ASSERT_STOCK(bench, sku, want)  assert_string_equal(bench_stock(bench, sku), want)
#define ASSERT_FACTS(bench, step, want) assert_string_equal(facts_of(bench, step), want)

enum {
    SELLABLE = STOCK_CONDITION_SELLABLE,
    DAMAGED = STOCK_CONDITION_DAMAGED,
    CONTROL = STOCK_CONDITION_QUALITY_CONTROL,
    OFF = STOCK_CONDITION_WRITTEN_OFF
};

static const char *facts_of(struct bench *bench, struct step step)
{
    return bench_facts(bench, bench_run(bench, step));
}

static struct step move(struct bench *bench, int from, int to, int64_t quantity)
{
    return bench_move(
        bench, "A", "WH-1",
        (struct stock_way){ (enum stock_condition)from, (enum stock_condition)to, quantity });
}

/* The answer to who waits: "201", or "422 /to". */
static const char *answer(struct bench *bench, struct step step)
{
    static char text[100];
    const struct gateway_reply *reply = bench_run(bench, step)->replies->message;

    (void)snprintf(text, sizeof text, "%d%s%s", (int)reply->status,
                   reply->problem == NULL ? "" : " ",
                   reply->problem == NULL ? "" : reply->problem->errors[0].pointer);
    return text;
}

static void moves_between_conditions(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 9);
    ASSERT_FACTS(bench, move(bench, SELLABLE, DAMAGED, 4),
                 "moved A@WH-1 4 sellable>damaged on hand 9 owed 0; level A 9-0+0 free 5");
    ASSERT_FACTS(bench, move(bench, SELLABLE, CONTROL, 3),
                 "moved A@WH-1 3 sellable>control on hand 9 owed 0; level A 9-0+0 free 2");
    ASSERT_STOCK(bench, "A", "WH-1 9-0+0 damaged 4 control 3");
    ASSERT_FACTS(bench, move(bench, CONTROL, SELLABLE, 1),
                 "moved A@WH-1 1 control>sellable on hand 9 owed 0; level A 9-0+0 free 3");
    ASSERT_FACTS(bench, move(bench, CONTROL, DAMAGED, 1),
                 "moved A@WH-1 1 control>damaged on hand 9 owed 0; level A 9-0+0 free 3");
    ASSERT_FACTS(bench, move(bench, DAMAGED, CONTROL, 2),
                 "moved A@WH-1 2 damaged>control on hand 9 owed 0; level A 9-0+0 free 3");
    ASSERT_FACTS(bench, move(bench, DAMAGED, OFF, 3),
                 "moved A@WH-1 3 damaged>off on hand 6 owed 0; level A 6-0+0 free 3");
    ASSERT_FACTS(bench, move(bench, CONTROL, OFF, 2),
                 "moved A@WH-1 2 control>off on hand 4 owed 0; level A 4-0+0 free 3");
    ASSERT_FACTS(bench, move(bench, CONTROL, SELLABLE, 1),
                 "moved A@WH-1 1 control>sellable on hand 4 owed 0; level A 4-0+0 free 4");
    ASSERT_STOCK(bench, "A", "WH-1 4-0+0");
    bench_check(bench);
}

/* All ways there are between two conditions: one may be gone, or answers 422. */
static void every_way_is_open_or_closed(void **state)
{
    static const char *const open[] = {
        "", "", "*", "*", "", "*", "", "*", "*", "*", "*", "", "*", "", "", "", "",
    };
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 90);
    bench_run(bench, move(bench, SELLABLE, DAMAGED, 30));
    bench_run(bench, move(bench, SELLABLE, CONTROL, 30));
    for (int way = 1; way <= 16; way++) {
        int from = 1 + (way - 1) / 4, to = 1 + (way - 1) % 4;

        assert_int_equal(open[way][0] == '*',
                         stock_may_move((enum stock_condition)from, (enum stock_condition)to));
        assert_string_equal(answer(bench, move(bench, from, to, 1)),
                            open[way][0] == '*' ? "201" : "422 /to");
    }
    bench_check(bench);
}

/* What is broken is broken, whoever was promised it: it is owed, and the youngest gives it up. */
static void owes_what_is_damaged_and_promised(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, bench_reserve(bench, 1, "A:2"));
    bench_run(bench, bench_reserve(bench, 2, "A:2"));
    ASSERT_FACTS(bench, move(bench, SELLABLE, DAMAGED, 3),
                 "moved A@WH-1 3 sellable>damaged on hand 5 owed 2; level A 5-4+2 free 0");
    ASSERT_STOCK(bench, "A", "WH-1 5-4+2 damaged 3");
    bench_check(bench);
    assert_string_equal(bench_settle(bench), "2 taken_back 1A:2@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 5-2+0 damaged 3");
    ASSERT_FACTS(bench, bench_reserve(bench, 3, "A:1"), "short 1A:0<1");
    bench_check(bench);
}

static void serves_who_waits_when_pieces_come_back(void **state)
{
    struct bench *bench = *state;
    struct step waits = bench_reserve(bench, 1, "A:2");
    struct inventory_reserve message = *(const struct inventory_reserve *)waits.message;

    bench_stocked_item(bench, "A", 2);
    bench_item(bench, "A",
               (struct item_body){
                   .name = "A", .backorder_allowed = true, .has_backorder_allowed = true });
    bench_run(bench, move(bench, SELLABLE, CONTROL, 2));
    message.backorder_allowed = message.has_backorder_allowed = true;
    waits.message = &message;
    ASSERT_FACTS(bench, waits, "backordered 1A:2...");
    bench_run(bench, move(bench, CONTROL, SELLABLE, 2));
    assert_string_equal(bench_settle(bench), "1 allocated 1A:2@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 2-2+0");
    bench_check(bench);
}

/* Nothing that happened is refused: what left or was not found may have been among the damaged. */
static void what_is_gone_was_set_apart(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, move(bench, SELLABLE, DAMAGED, 2));
    bench_run(bench, move(bench, SELLABLE, CONTROL, 1));
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:3@WH-1"));
    ASSERT_STOCK(bench, "A", "WH-1 2-0+0 damaged 2"); /* the one in quality control is gone first */
    bench_check(bench);
    bench_count(bench, "A", "WH-1", 1);
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0 damaged 1");
    bench_run(bench, bench_consume(bench, 2, "F1", "1A:4@WH-1"));
    ASSERT_STOCK(bench, "A", "WH-1 0-0+0");
    bench_check(bench);
}

static void keeps_back_what_is_not_promised(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, bench_reserve(bench, 1, "A:3"));
    ASSERT_FACTS(bench, bench_keep_back(bench, "A", "WH-1", 4), "level A 5-3+0 free 0");
    ASSERT_STOCK(bench, "A", "WH-1 5-3+0 safety 4");
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "A:1"), "short 1A:0<1");
    ASSERT_FACTS(bench, bench_keep_back(bench, "A", "WH-1", 1), "level A 5-3+0 free 1");
    ASSERT_FACTS(bench, bench_reserve(bench, 3, "A:1"), "reserved 1A:1@WH-1");
    bench_run(bench, bench_keep_back(bench, "A", "WH-1", 0));
    ASSERT_STOCK(bench, "A", "WH-1 5-4+0");
    bench_check(bench);
}

static void refuses_what_cannot_be(void **state)
{
    struct bench *bench = *state;
    struct step step = move(bench, SELLABLE, DAMAGED, 1);
    struct stock_move audit = *(const struct stock_move *)step.message;

    bench_stocked_item(bench, "A", 5);
    assert_string_equal(answer(bench, move(bench, SELLABLE, DAMAGED, 6)), "422 /quantity");
    assert_string_equal(answer(bench, move(bench, DAMAGED, SELLABLE, 1)), "422 /quantity");
    audit.reason = ADJUSTMENT_REASON_AUDIT;
    step.message = &audit;
    assert_string_equal(answer(bench, step), "422 /reason");
    audit.location = "WH-9";
    assert_string_equal(answer(bench, step), "422 /location");
    audit.sku = step.subject.id = "B";
    assert_string_equal(answer(bench, step), "422 /sku");
    assert_string_equal(answer(bench, bench_keep_back(bench, "A", "WH-9", 1)), "422 /location");
    assert_string_equal(answer(bench, bench_keep_back(bench, "B", "WH-1", 1)), "422 /sku");
    bench_location(bench, "WH-2", 1, true); /* where nothing ever lay */
    assert_string_equal(answer(bench, bench_keep_back(bench, "A", "WH-2", 1)), "201");
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0, WH-2 0-0+0 safety 1");
    bench_check(bench);
}

static void does_a_request_once(void **state)
{
    struct bench *bench = *state;
    struct step once = move(bench, SELLABLE, DAMAGED, 2);
    struct step kept = bench_keep_back(bench, "A", "WH-1", 1);

    bench_stocked_item(bench, "A", 5);
    once.id = "r-1";
    kept.id = "r-2";
    assert_string_equal(answer(bench, once), "201");
    assert_string_equal(answer(bench, kept), "201");
    bench_run(bench, bench_keep_back(bench, "A", "WH-1", 3));
    assert_string_equal(answer(bench, once), "201");
    assert_string_equal(answer(bench, kept), "201");
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0 damaged 2 safety 3");
    once.digest = "another body";
    assert_string_equal(answer(bench, once), "422 ");
    bench_check(bench);
}

static int lines_by_the_actor(struct bench *bench, int64_t counter)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &ledger_table, &count);
    int lines = 0;

    for (size_t i = 0; i < count; i++) {
        const struct ledger_row *row = rows[i];

        if (row->counter == counter) {
            assert_string_equal(row->actor, "key:bench");
            assert_non_null(row->request_id);
            lines++;
        }
    }
    return lines;
}

static void the_ledger_says_who(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, move(bench, SELLABLE, DAMAGED, 2));
    bench_run(bench, move(bench, DAMAGED, OFF, 1));
    bench_run(bench, bench_keep_back(bench, "A", "WH-1", 1));
    bench_run(bench, bench_keep_back(bench, "A", "WH-1", 1)); /* moves nothing */
    assert_int_equal(lines_by_the_actor(bench, STOCK_COUNTER_ON_HAND), 2);
    assert_int_equal(lines_by_the_actor(bench, STOCK_COUNTER_DAMAGED), 2);
    assert_int_equal(lines_by_the_actor(bench, STOCK_COUNTER_SAFETY), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(moves_between_conditions),
        TEST(every_way_is_open_or_closed),
        TEST(owes_what_is_damaged_and_promised),
        TEST(serves_who_waits_when_pieces_come_back),
        TEST(what_is_gone_was_set_apart),
        TEST(keeps_back_what_is_not_promised),
        TEST(refuses_what_cannot_be),
        TEST(does_a_request_once),
        TEST(the_ledger_says_who),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
