/* order_editors_test.c - two people change one version of an order at once: one is done, the other is told.
 *
 * links: order
 */
#include "tests/unit/order_bench.h"

#include "common/text.h"
#include "proto/message_type.h"
#include "services/order/detour.h"
#include "tests/unit/order_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define STALE "https://kervan.example/problems/stale"

static const char *version_of(struct order_bench *bench, const char *order_id)
{
    return text_format(bench->kept, "%lld", (long long)order_bench_order(bench, order_id)->clock);
}

static void check_refused(struct order_bench *bench, size_t nth, int64_t version)
{
    const struct gateway_reply *reply = order_bench_said(bench, MESSAGE_GATEWAY_REPLY, nth);

    assert_non_null(reply);
    assert_int_equal(reply->status, 412);
    assert_string_equal(reply->problem->type, STALE);
    assert_true(reply->has_version);
    assert_int_equal(reply->version, version);
}

static void check_done(struct order_bench *bench, size_t nth)
{
    const struct gateway_reply *reply = order_bench_said(bench, MESSAGE_GATEWAY_REPLY, nth);

    assert_non_null(reply);
    assert_in_range(reply->status, 200, 201);
    assert_false(reply->has_version);
}

/* Two ask the same of the same version in one batch; then the first repeats itself, and a third knows the new version. */
static void edit_twice(struct order_bench *bench, const char *order_id, struct order_step edit)
{
    struct order_step again = edit, other = edit;

    edit.precondition = again.precondition = other.precondition = version_of(bench, order_id);
    edit.waited_for = again.waited_for = other.waited_for = true;
    edit.id = again.id = text_format(bench->kept, "%s-one", edit.id);
    other.id = text_format(bench->kept, "%s-two", other.id);
    order_bench_batch(bench, (struct order_step[]){ edit, other, again }, 3);
    check_done(bench, 0);
    check_refused(bench, 1, order_bench_order(bench, order_id)->clock);
    check_done(bench, 2);
}

static void two_hold(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");
    struct order_hold hold = { .order_id = id, .body = { .reason = HOLD_REASON_FRAUD } };
    struct order_note note = { .order_id = id, .body = { .note = "called them" } };
    struct order_hold_release release = { .order_id = id,
                                          .hold_id = order_bench_child(bench, id, "W1") };

    edit_twice(
        bench, id,
        (struct order_step){ .message_type = MESSAGE_ORDER_HOLD, .message = &hold, .id = "h" });
    assert_int_equal(order_bench_order(bench, id)->open_holds, 1);
    edit_twice(
        bench, id,
        (struct order_step){ .message_type = MESSAGE_ORDER_NOTE, .message = &note, .id = "n" });
    assert_int_equal(
        order_bench_rows(bench, &order_note_table, order_bench_order(bench, id)->order_no), 1);

    struct order_step late = { .message_type = MESSAGE_ORDER_HOLD_RELEASE,
                               .message = &release,
                               .id = "r",
                               .precondition = "1",
                               .waited_for = true };
    order_bench_run(bench, late);
    check_refused(bench, 0, order_bench_order(bench, id)->clock);
    assert_int_equal(order_bench_order(bench, id)->open_holds, 1);
    late.precondition = version_of(bench, id);
    order_bench_run(bench, late);
    check_done(bench, 0);
    assert_int_equal(order_bench_order(bench, id)->open_holds, 0);
}

static void one_holds_and_one_cancels(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");
    struct order_hold hold = { .order_id = id, .body = { .reason = HOLD_REASON_FRAUD } };
    struct order_cancel cancel = { .order_id = id,
                                   .body = { .reason = CANCEL_REASON_SHOPPER_REQUEST } };
    const char *version = version_of(bench, id);
    const struct order_step steps[] = {
        { .message_type = MESSAGE_ORDER_HOLD,
          .message = &hold,
          .id = "h",
          .precondition = version,
          .waited_for = true },
        { .message_type = MESSAGE_ORDER_CANCEL,
          .message = &cancel,
          .id = "c",
          .precondition = version,
          .waited_for = true },
    };

    order_bench_batch(bench, steps, 2);
    check_done(bench, 0);
    check_refused(bench, 1, order_bench_order(bench, id)->clock);
    assert_int_equal(order_bench_order(bench, id)->status, ORDER_STATUS_PLACED);
    assert_int_equal(order_bench_order(bench, id)->open_cancels, 0);
}

/* What comes of itself moves an order on, too. */
static void news_move_on(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");
    const char *version = version_of(bench, id);
    struct order_cancel cancel = { .order_id = id,
                                   .body = { .reason = CANCEL_REASON_SHOPPER_REQUEST } };
    struct order_step step = { .message_type = MESSAGE_ORDER_CANCEL,
                               .message = &cancel,
                               .id = "c",
                               .precondition = version,
                               .waited_for = true };

    order_play(bench, id, "reserved");
    order_bench_run(bench, step);
    check_refused(bench, 0, order_bench_order(bench, id)->clock);
    step.precondition = "*";
    order_bench_run(bench, step);
    check_done(bench, 0);
    assert_int_equal(order_bench_order(bench, id)->status, ORDER_STATUS_CANCELED);
}

static void two_put_a_policy(void **state)
{
    struct order_bench *bench = *state;
    struct order_channel_put put = { .code = "web",
                                     .body = { .stock_policy = STOCK_POLICY_REJECT } };
    struct order_channel_put otherwise = { .code = "web",
                                           .body = { .stock_policy = STOCK_POLICY_PARTIAL } };
    struct order_step step = { .message_type = MESSAGE_ORDER_CHANNEL_PUT,
                               .message = &put,
                               .id = "p",
                               .precondition = "0",
                               .waited_for = true };

    order_bench_batch(bench, (struct order_step[]){ step, step }, 2);
    check_done(bench, 0);
    check_refused(bench, 1, 1);
    struct order_step other = step;
    other.message = &otherwise;
    other.precondition = step.precondition = "1";
    order_bench_batch(bench, (struct order_step[]){ other, step, other }, 3);
    check_done(bench, 0);
    check_refused(bench, 1, 2);
    check_done(bench, 2); /* it is so already: its answer was lost */
}

#define ON_BENCH(name)                                                                             \
    cmocka_unit_test_setup_teardown(name, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(two_hold),
        ON_BENCH(one_holds_and_one_cancels),
        ON_BENCH(news_move_on),
        ON_BENCH(two_put_a_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
