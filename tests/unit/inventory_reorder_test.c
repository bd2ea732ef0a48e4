/* inventory_reorder_test.c - forecasts against what is computed by hand, and what follows from them.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "common/text.h"
#include "services/inventory/forecast.h"
#include "services/inventory/reorder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DAY_MS                        INT64_C(86400000)
#define COUNT(days)                   (sizeof(days) / sizeof(days)[0])
#define ASSERT_ANSWER(bench, s, want) assert_string_equal(answer(bench, s), want)

static void assert_near(double value, double want)
{
    if (fabs(value - want) > 1e-6) {
        fail_msg("%.9f is not %.9f", value, want);
    }
}

/* Demands of 6, 4 and 5, four and two days apart: the size is 6, 5.8, 5.72; the interval 4 from the second, then 3.8. */
static void croston_by_hand(void **state)
{
    static const int64_t days[] = { 6, 0, 0, 0, 4, 0, 5 };
    const struct forecast forecast = forecast_croston(days, COUNT(days));

    (void)state;
    assert_int_equal(forecast.method, REORDER_METHOD_CROSTON);
    assert_near(forecast.level, 0.95 * 5.72 / 3.8);
    /* Missed: 6/1, 6/2, 6/3 of nothing, 6/4 of 4, 5.8/4 of nothing and of 5. */
    assert_near(forecast.deviation, sqrt((36 + 9 + 4 + 2.5 * 2.5 + 1.45 * 1.45 + 3.55 * 3.55) / 6));
    assert_near(forecast_total(&forecast, 10), 10 * 0.95 * 5.72 / 3.8);
}

/* One demand of 8, and nothing for three days: the next comes on the fourth at the earliest. */
static void croston_of_one_demand(void **state)
{
    static const int64_t days[] = { 8, 0, 0, 0 };

    (void)state;
    assert_near(forecast_croston(days, COUNT(days)).level, 0.95 * 8 / 4);
}

/* 10, then 0.8 * 10 + 0.2 * 20 = 12, then 0.8 * 12 + 0.2 * 7 = 11. */
static void smoothing_by_hand(void **state)
{
    static const int64_t days[] = { 10, 20, 7 };
    const struct forecast forecast = forecast_smoothing(days, COUNT(days));

    (void)state;
    assert_near(forecast.level, 11);
    assert_near(forecast.deviation, sqrt((100.0 + 25.0) / 2));
}

/* A line is followed exactly: from 10 by 2 a day; and three days on it brings 24 + 26 + 28. */
static void holt_follows_a_line(void **state)
{
    static const int64_t days[] = { 10, 12, 14, 16, 18, 20, 22 };
    const struct forecast forecast = forecast_holt(days, COUNT(days));

    (void)state;
    assert_near(forecast.level, 22);
    assert_near(forecast.trend, 2);
    assert_near(forecast.deviation, 0);
    assert_near(forecast_total(&forecast, 3), 24 + 26 + 28);
}

/* From 10, 12 and 20: level 14 is missed by 6; then 15.2, and the trend 0.1 * 3.2 + 0.9 * 2. */
static void holt_by_hand(void **state)
{
    static const int64_t days[] = { 10, 12, 20 };
    const struct forecast forecast = forecast_holt(days, COUNT(days));

    (void)state;
    assert_near(forecast.level, 15.2);
    assert_near(forecast.trend, 2.12);
    assert_near(forecast.deviation, sqrt(36.0 / 2));
}

static void what_falls_ends_at_nothing(void **state)
{
    static const int64_t days[] = { 9, 6, 3 };
    const struct forecast forecast = forecast_holt(days, COUNT(days));

    (void)state;
    assert_near(forecast_total(&forecast, 30), 0);
}

static void the_method_fits_the_demand(void **state)
{
    static const int64_t nothing[] = { 0, 0, 0 }, seldom[] = { 0, 0, 3, 0, 2, 0, 0, 4 },
                         level[] = { 0, 0, 5, 6, 4, 5, 6, 4, 5, 6, 4, 5, 6, 4, 5, 6, 4 },
                         rising[] = { 2, 4, 5, 8, 9, 12, 13, 16, 17, 20, 22, 23, 26, 28, 29 };

    (void)state;
    assert_int_equal(forecast_demand(nothing, COUNT(nothing)).method, REORDER_METHOD_NONE);
    assert_int_equal(forecast_demand(seldom, COUNT(seldom)).method, REORDER_METHOD_CROSTON);
    assert_int_equal(forecast_demand(level, COUNT(level)).method,
                     REORDER_METHOD_EXPONENTIAL_SMOOTHING);
    assert_int_equal(forecast_demand(rising, COUNT(rising)).method, REORDER_METHOD_HOLT);
    assert_int_equal(forecast_demand(rising, 13).method, REORDER_METHOD_EXPONENTIAL_SMOOTHING);
}

