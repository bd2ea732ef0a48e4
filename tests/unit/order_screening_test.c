/* order_screening_test.c - what is looked at before an order is taken: its address, and what speaks for fraud.
 *
 * links: order
 */
#include "tests/unit/order_bench.h"

#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/message_type.h"
#include "proto/shipping.h"
#include "tests/unit/order_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- How a test speaks -------------------------------------------------------------------------- */

static const struct gateway_reply *put_policy(struct order_bench *bench,
                                              const struct channel_policy *policy)
{
    struct order_channel_put *put = arena_alloc(bench->kept, sizeof *put);

    *put = (struct order_channel_put){ .code = "web", .body = *policy };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_CHANNEL_PUT,
                                                .message = put,
                                                .id = "put",
                                                .waited_for = true });
    return order_bench_said(bench, MESSAGE_GATEWAY_REPLY, 0);
}

static void put_address_check(struct order_bench *bench, enum address_check check)
{
    put_policy(bench, &(struct channel_policy){ .stock_policy = STOCK_POLICY_REJECT,
                                                .address_check = check });
}

static const struct gateway_reply *put_rules(struct order_bench *bench,
                                             const struct fraud_rule *rules, size_t count)
{
    struct fraud_policy *fraud = arena_alloc(bench->kept, sizeof *fraud);

    *fraud = (struct fraud_policy){
        .hold_at = 50, .reject_at = 100, .has_reject_at = true, .rules = rules, .rules_count = count
    };
    return put_policy(
        bench, &(struct channel_policy){ .stock_policy = STOCK_POLICY_REJECT, .fraud = fraud });
}

static void submit(struct order_bench *bench, const struct order_submit *order)
{
    order_bench_run(bench, order_bench_submission(bench, order, order->channel_order_ref));
}

static const struct hold_row *only_hold(struct order_bench *bench)
{
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    const struct order_held *held = order_bench_must_say(bench, MESSAGE_ORDER_HELD);

    assert_null(order_bench_said(bench, MESSAGE_ORDER_HELD, 1));
    assert_string_equal(held->order_id, placed->order_id);
    assert_int_equal(order_bench_order(bench, placed->order_id)->open_holds, 1);
    return order_bench_hold(bench, placed->order_no, 1);
}

static void expect_no_hold(struct order_bench *bench)
{
    (void)order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    assert_null(order_bench_said(bench, MESSAGE_ORDER_HELD, 0));
}

/* --- The address ------------------------------------------------------------------------------ */

static struct order_submit with_postal_code(struct order_bench *bench, const char *ref,
                                            const char *postal_code)
{
    struct order_submit order = order_bench_submit(bench, ref);

    order.ship_to.country = "DE";
    order.ship_to.postal_code = postal_code;
    return order;
}

static void a_wrong_address_is_held(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit wrong = with_postal_code(bench, "1", "1011");
    struct order_submit right = with_postal_code(bench, "2", "10115");

    submit(bench, &wrong);
    const struct hold_row *hold = only_hold(bench);
    assert_int_equal(hold->reason, HOLD_REASON_ADDRESS);
    assert_non_null(strstr(hold->note, "postal_code"));
    assert_null(strstr(hold->note, "1011")); /* nothing that the sender wrote */
    submit(bench, &right);
    expect_no_hold(bench);
}

static void a_channel_may_refuse_it(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit wrong = with_postal_code(bench, "1", NULL);

    put_address_check(bench, ADDRESS_CHECK_REJECT);
    submit(bench, &wrong);
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_INVALID);
    assert_int_equal(rejected->errors_count, 1);
    assert_string_equal(rejected->errors[0].pointer, "/ship_to/postal_code");
}

static void a_channel_may_not_care(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit wrong = with_postal_code(bench, "1", NULL);

    put_address_check(bench, ADDRESS_CHECK_NONE);
    submit(bench, &wrong);
    expect_no_hold(bench);
}

