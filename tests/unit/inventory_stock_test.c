/* inventory_stock_test.c - counts and changes without an order, items and places, and published levels.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "services/inventory/level.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_STOCK(bench, sku, want) assert_string_equal(bench_stock(bench, sku), want)

/* The answer to who waits: "201 req-1" or "422 invalid /sku". */
static const char *answer(const struct decision *decision)
{
    static char text[200];
    const struct gateway_reply *reply = decision->replies->message;

    assert_null(decision->replies->next);
    if (reply->problem == NULL) {
        (void)snprintf(text, sizeof text, "%d %s", (int)reply->status, reply->subject_id);
    } else {
        (void)snprintf(text, sizeof text, "%d %s %s", (int)reply->status,
                       strrchr(reply->problem->type, '/') + 1, reply->problem->errors[0].pointer);
        assert_int_equal(reply->problem->status, reply->status);
    }
    return text;
}

static struct step adjust(struct bench *bench, const char *id, struct stock_adjust request)
{
    return (struct step){ .message_type = MESSAGE_STOCK_ADJUST,
                          .message = arena_copy(bench->kept, &request, sizeof request),
                          .id = id,
                          .subject = { .id = request.sku } };
}

static struct stock_adjust change_of(const char *sku, const char *location, int64_t change)
{
    return (struct stock_adjust){ .sku = sku,
                                  .location = location,
                                  .quantity_change = change,
                                  .has_quantity_change = true,
                                  .reason = ADJUSTMENT_REASON_RECEIVED };
}

static void books_changes_and_counts(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    const struct decision *decision =
        bench_run(bench, adjust(bench, "r-1", change_of("A", "WH-1", -2)));
    assert_string_equal(bench_facts(bench, decision),
                        "adjusted A@WH-1 -2=3 owed 0; level A 3-0+0 free 3");
    assert_string_equal(answer(decision), "201 r-1");
    decision = bench_count(bench, "A", "WH-1", 10);
    assert_string_equal(bench_facts(bench, decision),
                        "adjusted A@WH-1 +7=10 owed 0; level A 10-0+0 free 10");
    decision = bench_count(bench, "A", "WH-1",
                           10); /* a count that agrees is a fact too, and no movement */
    assert_string_equal(bench_facts(bench, decision),
                        "adjusted A@WH-1 +0=10 owed 0; level A 10-0+0 free 10");
    bench_check(bench);
}

static int64_t clock_of_count(struct bench *bench, const char *location, int64_t counted)
{
    const struct emission *emission = bench_count(bench, "A", location, counted)->emissions;
    const struct inventory_adjusted *fact = emission->message;

    assert_int_equal(emission->message_type, MESSAGE_INVENTORY_ADJUSTED);
    return fact->clock;
}

/* Its facts are about the item, wherever it lies. */
static void time_of_an_item_goes_on_at_another_place(void **state)
{
    struct bench *bench = *state;
    int64_t last = 0;

    bench_stocked_item(bench, "A", 5);
    bench_location(bench, "WH-2", 5, true);
    for (int64_t round = 0; round < 6; round++) {
        int64_t clock = clock_of_count(bench, round < 3 ? "WH-1" : "WH-2", round);

        assert_true(clock > last);
        last = clock;
    }
    bench_check(bench);
}

static void owes_what_a_count_does_not_find(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, bench_reserve(bench, 1, "A:4"));
    const struct decision *decision = bench_count(bench, "A", "WH-1", 1);
    assert_string_equal(bench_facts(bench, decision),
                        "adjusted A@WH-1 -4=1 owed 3; level A 1-4+3 free 0");
    assert_string_equal(bench_facts(bench, bench_run(bench, bench_reserve(bench, 2, "A:1"))),
                        "short 1A:0<1");
    decision = bench_run(bench, adjust(bench, NULL, change_of("A", "WH-1", 2)));
    assert_string_equal(bench_facts(bench, decision),
                        "adjusted A@WH-1 +2=3 owed 1; level A 3-4+1 free 0");
    bench_run(bench, bench_release(bench, 1, CANCEL_REASON_OTHER));
    ASSERT_STOCK(bench, "A", "WH-1 3-0+0");
    bench_check(bench);
}

