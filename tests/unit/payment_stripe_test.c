/* payment_stripe_test.c - what Stripe is asked, byte by byte, and what its answers and webhooks mean.
 *
 * links: payment
 */
#include "common/arena.h"
#include "common/text.h"
#include "services/payment/providers/stripe.h"
#include "services/payment/providers/stripe_calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ORDER "ord_mfrggzdfmztwq2lknnwg23tpoa"

static int set_up(void **state)
{
    *state = arena_new(1 << 24);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static struct payment_call call_for(enum payment_call_operation operation)
{
    return (struct payment_call){ .operation = operation,
                                  .order_id = ORDER,
                                  .order_no = 7,
                                  .payment_id = ORDER "-P1",
                                  .operation_id = ORDER "-C1",
                                  .provider_ref = "pi_1",
                                  .amount_minor = 4488,
                                  .currency = "EUR",
                                  .token = "tok_ok",
                                  .captured_minor = 100,
                                  .has_captured_minor = true };
}

/* --- Requests ---------------------------------------------------------------------------------- */

static const char *form_of(struct arena *arena, const struct payment_call *call)
{
    return stripe_request(arena, call).form;
}

static void authorization_is_asked_for(void **state)
{
    struct payment_call call = call_for(PAYMENT_CALL_OPERATION_AUTHORIZE);
    struct outside_request request;

    stripe_build(*state, &call, "the-key", &request);
    assert_string_equal(request.method, "POST");
    assert_string_equal(request.path, "/v1/payment_intents");
    assert_string_equal(request.headers,
                        "Content-Type: application/x-www-form-urlencoded\n"
                        "Stripe-Version: 2026-08-26.dahlia\nIdempotency-Key: the-key\n");
    assert_int_equal(request.body_length, strlen(request.body));
    assert_string_equal(
        request.body,
        "amount=4488&currency=eur&capture_method=manual&confirm=true"
        "&payment_method_data%5Btype%5D=card&payment_method_data%5Bcard%5D%5Btoken%5D=tok_ok"
        "&payment_method_types%5B0%5D=card"
        "&payment_method_options%5Bcard%5D%5Brequest_multicapture%5D=if_available"
        "&description=Order%20" ORDER "&metadata%5Border_id%5D=" ORDER
        "&metadata%5Border_no%5D=7&metadata%5Bpayment_id%5D=" ORDER "-P1");
    call.token = "pm_1&amount=1";
    call.return_url = "https://shop.example/a?b=c&d=e";
    assert_non_null(strstr(form_of(*state, &call), "&payment_method=pm_1%26amount%3D1&"));
    assert_non_null(strstr(form_of(*state, &call),
                           "&return_url=https%3A%2F%2Fshop.example%2Fa%3Fb%3Dc%26d%3De&"));
    assert_null(strstr(form_of(*state, &call), "payment_method_data"));
}

static void other_calls_are_asked_for(void **state)
{
    struct payment_call call = call_for(PAYMENT_CALL_OPERATION_CAPTURE);

    assert_string_equal(stripe_request(*state, &call).path, "/v1/payment_intents/pi_1/capture");
    assert_string_equal(form_of(*state, &call), "amount_to_capture=4488&final_capture=false");
    call.final = true;
    assert_string_equal(form_of(*state, &call), "amount_to_capture=4488");
    call = call_for(PAYMENT_CALL_OPERATION_V_VOID);
    call.reason = CANCEL_REASON_OUT_OF_STOCK;
    assert_string_equal(stripe_request(*state, &call).path, "/v1/payment_intents/pi_1/cancel");
    assert_string_equal(form_of(*state, &call), "");
    call.reason = CANCEL_REASON_PAYMENT_EXPIRED;
    assert_string_equal(form_of(*state, &call), "cancellation_reason=abandoned");
    call = call_for(PAYMENT_CALL_OPERATION_REFUND);
    call.operation_id = ORDER "-B2";
    call.reason = CANCEL_REASON_FRAUD;
    assert_string_equal(stripe_request(*state, &call).path, "/v1/refunds");
    assert_string_equal(form_of(*state, &call),
                        "payment_intent=pi_1&amount=4488&reason=fraudulent"
                        "&metadata%5Border_id%5D=" ORDER "&metadata%5Border_no%5D=7"
                        "&metadata%5Bpayment_id%5D=" ORDER "-P1&metadata%5Brefund_id%5D=" ORDER
                        "-B2");
    call.reason = CANCEL_REASON_OTHER;
    assert_null(strstr(form_of(*state, &call), "reason"));
}

/* The longest of everything, each character three bytes on the wire. */
static void the_longest_form_fits(void **state)
{
    struct payment_call call = call_for(PAYMENT_CALL_OPERATION_AUTHORIZE);
    char token[256], url[2049];

    memset(token, '&', 255);
    token[255] = '\0';
    memset(url, '/', 2048);
    url[2048] = '\0';
    call.token = token;
    call.return_url = url;
    assert_true(strlen(form_of(*state, &call)) > (size_t)3 * (255 + 2048));
}

/* --- Answers ----------------------------------------------------------------------------------- */

struct answer {
    int64_t operation; /* enum payment_call_operation */
    int64_t status;
    const char *body;
    int64_t verdict; /* enum effect_verdict */
    const char *outcome;
};

#define A              PAYMENT_CALL_OPERATION_AUTHORIZE
#define C              PAYMENT_CALL_OPERATION_CAPTURE
#define V              PAYMENT_CALL_OPERATION_V_VOID
#define R              PAYMENT_CALL_OPERATION_REFUND
#define ERROR(members) "{\"error\":{\"type\":\"invalid_request_error\"" members "}}"
#define UNEXPECTED(status, received)                                                               \
    ERROR(",\"code\":\"payment_intent_unexpected_state\",\"payment_intent\":{\"id\":\"pi_1\","     \
          "\"status\":\"" status "\",\"amount_received\":" received "}")

/* An intent as a provider really shows it: much that we do not read, and null for what it lacks. */
#define WHOLE                                                                                      \
    "{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"amount\":4488,\"amount_capturable\":4488,"   \
    "\"amount_details\":{\"tip\":{}},\"amount_received\":0,\"application\":null,"                  \
    "\"canceled_at\":null,\"cancellation_reason\":null,\"capture_method\":\"manual\","             \
    "\"client_secret\":\"pi_1_secret_x\",\"created\":1795334300,\"currency\":\"eur\","             \
    "\"last_payment_error\":null,\"latest_charge\":\"ch_1\",\"livemode\":false,\"metadata\":"      \
    "{\"order_id\":\"" ORDER "\"},\"next_action\":null,\"payment_method_types\":[\"card\"],"       \
    "\"status\":\"requires_capture\"}"
#define PAGE(url)                                                                                  \
    "{\"id\":\"pi_1\",\"status\":\"requires_action\",\"next_action\":{\"type\":"                   \
    "\"redirect_to_url\",\"redirect_to_url\":{\"return_url\":null,\"url\":\"" url "\"}}}"

static const struct answer answers[] = {
    { A, 200, WHOLE, EFFECT_DONE, "authorized pi_1" },
    { A, 200, PAGE("https://bank.example/1"), EFFECT_DONE, "action pi_1 https://bank.example/1" },
    { A, 200, PAGE("ftp://bank.example/1"), EFFECT_DONE, "action pi_1" },
    { A, 200, PAGE("https://bank.example/a b"), EFFECT_DONE, "action pi_1" },
    { A, 200,
      "{\"id\":\"pi_1\",\"status\":\"requires_action\",\"next_action\":{\"type\":"
      "\"use_stripe_sdk\",\"use_stripe_sdk\":{}}}",
      EFFECT_DONE, "action pi_1" },
    { A, 200, "{\"id\":\"pi_1\",\"status\":\"processing\"}", EFFECT_DONE, "action pi_1" },
    { A, 200,
      "{\"id\":\"pi_1\",\"status\":\"requires_payment_method\",\"last_payment_error\":{\"code\":"
      "\"card_declined\",\"decline_code\":\"do_not_honor\"}}",
      EFFECT_DONE, "no pi_1 do_not_honor declined retryable" },
    { A, 200, "{\"id\":\"pi_1\",\"status\":\"succeeded\"}", EFFECT_DONE,
      "no pi_1 unexpected_answer" },
    { A, 200, "{\"id\":\"pi_1\",\"status\":\"a_newer_word\"}", EFFECT_DONE,
      "no pi_1 unexpected_answer" },
    { A, 200, "{\"id\":\"pi_1\"}", EFFECT_ASK, "" },
    { A, 200, "<html>", EFFECT_ASK, "" },
    { A, 200, "", EFFECT_ASK, "" },
    { A, 402,
      "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\",\"decline_code\":"
      "\"insufficient_funds\",\"message\":\"Your card has insufficient funds.\",\"param\":\"\","
      "\"charge\":\"ch_1\",\"payment_intent\":{\"id\":\"pi_1\",\"status\":"
      "\"requires_payment_method\"}}}",
      EFFECT_DONE, "no pi_1 insufficient_funds declined retryable" },
    { A, 402, "{\"error\":{\"type\":\"card_error\",\"code\":\"expired_card\"}}", EFFECT_DONE,
      "no expired_card declined retryable" },
    { A, 402, "{\"error\":{\"type\":\"card_error\",\"decline_code\":\"stolen_card\"}}", EFFECT_DONE,
      "no stolen_card declined" },
    { A, 402, "{\"error\":{\"type\":\"card_error\",\"code\":\"Not A Code\"}}", EFFECT_DONE,
      "no other declined retryable" },
    { A, 400, ERROR(",\"code\":\"resource_missing\",\"param\":\"payment_method\""), EFFECT_DONE,
      "no resource_missing declined retryable" },
    { A, 400, ERROR(",\"code\":\"amount_too_small\",\"param\":\"amount\""), EFFECT_DONE,
      "no amount_too_small declined" },
    { A, 400, ERROR(",\"code\":\"parameter_unknown\",\"param\":\"confirmation\""), EFFECT_DONE,
      "no parameter_unknown" },
    { A, 400, "{\"error\":{\"type\":\"idempotency_error\"}}", EFFECT_DONE, "no other" },
    { A, 400, "Bad Request", EFFECT_ASK, "" },
    { A, 401, ERROR(""), EFFECT_AGAIN, "" },
    { A, 403, ERROR(""), EFFECT_AGAIN, "" },
    { A, 409, "{\"error\":{\"type\":\"idempotency_error\",\"code\":\"idempotency_key_in_use\"}}",
      EFFECT_AGAIN, "" },
    { A, 429, ERROR(",\"code\":\"rate_limit\""), EFFECT_AGAIN, "" },
    { A, 400, ERROR(",\"code\":\"lock_timeout\""), EFFECT_AGAIN, "" },
    { A, 404, ERROR(""), EFFECT_ASK, "" },
    { A, 404, "not here", EFFECT_ASK, "" },
    { A, 500, "{\"error\":{\"type\":\"api_error\"}}", EFFECT_ASK, "" },
    { A, 503, "", EFFECT_ASK, "" },
    { A, 302, "", EFFECT_ASK, "" },

    { C, 200, "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount_received\":4588}", EFFECT_DONE,
      "captured pi_1" },
    { C, 200, "{\"id\":\"pi_1\",\"status\":\"requires_capture\",\"amount_received\":4588}",
      EFFECT_DONE, "captured pi_1" },
    { C, 200, "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount_received\":4587}", EFFECT_DONE,
      "no pi_1 unexpected_answer" },
    { C, 200, "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount_received\":null}", EFFECT_DONE,
      "no pi_1 unexpected_answer" },
    { C, 400, UNEXPECTED("succeeded", "4588"), EFFECT_DONE, "captured pi_1" },
    { C, 400, UNEXPECTED("succeeded", "100"), EFFECT_DONE, "no authorization_expired gone" },
    { C, 400, UNEXPECTED("canceled", "100"), EFFECT_DONE, "no authorization_expired gone" },
    { C, 400, UNEXPECTED("processing", "100"), EFFECT_DONE, "no payment_intent_unexpected_state" },
    { C, 400, ERROR(",\"code\":\"charge_expired_for_capture\""), EFFECT_DONE,
      "no authorization_expired gone" },
    { C, 400, ERROR(",\"code\":\"amount_too_large\""), EFFECT_DONE, "no amount_too_large" },
    { C, 404, ERROR(",\"code\":\"resource_missing\""), EFFECT_DONE, "no resource_missing" },

    { V, 200, "{\"id\":\"pi_1\",\"status\":\"canceled\",\"amount_received\":0}", EFFECT_DONE,
      "released pi_1" },
    { V, 200, "{\"id\":\"pi_1\",\"status\":\"requires_capture\",\"amount_received\":0}",
      EFFECT_DONE, "no pi_1 unexpected_answer" },
    { V, 400, UNEXPECTED("canceled", "0"), EFFECT_DONE, "released" },
    { V, 400, UNEXPECTED("succeeded", "100"), EFFECT_DONE, "released" },
    { V, 400, UNEXPECTED("succeeded", "4588"), EFFECT_DONE, "no payment_intent_unexpected_state" },
    { V, 400, UNEXPECTED("processing", "0"), EFFECT_DONE, "no payment_intent_unexpected_state" },

    { R, 200, "{\"id\":\"re_1\",\"status\":\"succeeded\"}", EFFECT_DONE, "refunded re_1" },
    { R, 200, "{\"id\":\"re_1\",\"status\":\"pending\"}", EFFECT_DONE, "pending re_1" },
    { R, 200, "{\"id\":\"re_1\",\"status\":\"requires_action\"}", EFFECT_DONE, "pending re_1" },
    { R, 200, "{\"id\":\"re_1\",\"status\":\"failed\",\"failure_reason\":\"lost_or_stolen_card\"}",
      EFFECT_DONE, "no re_1 lost_or_stolen_card" },
    { R, 400, ERROR(",\"code\":\"charge_already_refunded\""), EFFECT_DONE,
      "no charge_already_refunded" },
    { R, 200, "{\"id\":\"re_1\",\"status\":\"canceled\"}", EFFECT_DONE, "no re_1 other" },
    { R, 200, "{\"id\":\"re_1\",\"status\":\"a_newer_word\"}", EFFECT_DONE, "pending re_1" },
};

static const char *show(struct arena *arena, const struct outcome *outcome)
{
    static const char *const kinds[] = { "none",     "authorized", "action",  "captured",
                                         "released", "refunded",   "pending", "no" };
    const char *text = kinds[outcome->kind];
    const char *const words[] = { outcome->provider_ref,
                                  outcome->code,
                                  outcome->action_url,
                                  outcome->declined ? "declined" : NULL,
                                  outcome->retryable ? "retryable" : NULL,
                                  outcome->gone ? "gone" : NULL };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        text = words[i] == NULL ? text : text_format(arena, "%s %s", text, words[i]);
    }
    return text;
}