static const struct gateway_reply *readdress(struct order_bench *bench, const char *order_id,
                                             const char *postal_code, const char *country)
{
    struct order_submit order = order_bench_submit(bench, "any");
    struct order_readdress *request = arena_alloc(bench->kept, sizeof *request);

    *request = (struct order_readdress){ .order_id = order_id, .body = order.ship_to };
    request->body.postal_code = postal_code;
    request->body.country = country;
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_READDRESS,
                                                .message = request,
                                                .id = postal_code,
                                                .waited_for = true });
    return order_bench_said(bench, MESSAGE_GATEWAY_REPLY, 0);
}

static const char *placed_with(struct order_bench *bench, const char *postal_code)
{
    struct order_submit order = with_postal_code(bench, postal_code, postal_code);

    submit(bench, &order);
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    return arena_copy_text(bench->kept, placed->order_id, strlen(placed->order_id));
}

/* A wrong one again is refused; a right one releases the hold; the same once more is done, and nothing else. */
static void a_corrected_address_goes_on(void **state)
{
    struct order_bench *bench = *state;
    const char *id = placed_with(bench, "1011");

    assert_string_equal(readdress(bench, id, "1012", "DE")->problem->errors[0].pointer,
                        "/postal_code");
    assert_string_equal(readdress(bench, id, "1010", "AT")->problem->errors[0].pointer, "/country");
    assert_int_equal(order_bench_order(bench, id)->open_holds, 1);
    assert_int_equal(readdress(bench, id, "10117", "DE")->status, 200);
    (void)order_bench_must_say(bench, MESSAGE_ORDER_READDRESSED);
    (void)order_bench_must_say(bench, MESSAGE_ORDER_HOLD_RELEASED);
    assert_int_equal(order_bench_order(bench, id)->open_holds, 0);
    assert_int_equal(readdress(bench, id, "10117", "DE")->status, 200);
    assert_null(order_bench_said(bench, MESSAGE_ORDER_READDRESSED, 0));
}

static void a_place_at_work_hears_of_another_address(void **state)
{
    struct order_bench *bench = *state;
    const char *id = placed_with(bench, "10115");

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE);
    assert_int_equal(readdress(bench, id, "10117", "DE")->status, 200);
    const struct fulfillment_amend *told = order_bench_must_say(bench, MESSAGE_FULFILLMENT_AMEND);
    assert_string_equal(told->ship_to->postal_code, "10117");
    TELL(bench, id, { "packed", "payment.capture", NULL });
    assert_int_equal(readdress(bench, id, "10119", "DE")->status, 409);
    TELL(bench, id, { "captured", "shipment.ship", NULL });
    const struct shipment_ship *ship = order_bench_must_say(bench, MESSAGE_SHIPMENT_SHIP);
    assert_string_equal(ship->ship_to.postal_code, "10117");
}

/* --- Fraud ----------------------------------------------------------------------------------- */

static const struct fraud_rule amount_rule = { .kind = FRAUD_RULE_KIND_AMOUNT,
                                               .points = 60,
                                               .at_least_minor = 4988,
                                               .has_at_least_minor = true,
                                               .currency = "EUR" };
static const struct fraud_rule countries_rule = { .kind = FRAUD_RULE_KIND_COUNTRIES, .points = 40 };
static const struct fraud_rule blocked_rule = { .kind = FRAUD_RULE_KIND_BLOCKED, .points = 50 };

static struct fraud_rule velocity_rule(enum fraud_subject subject)
{
    return (struct fraud_rule){ .kind = FRAUD_RULE_KIND_VELOCITY,
                                .points = 50,
                                .subject = subject,
                                .orders = 3,
                                .has_orders = true,
                                .within_ms = 60000,
                                .has_within_ms = true };
}

static void points_add_up(void **state)
{
    struct order_bench *bench = *state;
    const struct fraud_rule rules[] = { amount_rule, countries_rule };
    struct order_submit order = order_bench_submit(bench, "1");
    struct postal_address elsewhere = order.ship_to;

    elsewhere.country = "AE";
    put_rules(bench, rules, 2);
    submit(bench, &order);
    const struct hold_row *hold = only_hold(bench);
    assert_int_equal(hold->reason, HOLD_REASON_FRAUD);
    assert_string_equal(hold->note, "score 60: total_minor 4988 EUR, at least 4988 (60)");
    order.channel_order_ref = "2";
    order.bill_to = &elsewhere;
    submit(bench, &order);
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_FRAUD);
    assert_int_equal(order_bench_rows(bench, &order_screening_table, rejected->order_no), 2);
}