static void books_a_request_once(void **state)
{
    struct bench *bench = *state;
    struct step step = adjust(bench, "r-1", change_of("A", "WH-1", 3));

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, step);
    const struct decision *decision = bench_run(bench, step);
    assert_string_equal(answer(decision), "201 r-1");
    assert_string_equal(bench_facts(bench, decision), "");
    struct step other = step;
    other.digest = "another body";
    decision = bench_run(bench, other);
    assert_string_equal(answer(decision), "422 idempotency-key-reused ");
    assert_string_equal(bench_facts(bench, decision), "");
    const struct step twice[] = { adjust(bench, "r-2", change_of("A", "WH-1", 1)),
                                  adjust(bench, "r-2", change_of("A", "WH-1", 1)) };
    bench_batch(bench, twice, 2);
    ASSERT_STOCK(bench, "A", "WH-1 9-0+0");
    bench_item(bench, "B", (struct item_body){ .name = "B" });
    decision = bench_run(bench, adjust(bench, "r-1", change_of("B", "WH-1", 2)));
    assert_string_equal(answer(decision), "201 r-1"); /* of another item: another request */
    ASSERT_STOCK(bench, "B", "WH-1 2-0+0");
    bench_check(bench);
}

static void refuses_what_cannot_be(void **state)
{
    struct bench *bench = *state;
    struct stock_adjust both = change_of("A", "WH-1", 1), none = change_of("A", "WH-1", 1);

    both.counted = 3;
    both.has_counted = true;
    none.has_quantity_change = false;
    bench_stocked_item(bench, "A", 5);
    assert_string_equal(answer(bench_run(bench, adjust(bench, NULL, change_of("B", "WH-1", 1)))),
                        "422 invalid /sku");
    assert_string_equal(answer(bench_run(bench, adjust(bench, NULL, change_of("A", "WH-9", 1)))),
                        "422 invalid /location");
    assert_string_equal(answer(bench_run(bench, adjust(bench, NULL, change_of("A", "WH-1", 0)))),
                        "422 invalid /quantity_change");
    assert_string_equal(answer(bench_run(bench, adjust(bench, NULL, change_of("A", "WH-1", -6)))),
                        "422 invalid /quantity_change");
    assert_string_equal(
        answer(bench_run(bench, adjust(bench, NULL, change_of("A", "WH-1", 999999996)))),
        "422 invalid /quantity_change");
    assert_string_equal(answer(bench_run(bench, adjust(bench, NULL, both))),
                        "422 invalid /quantity_change");
    assert_string_equal(answer(bench_run(bench, adjust(bench, NULL, none))),
                        "422 invalid /quantity_change");
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0");
}

/* What the counter knew and the ledger did not is booked in the ledger alone; the way here adds a wrong entry and takes it
 * back. */
static void an_audit_changes_the_ledger_alone(void **state)
{
    struct bench *bench = *state;
    struct stock_adjust more = change_of("A", "WH-1", 900), less = change_of("A", "WH-1", -900);
    struct stock_adjust counted = change_of("A", "WH-1", 1), never = change_of("A", "WH-2", 1);

    more.reason = less.reason = counted.reason = never.reason = ADJUSTMENT_REASON_AUDIT;
    counted.has_quantity_change = false;
    counted.has_counted = true;
    bench_stocked_item(bench, "A", 5);
    bench_location(bench, "WH-2", 2, true);
    assert_string_equal(bench_facts(bench, bench_run(bench, adjust(bench, "r-1", more))),
                        "adjusted A@WH-1 +900=5 owed 0; level A 5-0+0 free 5");
    assert_string_equal(bench_facts(bench, bench_run(bench, adjust(bench, "r-2", less))),
                        "adjusted A@WH-1 -900=5 owed 0; level A 5-0+0 free 5");
    bench_check(bench);
    assert_string_equal(answer(bench_run(bench, adjust(bench, NULL, counted))),
                        "422 invalid /counted");
    assert_string_equal(answer(bench_run(bench, adjust(bench, NULL, never))),
                        "422 invalid /location");
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0");
}

/* A refusal is not kept: the same request may be right later. */
static void decides_a_refused_request_anew(void **state)
{
    struct bench *bench = *state;
    struct step step = adjust(bench, "r-1", change_of("A", "WH-2", 3));

    bench_stocked_item(bench, "A", 5);
    assert_string_equal(answer(bench_run(bench, step)), "422 invalid /location");
    bench_location(bench, "WH-2", 1, true);
    assert_string_equal(answer(bench_run(bench, step)), "201 r-1");
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0, WH-2 3-0+0");
}

