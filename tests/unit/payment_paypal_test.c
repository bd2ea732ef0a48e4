/* payment_paypal_test.c - what PayPal is asked, and payments there from approval to refund, in whatever order it is heard.
 *
 * links: payment
 */
#include "common/crypto.h"
#include "common/text.h"
#include "services/payment/providers/paypal_calls.h"
#include "services/payment/route.h"
#include "tests/unit/payment_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PAGE       "https://www.paypal.com/checkoutnow?token=PP1"
#define LINKS(rel) "\"links\":[{\"href\":\"" PAGE "\",\"rel\":\"" rel "\",\"method\":\"GET\"}]"
#define MADE       "{\"id\":\"PP1\",\"status\":\"PAYER_ACTION_REQUIRED\"," LINKS("payer-action") "}"
#define APPROVED   "{\"id\":\"PP1\",\"status\":\"APPROVED\"}"
#define HELD_AS(id, status)                                                                        \
    "{\"id\":\"PP1\",\"status\":\"COMPLETED\",\"purchase_units\":[{\"payments\":"                  \
    "{\"authorizations\":[{\"id\":\"" id "\",\"status\":\"" status "\"}]}}]}"
#define HELD HELD_AS("AU1", "CREATED")
#define NO(issue)                                                                                  \
    "{\"name\":\"UNPROCESSABLE_ENTITY\",\"details\":[{\"issue\":\"" issue                          \
    "\"}]," LINKS("redirect") "}"

static int set_up(void **state)
{
    payment_routes = "card=stripe wallet=paypal";
    return desk_set_up(state);
}

static int tear_down(void **state)
{
    payment_routes = ROUTES_DEFAULT;
    return desk_tear_down(state);
}

static const char *tell(struct desk *desk, const char *id, const char *type, const char *resource)
{
    const char *body = text_format(
        desk->kept, "{\"id\":\"WH-%s\",\"event_type\":\"%s\",\"resource\":%s}", id, type, resource);

    return desk_tell_raw(desk, "paypal", base64_encode(desk->kept, body, strlen(body)));
}

static const char *approve(struct desk *desk, const char *id)
{
    return tell(desk, id, "CHECKOUT.ORDER.APPROVED",
                text_format(desk->kept,
                            "{\"id\":\"PP1\",\"status\":\"APPROVED\",\"purchase_units\":"
                            "[{\"custom_id\":\"1/%s\"}]}",
                            desk_child_id(desk, 1, "P1")));
}

static const char *tell_of_hold(struct desk *desk, const char *id, const char *type,
                                const char *hold)
{
    return tell(desk, id, type,
                text_format(desk->kept,
                            "{\"id\":\"%s\",\"status\":\"X\",\"custom_id\":\"1/%s\","
                            "\"supplementary_data\":{\"related_ids\":{\"order_id\":\"PP1\"}}}",
                            hold, desk_child_id(desk, 1, "P1")));
}

static void wait_for_payer(struct desk *desk)
{
    assert_string_equal(desk_authorize_by(desk, 1, PAYMENT_METHOD_WALLET, 4488), "");
    assert_string_equal(desk_calls(desk), "P1/authorize");
    assert_string_equal(desk_answer(desk, 200, MADE), "requires_action " PAGE);
}

static void hold(struct desk *desk)
{
    wait_for_payer(desk);
    assert_string_equal(approve(desk, "1"), "");
    assert_string_equal(desk_answer(desk, 201, HELD), "authorized 4488");
    assert_string_equal(desk_payment(desk, 1)->hold_ref, "AU1");
}

/* --- Requests ---------------------------------------------------------------------------------- */

