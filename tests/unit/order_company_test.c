/* order_company_test.c - who of a company may order, and how much alone; and who approves the rest.
 *
 * links: order
 */
#include "tests/unit/order_bench.h"

#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "tests/unit/order_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* An order of the bench comes to 4988: the clerk may order 4987 alone, the head all, and approve up to 10000. */
static const struct company_buyer buyers[] = {
    { .channel_customer_ref = "clerk",
      .approval_limit_minor = 4987,
      .has_approval_limit_minor = true },
    { .channel_customer_ref = "head",
      .approval_limit_minor = 10000,
      .has_approval_limit_minor = true,
      .may_approve = true,
      .has_may_approve = true },
    { .channel_customer_ref = "owner", .may_approve = true, .has_may_approve = true },
};

static const struct gateway_reply *put_with(struct order_bench *bench, size_t buyer_count,
                                            bool active, bool hold_over_credit)
{
    struct company_put *request = arena_alloc(bench->kept, sizeof *request);

    *request = (struct company_put){ .code = "ACME",
                                     .body = { .name = "Acme Ltd.",
                                               .currency = "EUR",
                                               .active = active,
                                               .has_active = true,
                                               .hold_over_credit = hold_over_credit,
                                               .has_hold_over_credit = true,
                                               .buyers = buyers,
                                               .buyers_count = buyer_count } };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_COMPANY_PUT,
                                                .message = request,
                                                .id = "put",
                                                .waited_for = true });
    return order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
}

static const struct gateway_reply *put(struct order_bench *bench, size_t buyer_count, bool active)
{
    return put_with(bench, buyer_count, active, false);
}

static struct order_submit order_of(struct order_bench *bench, const char *ref, const char *buyer)
{
    struct order_submit order = order_bench_submit(bench, ref);

    order.company = "ACME";
    order.purchase_order_number = "4500/17";
    order.customer.channel_customer_ref = buyer;
    return order;
}

static void submit(struct order_bench *bench, const struct order_submit *order)
{
    order_bench_run(bench, order_bench_submission(bench, order, order->channel_order_ref));
}

/* The field that the submission was refused for. */
static const char *refused_for(struct order_bench *bench, const struct order_submit *order)
{
    submit(bench, order);
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);

    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_INVALID);
    return rejected->errors[0].pointer;
}

static void who_may_order(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit order = order_of(bench, "1", "head");

    assert_string_equal(refused_for(bench, &order), "/company");
    assert_int_equal(put(bench, 3, true)->status, 201);
    order.channel_order_ref = "2";
    order.customer.channel_customer_ref = "stranger";
    assert_string_equal(refused_for(bench, &order), "/customer/channel_customer_ref");
    order.channel_order_ref = "3";
    order.customer.channel_customer_ref = NULL;
    assert_string_equal(refused_for(bench, &order), "/customer/channel_customer_ref");
    order = order_of(bench, "4", "head");
    order.currency = "USD";
    assert_string_equal(refused_for(bench, &order), "/currency");
    assert_int_equal(put(bench, 3, false)->status, 200);
    order = order_of(bench, "5", "head");
    assert_string_equal(refused_for(bench, &order), "/company");
}

static const char *held_order(struct order_bench *bench, const char *ref)
{
    struct order_submit order = order_of(bench, ref, "clerk");

    submit(bench, &order);
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    const struct order_held *held = order_bench_must_say(bench, MESSAGE_ORDER_HELD);

    assert_string_equal(placed->company, "ACME");
    assert_int_equal(held->reason, HOLD_REASON_APPROVAL);
    return text_format(bench->kept, "%s", placed->order_id);
}

static void how_much_alone(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit order = order_of(bench, "1", "head");

    put(bench, 3, true);
    submit(bench, &order);
    (void)order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    assert_null(order_bench_said(bench, MESSAGE_ORDER_HELD, 0));
    (void)held_order(bench, "2");
    order = order_of(bench, "3", "clerk");
    order.shipping.price_minor -= 1;
    order.total_minor -= 1;
    submit(bench, &order);
    assert_null(order_bench_said(bench, MESSAGE_ORDER_HELD, 0));
}

