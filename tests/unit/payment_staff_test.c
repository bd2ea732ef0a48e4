/* payment_staff_test.c - what people ask of a payment: done once, within what there is, and with their name in the ledger.
 *
 * links: payment
 */
#include "tests/unit/payment_desk.h"

#include "common/store.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECURED        "{\"id\":\"pi_1\",\"status\":\"requires_capture\",\"amount_received\":0}"
#define TAKEN          "{\"id\":\"pi_1\",\"status\":\"requires_capture\",\"amount_received\":600}"
#define TAKEN_ALL      "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount_received\":1000}"
#define CANCELED       "{\"id\":\"pi_1\",\"status\":\"canceled\"}"
#define REFUNDED       "{\"id\":\"re_1\",\"status\":\"succeeded\"}"
#define REFUND_PENDING "{\"id\":\"re_1\",\"status\":\"pending\"}"
#define REFUND_FAILED                                                                              \
    "{\"id\":\"re_1\",\"status\":\"failed\",\"failure_reason\":\"lost_or_stolen_card\"}"
#define NO_VOID "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"processing_error\"}}"
#define ACTION                                                                                     \
    "{\"id\":\"pi_1\",\"status\":\"requires_action\",\"next_action\":{\"type\":"                   \
    "\"redirect_to_url\",\"redirect_to_url\":{\"url\":\"https://bank.example/1\"}}}"
#define GIVEN_UP                                                                                   \
    "{\"id\":\"pi_1\",\"status\":\"requires_payment_method\",\"last_payment_error\":{\"code\":"    \
    "\"payment_intent_authentication_failure\"}}"

static void secure(struct desk *desk)
{
    desk_forget(desk);
    desk_authorize(desk, 1, "tok_ok", 1000);
    assert_string_equal(desk_answer(desk, 200, SECURED), "authorized 1000");
}

static void take(struct desk *desk)
{
    secure(desk);
    desk_capture(desk, 1, "C1", 600);
    assert_string_equal(desk_answer(desk, 200, TAKEN), "captured C1 600/600");
}

/* Who had it done, by the ledger's last entry of a kind. */
static const char *who(struct desk *desk, enum event_kind kind)
{
    size_t count = 0;
    void **rows = memory_database_rows(desk->database, &event_table, &count);
    const char *found = "nobody";

    for (size_t i = 0; i < count; i++) {
        const struct event_row *row = rows[i];

        if (row->kind == kind) {
            found = row->who == NULL ? "nobody" : row->who;
        }
    }
    return found;
}

static void a_person_takes(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    assert_string_equal(who(desk, EVENT_REQUEST), "nobody");
    assert_string_equal(desk_capture_now(desk, "r1", 1, 600), "");
    assert_string_equal(desk->reply, "201 C5001");
    assert_string_equal(who(desk, EVENT_REQUEST), "r1");
    assert_string_equal(desk_capture_now(desk, "r1", 1, 600), "");
    assert_string_equal(desk->reply, "201 C5001");
    assert_string_equal(desk_capture_now(desk, "r1", 1, 500), "");
    assert_string_equal(desk->reply, "422");
    assert_string_equal(desk_calls(desk), "C5001/capture");
    desk_capture_now(desk, "r2", 1, 401);
    assert_string_equal(desk->reply, "422 /amount_minor");
    desk_capture_now(desk, "r3", 1, -1);
    assert_string_equal(desk->reply, "422 /amount_minor");
    desk_capture_now(desk, "r4", 1, 0);
    assert_string_equal(desk->reply, "201 C5002");
    assert_string_equal(desk_answer(desk, 200, TAKEN), "captured C5001 600/600");
    assert_string_equal(desk_answer(desk, 200, TAKEN_ALL), "captured C5002 400/1000");
    desk_capture_now(desk, "r5", 1, 0);
    assert_string_equal(desk->reply, "409");
    desk_check(desk);
}

/* Two know the same version and want their share of the money: one gets it, and may say so again. */
static void two_people_take(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk->precondition = text_format(desk->kept, "%lld", (long long)desk_payment(desk, 1)->clock);
    desk_capture_now(desk, "r1", 1, 300);
    assert_string_equal(desk->reply, "201 C5001");
    desk_capture_now(desk, "r2", 1, 300);
    assert_string_equal(desk->reply, "412");
    desk_void_now(desk, "r3", 1);
    assert_string_equal(desk->reply, "412");
    desk_capture_now(desk, "r1", 1, 300);
    assert_string_equal(desk->reply, "201 C5001");
    assert_string_equal(desk_calls(desk), "C5001/capture");
    desk_check(desk);
}