static void requests_are_as_published(void **state)
{
    struct desk *desk = *state;
    struct outside_request request;

    assert_string_equal(desk_authorize_by(desk, 1, PAYMENT_METHOD_WALLET, 4488), "");
    assert_int_equal(desk->calls[0].handler->target_of(desk->calls[0].payload), PROVIDER_PAYPAL);
    struct payment_call call = *(const struct payment_call *)desk->calls[0].payload;

    call.return_url = "https://shop.example/a?b=\"c";
    paypal_build(desk->kept, &call, "the-key", &request);
    assert_string_equal(request.method, "POST");
    assert_string_equal(request.path, "/v2/checkout/orders");
    assert_string_equal(request.headers,
                        "Content-Type: application/json\nPrefer: return=representation\n"
                        "PayPal-Request-Id: the-key\n");
    const char *id = desk_child_id(desk, 1, "P1");

    assert_string_equal(
        request.body,
        text_format(desk->kept,
                    "{\"intent\":\"AUTHORIZE\",\"purchase_units\":[{\"reference_id\":\"%s\","
                    "\"custom_id\":\"1,%s\",\"description\":\"Order %s\",\"amount\":"
                    "{\"currency_code\":\"EUR\",\"value\":\"44.88\"}}],\"payment_source\":"
                    "{\"paypal\":{\"experience_context\":{\"user_action\":\"PAY_NOW\","
                    "\"shipping_preference\":\"NO_SHIPPING\",\"return_url\":"
                    "\"https://shop.example/a?b=%%22c\",\"cancel_url\":"
                    "\"https://shop.example/a?b=%%22c\"}}}}",
                    id, id, desk_order_id(desk, 1)));
}

static void amounts_are_decimal(void **state)
{
    static const struct {
        const char *currency;
        int64_t amount_minor;
        const char *shown;
    } cases[] = { { "EUR", 5, "\"0.05\"" },
                  { "EUR", 123456, "\"1234.56\"" },
                  { "JPY", 1500, "\"1500\"" },
                  { "HUF", 150000, "\"1500\"" } };
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct payment_call call = { .operation = PAYMENT_CALL_OPERATION_RENEW,
                                     .hold_ref = "AU1",
                                     .amount_minor = cases[i].amount_minor,
                                     .currency = cases[i].currency };
        struct outside_request request;

        paypal_build(desk->kept, &call, "key", &request);
        assert_string_equal(request.path, "/v2/payments/authorizations/AU1/reauthorize");
        assert_non_null(strstr(request.body, cases[i].shown));
    }
}

/* --- Approval ---------------------------------------------------------------------------------- */

static void an_approval_is_secured_once(void **state)
{
    struct desk *desk = *state;

    wait_for_payer(desk);
    assert_string_equal(approve(desk, "1"), "");
    assert_string_equal(desk_calls(desk), "P1/secure/2");
    assert_string_equal(desk->calls[0].path, "/v2/checkout/orders/PP1/authorize");
    assert_string_equal(approve(desk, "1"), "");
    assert_string_equal(approve(desk, "2"), "");
    assert_string_equal(desk_calls(desk), "P1/secure/2");
    assert_string_equal(desk_answer(desk, 201, HELD), "authorized 4488");
    assert_string_equal(approve(desk, "3"), "");
    assert_string_equal(desk_calls(desk), "");
    assert_string_equal(tell_of_hold(desk, "4", "PAYMENT.AUTHORIZATION.CREATED", "AU1"), "");
    desk_check(desk);
}

/* No webhook: the question finds it, and the webhook that comes late changes nothing. */
static void a_poll_finds_what_was_approved(void **state)
{
    struct desk *desk = *state;

    wait_for_payer(desk);
    assert_string_equal(desk_timer(desk, 1, "ask_provider", 1), "");
    assert_string_equal(desk_calls(desk), "P1/ask");
    assert_string_equal(desk_answer(desk, 200, APPROVED), "");
    assert_string_equal(desk_calls(desk), "P1/secure/2");
    assert_string_equal(approve(desk, "1"), "");
    assert_string_equal(desk_answer(desk, 201, HELD), "authorized 4488");
    assert_string_equal(desk_calls(desk), "");
}

/* The webhook that is the answer's own news overtakes the answer, and what the answer says is older. */
static void news_overtake_the_answer(void **state)
{
    struct desk *desk = *state;

    wait_for_payer(desk);
    (void)approve(desk, "1");
    assert_string_equal(tell_of_hold(desk, "2", "PAYMENT.AUTHORIZATION.CREATED", "AU1"), "");
    assert_string_equal(desk_answer(desk, 422, NO("ORDER_ALREADY_AUTHORIZED")), "authorized 4488");
    assert_string_equal(desk_payment(desk, 1)->hold_ref, "AU1");
    desk_check(desk);
}

