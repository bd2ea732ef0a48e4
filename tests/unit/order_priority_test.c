/* order_priority_test.c - how urgent an order is goes with it, wherever its work goes.
 *
 * links: order
 */
#include "tests/unit/order_story.h"

#include "proto/fulfillment.h"
#include "proto/message_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 0: it does not say. */
static const char *place(struct order_bench *bench, int64_t priority)
{
    struct order_submit order = order_bench_submit(bench, "1");

    order.priority = priority;
    order.has_priority = priority != 0;
    return order_bench_place_order(bench, &order);
}

static int64_t prioritize(struct order_bench *bench, const char *id, int64_t priority)
{
    const struct order_prioritize request = { .order_id = id, .body = { .priority = priority } };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_PRIORITIZE,
                                                .message = &request,
                                                .id = "prioritize",
                                                .waited_for = true });
    return ((const struct gateway_reply *)order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY))
        ->status;
}

static const struct fulfillment_fulfill *fulfill(struct order_bench *bench)
{
    return order_bench_must_say(bench, MESSAGE_FULFILLMENT_FULFILL);
}

static void nobody_said(void **state)
{
    struct order_bench *bench = *state;
    const char *id = place(bench, 0);

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE);
    assert_false(fulfill(bench)->has_priority);
}

/* Its place gives it up: the next one hears how urgent it is, too. */
static void work_elsewhere_is_as_urgent(void **state)
{
    struct order_bench *bench = *state;
    const char *id = place(bench, 1);

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE);
    assert_int_equal(fulfill(bench)->priority, 1);
    TELL(bench, id, { "opened", "", NULL }, { "canceled", "inventory.reserve", NULL },
         { "sourced 1*2,2*1 WH-2", "inventory.release fulfillment.fulfill", NULL });
    assert_int_equal(fulfill(bench)->priority, 1);
}

static void a_place_at_work_hears_of_it(void **state)
{
    struct order_bench *bench = *state;
    const char *id = place(bench, 0);

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE);
    assert_int_equal(prioritize(bench, id, 2), 200);
    const struct fulfillment_amend *told = order_bench_must_say(bench, MESSAGE_FULFILLMENT_AMEND);
    assert_int_equal(told->priority, 2);
    assert_null(told->ship_to);
    assert_int_equal(prioritize(bench, id, 2), 200);
    assert_null(order_bench_said(bench, MESSAGE_FULFILLMENT_AMEND, 0));
}

/* Its people may have said that this piece of work is more urgent than the order. */
static void a_new_address_leaves_it(void **state)
{
    struct order_bench *bench = *state;
    const char *id = place(bench, 5);
    struct order_readdress elsewhere = { .order_id = id,
                                         .body = order_bench_submit(bench, "1").ship_to };

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE);
    elsewhere.body.line1 = "Another Street 2";
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_READDRESS,
                                                .message = &elsewhere,
                                                .id = "readdress",
                                                .waited_for = true });
    const struct fulfillment_amend *told = order_bench_must_say(bench, MESSAGE_FULFILLMENT_AMEND);
    assert_string_equal(told->ship_to->line1, "Another Street 2");
    assert_false(told->has_priority);
}

static void what_is_packed_is_not_told_of_it(void **state)
{
    struct order_bench *bench = *state;
    const char *id = place(bench, 0);

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL });
    assert_int_equal(prioritize(bench, id, 1), 200);
    assert_null(order_bench_said(bench, MESSAGE_FULFILLMENT_AMEND, 0));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, order_bench_set_up, order_bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nobody_said),
        TEST(work_elsewhere_is_as_urgent),
        TEST(a_place_at_work_hears_of_it),
        TEST(a_new_address_leaves_it),
        TEST(what_is_packed_is_not_told_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