static const struct supplier_item_row packs = {
    .pack_size = 12, .minimum_quantity = 24, .service_percent = 95, .cover_days = 14
};

/* Five a day, give or take two; eight days to the delivery and one more: 45, and 1.6449 * 2 * 3 = 9.87 for safety. */
static void the_reorder_point_by_hand(void **state)
{
    const struct forecast forecast = { .method = REORDER_METHOD_EXPONENTIAL_SMOOTHING,
                                       .level = 5,
                                       .deviation = 2 };
    const struct reorder_need need = reorder_need(&forecast, 8, &packs);
    struct supplier_item_row sure = packs;

    (void)state;
    assert_int_equal(need.reorder_point, 55);
    assert_int_equal(need.order_up_to, 125);
    sure.service_percent = 99; /* 2.3263 * 2 * 3 = 13.96 */
    assert_int_equal(reorder_need(&forecast, 8, &sure).reorder_point, 59);
    sure.service_percent = 50;
    assert_int_equal(reorder_need(&forecast, 8, &sure).reorder_point, 45);
}

static void what_is_bought_is_whole_packs(void **state)
{
    const struct reorder_need need = { 55, 125 }, none = { 0, 0 }, small = { 5, 6 };

    (void)state;
    assert_int_equal(reorder_quantity(&need, 56, &packs), 0);
    assert_int_equal(reorder_quantity(&need, 55, &packs), 72);  /* 70 */
    assert_int_equal(reorder_quantity(&need, -1, &packs), 132); /* 126 */
    assert_int_equal(reorder_quantity(&small, 5, &packs), 24);  /* the least that is sold */
    assert_int_equal(reorder_quantity(&none, 0, &packs), 0);    /* nobody wants it */
    assert_int_equal(reorder_quantity(&none, -3, &packs), 24);  /* somebody waits for it */
    assert_int_equal(reorder_quantity(&none, -2000000, &packs), 999996); /* whole packs, too */
}

/* --- On the rules' own store ------------------------------------------------------------------------- */

static struct step request(struct bench *bench, uint32_t type, const void *message, size_t size)
{
    return (struct step){ .message_type = type,
                          .message = arena_copy(bench->kept, message, size),
                          .id = text_format(bench->kept, "request-%lld",
                                            (long long)++bench->request_no) };
}

static const char *answer(struct bench *bench, struct step step)
{
    static char text[100];
    const struct gateway_reply *reply = bench_run(bench, step)->replies->message;
    bool pointed = reply->problem != NULL && reply->problem->errors_count > 0;

    (void)snprintf(text, sizeof text, "%d%s%s", (int)reply->status, pointed ? " " : "",
                   pointed ? reply->problem->errors[0].pointer : "");
    return text;
}

static struct step review_step(struct bench *bench, const char *sku)
{
    const struct reorder_review message = { .sku = sku };

    return request(bench, MESSAGE_REORDER_REVIEW, &message, sizeof message);
}

static struct step order_step(struct bench *bench, const char *sku)
{
    const struct purchase_suggested message = { .sku = sku, .location = "WH-1" };

    return request(bench, MESSAGE_PURCHASE_SUGGESTED, &message, sizeof message);
}

/* Sold by two, of which B is asked first. */
static void sell(struct bench *bench, const char *sku)
{
    struct supplier_item_put sells = {
        .code = "A",
        .sku = sku,
        .body = { .price_minor = 100, .pack_size = 10, .has_pack_size = true }
    };

    for (int i = 0; i < 2; i++) {
        const struct supplier_put put = {
            .code = sells.code,
            .body = { .name = "Acme", .currency = "EUR", .lead_time_days = 3, .location = "WH-1" }
        };

        bench_run(bench, request(bench, MESSAGE_SUPPLIER_PUT, &put, sizeof put));
        bench_run(bench, request(bench, MESSAGE_SUPPLIER_ITEM_PUT, &sells, sizeof sells));
        sells.code = "B";
        sells.body.priority = 1;
        sells.body.has_priority = true;
    }
    (void)bench_settle(bench);
}

static const struct reorder_suggestion_row *suggested(struct bench *bench, const char *sku)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &reorder_suggestion_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct reorder_suggestion_row *row = rows[i];

        if (strcmp(row->sku, sku) == 0 && strcmp(row->location, "WH-1") == 0) {
            return row;
        }
    }
    return NULL;
}

