/* payment_razorpay_test.c - what Razorpay is asked, and payments there: taken whole and once, with the rest given back.
 *
 * links: payment
 */
#include "common/crypto.h"
#include "common/text.h"
#include "services/payment/providers/razorpay.h"
#include "services/payment/providers/razorpay_calls.h"
#include "services/payment/route.h"
#include "tests/unit/payment_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MADE "{\"id\":\"order_1\",\"status\":\"created\",\"notes\":[]}"
#define PAYMENT(id, status)                                                                        \
    "{\"id\":\"" id "\",\"status\":\"" status "\",\"amount\":4488,\"currency\":\"EUR\","           \
    "\"notes\":[],\"amount_refunded\":0}"
#define PAYMENTS(...) "{\"entity\":\"collection\",\"items\":[" __VA_ARGS__ "]}"
#define NO(text)                                                                                   \
    "{\"error\":{\"code\":\"BAD_REQUEST_ERROR\",\"description\":\"" text                           \
    "\",\"reason\":\"input_validation_failed\"}}"

static int set_up(void **state)
{
    payment_routes = "card=razorpay";
    razorpay_checkout = "https://shop.example/pay";
    return desk_set_up(state);
}

static int tear_down(void **state)
{
    payment_routes = ROUTES_DEFAULT;
    razorpay_checkout = "";
    return desk_tear_down(state);
}

static const char *page(struct desk *desk)
{
    return text_format(desk->kept,
                       "requires_action https://shop.example/pay?order_id=order_1&kervan=1%%2C%s",
                       desk_child_id(desk, 1, "P1"));
}

static const char *tell(struct desk *desk, const char *event, int at, const char *payload)
{
    const char *body = text_format(
        desk->kept, "{\"entity\":\"event\",\"event\":\"%s\",\"created_at\":%d,\"payload\":%s}",
        event, at, payload);

    return desk_tell_raw(desk, "razorpay", base64_encode(desk->kept, body, strlen(body)));
}

static const char *tell_paid(struct desk *desk, const char *event, const char *payment, int at)
{
    return tell(desk, event, at,
                text_format(desk->kept,
                            "{\"payment\":{\"entity\":{\"id\":\"%s\",\"order_id\":\"order_1\","
                            "\"notes\":{\"kervan\":\"1,%s\"}}}}",
                            payment, desk_child_id(desk, 1, "P1")));
}

static const char *tell_of_refund(struct desk *desk, const char *event, const char *refund)
{
    return tell(desk, event, 7,
                text_format(desk->kept,
                            "{\"payment\":{\"entity\":{\"id\":\"pay_1\",\"notes\":[]}},\"refund\":"
                            "{\"entity\":{\"id\":\"rfnd_1\",\"notes\":{\"kervan\":\"1,%s,%s\"}}}}",
                            desk_child_id(desk, 1, "P1"), desk_child_id(desk, 1, refund)));
}

static void wait_for_shopper(struct desk *desk)
{
    assert_string_equal(desk_authorize_by(desk, 1, PAYMENT_METHOD_CARD, 4488), "");
    assert_string_equal(desk_calls(desk), "P1/authorize");
    assert_string_equal(desk->calls[0].path, "/v1/orders");
    assert_string_equal(desk_answer(desk, 200, MADE), page(desk));
}

static void hold(struct desk *desk)
{
    wait_for_shopper(desk);
    assert_string_equal(tell_paid(desk, "payment.authorized", "pay_1", 1), "authorized 4488");
    assert_string_equal(desk_payment(desk, 1)->hold_ref, "pay_1");
}

static void take(struct desk *desk, const char *capture, int64_t amount_minor)
{
    hold(desk);
    assert_string_equal(desk_capture(desk, 1, capture, amount_minor), "");
    (void)desk_answer(desk, 200, PAYMENT("pay_1", "captured"));
}

/* --- Requests ---------------------------------------------------------------------------------- */

