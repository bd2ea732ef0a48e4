/* payment_money_test.c - captures in parts, refunds, and amounts that do not add up.
 *
 * links: payment
 */
#include "tests/unit/payment_desk.h"

#include "common/text.h"
#include "services/payment/refund.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECURED  "{\"id\":\"pi_1\",\"status\":\"requires_capture\",\"amount_received\":0}"
#define CANCELED "{\"id\":\"pi_1\",\"status\":\"canceled\",\"amount_received\":0}"
#define BROKEN   "{\"error\":{\"type\":\"invalid_request_error\",\"param\":\"final_capture\"}}"
#define GONE                                                                                       \
    "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"payment_intent_unexpected_state\"," \
    "\"payment_intent\":{\"id\":\"pi_1\",\"status\":\"canceled\",\"amount_received\":0}}}"
#define REFUND(status) "{\"id\":\"re_1\",\"status\":\"" status "\",\"failure_reason\":null}"
#define REFUND_BROKEN                                                                              \
    "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"charge_disputed\"}}"

/* Order 1: 1000 are secured. */
static void secure(struct desk *desk)
{
    desk_forget(desk);
    desk_authorize(desk, 1, "tok_ok", 1000);
    assert_string_equal(desk_answer(desk, 200, SECURED), "authorized 1000");
}

static const char *received(struct desk *desk, const char *status, int64_t received_minor)
{
    return text_format(desk->kept, "{\"id\":\"pi_1\",\"status\":\"%s\",\"amount_received\":%lld}",
                       status, (long long)received_minor);
}

static const char *take(struct desk *desk, const char *capture, int64_t amount_minor,
                        int64_t received_minor)
{
    assert_string_equal(desk_capture(desk, 1, capture, amount_minor), "");
    return desk_answer(desk, 200, received(desk, "requires_capture", received_minor));
}

static const char *refund_event(struct desk *desk, const char *id, const char *type,
                                const char *refund)
{
    return text_format(
        desk->kept,
        "{\"id\":\"%s\",\"type\":\"refund.%s\",\"data\":{\"object\":{\"id\":\"re_1\","
        "\"status\":\"%s\",\"failure_reason\":\"expired_or_canceled_card\",\"metadata\":"
        "{\"order_id\":\"%s\",\"order_no\":\"1\",\"payment_id\":\"%s\",\"refund_id\":\"%s\"}}}}",
        id, type, strcmp(type, "failed") == 0 ? "failed" : "succeeded", desk_order_id(desk, 1),
        desk_child_id(desk, 1, "P1"), desk_child_id(desk, 1, refund));
}

/* --- Captures ---------------------------------------------------------------------------------- */

static void all_at_once(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_capture(desk, 1, "C1", 1000);
    assert_string_equal(desk->calls[0].form, "amount_to_capture=1000");
    assert_string_equal(desk->calls[0].path, "/v1/payment_intents/pi_1/capture");
    assert_string_equal(desk_answer(desk, 200, received(desk, "succeeded", 1000)),
                        "captured C1 1000/1000");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    assert_string_equal(desk_capture(desk, 1, "C1", 1000), "captured C1 1000/1000");
    assert_string_equal(desk_calls(desk), "");
}

static void in_parts(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_capture(desk, 1, "C1", 300);
    assert_string_equal(desk->calls[0].form, "amount_to_capture=300&final_capture=false");
    assert_string_equal(desk_answer(desk, 200, received(desk, "requires_capture", 300)),
                        "captured C1 300/300");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_PARTIALLY_CAPTURED);
    assert_string_equal(take(desk, "C2", 500, 800), "captured C2 500/800");
    desk_capture(desk, 1, "C3", 200);
    assert_string_equal(desk->calls[0].form, "amount_to_capture=200"); /* nothing is left */
    assert_string_equal(desk_answer(desk, 200, received(desk, "succeeded", 1000)),
                        "captured C3 200/1000");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    assert_string_equal(desk_capture(desk, 1, "C1", 300), "captured C1 300/1000");
    desk_check(desk);
}