static void a_person_lets_go(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    assert_string_equal(desk_void_now(desk, "r1", 1), "");
    assert_string_equal(desk->reply, "201 P1");
    assert_string_equal(desk_calls(desk), "P1/void");
    desk_void_now(desk, "r2", 1);
    assert_string_equal(desk->reply, "409");
    assert_string_equal(desk_answer(desk, 200, CANCELED), "voided 1000");
    desk_void_now(desk, "r3", 1);
    assert_string_equal(desk->reply, "409");
    desk_capture_now(desk, "r4", 1, 100);
    assert_string_equal(desk->reply, "409");
    desk_void_now(desk, "r5", 2);
    assert_string_equal(desk->reply, "404");
}

/* Who asks when the payment comes in the same batch is answered by what was decided in it: there is nothing to give. */
static void people_ask_at_once(void **state)
{
    struct desk *desk = *state;
    const struct payment_authorize command = desk_authorize_command(desk, 1, "tok_ok", 1000);
    const struct payment_refund_now message = { .payment_id = desk_child_id(desk, 1, "P1"),
                                                .body = { .reason = CANCEL_REASON_OTHER } };

    desk_refunds_at_once(desk, &command, &message);
    assert_string_equal(desk->reply, "409");
    assert_string_equal(desk_answer(desk, 200, SECURED), "authorized 1000");
    desk_check(desk);
}

/* However many ask at once, and whatever comes of it, no more goes back than was taken. */
static void people_give_back(void **state)
{
    struct desk *desk = *state;

    secure(desk);
    desk_refund_now(desk, "r0", 1, 100);
    assert_string_equal(desk->reply, "409");
    take(desk);
    desk_refund_now(desk, "r1", 1, 400);
    assert_string_equal(desk->reply, "201 B5001");
    desk_refund_now(desk, "r2", 1, 400);
    assert_string_equal(desk->reply, "422 /amount_minor");
    assert_string_equal(desk_refund(desk, 1, "B1", 201), "refused rule:exceeds_captured B1");
    desk_refund_now(desk, "r3", 1, 0);
    assert_string_equal(desk->reply, "201 B5002");
    assert_int_equal(desk_payment(desk, 1)->refunding_minor, 600);
    assert_string_equal(desk_answer(desk, 200, REFUNDED), "refunded B5001 400/400");
    assert_string_equal(desk_answer(desk, 200, REFUND_FAILED),
                        "failed refund B5002 lost_or_stolen_card 400");
    desk_refund_now(desk, "r4", 1, 200);
    assert_string_equal(desk->reply, "201 B5003");
    desk_refund_now(desk, "r5", 1, 1);
    assert_string_equal(desk->reply, "409");
    desk_check(desk);
}

static void money_that_only_people_hold(void **state)
{
    struct desk *desk = *state;

    desk_authorize_by(desk, 1, PAYMENT_METHOD_BANK_TRANSFER, 1000);
    desk_received(desk, "r1", 1, 1000, "e1");
    assert_string_equal(who(desk, EVENT_SUCCESS), "r1");
    assert_string_equal(desk_capture_now(desk, "r2", 1, 600), "captured C5001 600/600");
    assert_string_equal(desk_refund_now(desk, "r3", 1, 100), "failed refund B5001 by_hand 0");
    assert_string_equal(desk->reply, "201 B5001");
    assert_string_equal(desk_refund_by_hand(desk, 1, "B5001", 100), "refunded B5001 100/100");
    assert_string_equal(desk_void_now(desk, "r4", 1), "failed void by_hand");
    assert_string_equal(desk_void_by_hand(desk, 1), "voided 400");
    desk_check(desk);
}

/* --- What no webhook has told -------------------------------------------------------------------- */

static void await_shopper(struct desk *desk)
{
    desk_forget(desk);
    desk_authorize(desk, 1, "tok_action", 1000);
    assert_string_equal(desk_answer(desk, 200, ACTION), "requires_action https://bank.example/1");
}

