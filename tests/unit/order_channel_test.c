/* order_channel_test.c - a channel says how its orders are paid for, by when, and which languages its customers read.
 *
 * links: order
 */
#include "tests/unit/order_facts.h"

#include "common/text.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "proto/payment.h"
#include "services/order/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void put(struct order_bench *bench, const struct channel_policy *policy)
{
    struct order_channel_put *request = arena_alloc(bench->kept, sizeof *request);

    *request = (struct order_channel_put){ .code = "web", .body = *policy };
    request->body.stock_policy = STOCK_POLICY_REJECT;
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_CHANNEL_PUT,
                                                .message = request,
                                                .id = "put",
                                                .waited_for = true });
    assert_null(bench->refusal);
}

static int64_t version_of(struct order_bench *bench)
{
    return ((const struct channel_state *)order_bench_must_say(bench, MESSAGE_CHANNEL_STATE))
        ->version;
}

/* --- By when --------------------------------------------------------------------------------------- */

/* How long a shopper has to pay an order that is placed now. */
static int64_t payment_wait_ms(struct order_bench *bench, const char *ref,
                               enum payment_method method)
{
    struct order_submit submit = order_bench_submit(bench, ref);

    submit.payment.method = method;
    order_bench_run(bench, order_bench_submission(bench, &submit, ref));
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    order_play(bench, arena_copy_text(bench->kept, placed->order_id, strlen(placed->order_id)),
               "reserved");
    const struct payment_authorize *told = order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    return told->expires_at - bench->now;
}

static void a_channel_says_by_when(void **state)
{
    struct order_bench *bench = *state;

    assert_int_equal(payment_wait_ms(bench, "1", PAYMENT_METHOD_CARD), SHOPPER_MS);
    assert_int_equal(payment_wait_ms(bench, "2", PAYMENT_METHOD_BANK_TRANSFER), TRANSFER_MS);
    put(bench, &(struct channel_policy){ .payment_deadline_ms = 3 * DAY_MS,
                                         .has_payment_deadline_ms = true });
    assert_int_equal(payment_wait_ms(bench, "3", PAYMENT_METHOD_CARD), 3 * DAY_MS);
    assert_int_equal(payment_wait_ms(bench, "4", PAYMENT_METHOD_BANK_TRANSFER), 3 * DAY_MS);
}

/* An order keeps what the channel said when it was placed. */
static void an_order_keeps_its_deadline(void **state)
{
    struct order_bench *bench = *state;
    const char *id = NULL;

    put(bench,
        &(struct channel_policy){ .payment_deadline_ms = DAY_MS, .has_payment_deadline_ms = true });
    id = order_bench_place(bench, "1");
    put(bench, &(struct channel_policy){ .payment_deadline_ms = HOUR_MS,
                                         .has_payment_deadline_ms = true });
    assert_int_equal(version_of(bench), 2);
    order_play(bench, id, "reserved");
    const struct payment_authorize *told = order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_int_equal(told->expires_at, bench->now + DAY_MS);
}

/* --- How ------------------------------------------------------------------------------------------- */

static void a_method_that_is_not_taken(void **state)
{
    static const enum payment_method taken[] = { PAYMENT_METHOD_BANK_TRANSFER,
                                                 PAYMENT_METHOD_CASH_ON_DELIVERY };
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    put(bench, &(struct channel_policy){ .payment_methods = taken, .payment_methods_count = 2 });
    order_bench_run(bench, order_bench_submission(bench, &submit, "a"));
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_INVALID);
    assert_string_equal(rejected->errors[0].pointer, "/payment/method");
    (void)payment_wait_ms(bench, "2", PAYMENT_METHOD_BANK_TRANSFER);
}

/* --- In which language ------------------------------------------------------------------------------- */

static void languages_of_a_channel(void **state)
{
    static const struct case_of {
        const char *languages, *locale, *written_in;
    } cases[] = {
        { NULL, "de-DE", "de-DE" },       { NULL, NULL, NULL },
        { "tr en-GB", NULL, "tr" },       { "tr en-GB", "de-DE", "tr" },
        { "tr en-GB", "en-US", "en-US" }, /* theirs: the same language */
        { "tr en-GB", "tr-TR", "tr-TR" }, { "tr en-GB", "t", "tr" },
        { "tr-TR", "uk", "tr-TR" },
    };
    struct arena *arena = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct channel_row row = { .languages = cases[i].languages };

        assert_true(
            text_equal(channel_language(arena, &row, cases[i].locale), cases[i].written_in));
    }
    assert_string_equal(channel_language(arena, NULL, "de"), "de");
    arena_free(arena);
}