static void final_lets_go_of_the_rest(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_capture(desk, 1, "C1!", 700);
    assert_string_equal(desk->calls[0].form, "amount_to_capture=700");
    assert_string_equal(desk_capture(desk, 1, "C2", 100), "refused rule:exceeds_authorized C2");
    assert_string_equal(desk_answer(desk, 200, received(desk, "succeeded", 700)),
                        "captured C1 700/700");
    assert_int_equal(desk_payment(desk, 1)->released_minor, 300);
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_OTHER), "voided 300");
    desk_check(desk);
}

/* While one is under way others wait; the final one is the last, whatever its number. */
static void they_wait_for_each_other(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_capture(desk, 1, "C5", 100);
    desk_capture(desk, 1, "C6", 200);
    desk_capture(desk, 1, "C2!", 300);
    assert_string_equal(desk_calls(desk), "C5/capture");
    assert_string_equal(desk_capture(desk, 1, "C7", 1), "refused rule:exceeds_authorized C7");
    assert_string_equal(desk_answer(desk, 200, received(desk, "requires_capture", 100)),
                        "captured C5 100/100");
    assert_string_equal(desk_calls(desk), "C6/capture");
    assert_string_equal(desk_capture(desk, 1, "C2!", 300), "");
    assert_string_equal(desk_answer(desk, 200, received(desk, "requires_capture", 300)),
                        "captured C6 200/300");
    assert_string_equal(desk->calls[0].form, "amount_to_capture=300");
    assert_string_equal(desk_answer(desk, 200, received(desk, "succeeded", 600)),
                        "captured C2 300/600");
    assert_int_equal(desk_payment(desk, 1)->released_minor, 400);
    desk_check(desk);
}

static void amounts_that_do_not_add_up(void **state)
{
    struct desk *desk = *state;
    struct payment_capture command;

    secure(desk);
    command = desk_capture_command(desk, 1, "C1", 100);
    assert_string_equal(desk_capture(desk, 1, "C1", 1001), "refused rule:exceeds_authorized C1");
    assert_string_equal(desk_capture(desk, 1, "C1", 0), "refused rule:amount_zero C1");
    command.currency = "USD";
    assert_string_equal(desk_capture_with(desk, &command), "refused rule:currency_differs C1");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_AUTHORIZED);
    desk_capture(desk, 1, "C1", 600);
    assert_string_equal(desk_capture(desk, 1, "C2", 401), "refused rule:exceeds_authorized C2");
    assert_string_equal(desk_capture(desk, 1, "C2", 400), "");
    assert_string_equal(desk_capture(desk, 1, "C3", 1), "refused rule:exceeds_authorized C3");
    desk_check(desk);
}

static void a_capture_fails(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_capture(desk, 1, "C1", 400);
    desk_capture(desk, 1, "C2", 1000 - 400);
    assert_string_equal(desk_answer(desk, 400, BROKEN), "failed capture C1 other");
    assert_string_equal(desk_calls(desk), "C2/capture");
    assert_string_equal(desk_answer(desk, 200, received(desk, "requires_capture", 600)),
                        "captured C2 600/600");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_PARTIALLY_CAPTURED);
    assert_string_equal(desk_capture(desk, 1, "C1", 400), "failed capture C1 other");
    assert_string_equal(take(desk, "C3", 400, 1000), "captured C3 400/1000");
    secure(desk);
    desk_capture(desk, 1, "C1", 400);
    desk_answer(desk, 400, BROKEN);
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_AUTHORIZED);
    assert_string_equal(desk_ledger(desk, 1),
                        "request authorize 1000, success authorize 1000, request capture 400, "
                        "failure capture 400");
    desk_check(desk);
}

/* What was secured is gone, which says it of the captures that waited, too. */
static void the_hold_is_gone(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_capture(desk, 1, "C1", 400);
    desk_capture(desk, 1, "C2", 100);
    assert_string_equal(desk_answer(desk, 400, GONE), "lapsed 1000");
    assert_string_equal(desk_capture(desk, 1, "C2", 100),
                        "failed capture C2 authorization_expired");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_EXPIRED);
    assert_int_equal(desk_payment(desk, 1)->released_minor, 1000);
    assert_string_equal(desk_calls(desk), "");
    desk_check(desk);
    secure(desk);
    desk_capture(desk, 1, "C1", 400);
    desk_void(desk, 1, CANCEL_REASON_FRAUD);
    assert_string_equal(desk_answer(desk, 400, GONE), "voided 1000");
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_FRAUD), "voided 1000");
}