static void requests_are_as_published(void **state)
{
    struct desk *desk = *state;
    struct outside_request request;
    const char *id = desk_child_id(desk, 1, "P1");

    (void)desk_authorize_by(desk, 1, PAYMENT_METHOD_CARD, 4488);
    assert_int_equal(desk->calls[0].handler->target_of(desk->calls[0].payload), PROVIDER_RAZORPAY);
    struct payment_call call = *(const struct payment_call *)desk->calls[0].payload;

    razorpay_build(desk->kept, &call, "key", &request);
    assert_string_equal(request.headers, "Content-Type: application/json\n");
    assert_string_equal(
        request.body,
        text_format(
            desk->kept,
            "{\"amount\":4488,\"currency\":\"EUR\",\"receipt\":\"%s\",\"notes\":{\"kervan\":"
            "\"1,%s\"},\"payment\":{\"capture\":\"manual\",\"capture_options\":"
            "{\"manual_expiry_period\":7200,\"refund_speed\":\"normal\"}}}",
            id, id));
    assert_true(strlen(call.payment_id) <= 40); /* of a receipt */
    call.operation = PAYMENT_CALL_OPERATION_REFUND;
    call.operation_id = desk_child_id(desk, 1, "B1");
    call.hold_ref = "pay_1";
    razorpay_build(desk->kept, &call, "ord_x-B1/refund", &request);
    assert_string_equal(request.path, "/v1/payments/pay_1/refund");
    assert_string_equal(request.headers,
                        "Content-Type: application/json\nX-Refund-Idempotency: ord_x-B1-refund\n");
    assert_string_equal(
        request.body,
        text_format(desk->kept,
                    "{\"amount\":4488,\"speed\":\"normal\",\"receipt\":\"%s\",\"notes\":"
                    "{\"kervan\":\"1,%s,%s\"}}",
                    call.operation_id, id, call.operation_id));
}

static void the_page_is_told(void **state)
{
    struct desk *desk = *state;
    const struct payment_call call = { .order_no = 1,
                                       .payment_id = "ord_x-P1",
                                       .return_url = "https://shop.example/a?b=c d" };

    razorpay_checkout = "https://shop.example/?pay";
    assert_string_equal(razorpay_order_outcome(desk->kept, &call, "order_1").action_url,
                        "https://shop.example/?pay&order_id=order_1&kervan=1%2Cord_x-P1"
                        "&return_url=https%3A%2F%2Fshop.example%2Fa%3Fb%3Dc%20d");
    razorpay_checkout = "";
    assert_null(razorpay_order_outcome(desk->kept, &call, "order_1").action_url);
    assert_true(razorpay_checkout_is_good(""));
    assert_true(razorpay_checkout_is_good("https://shop.example/pay?x=1"));
    assert_false(razorpay_checkout_is_good("shop.example/pay"));
    assert_false(razorpay_checkout_is_good("https://shop.example/pay#x"));
    assert_false(razorpay_checkout_is_good("https://shop.example/ pay"));
}

/* --- What the shopper pays --------------------------------------------------------------------- */

static void a_payment_is_held_once(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    assert_string_equal(tell_paid(desk, "payment.authorized", "pay_1", 1), "");
    assert_string_equal(tell_paid(desk, "payment.authorized", "pay_2", 2), ""); /* another window */
    assert_string_equal(desk_payment(desk, 1)->hold_ref, "pay_1");
    assert_string_equal(desk_calls(desk), "");
    desk_check(desk);
}

/* A card that was declined is no news: he tries another one on the same page, and no webhook tells of that. */
static void a_poll_finds_what_was_paid(void **state)
{
    struct desk *desk = *state;

    wait_for_shopper(desk);
    assert_string_equal(tell_paid(desk, "payment.failed", "pay_1", 1), "");
    assert_string_equal(desk_timer(desk, 1, "ask_provider", 1), "");
    assert_string_equal(desk->calls[0].path, "/v1/orders/order_1/payments");
    assert_string_equal(desk_answer(desk, 200, PAYMENTS(PAYMENT("pay_1", "failed"))), "");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_REQUIRES_ACTION);
    assert_string_equal(desk_timer(desk, 1, "ask_provider", 1), "");
    assert_string_equal(
        desk_answer(desk, 200,
                    PAYMENTS(PAYMENT("pay_1", "failed") "," PAYMENT("pay_2", "authorized"))),
        "authorized 4488");
    assert_string_equal(desk_payment(desk, 1)->hold_ref, "pay_2");
}