static void less_is_nothing(void **state)
{
    struct order_bench *bench = *state;
    const struct fraud_rule rules[] = { amount_rule, countries_rule };
    struct order_submit order = order_bench_submit(bench, "1");
    struct postal_address elsewhere = order.ship_to;

    elsewhere.country = "AE";
    order.bill_to = &elsewhere;
    order.total_minor = 4987;
    order.shipping.price_minor--;
    put_rules(bench, rules, 2);
    submit(bench, &order);
    expect_no_hold(bench); /* 40 of 50 */
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    assert_int_equal(order_bench_rows(bench, &order_screening_table, placed->order_no), 1);
}

static struct order_submit nth_order(struct order_bench *bench, int number)
{
    struct order_submit order = order_bench_submit(bench, text_format(bench->kept, "%d", number));

    order.customer.email = "Ada@Shop.example";
    order.customer.phone = number % 2 == 0 ? "+49 (30) 1234567" : "+49 30 12345-67";
    order.payment.token = "pm_1";
    order.ship_to.line1 = number % 2 == 0 ? "Invalidenstr. 117" : "INVALIDENSTR 117";
    return order;
}

/* The third within a minute is held, whatever is counted by; the one a minute later is the second again. */
static void the_third_is_held(struct order_bench *bench, enum fraud_subject subject)
{
    const struct fraud_rule rule = velocity_rule(subject);

    put_rules(bench, &rule, 1);
    for (int number = 1; number <= 5; number++) {
        struct order_submit order = nth_order(bench, number);

        bench->now += number == 4 ? 59000 : 0;
        submit(bench, &order);
        if (number == 3) {
            assert_int_equal(only_hold(bench)->reason, HOLD_REASON_FRAUD);
        } else if (number < 3) {
            expect_no_hold(bench);
        }
    }
    bench->now += 60001;
    struct order_submit late = nth_order(bench, 6);
    submit(bench, &late);
    expect_no_hold(bench);
}

static void many_of_an_email(void **state)
{
    the_third_is_held(*state, FRAUD_SUBJECT_EMAIL);
}

static void many_of_a_phone(void **state)
{
    the_third_is_held(*state, FRAUD_SUBJECT_PHONE);
}

static void many_of_a_card(void **state)
{
    the_third_is_held(*state, FRAUD_SUBJECT_TOKEN);
}

static void many_of_an_address(void **state)
{
    the_third_is_held(*state, FRAUD_SUBJECT_ADDRESS);
}

/* Who ordered when is kept only where a rule counts by it. */
static void nothing_is_kept_that_no_rule_counts(void **state)
{
    struct order_bench *bench = *state;
    const struct fraud_rule rules[] = { amount_rule, velocity_rule(FRAUD_SUBJECT_PHONE) };
    struct order_submit first = nth_order(bench, 1), second = nth_order(bench, 2);
    size_t count = 0;

    put_rules(bench, rules, 1);
    submit(bench, &first);
    (void)memory_database_rows(bench->database, &order_velocity_table, &count);
    assert_int_equal(count, 0);
    put_rules(bench, rules, 2);
    submit(bench, &second);
    (void)memory_database_rows(bench->database, &order_velocity_table, &count);
    assert_int_equal(count, 1);
}

/* What is sent twice is one order, and counts once. */
static void a_repeat_counts_once(void **state)
{
    struct order_bench *bench = *state;
    const struct fraud_rule rule = velocity_rule(FRAUD_SUBJECT_EMAIL);
    struct order_submit first = nth_order(bench, 1), second = nth_order(bench, 2);

    put_rules(bench, &rule, 1);
    submit(bench, &first);
    submit(bench, &first);
    submit(bench, &first);
    submit(bench, &second);
    expect_no_hold(bench);
}