/* Answered long after: what it did is told by what it took. */
static void a_capture_was_made_before(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_capture(desk, 1, "C1", 1000);
    assert_string_equal(
        desk_answer(desk, 400,
                    "{\"error\":{\"type\":\"invalid_request_error\",\"code\":"
                    "\"payment_intent_unexpected_state\",\"payment_intent\":{\"id\":\"pi_1\","
                    "\"status\":\"succeeded\",\"amount_received\":1000}}}"),
        "captured C1 1000/1000");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
}

/* A void that comes while money is taken lets go of what is left when it is. */
static void void_waits_for_the_captures(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_capture(desk, 1, "C1", 400);
    desk_capture(desk, 1, "C2", 100);
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_DUPLICATE), "");
    assert_string_equal(desk_capture(desk, 1, "C3", 100), "refused undone C3");
    desk_answer(desk, 200, received(desk, "requires_capture", 400));
    assert_string_equal(desk_calls(desk), "C2/capture");
    assert_string_equal(desk_answer(desk, 200, received(desk, "requires_capture", 500)),
                        "captured C2 100/500");
    assert_string_equal(desk_calls(desk), "P1/void");
    assert_string_equal(desk->calls[0].form, "cancellation_reason=duplicate");
    assert_string_equal(desk_answer(desk, 200, received(desk, "canceled", 500)), "voided 500");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    desk_check(desk);
    secure(desk);
    desk_capture(desk, 1, "C1", 1000);
    desk_void(desk, 1, CANCEL_REASON_FRAUD);
    assert_string_equal(desk_answer(desk, 200, received(desk, "succeeded", 1000)),
                        "captured C1 1000/1000; voided 0");
    assert_string_equal(desk_calls(desk), "");
}

/* --- Told again -------------------------------------------------------------------------------- */

enum { LATER_MS = 60000 };

static void assert_same_later(struct desk *desk, const char *when)
{
    assert_string_equal(desk->when, when);
    desk->now += LATER_MS;
}

/* It happened when it happened, however often it is told. */
static void what_is_told_again_happened_once(void **state)
{
    struct desk *desk = *state;
    const char *when = NULL;

    secure(desk);
    when = desk->when;
    desk->now += LATER_MS;
    desk_authorize(desk, 1, "tok_ok", 1000);
    assert_same_later(desk, when);
    take(desk, "C1", 400, 400);
    assert_string_not_equal(desk->when, when);
    when = desk->when;
    desk->now += LATER_MS;
    desk_capture(desk, 1, "C1", 400);
    assert_same_later(desk, when);
    desk_refund(desk, 1, "B1", 100);
    desk_answer(desk, 200, REFUND("succeeded"));
    when = desk->when;
    desk->now += LATER_MS;
    desk_refund(desk, 1, "B1", 100);
    assert_same_later(desk, when);
    desk_void(desk, 1, CANCEL_REASON_FRAUD);
    desk_answer(desk, 200, received(desk, "canceled", 400));
    when = desk->when;
    desk->now += LATER_MS;
    desk_void(desk, 1, CANCEL_REASON_FRAUD);
    assert_same_later(desk, when);
}

/* A row that is older than the column says nothing of when, and nothing wrong. */
static void what_nobody_dated_is_told_without_a_date(void **state)
{
    struct desk *desk = *state;
    size_t count = 0;

    secure(desk);
    desk_capture(desk, 1, "C1", 400);
    assert_string_equal(desk_answer(desk, 400, BROKEN), "failed capture C1 other");
    assert_non_null(strstr(desk->when, "failed_at"));
    void **rows = memory_database_rows(desk->database, &capture_table, &count);
    assert_int_equal(count, 1);
    ((struct capture_row *)rows[0])->ended_at = 0;
    desk->undated = true;
    assert_string_equal(desk_capture(desk, 1, "C1", 400), "failed capture C1 other");
    assert_null(strstr(desk->when, "failed_at"));
}