static void another_amount_is_not_ours(void **state)
{
    const struct payment_call call = { .operation = PAYMENT_CALL_OPERATION_AUTHORIZE,
                                       .provider_ref = "order_1",
                                       .amount_minor = 4488,
                                       .currency = "INR" };
    const struct razorpay_money payments[] = {
        { .id = "pay_1", .status = "authorized", .currency = "INR", .amount_minor = 4487 },
        { .id = "pay_2", .status = "authorized", .currency = "USD", .amount_minor = 4488 },
        { .id = "pay_3", .status = "refunded", .currency = "INR", .amount_minor = 4488 },
        { .id = "pay_4", .status = "authorized", .currency = "INR", .amount_minor = 4488 },
    };

    (void)state;
    assert_int_equal(razorpay_payments_outcome(&call, payments, 3).kind, OUTCOME_ACTION);
    assert_string_equal(razorpay_payments_outcome(&call, payments, 4).hold_ref, "pay_4");
}

static void nobody_pays(void **state)
{
    struct desk *desk = *state;

    wait_for_shopper(desk);
    assert_string_equal(desk_deadline(desk, 1), "");
    assert_string_equal(desk_calls(desk), "P1/void");
    assert_string_equal(desk->calls[0].path, "/v1/orders/order_1/payments");
    assert_string_equal(desk_answer(desk, 200, PAYMENTS("")), "declined expired");
    /* Too late: nobody captures it, so it goes back by itself. */
    assert_string_equal(tell_paid(desk, "payment.authorized", "pay_1", 1), "");
    assert_string_equal(desk_calls(desk), "");
    desk_check(desk);
}

static void what_it_does_not_take_is_declined(void **state)
{
    struct desk *desk = *state;
    struct payment_authorize command = desk_authorize_command(desk, 1, NULL, 99);

    command.currency = "INR";
    assert_string_equal(desk_authorize_with(desk, &command), "declined amount_too_small for good");
    (void)desk_authorize_by(desk, 2, PAYMENT_METHOD_CARD, 4488);
    assert_string_equal(
        desk_answer(desk, 400,
                    "{\"error\":{\"code\":\"BAD_REQUEST_ERROR\",\"field\":\"currency\","
                    "\"reason\":\"NA\"}}"),
        "declined bad_request_error for good");
}

/* --- What nobody answers ----------------------------------------------------------------------- */

static enum effect_verdict read_asked(struct desk *desk, const struct payment_call *call,
                                      const char *body, struct outcome *ret)
{
    const struct http_end end = { .fate = HTTP_ANSWERED,
                                  .status = 200,
                                  .body = arena_copy_text(desk->kept, body, strlen(body)),
                                  .body_length = strlen(body) };
    const void *result = NULL;
    enum effect_verdict verdict = razorpay_read(desk->kept, call, &end, true, &result);

    *ret = *(const struct outcome *)result;
    return verdict;
}