static void the_provider_is_asked(void **state)
{
    static const struct {
        const char *answer, *said;
        enum payment_state to;
    } rows[] = {
        { SECURED, "authorized 1000", PAYMENT_STATE_AUTHORIZED },
        { GIVEN_UP, "declined payment_intent_authentication_failure", PAYMENT_STATE_FAILED },
        { CANCELED, "declined authorization_canceled", PAYMENT_STATE_FAILED },
        { ACTION, "", PAYMENT_STATE_REQUIRES_ACTION },
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        await_shopper(desk);
        assert_int_equal(desk->timer_due, desk->now + 60000);
        assert_string_equal(desk_timer(desk, 1, "ask_provider", 1), "");
        assert_string_equal(desk_calls(desk), "P1/ask");
        assert_string_equal(desk->calls[0].path, "/v1/payment_intents/pi_1");
        assert_string_equal(desk_answer(desk, 200, rows[i].answer), rows[i].said);
        assert_int_equal(desk_state(desk, 1), rows[i].to);
    }
    assert_string_equal(desk->timers, "ask_provider");
    assert_int_equal(desk->timer_due, desk->now + 120000); /* it asks ever more rarely */
}

/* On the page of a payment that was declined, which is all that the order was told. */
static void decline(struct desk *desk)
{
    await_shopper(desk);
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_answer(desk, 200, GIVEN_UP),
                        "declined payment_intent_authentication_failure");
    assert_string_equal(desk->timers, "ask_provider");
}

/* The shopper pays after all, and no webhook tells of it; at the deadline the page is closed. */
static void a_declined_one_is_asked_about(void **state)
{
    struct desk *desk = *state;

    decline(desk);
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_calls(desk), "P1/ask");
    assert_string_equal(desk_answer(desk, 200, GIVEN_UP), "");
    assert_string_equal(desk->timers, "ask_provider");
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_answer(desk, 200, SECURED), "");
    assert_string_equal(desk_calls(desk), "P1/void");
    assert_string_equal(desk_answer(desk, 200, CANCELED), ""); /* it was told no before */
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_EXPIRED);
    decline(desk);
    assert_string_equal(desk_deadline(desk, 1), "");
    assert_string_equal(desk_calls(desk), "P1/void");
    assert_string_equal(desk_answer(desk, 400, NO_VOID), "failed void processing_error");
    assert_string_equal(desk->timers, "ask_provider");
    desk->now = desk_payment(desk, 1)->action_expires_at;
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_answer(desk, 200, GIVEN_UP), ""); /* it was told no before */
    assert_string_equal(desk_calls(desk), "P1/void/2");        /* it is tried again */
    assert_string_equal(desk_answer(desk, 400, NO_VOID), "failed void processing_error");
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_answer(desk, 200, SECURED), ""); /* nobody wants it any more */
    assert_string_equal(desk_calls(desk), "P1/void/3");
    assert_string_equal(desk_answer(desk, 200, CANCELED), "");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_EXPIRED);
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_calls(desk), "");
}

/* Where there is no page any more nobody asks. */
static void a_declined_one_that_is_gone(void **state)
{
    struct desk *desk = *state;

    decline(desk);
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_answer(desk, 200, CANCELED), "");
    assert_string_equal(desk->timers, "");
    desk_deadline(desk, 1);
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_calls(desk), "");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_FAILED);
}

/* The answer to a question comes when it was told already, or the order has changed its mind. */
static void an_answer_is_old(void **state)
{
    struct desk *desk = *state;

    await_shopper(desk);
    desk_timer(desk, 1, "ask_provider", 1);
    desk_void(desk, 1, CANCEL_REASON_FRAUD);
    assert_string_equal(desk_calls(desk), "P1/ask P1/void");
    assert_string_equal(desk_answer(desk, 200, SECURED), "");
    assert_string_equal(desk_answer(desk, 200, CANCELED), "voided 0");
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_calls(desk), "");
    await_shopper(desk);
    desk_timer(desk, 1, "ask_provider", 1);
    assert_string_equal(desk_answer(desk, 404,
                                    "{\"error\":{\"type\":\"invalid_request_error\","
                                    "\"code\":\"resource_missing\"}}"),
                        "");
    assert_string_equal(desk->timers, "ask_provider");
}