/* --- Refunds ----------------------------------------------------------------------------------- */

/* One letter an action, in the order of enum refund_action; columns: asked, by hand, withdrawn, captures settled, refunded, pending,
 * not refunded, news: refunded, failed. */
static const char *const picture[REFUND_STATE_COUNT] = {
    [REFUND_NONE] = "OG..xxx..",    [REFUND_WAITING] = "...Sxxx..",   [REFUND_SENT] = "....BKF.H",
    [REFUND_PENDING] = "....xxxBF", [REFUND_SUCCEEDED] = "TT..xxx.R", [REFUND_FAILED] = "NG..xxx..",
    [REFUND_BY_HAND] = "NYW.xxx..", [REFUND_GIVEN] = "TT..xxx..",
};

static void refunds_follow_the_picture(void **state)
{
    static const char letters[] = ".OGSBYWKFHTNRx";

    (void)state;
    for (int from = 0; from < REFUND_STATE_COUNT; from++) {
        char actions[REFUND_INPUT_COUNT + 1] = "";

        for (int input = 0; input < REFUND_INPUT_COUNT; input++) {
            actions[input] =
                letters[refund_rule((enum refund_state)from, (enum refund_input)input)];
        }
        assert_string_equal(actions, picture[from]);
    }
}

static void captured(struct desk *desk, int64_t amount_minor)
{
    secure(desk);
    desk_capture(desk, 1, "C1", amount_minor);
    desk_answer(desk, 200, received(desk, "requires_capture", amount_minor));
}

static void money_goes_back(void **state)
{
    struct desk *desk = *state;

    captured(desk, 1000);
    assert_string_equal(desk_refund(desk, 1, "B1", 400), "");
    assert_string_equal(desk_calls(desk), "B1/refund");
    assert_string_equal(desk_refund(desk, 1, "B1", 400), "");
    assert_string_equal(desk_answer(desk, 200, REFUND("succeeded")), "refunded B1 400/400");
    assert_string_equal(desk_refund(desk, 1, "B1", 400), "refunded B1 400/400");
    assert_string_equal(desk_refund(desk, 1, "B2", 600), "");
    assert_string_equal(desk_answer(desk, 200, REFUND("succeeded")), "refunded B2 600/1000");
    assert_string_equal(desk_refund(desk, 1, "B3", 1), "refused rule:exceeds_captured B3");
    assert_string_equal(desk_calls(desk), "");
    desk_check(desk);
}

static void refunds_that_do_not_add_up(void **state)
{
    struct desk *desk = *state;
    struct payment_refund command;

    captured(desk, 500);
    command = desk_refund_command(desk, 1, "B1", 100);
    command.currency = "USD";
    assert_string_equal(desk_refund_with(desk, &command), "refused rule:currency_differs B1");
    command = desk_refund_command(desk, 1, "B1", 100);
    command.valid_until = desk->now - 1;
    command.has_valid_until = true;
    assert_string_equal(desk_refund_with(desk, &command), "refused expired B1");
    assert_string_equal(desk_refund(desk, 1, "B1", 0), "refused rule:amount_zero B1");
    assert_string_equal(desk_refund(desk, 1, "B1", 501), "refused rule:exceeds_captured B1");
    assert_string_equal(desk_refund(desk, 1, "B1", 300), "");
    assert_string_equal(desk_refund(desk, 1, "B2", 201), "refused rule:exceeds_captured B2");
    assert_string_equal(desk_refund(desk, 1, "B2", 200), "");
    assert_string_equal(desk_refund(desk, 1, "B3", 1), "refused rule:exceeds_captured B3");
    assert_string_equal(desk_refund(desk, 2, "B1", 1), "refused not_found B1");
    desk_forget(desk);
    desk_void(desk, 1, CANCEL_REASON_FRAUD);
    assert_string_equal(desk_refund(desk, 1, "B1", 1), "refused rule:exceeds_captured B1");
}