static void a_lost_order_is_found_by_its_receipt(void **state)
{
    struct desk *desk = *state;
    const struct payment_call call = { .operation = PAYMENT_CALL_OPERATION_AUTHORIZE,
                                       .order_no = 1,
                                       .payment_id = "ord_x-P1" };
    struct outside_request request;
    struct outcome outcome;

    razorpay_question(desk->kept, &call, "key", &request);
    assert_string_equal(request.method, "GET");
    assert_string_equal(request.path, "/v1/orders?receipt=ord_x-P1");
    assert_int_equal(read_asked(desk, &call, PAYMENTS(""), &outcome), EFFECT_AGAIN);
    assert_int_equal(
        read_asked(
            desk, &call,
            PAYMENTS("{\"id\":\"order_7\",\"status\":\"created\",\"receipt\":\"ord_x-P11\"}"),
            &outcome),
        EFFECT_AGAIN); /* its search finds what contains it */
    assert_int_equal(
        read_asked(desk, &call,
                   PAYMENTS("{\"id\":\"order_8\",\"status\":\"created\",\"receipt\":\"ord_x-P1\"}"),
                   &outcome),
        EFFECT_DONE);
    assert_string_equal(outcome.provider_ref, "order_8");
    assert_int_equal(read_asked(desk, &call, "oops", &outcome), EFFECT_ASK);
}

static void a_lost_capture_is_seen_at_its_payment(void **state)
{
    struct desk *desk = *state;
    const struct payment_call call = { .operation = PAYMENT_CALL_OPERATION_CAPTURE,
                                       .hold_ref = "pay_1" };
    struct outside_request request;
    struct outcome outcome;

    razorpay_question(desk->kept, &call, "key", &request);
    assert_string_equal(request.path, "/v1/payments/pay_1");
    assert_int_equal(read_asked(desk, &call, PAYMENT("pay_1", "authorized"), &outcome),
                     EFFECT_AGAIN);
    assert_int_equal(read_asked(desk, &call, PAYMENT("pay_1", "captured"), &outcome), EFFECT_DONE);
    assert_int_equal(outcome.kind, OUTCOME_CAPTURED);
    assert_int_equal(read_asked(desk, &call, PAYMENT("pay_1", "refunded"), &outcome), EFFECT_DONE);
    assert_true(outcome.gone);
}

static void a_lost_refund_is_found_by_its_receipt(void **state)
{
    struct desk *desk = *state;
    const struct payment_call call = { .operation = PAYMENT_CALL_OPERATION_REFUND,
                                       .hold_ref = "pay_1",
                                       .operation_id = "ord_x-B1" };
    struct outside_request request;
    struct outcome outcome;

    razorpay_question(desk->kept, &call, "key", &request);
    assert_string_equal(request.path, "/v1/payments/pay_1/refunds?count=100");
    assert_int_equal(
        read_asked(desk, &call,
                   PAYMENTS("{\"id\":\"rfnd_0\",\"status\":\"failed\",\"receipt\":\"ord_x-B1\"},"
                            "{\"id\":\"rfnd_1\",\"status\":\"pending\",\"receipt\":\"ord_x-B2\"}"),
                   &outcome),
        EFFECT_AGAIN);
    assert_int_equal(
        read_asked(desk, &call,
                   PAYMENTS("{\"id\":\"rfnd_2\",\"status\":\"pending\",\"receipt\":\"ord_x-B1\"}"),
                   &outcome),
        EFFECT_DONE);
    assert_int_equal(outcome.kind, OUTCOME_REFUND_PENDING);
    assert_string_equal(outcome.provider_ref, "rfnd_2");
}

static void errors_have_a_sense(void **state)
{
    static const struct {
        const char *body;
        int status;
        enum effect_verdict verdict;
    } cases[] = {
        { "oops", 500, EFFECT_ASK },
        { "{\"error\":{\"code\":\"GATEWAY_ERROR\"}}", 502, EFFECT_ASK },
        { NO("a request is in progress"), 409, EFFECT_ASK },
        { NO("Authentication failed"), 401, EFFECT_AGAIN },
        { "{}", 429, EFFECT_AGAIN },
        { NO("This payment has already been captured."), 400, EFFECT_ASK },
        { NO("Only payments which have been authorized and not yet captured can be captured"), 400,
          EFFECT_ASK },
        { "<html>", 400, EFFECT_ASK },
    };
    struct desk *desk = *state;

    hold(desk);
    (void)desk_capture(desk, 1, "C1!", 4488);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(desk_answer(desk, cases[i].status, cases[i].body), "");
        assert_int_equal(desk->verdict, cases[i].verdict);
    }
    assert_string_equal(
        desk_answer(desk, 400, NO("Capture amount must be equal to the amount authorized.")),
        "failed capture C1 input_validation_failed");
}