/* What is answered: "200", "422 /buyer". */
static const char *decide(struct order_bench *bench, const char *id,
                          const struct order_approve *asked, const char *channel)
{
    struct order_approve *request = arena_alloc(bench->kept, sizeof *request);

    *request = *asked;
    request->order_id = id;
    request->company = asked->company == NULL ? "ACME" : asked->company;
    order_bench_run(bench, (struct order_step){
                               .message_type = MESSAGE_ORDER_APPROVE,
                               .message = request,
                               .id = text_format(bench->kept, "req-%lld", (long long)bench->now),
                               .channel = channel,
                               .waited_for = true });
    const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);

    return reply->problem == NULL || reply->problem->errors_count == 0
               ? text_format(bench->kept, "%lld", (long long)reply->status)
               : text_format(bench->kept, "%lld %s", (long long)reply->status,
                             reply->problem->errors[0].pointer);
}

#define APPROVE(by)                                                                                \
    &(struct order_approve)                                                                        \
    {                                                                                              \
        .body = {.decision = ORDER_APPROVE_BODY_DECISION_APPROVE, .buyer = (by) }                  \
    }
#define REJECT(by)                                                                                 \
    &(struct order_approve)                                                                        \
    {                                                                                              \
        .body = {.decision = ORDER_APPROVE_BODY_DECISION_REJECT, .buyer = (by) }                   \
    }

static void somebody_approves(void **state)
{
    struct order_bench *bench = *state;
    struct order_approve of_others = *APPROVE("head");
    const char *id = NULL;

    put(bench, 3, true);
    id = held_order(bench, "1");
    of_others.company = "OTHER";
    assert_string_equal(decide(bench, id, APPROVE("clerk"), "web"), "422 /buyer");
    assert_string_equal(decide(bench, id, APPROVE("stranger"), "web"), "422 /buyer");
    assert_string_equal(decide(bench, id, APPROVE(NULL), "web"), "422 /buyer");
    assert_string_equal(decide(bench, id, &of_others, "web"), "404");
    assert_int_equal(order_bench_order(bench, id)->open_holds, 1);
    assert_string_equal(decide(bench, id, APPROVE("head"), "web"), "200");
    (void)order_bench_must_say(bench, MESSAGE_ORDER_HOLD_RELEASED);
    assert_int_equal(order_bench_order(bench, id)->open_holds, 0);
    assert_string_equal(decide(bench, id, APPROVE("head"), "web"), "200");
    assert_null(order_bench_said(bench, MESSAGE_ORDER_HOLD_RELEASED, 0));
    assert_string_equal(decide(bench, id, REJECT("head"), "web"), "409");
    TELL(bench, id, CONFIRMED_IN_ONE_SHARE);
    id = held_order(bench, "2");
    assert_string_equal(decide(bench, id, APPROVE(NULL), NULL), "200"); /* the shop's people */
}

static void not_more_than_they_may(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit order = order_of(bench, "1", "clerk");

    put(bench, 3, true);
    order.shipping.price_minor += 5013;
    order.total_minor = 10001;
    submit(bench, &order);
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    const char *id = text_format(bench->kept, "%s", placed->order_id);

    assert_string_equal(decide(bench, id, APPROVE("head"), "web"), "422 /buyer");
    assert_string_equal(decide(bench, id, APPROVE("owner"), "web"), "200");
}

static void somebody_rejects(void **state)
{
    struct order_bench *bench = *state;
    const char *id = NULL;

    put(bench, 3, true);
    id = held_order(bench, "1");
    assert_string_equal(decide(bench, id, REJECT("head"), "web"), "200");
    (void)order_bench_must_say(bench, MESSAGE_ORDER_CANCELED);
    assert_string_equal(decide(bench, id, REJECT("head"), "web"), "200");
    assert_string_equal(decide(bench, id, APPROVE("head"), "web"), "409");
    id = held_order(bench, "2");
    TELL(bench, id, { "reserved", "payment.authorize", NULL }, { "authorized", "", NULL });
    assert_string_equal(decide(bench, id, REJECT(NULL), NULL), "200");
    (void)order_bench_must_say(bench, MESSAGE_PAYMENT_VOID);
}

/* A storefront does not get around who has to approve. */
static void no_way_around(void **state)
{
    struct order_bench *bench = *state;
    struct order_hold_release *release = arena_alloc(bench->kept, sizeof *release);

    put(bench, 3, true);
    const char *id = held_order(bench, "1");

    *release = (struct order_hold_release){ .order_id = id,
                                            .hold_id = order_bench_child(bench, id, "W1") };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_HOLD_RELEASE,
                                                .message = release,
                                                .id = "release",
                                                .channel = "web",
                                                .waited_for = true });
    assert_int_equal(
        ((const struct gateway_reply *)order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY))->status,
        409);
    assert_int_equal(order_bench_order(bench, id)->open_holds, 1);
}