static void a_refund_waits_for_the_capture(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_capture(desk, 1, "C1", 300);
    desk_capture(desk, 1, "C2", 300);
    assert_string_equal(desk_refund(desk, 1, "B1", 500), "");
    assert_string_equal(desk_refund(desk, 1, "B2", 101), "refused rule:exceeds_captured B2");
    assert_string_equal(desk_calls(desk), "C1/capture");
    desk_answer(desk, 200, received(desk, "requires_capture", 300));
    assert_string_equal(desk_calls(desk), "C2/capture");
    desk_answer(desk, 200, received(desk, "requires_capture", 600));
    assert_string_equal(desk_calls(desk), "B1/refund");
    assert_string_equal(desk_answer(desk, 200, REFUND("succeeded")), "refunded B1 500/500");
    secure(desk);
    desk_capture(desk, 1, "C1", 300);
    desk_refund(desk, 1, "B1", 300);
    assert_string_equal(desk_answer(desk, 400, BROKEN),
                        "failed capture C1 other; failed refund B1 exceeds_captured 0");
    assert_string_equal(desk_refund(desk, 1, "B1", 300), "failed refund B1 exceeds_captured 0");
    desk_check(desk);
}

static void a_refund_fails(void **state)
{
    struct desk *desk = *state;

    captured(desk, 500);
    desk_refund(desk, 1, "B1", 200);
    assert_string_equal(desk_answer(desk, 400, REFUND_BROKEN),
                        "failed refund B1 charge_disputed 0");
    assert_int_equal(desk_payment(desk, 1)->refunding_minor, 0);
    assert_string_equal(desk_refund_by_hand(desk, 1, "B1", 200), "refunded B1 200/200");
    assert_string_equal(desk_refund(desk, 1, "B1", 200), "refunded B1 200/200");
    desk_refund(desk, 1, "B2", 200);
    assert_string_equal(desk_answer(desk, 200, REFUND("failed")), "failed refund B2 other 200");
    desk_check(desk);
}

static void a_refund_takes_days(void **state)
{
    struct desk *desk = *state;

    captured(desk, 500);
    desk_refund(desk, 1, "B1", 200);
    assert_string_equal(desk_answer(desk, 200, REFUND("pending")), "");
    desk_check(desk);
    assert_string_equal(desk_tell(desk, refund_event(desk, "evt_1", "updated", "B1")),
                        "refunded B1 200/200");
    assert_string_equal(desk_tell(desk, refund_event(desk, "evt_2", "updated", "B1")), "");
    desk_refund(desk, 1, "B2", 200);
    desk_answer(desk, 200, REFUND("pending"));
    assert_string_equal(desk_tell(desk, refund_event(desk, "evt_3", "failed", "B2")),
                        "failed refund B2 expired_or_canceled_card 200");
    assert_int_equal(desk_payment(desk, 1)->refunded_minor, 200);
    desk_check(desk);
}

/* It succeeded, and comes back from the bank: the money is ours again, once. */
static void a_refund_comes_back(void **state)
{
    struct desk *desk = *state;

    captured(desk, 500);
    desk_refund(desk, 1, "B1", 200);
    desk_answer(desk, 200, REFUND("succeeded"));
    assert_string_equal(desk_tell(desk, refund_event(desk, "evt_1", "failed", "B1")),
                        "failed refund B1 expired_or_canceled_card 0");
    assert_int_equal(desk_payment(desk, 1)->refunded_minor, 0);
    assert_string_equal(desk_tell(desk, refund_event(desk, "evt_1", "failed", "B1")), "");
    assert_string_equal(desk_tell(desk, refund_event(desk, "evt_2", "failed", "B1")), "");
    assert_string_equal(desk_refund(desk, 1, "B2", 500), "");
    desk_check(desk);
}