/* --- Taken whole ------------------------------------------------------------------------------- */

/* The first capture takes all that is held; what follows is booked, and nobody is asked. */
static void the_first_capture_takes_all(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    assert_string_equal(desk_capture(desk, 1, "C1", 1000), "");
    assert_string_equal(desk->calls[0].path, "/v1/payments/pay_1/capture");
    assert_string_equal(desk->calls[0].form, "{\"amount\":4488,\"currency\":\"EUR\"}");
    assert_string_equal(desk_capture(desk, 1, "C2", 2000), ""); /* waits for that */
    assert_string_equal(desk_capture(desk, 1, "C3", 488), "");
    assert_string_equal(desk_answer(desk, 200, PAYMENT("pay_1", "captured")),
                        "captured C1 1000/1000; captured C2 2000/3000; captured C3 488/3488");
    assert_string_equal(desk_calls(desk), "");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_PARTIALLY_CAPTURED);
    assert_string_equal(desk_capture(desk, 1, "C4!", 1000), "captured C4 1000/4488");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    assert_string_equal(desk_calls(desk), "");
    desk_check(desk);
}

static void the_rest_is_given_back(void **state)
{
    struct desk *desk = *state;

    take(desk, "C1", 1000);
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST), "");
    assert_string_equal(desk_calls(desk), "P1/void");
    assert_string_equal(desk->calls[0].path, "/v1/payments/pay_1/refund");
    assert_string_equal(
        desk->calls[0].form,
        text_format(desk->kept,
                    "{\"amount\":3488,\"speed\":\"normal\",\"receipt\":\"%s-rest\",\"notes\":"
                    "{\"kervan\":\"1,%s\"}}",
                    desk_child_id(desk, 1, "P1"), desk_child_id(desk, 1, "P1")));
    assert_string_equal(desk_answer(desk, 200, "{\"id\":\"rfnd_1\",\"status\":\"pending\"}"),
                        "voided 3488");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    desk_check(desk);
}

/* What a final capture leaves was taken with it. */
static void a_final_capture_gives_the_rest_back(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    (void)desk_capture(desk, 1, "C1!", 1000);
    assert_string_equal(desk_answer(desk, 200, PAYMENT("pay_1", "captured")),
                        "captured C1 1000/1000");
    assert_string_equal(desk_calls(desk), "P1/void");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_VOIDING);
    assert_string_equal(desk_answer(desk, 200, "{\"id\":\"rfnd_1\",\"status\":\"processed\"}"),
                        "voided 3488");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    desk_check(desk);
}

/* It would not: a person looks, and may have it tried again under another key. */
static void the_rest_is_not_given_back(void **state)
{
    struct desk *desk = *state;

    take(desk, "C1", 1000);
    (void)desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST);
    assert_string_equal(desk_answer(desk, 400, NO("Your account does not have enough balance")),
                        "failed void input_validation_failed");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_PARTIALLY_CAPTURED);
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST), "");
    assert_string_equal(desk_calls(desk), "P1/void/2");
}

static void what_is_not_captured_is_left_alone(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST), "");
    assert_string_equal(desk->calls[0].path, "/v1/payments/pay_1");
    assert_string_equal(desk_answer(desk, 200, PAYMENT("pay_1", "captured")),
                        "failed void payment_captured"); /* somebody did, by hand */
    (void)desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST);
    assert_string_equal(desk_answer(desk, 200, PAYMENT("pay_1", "authorized")), "voided 4488");
    desk_check(desk);
}

/* It cannot be renewed; whether it is still held is seen each day. */
static void a_hold_ends_by_itself(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    assert_string_equal(desk_timer(desk, 1, "renew_hold", 1), "");
    assert_string_equal(desk->calls[0].path, "/v1/payments/pay_1");
    assert_string_equal(desk_answer(desk, 200, PAYMENT("pay_1", "authorized")), "");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_AUTHORIZED);
    assert_string_equal(desk_timer(desk, 1, "renew_hold", 1), "");
    assert_string_equal(desk_answer(desk, 200, PAYMENT("pay_1", "refunded")), "lapsed 4488");
    desk_check(desk);
}

