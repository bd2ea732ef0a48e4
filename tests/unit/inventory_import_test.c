/* inventory_import_test.c - an item and its stock are put together, once; what is refused changes nothing.
 *
 * links: inventory
 */
#include "services/inventory/settle.h"
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_STOCK(bench, sku, text) assert_string_equal(bench_stock(bench, sku), text)

static struct step import_step(struct bench *bench, const char *id,
                               const struct item_import *request)
{
    struct item_import *kept = arena_copy(bench->kept, request, sizeof *request);

    kept->stock = request->stock_count == 0
                      ? NULL
                      : arena_copy(bench->kept, request->stock,
                                   request->stock_count * sizeof *request->stock);
    return (struct step){ .message_type = MESSAGE_ITEM_IMPORT,
                          .message = kept,
                          .id = id,
                          .subject = { .id = request->sku } };
}

static struct item_import import_of(const char *sku, const struct import_stock *stock, size_t count)
{
    return (struct item_import){
        .sku = sku, .item = { .name = sku }, .stock = stock, .stock_count = count
    };
}

/* "201 A", or "422 /field". */
static const char *answer(const struct decision *decision)
{
    static char text[200];
    const struct gateway_reply *reply = decision->replies->message;

    assert_null(decision->replies->next);
    (void)snprintf(text, sizeof text, "%d %s", (int)reply->status,
                   reply->problem == NULL ? reply->subject_id : reply->problem->errors[0].pointer);
    return text;
}

/* The last thing that is said of stock is its level. */
static int64_t level_version_of(const struct decision *decision)
{
    const struct emission *at = decision->emissions;

    while (at->next != NULL) {
        at = at->next;
    }
    assert_int_equal(at->message_type, MESSAGE_STOCK_LEVEL);
    return ((const struct stock_level *)at->message)->version;
}

static void make_places(struct bench *bench)
{
    bench_location(bench, "WH-1", 1, true);
    bench_location(bench, "WH-2", 2, true);
}

static void puts_an_item_with_its_stock(void **state)
{
    struct bench *bench = *state;
    const struct import_stock stock[] = {
        { .location = "WH-1", .on_hand = 5, .safety = 2, .has_safety = true },
        { .location = "WH-2", .on_hand = 3 },
    };
    const struct item_import request = import_of("A", stock, 2);

    make_places(bench);
    const struct decision *decision = bench_run(bench, import_step(bench, NULL, &request));
    assert_string_equal(answer(decision), "201 A");
    assert_string_equal(bench_facts(bench, decision),
                        "item 1; imported A WH-1 +5=5 WH-2 +3=3 owed 0; level A 8-0+0 free 6");
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0 safety 2, WH-2 3-0+0");
    assert_string_equal(bench_facts(bench, bench_run(bench, bench_reserve(bench, 1, "A:7"))),
                        "short 1A:6<7");
    bench_check(bench);
}

/* Another line about the same item: what it counted is booked, what it says nothing of stays. */
static void counts_again(void **state)
{
    struct bench *bench = *state;
    const struct import_stock first[] = {
        { .location = "WH-1", .on_hand = 5, .safety = 2, .has_safety = true },
        { .location = "WH-2", .on_hand = 3 },
    };
    const struct import_stock second[] = { { .location = "WH-1", .on_hand = 4 } };
    const struct import_stock same[] = { { .location = "WH-1", .on_hand = 4 } };
    struct item_import request = import_of("A", first, 2);

    make_places(bench);
    bench_run(bench, import_step(bench, NULL, &request));
    request = import_of("A", second, 1);
    const struct decision *decision = bench_run(bench, import_step(bench, NULL, &request));
    assert_string_equal(answer(decision), "200 A");
    assert_string_equal(bench_facts(bench, decision),
                        "item 1; imported A WH-1 -1=4 owed 0; level A 7-0+0 free 5");
    int64_t version = level_version_of(decision);
    request = import_of("A", same, 1);
    decision = bench_run(bench, import_step(bench, NULL, &request));
    assert_string_equal(bench_facts(bench, decision), "item 1; level A 7-0+0 free 5");
    assert_int_equal(level_version_of(decision), version); /* nothing changed */
    request = import_of("A", NULL, 0);
    assert_string_equal(bench_facts(bench, bench_run(bench, import_step(bench, NULL, &request))),
                        "item 1");
    bench_check(bench);
}