static void puts_items(void **state)
{
    struct bench *bench = *state;
    struct item_body body = { .name = "Mug", .weight_grams = 350, .has_weight_grams = true };

    const struct decision *decision = bench_item(bench, "A", body);
    assert_string_equal(answer(decision), "201 A");
    assert_string_equal(bench_facts(bench, decision), "item 1");
    decision = bench_item(bench, "A", body);
    assert_string_equal(answer(decision), "200 A");
    assert_string_equal(bench_facts(bench, decision), "item 1");
    body.has_weight_grams = false;
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 2");
    body.product = "MUG";
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 3");
    body.active = true; /* as when it is not given */
    body.has_active = true;
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 3");
    body.active = false;
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 4");
}

static void sells_only_active_items(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_item(bench, "A", (struct item_body){ .name = "A", .active = false, .has_active = true });
    assert_string_equal(bench_facts(bench, bench_run(bench, bench_reserve(bench, 1, "A:1"))),
                        "short 1A:0<1");
}

static void puts_places(void **state)
{
    struct bench *bench = *state;

    const struct decision *decision = bench_location(bench, "WH-1", 1, true);
    assert_string_equal(answer(decision), "201 WH-1");
    assert_string_equal(bench_facts(bench, decision), "location 1");
    decision = bench_location(bench, "WH-1", 1, true);
    assert_string_equal(answer(decision), "200 WH-1");
    assert_string_equal(bench_facts(bench, decision), "");
    assert_string_equal(bench_facts(bench, bench_location(bench, "WH-1", 2, true)), "location 2");
    assert_string_equal(bench_facts(bench, bench_location(bench, "WH-2", 2, false)), "location 1");
    assert_string_equal(bench_facts(bench, bench_location(bench, "WH-1", 2, false)), "location 3");
}

static struct step level_due(const char *sku)
{
    return (struct step){ .timer = LEVEL_TIMER, .subject = { .id = sku } };
}

static size_t inputs_of(const struct decision *decision)
{
    size_t count = 0;

    for (const struct input_request *at = decision->inputs; at != NULL; at = at->next) {
        assert_int_equal(at->message_type, MESSAGE_STOCK_PUBLISH);
        count++;
    }
    return count;
}

static struct step publish(const struct stock_publish *request)
{
    return (struct step){ .message_type = MESSAGE_STOCK_PUBLISH,
                          .message = request,
                          .subject = { .id = request->sku } };
}

/* An order's lane asks once; the SKU's lane publishes at once, gathers what follows, and may be asked again. */
static void publishes_levels_once_a_while(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_stocked_item(bench, "B", 5);
    bench_location(bench, "WH-2", 5, true);
    bench_count(bench, "A", "WH-2", 3);
    const struct decision *decision = bench_run(bench, bench_reserve(bench, 1, "A:7 B:1 A:1"));
    assert_int_equal(inputs_of(decision), 2);
    assert_string_equal(decision->inputs->subject.id, "A");
    decision = bench_run(bench, bench_release(bench, 1, CANCEL_REASON_OTHER));
    assert_int_equal(inputs_of(decision), 0);
    const struct stock_publish request = { .sku = "A" };
    decision = bench_run(bench, publish(&request));
    assert_null(decision->timers);
    assert_string_equal(bench_facts(bench, decision), "level A 8-0+0 free 8");
    int64_t told_at = bench->now;
    bench->now += LEVEL_PAUSE_MS - 1;
    assert_int_equal(inputs_of(bench_run(bench, bench_reserve(bench, 2, "A:1"))), 1);
    decision = bench_run(bench, publish(&request));
    assert_string_equal(decision->timers->kind, LEVEL_TIMER);
    assert_int_equal(decision->timers->due_at, told_at + LEVEL_PAUSE_MS);
    assert_string_equal(bench_facts(bench, decision), "");
    assert_int_equal(inputs_of(bench_run(bench, bench_reserve(bench, 3, "A:1"))), 0);
    bench->now++;
    assert_string_equal(bench_facts(bench, bench_run(bench, level_due("A"))),
                        "level A 8-2+0 free 6");
    assert_int_equal(inputs_of(bench_run(bench, bench_release(bench, 3, CANCEL_REASON_OTHER))), 1);
    bench->now -= 5000; /* a clock that was put back delays no level for longer */
    decision = bench_run(bench, publish(&request));
    assert_int_equal(decision->timers->due_at, bench->now + LEVEL_PAUSE_MS);
    bench_location(bench, "WH-2", 5, false); /* what lies there is not for sale */
    assert_string_equal(bench_facts(bench, bench_run(bench, level_due("A"))),
                        "level A 8-1+0 free 4");
}

