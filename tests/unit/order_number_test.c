/* order_number_test.c - numbers of orders in a channel's own series: none twice, none left out.
 *
 * links: order
 */
#include "tests/unit/order_bench.h"

#include "common/text.h"
#include "proto/message_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { NEW_YEAR_2027_S = 1798761600 };

static void put_series_of(struct order_bench *bench, const char *code,
                          const struct number_series *series)
{
    struct order_channel_put *put = arena_alloc(bench->kept, sizeof *put);

    *put = (struct order_channel_put){
        .code = code, .body = { .stock_policy = STOCK_POLICY_REJECT, .number_series = series }
    };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_CHANNEL_PUT,
                                                .message = put,
                                                .id = code,
                                                .waited_for = true });
    assert_null(bench->refusal);
}

static void put_series(struct order_bench *bench, const struct number_series *series)
{
    put_series_of(bench, "web", series);
}

static const char *number_of(struct order_bench *bench, const char *ref)
{
    const char *id = order_bench_place(bench, ref);
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    const char *number = order_bench_order(bench, id)->number;

    assert_true(text_equal(placed->number, number));
    return number;
}

static const char *number_through(struct order_bench *bench, const char *channel, const char *ref)
{
    struct order_submit order = order_bench_submit(bench, ref);
    struct order_step step;

    order.channel = channel;
    step = order_bench_submission(bench, &order, text_format(bench->kept, "%s/%s", channel, ref));
    step.channel = channel;
    order_bench_run(bench, step);
    return ((const struct order_placed *)order_bench_must_say(bench, MESSAGE_ORDER_PLACED))->number;
}

static void a_channel_without_a_series(void **state)
{
    assert_null(number_of(*state, "1"));
}

static void numbers_follow_each_other(void **state)
{
    struct order_bench *bench = *state;

    put_series(bench, &(struct number_series){ .prefix = "WEB" });
    assert_string_equal(number_of(bench, "1"), "WEB-000001");
    assert_string_equal(number_of(bench, "2"), "WEB-000002");
    struct order_submit again = order_bench_submit(bench, "2");
    order_bench_run(bench, order_bench_submission(bench, &again, "again"));
    assert_string_equal(number_of(bench, "3"), "WEB-000003");
}

/* Three of one batch, of different lanes; the one in the middle is refused and takes none. */
static void a_refused_order_has_none(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit first = order_bench_submit(bench, "1"), wrong = first, last = first;

    put_series(bench, &(struct number_series){ .prefix = "WEB", .digits = 2, .has_digits = true });
    wrong.channel_order_ref = "2";
    wrong.total_minor++;
    last.channel_order_ref = "3";
    order_bench_batch(bench,
                      (struct order_step[]){ order_bench_submission(bench, &first, "a"),
                                             order_bench_submission(bench, &wrong, "b"),
                                             order_bench_submission(bench, &last, "c") },
                      3);
    const struct order_placed *one = order_bench_said(bench, MESSAGE_ORDER_PLACED, 0);
    const struct order_placed *two = order_bench_said(bench, MESSAGE_ORDER_PLACED, 1);
    assert_string_equal(one->number, "WEB-01");
    assert_string_equal(two->number, "WEB-02");
}

static void a_year_begins_with_one(void **state)
{
    struct order_bench *bench = *state;

    bench->now = (int64_t)NEW_YEAR_2027_S * 1000 - 10;
    put_series(bench,
               &(struct number_series){ .prefix = "TR", .yearly = true, .has_yearly = true });
    assert_string_equal(number_of(bench, "1"), "TR-2026-000001");
    assert_string_equal(number_of(bench, "2"), "TR-2026-000002");
    bench->now = (int64_t)NEW_YEAR_2027_S * 1000;
    assert_string_equal(number_of(bench, "3"), "TR-2027-000001");
    bench->now = (int64_t)NEW_YEAR_2027_S * 1000 - 5; /* a lane whose clock is a little behind */
    assert_string_equal(number_of(bench, "4"), "TR-2027-000002");
}

/* Two channels of a shop write the same letters on their papers: no two orders have one number. */
static void channels_share_a_prefix(void **state)
{
    struct order_bench *bench = *state;
    const struct number_series plain = { .prefix = "TR" };
    const struct number_series yearly = { .prefix = "TR", .yearly = true, .has_yearly = true };

    bench->now = (int64_t)NEW_YEAR_2027_S * 1000 - 1000;
    put_series_of(bench, "web", &plain);
    put_series_of(bench, "shop", &plain);
    assert_string_equal(number_through(bench, "web", "1"), "TR-000001");
    assert_string_equal(number_through(bench, "shop", "1"), "TR-000002");
    put_series_of(bench, "shop", &yearly);
    assert_string_equal(number_through(bench, "shop", "2"), "TR-2026-000001");
    assert_string_equal(number_through(bench, "web", "2"), "TR-000003");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, order_bench_set_up, order_bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_channel_without_a_series), TEST(numbers_follow_each_other),
        TEST(a_refused_order_has_none),   TEST(a_year_begins_with_one),
        TEST(channels_share_a_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