static void a_pending_refund_is_asked_about(void **state)
{
    struct desk *desk = *state;

    take(desk);
    desk_refund(desk, 1, "B1", 300);
    assert_string_equal(desk_answer(desk, 200, REFUND_PENDING), "");
    assert_string_equal(desk->timers, "ask_refund");
    desk_timer(desk, 1, "ask_refund", 1);
    assert_string_equal(desk_calls(desk), "B1/ask");
    assert_string_equal(desk->calls[0].path, "/v1/refunds/re_1");
    assert_string_equal(desk_answer(desk, 200, REFUND_PENDING), "");
    assert_string_equal(desk->timers, "ask_refund");
    desk_timer(desk, 1, "ask_refund", 1);
    assert_string_equal(desk_answer(desk, 200, REFUNDED), "refunded B1 300/300");
    desk_refund(desk, 1, "B2", 300);
    desk_answer(desk, 200, REFUND_PENDING);
    desk_timer(desk, 1, "ask_refund", 2);
    assert_string_equal(desk_answer(desk, 200, REFUND_FAILED),
                        "failed refund B2 lost_or_stolen_card 300");
    desk_check(desk);
}

/* The bank sent it back, and nobody told us: we hear of it when we ask, a month later. */
static void a_refund_that_was_made_is_asked_about_once_more(void **state)
{
    struct desk *desk = *state;

    take(desk);
    desk_refund(desk, 1, "B1", 100);
    assert_string_equal(desk_answer(desk, 200, REFUNDED), "refunded B1 100/100");
    assert_string_equal(desk->timers, "ask_refund");
    assert_int_equal(desk->timer_due, desk->now + INT64_C(31) * 24 * 60 * 60 * 1000);
    desk_timer(desk, 1, "ask_refund", 1);
    assert_string_equal(desk_answer(desk, 200, REFUNDED), "");
    assert_string_equal(desk->timers, "");
    desk_timer(desk, 1, "ask_refund", 1);
    assert_string_equal(desk_answer(desk, 200, REFUND_FAILED),
                        "failed refund B1 lost_or_stolen_card 0");
    assert_int_equal(desk_payment(desk, 1)->refunded_minor, 0);
    desk_refund_by_hand(desk, 1, "B1", 100);
    desk_timer(desk, 1, "ask_refund", 1); /* what a person gave does not come back */
    assert_string_equal(desk_calls(desk), "");
    desk_check(desk);
}

/* --- Who is forgotten ---------------------------------------------------------------------------- */

static const char *erase(struct desk *desk)
{
    const struct payment_erase command = { .order_id = desk_order_id(desk, 1),
                                           .order_no = 1,
                                           .clock = 90 };

    return desk_command(desk, MESSAGE_PAYMENT_ERASE, &command);
}

static void a_page_is_forgotten(void **state)
{
    struct desk *desk = *state;

    assert_string_equal(erase(desk), "");
    desk_authorize(desk, 1, "tok_action", 1000);
    desk_answer(desk, 200, ACTION);
    assert_string_equal(desk_payment(desk, 1)->action_url, "https://bank.example/1");
    assert_string_equal(erase(desk), "");
    assert_string_equal(desk_payment(desk, 1)->action_url, "");
    desk_check(desk);
}

/* What was paid stays, what people wrote goes. */
static void notes_are_forgotten(void **state)
{
    struct desk *desk = *state;
    size_t count = 0;

    take(desk);
    const struct payment_refund_now refund = { .payment_id = desk_child_id(desk, 1, "P1"),
                                               .body = { .amount_minor = 100,
                                                         .has_amount_minor = true,
                                                         .reason = CANCEL_REASON_OTHER,
                                                         .note = "Ada called" } };
    desk_request(desk, "r", MESSAGE_PAYMENT_REFUND_NOW, &refund);
    const char *ledger = desk_ledger(desk, 1);
    assert_string_equal(erase(desk), "");
    const struct request_row *request =
        memory_database_rows(desk->database, &request_table, &count)[0];
    assert_int_equal(count, 1);
    assert_null(request->note);
    assert_string_equal(desk_ledger(desk, 1), ledger);
    desk_check(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_is_forgotten, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(notes_are_forgotten, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_person_takes, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(two_people_take, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_person_lets_go, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(people_ask_at_once, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(people_give_back, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(money_that_only_people_hold, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(the_provider_is_asked, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_declined_one_is_asked_about, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_declined_one_that_is_gone, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_old, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_refund_that_was_made_is_asked_about_once_more,
                                        desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_pending_refund_is_asked_about, desk_set_up,
                                        desk_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