static void owes_what_a_count_missed(void **state)
{
    struct bench *bench = *state;
    const struct import_stock stock[] = { { .location = "WH-1", .on_hand = 1 } };
    const struct item_import request = import_of("A", stock, 1);

    bench_stocked_item(bench, "A", 5);
    bench_run(bench, bench_reserve(bench, 1, "A:3"));
    const struct decision *decision = bench_run(bench, import_step(bench, NULL, &request));
    assert_string_equal(bench_facts(bench, decision),
                        "item 1; imported A WH-1 -4=1 owed 2; level A 1-3+2 free 0");
    assert_non_null(decision->timers);
    assert_string_equal(decision->timers->kind, SETTLE_TIMER);
    bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 1-1+0");
    bench_check(bench);
}

/* The same line again changes nothing, whatever was sold since; another under its name is refused. */
static void is_done_once(void **state)
{
    struct bench *bench = *state;
    const struct import_stock stock[] = { { .location = "WH-1", .on_hand = 5 } };
    const struct item_import request = import_of("A", stock, 1);

    make_places(bench);
    const struct step step = import_step(bench, "line-1", &request);
    const struct step twice[] = { step, step };
    bench_batch(bench, twice, 2);
    assert_string_equal(answer(&bench->decisions[0]), "201 A");
    assert_string_equal(answer(&bench->decisions[1]), "200 line-1");
    bench_run(bench, bench_reserve(bench, 1, "A:2"));
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:2@WH-1"));
    bench_item(bench, "A", (struct item_body){ .name = "Renamed" });
    const struct decision *decision = bench_run(bench, step);
    assert_string_equal(answer(decision), "200 line-1");
    assert_string_equal(bench_facts(bench, decision), "");
    ASSERT_STOCK(bench, "A", "WH-1 3-0+0");
    struct step other = step;
    other.digest = "another body";
    assert_string_equal(answer(bench_run(bench, other)), "422 ");
    ASSERT_STOCK(bench, "A", "WH-1 3-0+0");
    bench_check(bench);
}

static void is_refused_as_a_whole(void **state)
{
    struct bench *bench = *state;
    const struct import_stock known = { .location = "WH-1", .on_hand = 5 };
    const struct import_stock nowhere[] = { known, { .location = "WH-9", .on_hand = 5 } };
    const struct import_stock twice[] = { known, { .location = "WH-2", .on_hand = 5 }, known };
    struct item_import request = import_of("A", nowhere, 2);

    make_places(bench);
    const struct decision *decision = bench_run(bench, import_step(bench, "line-1", &request));
    assert_string_equal(answer(decision), "422 /stock/1/location");
    assert_string_equal(bench_facts(bench, decision), "");
    request = import_of("A", twice, 3);
    assert_string_equal(answer(bench_run(bench, import_step(bench, "line-1", &request))),
                        "422 /stock/2/location");
    request = import_of("A", &known, 1);
    request.item.barcodes = (const char *const[]){ "4006381333930" };
    request.item.barcodes_count = 1;
    assert_string_equal(answer(bench_run(bench, import_step(bench, "line-1", &request))),
                        "422 /item/barcodes/0");
    ASSERT_STOCK(bench, "A", "");
    request.item.barcodes_count = 0; /* a refusal is not kept */
    assert_string_equal(answer(bench_run(bench, import_step(bench, "line-1", &request))), "201 A");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(puts_an_item_with_its_stock), TEST(counts_again),
        TEST(owes_what_a_count_missed),    TEST(is_done_once),
        TEST(is_refused_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