/* --- On account ----------------------------------------------------------------------------------- */

/* Reserved, with its credit asked for. */
static const char *on_account(struct order_bench *bench, const char *ref, bool may_wait)
{
    struct order_submit order = order_of(bench, ref, "head");

    order.payment = (struct order_submit_payment){ .method = PAYMENT_METHOD_INVOICE };
    submit(bench, &order);
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    const char *id = text_format(bench->kept, "%s", placed->order_id);

    TELL(bench, id, { "reserved", "payment.authorize", NULL });
    const struct payment_authorize *command =
        order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_string_equal(command->company, "ACME");
    assert_int_equal(command->may_wait, may_wait);
    return id;
}

static int64_t release_hold(struct order_bench *bench, const char *id, const char *hold)
{
    struct order_hold_release *release = arena_alloc(bench->kept, sizeof *release);

    *release = (struct order_hold_release){ .order_id = id,
                                            .hold_id = order_bench_child(bench, id, hold) };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_HOLD_RELEASE,
                                                .message = release,
                                                .id = hold,
                                                .waited_for = true });
    return ((const struct gateway_reply *)order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY))
        ->status;
}

static void check_waits(struct order_bench *bench, const char *id, int64_t holds)
{
    const struct order_row *order = order_bench_order(bench, id);

    assert_int_equal(order->step, STEP_AWAITING_SHOPPER);
    assert_int_equal(order->deadline_at, 0);
    assert_int_equal(order->open_holds, holds);
}

static void credit_is_waited_for(void **state)
{
    struct order_bench *bench = *state;

    put_with(bench, 3, true, true);
    const char *id = on_account(bench, "1", true);

    TELL(bench, id, { "credit_awaited", "order.held", "placed pending unfulfilled pending" },
         { "credit_awaited", "", NULL });
    check_waits(bench, id, 1);
    const struct hold_row *hold =
        order_bench_hold(bench, order_bench_order(bench, id)->order_no, 1);
    assert_int_equal(hold->reason, HOLD_REASON_CREDIT);
    assert_string_equal(hold->note, "ACME has too little credit left for 4988");
    TELL(bench, id,
         { "authorized", "order.hold_released order.confirmed fulfillment.fulfill", NULL });
    put(bench, 3, true);
    TELL(bench, on_account(bench, "2", false),
         { "declined", "order.canceled inventory.release", NULL });
}

/* A person has it tried again; it waits on, or goes on; rejected, it is canceled. */
static void a_person_has_it_tried(void **state)
{
    struct order_bench *bench = *state;

    put_with(bench, 3, true, true);
    const char *id = on_account(bench, "1", true);

    TELL(bench, id, { "credit_awaited", "order.held", NULL });
    assert_int_equal(release_hold(bench, id, "W1"), 200);
    (void)order_bench_must_say(bench, MESSAGE_ORDER_HOLD_RELEASED);
    const struct payment_authorize *again = order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_true(again->may_wait && again->valid_until > bench->now);
    assert_int_equal(order_bench_order(bench, id)->step, STEP_AUTHORIZING);
    TELL(bench, id, { "credit_awaited", "order.held", NULL });
    check_waits(bench, id, 1);
    assert_int_equal(release_hold(bench, id, "W2"), 200);
    TELL(bench, id, { "authorized", "order.confirmed fulfillment.fulfill", NULL });
    id = on_account(bench, "2", true);
    TELL(bench, id, { "credit_awaited", "order.held", NULL });
    order_play(bench, id, "cancel c1 user");
    (void)order_bench_must_say(bench, MESSAGE_PAYMENT_VOID);
    (void)order_bench_must_say(bench, MESSAGE_INVENTORY_RELEASE);
    (void)order_bench_must_say(bench, MESSAGE_ORDER_HOLD_RELEASED);
}