/* Nobody knows whether it was done: the same again under the same key, which does nothing twice. */
static void an_unclear_answer_is_asked_for_again(void **state)
{
    struct desk *desk = *state;

    wait_for_payer(desk);
    (void)approve(desk, "1");
    assert_string_equal(desk_answer(desk, 500, "oops"), "");
    assert_int_equal(desk->verdict, EFFECT_ASK);
    assert_string_equal(desk_answer(desk, 422, NO("PREVIOUS_REQUEST_IN_PROGRESS")), "");
    assert_int_equal(desk->verdict, EFFECT_ASK);
    assert_string_equal(desk_answer(desk, 429, "{}"), "");
    assert_int_equal(desk->verdict, EFFECT_AGAIN);
    assert_string_equal(desk_answer(desk, 401, "{}"), "");
    assert_int_equal(desk->verdict, EFFECT_AGAIN);
    assert_string_equal(desk_calls(desk), "P1/secure/2");
    assert_string_equal(desk_answer(desk, 201, HELD), "authorized 4488");
}

static void a_payer_chooses_another_way(void **state)
{
    struct desk *desk = *state;

    wait_for_payer(desk);
    (void)approve(desk, "1");
    assert_string_equal(desk_answer(desk, 422, NO("INSTRUMENT_DECLINED")), "requires_action " PAGE);
    assert_string_equal(approve(desk, "2"), "");
    assert_string_equal(desk_calls(desk), "P1/secure/3");
    assert_string_equal(desk_answer(desk, 422, NO("PAYER_CANNOT_PAY")),
                        "declined payer_cannot_pay");
    assert_string_equal(approve(desk, "3"), "");
    assert_string_equal(desk_calls(desk), "");
}

static void nobody_approves(void **state)
{
    struct desk *desk = *state;

    wait_for_payer(desk);
    assert_string_equal(desk_deadline(desk, 1), "");
    assert_string_equal(desk_calls(desk), "P1/void");
    assert_string_equal(desk->calls[0].path, "/v2/checkout/orders/PP1");
    assert_string_equal(approve(desk, "1"), ""); /* too late: nobody asks for it any more */
    assert_string_equal(desk_answer(desk, 200, APPROVED), "declined expired");
    assert_string_equal(desk_calls(desk), "");
}

static void an_order_that_paypal_forgot_is_gone(void **state)
{
    struct desk *desk = *state;

    wait_for_payer(desk);
    (void)desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_answer(desk, 404, "{\"name\":\"RESOURCE_NOT_FOUND\"}"),
                        "declined authorization_expired");
}

/* --- What is held ------------------------------------------------------------------------------ */

static void a_hold_is_let_go(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST), "");
    assert_string_equal(desk->calls[0].path, "/v2/payments/authorizations/AU1/void");
    assert_string_equal(desk_answer(desk, 204, ""), "voided 4488");
    assert_string_equal(tell_of_hold(desk, "2", "PAYMENT.AUTHORIZATION.VOIDED", "AU1"), "");
    desk_check(desk);
}

static void captures_take_parts(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    assert_string_equal(desk_capture(desk, 1, "C1", 1000), "");
    assert_string_equal(desk->calls[0].path, "/v2/payments/authorizations/AU1/capture");
    assert_non_null(strstr(desk->calls[0].form, "\"value\":\"10.00\"},\"final_capture\":false"));
    assert_string_equal(desk_answer(desk, 201, "{\"id\":\"CA1\",\"status\":\"PENDING\"}"), "");
    assert_int_equal(desk->verdict, EFFECT_ASK); /* under the same key it says what became of it */
    assert_string_equal(desk_answer(desk, 200, "{\"id\":\"CA1\",\"status\":\"COMPLETED\"}"),
                        "captured C1 1000/1000");
    assert_string_equal(desk_capture(desk, 1, "C2!", 2000), "");
    assert_non_null(strstr(desk->calls[0].form, "\"final_capture\":true"));
    assert_string_equal(desk_answer(desk, 201, "{\"id\":\"CA2\",\"status\":\"COMPLETED\"}"),
                        "captured C2 2000/3000");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    desk_check(desk);
}