static void what_left_is_what_is_needed(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 100);
    ASSERT_ANSWER(bench, review_step(bench, "A"), "422 /sku"); /* nobody sells it */
    for (int day = 1; day <= 10; day++) {                      /* four leave on each of ten days */
        bench_run(bench, bench_reserve(bench, day, "A:4"));
        bench_run(bench, bench_consume(bench, day, "F1", "1A:4@WH-1"));
        bench->now += DAY_MS;
    }
    sell(bench, "A");
    const struct reorder_suggestion_row *row = suggested(bench, "A");
    assert_non_null(row);
    assert_string_equal(row->supplier, "B");
    assert_int_equal(row->method, REORDER_METHOD_EXPONENTIAL_SMOOTHING);
    assert_int_equal(row->demand_milli, 4000);
    assert_int_equal(row->reorder_point, 16); /* of four days; there is no deviation */
    assert_int_equal(row->order_up_to, 72);
    assert_int_equal(row->position, 60);
    assert_int_equal(row->quantity, 0);
    ASSERT_ANSWER(bench, order_step(bench, "A"), "422 /sku");
    bench_count(bench, "A", "WH-1", 15);
    ASSERT_ANSWER(bench, review_step(bench, "A"), "200");
    assert_int_equal(suggested(bench, "A")->quantity, 60); /* 57 */
}

static void a_suggestion_becomes_an_order(void **state)
{
    struct bench *bench = *state;
    struct item_body body = { .name = "A",
                              .reorder_point = 20,
                              .has_reorder_point = true,
                              .reorder_quantity = 25,
                              .has_reorder_quantity = true };

    bench_stocked_item(bench, "A", 20);
    bench_item(bench, "A", body);
    sell(bench, "A");
    assert_int_equal(suggested(bench, "A")->method, REORDER_METHOD_SET);
    assert_int_equal(suggested(bench, "A")->quantity, 30); /* 25 */
    struct step step = order_step(bench, "A");
    assert_string_equal(bench_facts(bench, bench_run(bench, step)),
                        "purchase draft A 30~0>0!0-0+0");
    ASSERT_ANSWER(bench, step, "201"); /* once */
    assert_int_equal(suggested(bench, "A")->quantity, 30);
    const struct purchase_send message = { .purchase_order_id = step.id };
    bench_run(bench, request(bench, MESSAGE_PURCHASE_SEND, &message, sizeof message));
    (void)bench_settle(bench);
    assert_int_equal(suggested(bench, "A")->position, 50); /* it comes */
    assert_int_equal(suggested(bench, "A")->quantity, 0);
    bench_check(bench);
}

/* Nothing ever left, but somebody waits: that much is due, where the supplier delivers. */
static void what_is_waited_for_is_due(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 1);
    bench_item(bench, "A",
               (struct item_body){
                   .name = "A", .backorder_allowed = true, .has_backorder_allowed = true });
    struct step step = bench_reserve(bench, 1, "A:12");
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);
    message->backorder_allowed = message->has_backorder_allowed = true;
    step.message = message;
    bench_run(bench, step);
    sell(bench, "A");
    assert_int_equal(suggested(bench, "A")->method, REORDER_METHOD_NONE);
    assert_int_equal(suggested(bench, "A")->position, -11);
    assert_int_equal(suggested(bench, "A")->quantity, 20);
}

/* Each day anew; and of several timers of a day one. */
static void items_are_reviewed_each_day(void **state)
{
    struct bench *bench = *state;
    const struct step due = { .timer = REORDER_TIMER, .subject = { .id = "A" } };

    bench_stocked_item(bench, "A", 20);
    sell(bench, "A");
    int64_t first = suggested(bench, "A")->reviewed_at;
    bench->now += DAY_MS / 2 - 1;
    bench_run(bench, due);
    assert_int_equal(suggested(bench, "A")->reviewed_at, first);
    bench->now += DAY_MS / 2;
    const struct decision *decision = bench_run(bench, due);
    assert_int_equal(suggested(bench, "A")->reviewed_at, bench->now);
    assert_non_null(decision->timers);
    assert_int_equal(decision->timers->due_at, bench->now + DAY_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(croston_by_hand),
        cmocka_unit_test(croston_of_one_demand),
        cmocka_unit_test(smoothing_by_hand),
        cmocka_unit_test(holt_follows_a_line),
        cmocka_unit_test(holt_by_hand),
        cmocka_unit_test(what_falls_ends_at_nothing),
        cmocka_unit_test(the_method_fits_the_demand),
        cmocka_unit_test(the_reorder_point_by_hand),
        cmocka_unit_test(what_is_bought_is_whole_packs),
        cmocka_unit_test_setup_teardown(what_left_is_what_is_needed, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_suggestion_becomes_an_order, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(what_is_waited_for_is_due, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(items_are_reviewed_each_day, bench_set_up, bench_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