static void answers_are_understood(void **state)
{
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const struct answer *answer = &answers[i];
        struct payment_call call = call_for((enum payment_call_operation)answer->operation);
        char *body = arena_copy_text(*state, answer->body, strlen(answer->body));
        struct http_end end = { .fate = HTTP_ANSWERED,
                                .status = answer->status,
                                .body = body,
                                .body_length = strlen(body) };
        const void *outcome = NULL;
        enum effect_verdict verdict = stripe_read(*state, &call, &end, false, &outcome);

        print_message("%d %d %s\n", (int)answer->operation, (int)answer->status, answer->body);
        assert_int_equal(verdict, answer->verdict);
        if (verdict == EFFECT_DONE) {
            assert_string_equal(show(*state, outcome), answer->outcome);
        }
    }
}

/* A URL that no fact has room for is none. */
static void a_page_has_a_limit(void **state)
{
    char url[2100] = "https://";

    memset(url + 8, 'a', sizeof url - 9);
    struct stripe_intent_next_action_redirect_to_url redirect = { .url = url };
    struct stripe_intent_next_action action = { .redirect_to_url = &redirect };
    struct stripe_intent intent = { .id = "pi_1",
                                    .status = STRIPE_INTENT_STATUS_REQUIRES_ACTION,
                                    .next_action = &action };
    struct payment_call call = call_for(A);

    (void)state;
    assert_null(stripe_intent_outcome(&call, &intent).action_url);
    url[2048] = '\0';
    assert_non_null(stripe_intent_outcome(&call, &intent).action_url);
}