static void customers_are_written_to_in_them(void **state)
{
    static const char *const languages[] = { "tr-TR", "uk" };
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    put(bench, &(struct channel_policy){ .languages = languages, .languages_count = 2 });
    submit.customer.locale = "de-DE";
    order_bench_run(bench, order_bench_submission(bench, &submit, "a"));
    const struct notification_contact *contact =
        order_bench_must_say(bench, MESSAGE_NOTIFICATION_CONTACT);
    assert_string_equal(contact->locale, "tr-TR");
}

/* The same again is no new version; each of the three is one. */
static void what_is_said_is_kept(void **state)
{
    static const enum payment_method card = PAYMENT_METHOD_CARD;
    static const char *const turkish = "tr";
    struct order_bench *bench = *state;
    struct channel_policy policy = { 0 };

    put(bench, &policy);
    put(bench, &policy);
    assert_int_equal(version_of(bench), 1);
    policy.payment_methods = &card;
    policy.payment_methods_count = 1;
    put(bench, &policy);
    assert_int_equal(version_of(bench), 2);
    policy.languages = &turkish;
    policy.languages_count = 1;
    put(bench, &policy);
    assert_int_equal(version_of(bench), 3);
    policy.payment_deadline_ms = DAY_MS;
    policy.has_payment_deadline_ms = true;
    put(bench, &policy);
    put(bench, &policy);
    assert_int_equal(version_of(bench), 4);
}

/* --- How long the channel itself may change an order ------------------------------------------------ */

static int64_t asked_by(struct order_bench *bench, struct order_step step, const char *channel)
{
    step.id = text_format(bench->kept, "ask-%zu", bench->said_count);
    step.channel = channel;
    step.waited_for = true;
    order_bench_run(bench, step);
    assert_null(bench->refusal);
    return ((const struct gateway_reply *)order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY))
        ->status;
}

static void a_channel_may_change_its_orders_for_a_time(void **state)
{
    struct order_bench *bench = *state;

    put(bench, &(struct channel_policy){ .edit_window_ms = HOUR_MS, .has_edit_window_ms = true });
    const char *id = order_bench_place(bench, "1");
    const struct line_wanted fewer = { .line_no = 1, .quantity = 1 };
    const struct order_edit edit = { .order_id = id,
                                     .body = { .lines = &fewer, .lines_count = 1 } };
    const struct order_edit_confirm confirm = { .edit_id = order_bench_child(bench, id, "M1") };
    const struct order_readdress away = { .order_id = id,
                                          .body = { .name = "Ada Lovelace",
                                                    .line1 = "Elsewhere 1",
                                                    .city = "Berlin",
                                                    .postal_code = "10115",
                                                    .country = "DE" } };
    const struct order_cancel cancel = { .order_id = id,
                                         .body = { .reason = CANCEL_REASON_SHOPPER_REQUEST } };
    const struct order_step steps[] = {
        { .message_type = MESSAGE_ORDER_EDIT, .message = &edit },
        { .message_type = MESSAGE_ORDER_EDIT_CONFIRM, .message = &confirm },
        { .message_type = MESSAGE_ORDER_READDRESS, .message = &away },
        { .message_type = MESSAGE_ORDER_CANCEL, .message = &cancel },
    };

    assert_int_equal(asked_by(bench, steps[0], "web"), 201);
    bench->now = order_bench_order(bench, id)->placed_at + HOUR_MS + 1;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_int_equal(asked_by(bench, steps[i], "web"), 409);
        assert_string_equal(order_bench_words(bench), "gateway.reply");
    }
    assert_int_equal(asked_by(bench, steps[2], NULL), 200); /* staff may longer */
    assert_int_equal(asked_by(bench, steps[3], NULL), 200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, order_bench_set_up, order_bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_channel_says_by_when),
        TEST(an_order_keeps_its_deadline),
        TEST(a_method_that_is_not_taken),
        cmocka_unit_test(languages_of_a_channel),
        TEST(customers_are_written_to_in_them),
        TEST(what_is_said_is_kept),
        TEST(a_channel_may_change_its_orders_for_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