/* What a person holds it for is theirs to release, whatever they call it. */
static void other_holds_stay(void **state)
{
    struct order_bench *bench = *state;
    struct order_hold *request = arena_alloc(bench->kept, sizeof *request);

    put_with(bench, 3, true, true);
    const char *id = on_account(bench, "1", true);

    *request = (struct order_hold){ .order_id = id, .body = { .reason = HOLD_REASON_CREDIT } };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_HOLD,
                                                .message = request,
                                                .id = "by-hand",
                                                .waited_for = true });
    TELL(bench, id, { "credit_awaited", "order.held", NULL });
    check_waits(bench, id, 2);
    assert_int_equal(release_hold(bench, id, "W1"), 200);
    assert_null(order_bench_said(bench, MESSAGE_PAYMENT_AUTHORIZE, 0));
    check_waits(bench, id, 1);
    *request = (struct order_hold){ .order_id = id, .body = { .reason = HOLD_REASON_CREDIT } };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_HOLD,
                                                .message = request,
                                                .id = "by-hand-2",
                                                .waited_for = true });
    TELL(bench, id, { "authorized", "order.hold_released", NULL });
    assert_int_equal(order_bench_order(bench, id)->step, STEP_HELD);
    assert_int_equal(release_hold(bench, id, "W3"), 200);
    (void)order_bench_must_say(bench, MESSAGE_ORDER_CONFIRMED);
}

static const struct gateway_reply *add(struct order_bench *bench, const char *id,
                                       const char *channel, int64_t price_minor)
{
    struct line_added *line = arena_alloc(bench->kept, sizeof *line);
    struct order_edit *request = arena_alloc(bench->kept, sizeof *request);

    *line = (struct line_added){ .sku = "C", .quantity = 1, .unit_price_minor = price_minor };
    *request = (struct order_edit){ .order_id = id, .body = { .add = line, .add_count = 1 } };
    order_bench_run(
        bench, (struct order_step){ .message_type = MESSAGE_ORDER_EDIT,
                                    .message = request,
                                    .id = text_format(bench->kept, "add-%zu", bench->said_count),
                                    .channel = channel,
                                    .waited_for = true });
    return order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
}

/* Lines are added on account: held apart, never waited for, and no more than the buyer may order alone. */
static void lines_are_added_on_account(void **state)
{
    struct order_bench *bench = *state;

    put_with(bench, 3, true, true);
    const char *id = on_account(bench, "1", true);

    TELL(bench, id, { "authorized", "order.confirmed fulfillment.fulfill", NULL });
    assert_int_equal(add(bench, id, "web", 5013)->status, 422);
    assert_string_equal(add(bench, id, "web", 5013)->problem->errors[0].pointer, "/add");
    assert_int_equal(add(bench, id, NULL, 5013)->status, 201); /* the shop's people */
    assert_int_equal(add(bench, id, "web", 5012)->status, 201);
    struct order_edit_confirm *confirm = arena_alloc(bench->kept, sizeof *confirm);
    *confirm = (struct order_edit_confirm){ .edit_id = order_bench_child(bench, id, "M1") };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_EDIT_CONFIRM,
                                                .message = confirm,
                                                .id = "confirm",
                                                .waited_for = true });
    (void)order_bench_must_say(bench, MESSAGE_INVENTORY_RESERVE);
    const struct order_row *order = order_bench_order(bench, id);
    const struct allocation held = { .line_no = 3, .sku = "C", .location = "WH-1", .quantity = 1 };
    struct inventory_reserved fact = { .order_id = id,
                                       .order_no = order->order_no,
                                       .clock = order->clock + 1,
                                       .reservation_id = order_bench_child(bench, id, "H2"),
                                       .allocations = &held,
                                       .allocations_count = 1 };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_INVENTORY_RESERVED,
                                                .message = &fact,
                                                .id = "fact" });
    const struct payment_authorize *more = order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_int_equal(more->amount_minor, 5013);
    assert_string_equal(more->company, "ACME");
    assert_false(more->may_wait);
}

static void buyers_come_and_go(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit order = order_of(bench, "1", "owner");

    assert_int_equal(put(bench, 2, true)->status, 201);
    assert_string_equal(refused_for(bench, &order), "/customer/channel_customer_ref");
    assert_int_equal(put(bench, 3, true)->status, 200);
    order.channel_order_ref = "2";
    submit(bench, &order);
    (void)order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    put(bench, 1, true);
    order = order_of(bench, "3", "head");
    assert_string_equal(refused_for(bench, &order), "/customer/channel_customer_ref");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_may_order, order_bench_set_up, order_bench_tear_down),
        cmocka_unit_test_setup_teardown(how_much_alone, order_bench_set_up, order_bench_tear_down),
        cmocka_unit_test_setup_teardown(somebody_approves, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(not_more_than_they_may, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(somebody_rejects, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(no_way_around, order_bench_set_up, order_bench_tear_down),
        cmocka_unit_test_setup_teardown(buyers_come_and_go, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(credit_is_waited_for, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(a_person_has_it_tried, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(other_holds_stay, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(lines_are_added_on_account, order_bench_set_up,
                                        order_bench_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