static void a_capture_finds_it_gone(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    (void)desk_capture(desk, 1, "C1!", 4488);
    assert_string_equal(desk_answer(desk, 422, NO("AUTHORIZATION_EXPIRED")), "lapsed 4488");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_EXPIRED);
}

/* After three days PayPal is not good for it any more; captures wait until it is again. */
static void a_hold_is_renewed(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    assert_string_equal(desk_timer(desk, 1, "renew_hold", 1), "");
    assert_string_equal(desk->calls[0].path, "/v2/payments/authorizations/AU1/reauthorize");
    assert_string_equal(desk_capture(desk, 1, "C1!", 4488), "");
    assert_string_equal(desk_answer(desk, 201, "{\"id\":\"AU2\",\"status\":\"CREATED\"}"), "");
    assert_string_equal(desk_calls(desk), "C1/capture");
    assert_string_equal(desk->calls[0].path, "/v2/payments/authorizations/AU2/capture");
    assert_string_equal(tell_of_hold(desk, "2", "PAYMENT.AUTHORIZATION.VOIDED", "AU1"), "");
    assert_string_equal(desk_answer(desk, 201, "{\"id\":\"CA1\",\"status\":\"COMPLETED\"}"),
                        "captured C1 4488/4488");
    assert_string_equal(desk_timer(desk, 1, "renew_hold", 1), "");
    assert_string_equal(desk_calls(desk), "");
    desk_check(desk);
}

/* What was held before lapses when it is renewed, which is no news of what is held now. */
static void the_old_hold_lapses(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    (void)desk_timer(desk, 1, "renew_hold", 1);
    assert_string_equal(desk_answer(desk, 201, "{\"id\":\"AU2\",\"status\":\"CREATED\"}"), "");
    assert_string_equal(tell_of_hold(desk, "2", "PAYMENT.AUTHORIZATION.VOIDED", "AU1"), "");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_AUTHORIZED);
    assert_string_equal(tell_of_hold(desk, "3", "PAYMENT.AUTHORIZATION.VOIDED", "AU2"),
                        "lapsed 4488");
}

static void a_hold_is_not_renewed(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    (void)desk_timer(desk, 1, "renew_hold", 1);
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST), "");
    assert_string_equal(desk_answer(desk, 422, NO("REAUTHORIZATION_TOO_SOON")), "");
    assert_string_equal(desk_calls(desk), "P1/void"); /* what was asked for meanwhile */
    assert_string_equal(desk->calls[0].path, "/v2/payments/authorizations/AU1/void");
    assert_string_equal(desk_answer(desk, 204, ""), "voided 4488");
    desk_check(desk);
}

static void a_renewal_finds_it_gone(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    (void)desk_timer(desk, 1, "renew_hold", 1);
    assert_string_equal(desk_answer(desk, 422, NO("AUTHORIZATION_VOIDED")), "lapsed 4488");
}

/* --- Refunds ----------------------------------------------------------------------------------- */

static void take(struct desk *desk, const char *capture, const char *name, int64_t amount_minor)
{
    (void)desk_capture(desk, 1, capture, amount_minor);
    (void)desk_answer(desk, 201,
                      text_format(desk->kept, "{\"id\":\"%s\",\"status\":\"COMPLETED\"}", name));
}

/* Each refund is one of a capture that has room for it; where none has, a person gives it back in parts. */
static void refunds_are_of_captures(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    take(desk, "C1", "CA1", 1000);
    take(desk, "C2!", "CA2", 3000);
    assert_string_equal(desk_refund(desk, 1, "B1", 800), "");
    assert_string_equal(desk->calls[0].path, "/v2/payments/captures/CA1/refund");
    assert_string_equal(desk_refund(desk, 1, "B2", 800), ""); /* at once: CA1 has no more room */
    assert_string_equal(desk->calls[1].path, "/v2/payments/captures/CA2/refund");
    assert_string_equal(desk_answer(desk, 201, "{\"id\":\"RE1\",\"status\":\"COMPLETED\"}"),
                        "refunded B1 800/800");
    assert_string_equal(desk_answer(desk, 422, NO("REFUND_NOT_ALLOWED")),
                        "failed refund B2 refund_not_allowed 800");
    assert_string_equal(desk_refund(desk, 1, "B3", 3200), "failed refund B3 by_hand 800");
    assert_string_equal(desk_calls(desk), "");
    desk_check(desk);
}