/* --- Webhooks ---------------------------------------------------------------------------------- */

#define OURS                                                                                       \
    "\"metadata\":{\"order_id\":\"" ORDER "\",\"order_no\":\"7\",\"payment_id\":\"" ORDER "-P1\"}"
#define OUR_REFUND                                                                                 \
    "\"metadata\":{\"order_id\":\"" ORDER "\",\"order_no\":\"7\",\"payment_id\":\"" ORDER          \
    "-P1\",\"refund_id\":\"" ORDER "-B3\"}"
#define EVENT(type, members)                                                                       \
    "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"" type                                      \
    "\",\"livemode\":false,\"data\":{\"object\":{\"id\":\"pi_1\"," members                         \
    "},\"previous_attributes\":null}}"

static const struct {
    const char *body, *news;
} webhooks[] = {
    { EVENT("payment_intent.amount_capturable_updated", "\"status\":\"requires_capture\"," OURS),
      "authorized 0" },
    { EVENT("payment_intent.amount_capturable_updated", "\"status\":\"succeeded\"," OURS), "" },
    { EVENT("payment_intent.payment_failed",
            "\"status\":\"requires_payment_method\",\"last_payment_error\":{\"code\":"
            "\"card_declined\",\"decline_code\":\"insufficient_funds\"}," OURS),
      "declined 0 insufficient_funds" },
    { EVENT("payment_intent.payment_failed", "\"last_payment_error\":null," OURS),
      "declined 0 other" },
    { EVENT("payment_intent.canceled", "\"cancellation_reason\":\"expired\"," OURS),
      "gone 0 authorization_expired" },
    { EVENT("payment_intent.canceled", "\"cancellation_reason\":\"automatic\"," OURS),
      "gone 0 authorization_expired" },
    { EVENT("payment_intent.canceled", "\"cancellation_reason\":null," OURS),
      "gone 0 authorization_canceled" },
    { EVENT("payment_intent.succeeded", "\"status\":\"succeeded\"," OURS), "" },
    { EVENT("payment_intent.requires_action", "\"status\":\"requires_action\"," OURS), "" },
    { EVENT("charge.refunded", "\"status\":\"succeeded\"," OURS), "" },
    { EVENT("refund.created", "\"status\":\"succeeded\"," OUR_REFUND), "refunded 3" },
    { EVENT("refund.updated", "\"status\":\"succeeded\"," OUR_REFUND), "refunded 3" },
    { EVENT("refund.updated", "\"status\":\"pending\"," OUR_REFUND), "" },
    { EVENT("refund.updated",
            "\"status\":\"failed\",\"failure_reason\":\"expired_or_canceled_card\"," OUR_REFUND),
      "refund_failed 3 expired_or_canceled_card" },
    { EVENT("refund.failed", "\"status\":\"failed\"," OUR_REFUND), "refund_failed 3 other" },
    { EVENT("refund.failed", "\"status\":\"failed\"," OURS), "" },
    { EVENT("payment_intent.canceled", OUR_REFUND), "" },
    { EVENT("payment_intent.canceled", "\"metadata\":{}"), "" },
    { EVENT("payment_intent.canceled", "\"metadata\":null"), "" },
    { EVENT("payment_intent.canceled",
            "\"metadata\":{\"order_id\":\"ord_1042\",\"order_no\":\"7\",\"payment_id\":\"x\"}"),
      "" },
    { EVENT("payment_intent.canceled", "\"metadata\":{\"order_id\":\"" ORDER
                                       "\",\"order_no\":\"-7\",\"payment_id\":\"" ORDER "-P1\"}"),
      "" },
    { EVENT("payment_intent.canceled", "\"metadata\":{\"order_id\":\"" ORDER
                                       "\",\"order_no\":\"7x\",\"payment_id\":\"" ORDER "-P1\"}"),
      "" },
    { EVENT("payment_intent.canceled",
            "\"metadata\":{\"order_id\":\"" ORDER "\",\"order_no\":\"7\",\"payment_id\":"
            "\"ord_aaaaaaaaaaaaaaaaaaaaaaaaaa-P1\"}"),
      "" },
    { EVENT("payment_intent.canceled", "\"metadata\":{\"order_id\":\"" ORDER
                                       "-P1\",\"order_no\":\"7\",\"payment_id\":\"" ORDER "-P1\"}"),
      "" },
    { "{\"id\":\"evt_1\",\"object\":\"v2.core.event\",\"type\":\"v1.billing.meter.error\"}", "" },
    { "webhook_id=7", "" },
    { "", "" },
};

static void webhooks_are_understood(void **state)
{
    static const char *const kinds[] = { "",     "authorized", "declined",
                                         "gone", "refunded",   "refund_failed" };

    for (size_t i = 0; i < sizeof webhooks / sizeof webhooks[0]; i++) {
        const struct news *news =
            stripe_read_webhook(*state, webhooks[i].body, strlen(webhooks[i].body));

        print_message("%s\n", webhooks[i].body);
        if (news == NULL) {
            assert_string_equal("", webhooks[i].news);
            continue;
        }
        assert_string_equal(text_format(*state, "%s %d%s%s", kinds[news->kind],
                                        (int)news->refund_no, news->code == NULL ? "" : " ",
                                        news->code == NULL ? "" : news->code),
                            webhooks[i].news);
        assert_string_equal(news->event_id, "evt_1");
        assert_string_equal(news->order_id, ORDER);
        assert_string_equal(news->payment_id, ORDER "-P1");
        assert_int_equal(news->order_no, 7);
        assert_string_equal(news->provider_ref, "pi_1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(authorization_is_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_calls_are_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_longest_form_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_are_understood, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_has_a_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(webhooks_are_understood, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