/* A person gives what the bank sent back; the provider's failure may be told once more, by another event. */
static void what_a_person_gave_does_not_come_back(void **state)
{
    struct desk *desk = *state;

    captured(desk, 500);
    desk_refund(desk, 1, "B1", 200);
    desk_answer(desk, 200, REFUND("succeeded"));
    assert_string_equal(desk_tell(desk, refund_event(desk, "evt_1", "failed", "B1")),
                        "failed refund B1 expired_or_canceled_card 0");
    assert_string_equal(desk_refund_by_hand(desk, 1, "B1", 200), "refunded B1 200/200");
    assert_string_equal(desk_tell(desk, refund_event(desk, "evt_2", "failed", "B1")), "");
    assert_string_equal(desk_refund(desk, 1, "B1", 200), "refunded B1 200/200");
    assert_int_equal(desk_payment(desk, 1)->refunded_minor, 200);
    desk_check(desk);
}

/* That it failed is told before the answer that it succeeded, which is older. */
static void a_failure_overtakes_the_answer(void **state)
{
    struct desk *desk = *state;

    captured(desk, 500);
    desk_refund(desk, 1, "B1", 200);
    assert_string_equal(desk_tell(desk, refund_event(desk, "evt_1", "failed", "B1")), "");
    assert_string_equal(desk_answer(desk, 200, REFUND("succeeded")),
                        "failed refund B1 expired_or_canceled_card 0");
    assert_int_equal(desk_payment(desk, 1)->refunded_minor, 0);
    desk_check(desk);
}

/* The authorization lapses and the order secures the money anew: each payment has books of its own. */
static void a_second_payment(void **state)
{
    struct desk *desk = *state;
    struct payment_authorize again;
    struct payment_capture capture;
    struct payment_refund refund;

    secure(desk);
    desk_capture(desk, 1, "C1", 400);
    assert_string_equal(desk_answer(desk, 400, GONE), "lapsed 1000");
    again = desk_authorize_command(desk, 1, "tok_ok", 700);
    again.payment_id = desk_child_id(desk, 1, "P2");
    assert_string_equal(desk_authorize_with(desk, &again), "");
    assert_string_equal(desk_calls(desk), "P2/authorize");
    assert_string_equal(desk_answer(desk, 200, "{\"id\":\"pi_2\",\"status\":\"requires_capture\"}"),
                        "authorized 700");
    capture = desk_capture_command(desk, 1, "C2!", 600);
    capture.payment_id = again.payment_id;
    assert_string_equal(desk_capture_with(desk, &capture), "");
    assert_string_equal(desk->calls[0].path, "/v1/payment_intents/pi_2/capture");
    assert_string_equal(desk_answer(desk, 200,
                                    "{\"id\":\"pi_2\",\"status\":\"succeeded\","
                                    "\"amount_received\":600}"),
                        "captured C2 600/600");
    refund = desk_refund_command(desk, 1, "B1", 601);
    refund.payment_id = again.payment_id;
    assert_string_equal(desk_refund_with(desk, &refund), "refused rule:exceeds_captured B1");
    assert_string_equal(desk_capture(desk, 1, "C3", 100),
                        "failed capture C3 authorization_expired");
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_FRAUD), "voided 1000");
    assert_int_equal(desk_payment(desk, 1)->captured_minor, 0);
    desk_check(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_at_once, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(in_parts, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(final_lets_go_of_the_rest, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(they_wait_for_each_other, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(amounts_that_do_not_add_up, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_capture_fails, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(the_hold_is_gone, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_capture_was_made_before, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(void_waits_for_the_captures, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_second_payment, desk_set_up, desk_tear_down),
        cmocka_unit_test(refunds_follow_the_picture),
        cmocka_unit_test_setup_teardown(money_goes_back, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(refunds_that_do_not_add_up, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_refund_waits_for_the_capture, desk_set_up,
                                        desk_tear_down),
        cmocka_unit_test_setup_teardown(a_refund_fails, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_refund_takes_days, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(what_a_person_gave_does_not_come_back, desk_set_up,
                                        desk_tear_down),
        cmocka_unit_test_setup_teardown(what_is_told_again_happened_once, desk_set_up,
                                        desk_tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_dated_is_told_without_a_date, desk_set_up,
                                        desk_tear_down),
        cmocka_unit_test_setup_teardown(a_refund_comes_back, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_failure_overtakes_the_answer, desk_set_up,
                                        desk_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
