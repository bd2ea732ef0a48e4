/* order_hold_test.c - who may release what holds an order, and what is kept of it.
 *
 * links: order
 */
#include "tests/unit/order_bench.h"

#include "proto/message_type.h"
#include "proto/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t status_said(struct order_bench *bench)
{
    return ((const struct gateway_reply *)order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY))
        ->status;
}

/* `channel` NULL: with a key of the staff. */
static int64_t hold(struct order_bench *bench, const char *id, const char *channel)
{
    const struct order_hold request = { .order_id = id, .body = { .reason = HOLD_REASON_PAYMENT } };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_HOLD,
                                                .message = &request,
                                                .id = "hold",
                                                .channel = channel,
                                                .waited_for = true });
    return status_said(bench);
}

static int64_t release(struct order_bench *bench, const char *id, const char *channel)
{
    const struct order_hold_release request = { .order_id = id,
                                                .hold_id = order_bench_child(bench, id, "W1"),
                                                .body = { .note = "Called back, all is well" } };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_HOLD_RELEASE,
                                                .message = &request,
                                                .id = "release",
                                                .actor = "key:ayse",
                                                .channel = channel,
                                                .waited_for = true });
    return status_said(bench);
}

/* Each of its orders waits for a person's word. */
static void confirm_by_hand(struct order_bench *bench)
{
    const struct order_channel_put put = { .code = "web",
                                           .body = { .stock_policy = STOCK_POLICY_REJECT,
                                                     .automatic_confirmation = false,
                                                     .has_automatic_confirmation = true } };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_CHANNEL_PUT,
                                                .message = &put,
                                                .id = "put",
                                                .waited_for = true });
    assert_null(bench->refusal);
}

static int64_t open_holds(struct order_bench *bench, const char *id)
{
    return order_bench_order(bench, id)->open_holds;
}

static void a_channel_does_not_release_what_a_rule_holds(void **state)
{
    struct order_bench *bench = *state;

    confirm_by_hand(bench);
    const char *id = order_bench_place(bench, "1");
    assert_int_equal(release(bench, id, "web"), 409);
    assert_int_equal(open_holds(bench, id), 1);
    assert_int_equal(release(bench, id, NULL), 200);
    assert_int_equal(open_holds(bench, id), 0);
}

static void a_channel_does_not_release_what_the_staff_holds(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    assert_int_equal(hold(bench, id, NULL), 201);
    assert_int_equal(release(bench, id, "web"), 409);
    assert_int_equal(open_holds(bench, id), 1);
}

static void a_channel_takes_its_own_back(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    assert_int_equal(hold(bench, id, "web"), 201);
    assert_int_equal(release(bench, id, "web"), 200);
    assert_int_equal(open_holds(bench, id), 0);
}

static void who_released_it_and_why_is_kept(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    (void)hold(bench, id, NULL);
    (void)release(bench, id, NULL);
    const struct hold_row *kept =
        order_bench_hold(bench, order_bench_order(bench, id)->order_no, 1);
    assert_string_equal(kept->released_by, "key:ayse");
    assert_string_equal(kept->release_note, "Called back, all is well");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, order_bench_set_up, order_bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_channel_does_not_release_what_a_rule_holds),
        TEST(a_channel_does_not_release_what_the_staff_holds),
        TEST(a_channel_takes_its_own_back),
        TEST(who_released_it_and_why_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