static void levels_carry_a_rising_version(void **state)
{
    struct bench *bench = *state;
    int64_t before = 0;

    bench_stocked_item(bench, "A", 5);
    for (int64_t order_no = 1; order_no <= 3; order_no++) {
        bench_run(bench, bench_reserve(bench, order_no, "A:1"));
        const struct decision *decision = bench_run(bench, level_due("A"));
        const struct stock_level *level = decision->emissions->message;

        assert_true(level->version > before);
        assert_int_equal(decision->clock + 1, level->version); /* what is written beside it */
        before = level->version;
    }
}

static int64_t status_of(const struct decision *decision)
{
    return ((const struct gateway_reply *)decision->replies->message)->status;
}

/* One item, one place and one stock, each put or counted by two who know the same version. */
static void takes_one_of_two_who_edit(void **state)
{
    struct bench *bench = *state;
    const struct item_put item = { .sku = "A", .body = { .name = "Mug" } };
    const struct item_put other = { .sku = "A", .body = { .name = "Cup" } };
    const struct stock_adjust count = { .sku = "A",
                                        .location = "WH-1",
                                        .counted = 3,
                                        .has_counted = true,
                                        .reason = ADJUSTMENT_REASON_COUNT };
    struct step puts[] = {
        { .message_type = MESSAGE_ITEM_PUT, .message = &item, .precondition = "0" },
        { .message_type = MESSAGE_ITEM_PUT, .message = &other, .precondition = "0" },
        { .message_type = MESSAGE_ITEM_PUT, .message = &other, .precondition = "1" },
        { .message_type = MESSAGE_ITEM_PUT, .message = &item, .precondition = "1" },
        { .message_type = MESSAGE_ITEM_PUT,
          .message = &other,
          .precondition = "1" }, /* once more */
        { .message_type = MESSAGE_ITEM_PUT, .message = &other, .precondition = "0" },
    };
    struct step counts[] = {
        { .message_type = MESSAGE_STOCK_ADJUST,
          .message = &count,
          .precondition = "1",
          .id = "one" },
        { .message_type = MESSAGE_STOCK_ADJUST,
          .message = &count,
          .precondition = "1",
          .id = "two" },
        { .message_type = MESSAGE_STOCK_ADJUST,
          .message = &count,
          .precondition = "1",
          .id = "one" },
    };

    for (size_t i = 0; i < 6; i++) {
        puts[i].subject.id = "A";
        counts[i % 3].subject.id = "A";
    }
    bench_location(bench, "WH-1", 1, true);
    bench_batch(bench, puts, 6);
    assert_int_equal(status_of(&bench->decisions[0]), 201);
    assert_int_equal(status_of(&bench->decisions[1]), 412);
    assert_int_equal(status_of(&bench->decisions[2]), 200);
    assert_int_equal(status_of(&bench->decisions[3]), 412);
    assert_int_equal(status_of(&bench->decisions[4]), 200);
    assert_int_equal(status_of(&bench->decisions[5]), 412);
    bench_batch(bench, counts, 3);
    assert_int_equal(status_of(&bench->decisions[0]), 201);
    assert_int_equal(status_of(&bench->decisions[1]), 412);
    assert_int_equal(status_of(&bench->decisions[2]), 201);
    assert_string_equal(bench_stock(bench, "A"), "WH-1 3-0+0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(books_changes_and_counts),
        TEST(owes_what_a_count_does_not_find),
        TEST(time_of_an_item_goes_on_at_another_place),
        TEST(books_a_request_once),
        TEST(refuses_what_cannot_be),
        TEST(decides_a_refused_request_anew),
        TEST(puts_items),
        TEST(sells_only_active_items),
        TEST(puts_places),
        TEST(publishes_levels_once_a_while),
        TEST(levels_carry_a_rising_version),
        TEST(takes_one_of_two_who_edit),
        TEST(an_audit_changes_the_ledger_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