static void what_is_taken_is_not_looked_at(void **state)
{
    struct desk *desk = *state;

    take(desk, "C1", 1000);
    assert_string_equal(desk_timer(desk, 1, "renew_hold", 1), "");
    assert_string_equal(desk_calls(desk), "");
}

static void a_capture_finds_it_gone(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    (void)desk_capture(desk, 1, "C1!", 4488);
    assert_string_equal(desk_answer(desk, 200, PAYMENT("pay_1", "refunded")), "lapsed 4488");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_EXPIRED);
}

/* --- Refunds ----------------------------------------------------------------------------------- */

static void refunds_are_of_the_payment(void **state)
{
    struct desk *desk = *state;

    take(desk, "C1", 4488);
    assert_string_equal(desk_refund(desk, 1, "B1", 800), "");
    assert_string_equal(desk->calls[0].path, "/v1/payments/pay_1/refund");
    assert_string_equal(desk_answer(desk, 200, "{\"id\":\"rfnd_1\",\"status\":\"pending\"}"), "");
    assert_string_equal(desk_timer(desk, 1, "ask_refund", 1), "");
    assert_string_equal(desk->calls[0].path, "/v1/refunds/rfnd_1");
    assert_string_equal(desk_answer(desk, 200, "{\"id\":\"rfnd_1\",\"status\":\"pending\"}"), "");
    assert_string_equal(tell_of_refund(desk, "refund.processed", "B1"), "refunded B1 800/800");
    assert_string_equal(tell_of_refund(desk, "refund.processed", "B1"), "");
    assert_string_equal(tell_of_refund(desk, "refund.failed", "B1"),
                        "failed refund B1 refund_failed 0");
    desk_check(desk);
}

static void other_news_change_nothing(void **state)
{
    static const char *const payloads[] = {
        "{}",
        "{\"payment\":{\"entity\":{\"id\":\"pay_1\",\"order_id\":\"order_1\",\"notes\":[]}}}",
        "{\"payment\":{\"entity\":{\"id\":\"pay_1\",\"notes\":{\"kervan\":\"1\"}}}}",
        "{\"payment\":{\"entity\":{\"id\":\"pay_1\",\"notes\":{\"kervan\":\"1,x-P1\"}}}}",
        "{\"payment\":[]}",
        "[]",
    };
    struct desk *desk = *state;

    wait_for_shopper(desk);
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        assert_string_equal(tell(desk, "payment.authorized", 1, payloads[i]), "");
        assert_string_equal(tell(desk, "refund.processed", 1, payloads[i]), "");
    }
    assert_string_equal(tell_paid(desk, "payment.captured", "pay_1", 1), "");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_REQUIRES_ACTION);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(requests_are_as_published),
        TEST(the_page_is_told),
        TEST(a_payment_is_held_once),
        TEST(a_poll_finds_what_was_paid),
        TEST(another_amount_is_not_ours),
        TEST(nobody_pays),
        TEST(what_it_does_not_take_is_declined),
        TEST(a_lost_order_is_found_by_its_receipt),
        TEST(a_lost_capture_is_seen_at_its_payment),
        TEST(a_lost_refund_is_found_by_its_receipt),
        TEST(errors_have_a_sense),
        TEST(the_first_capture_takes_all),
        TEST(the_rest_is_given_back),
        TEST(a_final_capture_gives_the_rest_back),
        TEST(the_rest_is_not_given_back),
        TEST(what_is_not_captured_is_left_alone),
        TEST(a_hold_ends_by_itself),
        TEST(what_is_taken_is_not_looked_at),
        TEST(a_capture_finds_it_gone),
        TEST(refunds_are_of_the_payment),
        TEST(other_news_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