static void a_refund_is_pending(void **state)
{
    struct desk *desk = *state;

    hold(desk);
    take(desk, "C1!", "CA1", 4488);
    (void)desk_refund(desk, 1, "B1", 488);
    assert_string_equal(desk_answer(desk, 201, "{\"id\":\"RE1\",\"status\":\"PENDING\"}"), "");
    assert_string_equal(desk_timer(desk, 1, "ask_refund", 1), "");
    assert_string_equal(desk->calls[0].path, "/v2/payments/refunds/RE1");
    assert_string_equal(desk_answer(desk, 200, "{\"id\":\"RE1\",\"status\":\"COMPLETED\"}"),
                        "refunded B1 488/488");
    desk_check(desk);
}

/* --- What is not ours -------------------------------------------------------------------------- */

static void other_news_change_nothing(void **state)
{
    static const char *const resources[] = {
        "{}",
        "{\"id\":\"PP1\"}",
        "{\"id\":\"PP1\",\"purchase_units\":[{\"custom_id\":\"1\"}]}",
        "{\"id\":\"PP1\",\"purchase_units\":[{\"custom_id\":\"x/y/z\"}]}",
        "{\"id\":\"PP2\",\"purchase_units\":[{\"custom_id\":\"1/%s\"}]}",
        "{\"id\":\"PP1\",\"purchase_units\":[{\"custom_id\":\"2/%s\"}]}",
        "{\"id\":\"PP1\",\"purchase_units\":[{\"custom_id\":\"1/%s/x-B1\"}]}",
    };
    struct desk *desk = *state;
    const char *id = desk_child_id(desk, 1, "P1");

    wait_for_payer(desk);
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        const char *hole = strstr(resources[i], "%s");
        const char *resource = hole == NULL
                                   ? resources[i]
                                   : text_format(desk->kept, "%.*s%s%s", (int)(hole - resources[i]),
                                                 resources[i], id, hole + 2);

        assert_string_equal(tell(desk, "1", "CHECKOUT.ORDER.APPROVED", resource), "");
        assert_string_equal(desk_calls(desk), "");
    }
    assert_string_equal(tell(desk, "1", "CUSTOMER.DISPUTE.CREATED", "{\"id\":\"PP1\"}"), "");
    assert_string_equal(desk_calls(desk), "");
}

static void what_it_does_not_take_is_declined(void **state)
{
    struct desk *desk = *state;
    struct payment_authorize command = desk_authorize_command(desk, 1, NULL, 12345);

    command.method = PAYMENT_METHOD_WALLET;
    command.currency = "HUF";
    assert_string_equal(desk_authorize_with(desk, &command),
                        "declined amount_not_divisible for good");
    assert_string_equal(desk_calls(desk), "");
    payment_routes = ROUTES_DEFAULT;
    assert_string_equal(desk_authorize_by(desk, 2, PAYMENT_METHOD_WALLET, 100),
                        "refused rule:method_not_supported P1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(requests_are_as_published),
        TEST(amounts_are_decimal),
        TEST(an_approval_is_secured_once),
        TEST(a_poll_finds_what_was_approved),
        TEST(news_overtake_the_answer),
        TEST(an_unclear_answer_is_asked_for_again),
        TEST(a_payer_chooses_another_way),
        TEST(nobody_approves),
        TEST(an_order_that_paypal_forgot_is_gone),
        TEST(a_hold_is_let_go),
        TEST(captures_take_parts),
        TEST(a_capture_finds_it_gone),
        TEST(a_hold_is_renewed),
        TEST(the_old_hold_lapses),
        TEST(a_hold_is_not_renewed),
        TEST(a_renewal_finds_it_gone),
        TEST(refunds_are_of_captures),
        TEST(a_refund_is_pending),
        TEST(other_news_change_nothing),
        TEST(what_it_does_not_take_is_declined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