static void block(struct order_bench *bench, const char *entry)
{
    struct order_block *request = arena_alloc(bench->kept, sizeof *request);

    *request = (struct order_block){ .entry = entry, .body = { .note = "charge-backs" } };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_BLOCK,
                                                .message = request,
                                                .id = entry,
                                                .waited_for = true });
}

static void unblock(struct order_bench *bench, const char *entry)
{
    struct order_unblock *request = arena_alloc(bench->kept, sizeof *request);

    *request = (struct order_unblock){ .entry = entry };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_UNBLOCK,
                                                .message = request,
                                                .id = "off",
                                                .waited_for = true });
}

static void what_is_blocked_is_found(void **state)
{
    struct order_bench *bench = *state;
    static const char *const entries[] = { "email:ADA@shop.example", "domain:SHOP.example",
                                           "phone:+49-30-1234567", "token:PM_1" };
    const struct fraud_rule rule = blocked_rule;
    int number = 0;

    put_rules(bench, &rule, 1);
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        struct order_submit before = nth_order(bench, ++number);
        struct order_submit blocked = nth_order(bench, ++number);
        struct order_submit after = nth_order(bench, ++number);

        submit(bench, &before);
        expect_no_hold(bench);
        block(bench, entries[i]);
        submit(bench, &blocked);
        assert_non_null(strstr(only_hold(bench)->note, "is on the block list"));
        unblock(bench, entries[i]);
        submit(bench, &after);
        expect_no_hold(bench);
    }
}

static void an_entry_must_be_of_a_kind(void **state)
{
    struct order_bench *bench = *state;

    block(bench, "phone:abcdef");
    assert_int_equal(
        ((const struct gateway_reply *)order_bench_said(bench, MESSAGE_GATEWAY_REPLY, 0))->status,
        422);
    block(bench, "owner:abcdef");
    assert_int_equal(
        ((const struct gateway_reply *)order_bench_said(bench, MESSAGE_GATEWAY_REPLY, 0))->status,
        422);
}

static void a_rule_must_say_what_it_needs(void **state)
{
    struct order_bench *bench = *state;
    struct fraud_rule rules[] = { countries_rule, velocity_rule(FRAUD_SUBJECT_EMAIL) };

    rules[1].has_orders = false;
    const struct gateway_reply *reply = put_rules(bench, rules, 2);
    assert_int_equal(reply->status, 422);
    assert_string_equal(reply->problem->errors[0].pointer, "/fraud/rules/1/orders");
    rules[1].has_orders = true;
    assert_int_equal(put_rules(bench, rules, 2)->status, 201);
}

/* The same policy again is no new version; another rule is, and the old one is gone. */
static void rules_are_replaced(void **state)
{
    struct order_bench *bench = *state;
    const struct fraud_rule strict = amount_rule;
    struct fraud_rule mild = amount_rule;
    struct order_submit order = order_bench_submit(bench, "1");

    mild.at_least_minor = 4989;
    put_rules(bench, &strict, 1);
    put_rules(bench, &strict, 1);
    const struct channel_state *same = order_bench_must_say(bench, MESSAGE_CHANNEL_STATE);
    assert_int_equal(same->version, 1);
    put_rules(bench, &mild, 1);
    const struct channel_state *other = order_bench_must_say(bench, MESSAGE_CHANNEL_STATE);
    assert_int_equal(other->version, 2);
    submit(bench, &order);
    expect_no_hold(bench);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, order_bench_set_up, order_bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_address_is_held),
        TEST(a_channel_may_refuse_it),
        TEST(a_channel_may_not_care),
        TEST(a_corrected_address_goes_on),
        TEST(a_place_at_work_hears_of_another_address),
        TEST(points_add_up),
        TEST(less_is_nothing),
        TEST(many_of_an_email),
        TEST(many_of_a_phone),
        TEST(many_of_a_card),
        TEST(many_of_an_address),
        TEST(nothing_is_kept_that_no_rule_counts),
        TEST(a_repeat_counts_once),
        TEST(what_is_blocked_is_found),
        TEST(an_entry_must_be_of_a_kind),
        TEST(a_rule_must_say_what_it_needs),
        TEST(rules_are_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
