/* payment_credit_test.c - what companies buy on account: within their limit, however it is used, and room again once it is
 * let go of, credited or paid.
 *
 * links: payment
 */
#include "tests/unit/payment_desk.h"

#include "common/text.h"
#include "services/payment/credit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ACCOUNT PAYMENT_METHOD_INVOICE

static const char *used(struct desk *desk)
{
    const struct credit_row *account = desk_account(desk, DESK_COMPANY);

    desk_check(desk);
    return text_format(desk->kept, "held %d, owed %d, above %d", (int)account->held_minor,
                       (int)account->receivable_minor, (int)account->excess_minor);
}

static void it_is_held_owed_and_paid(void **state)
{
    struct desk *desk = *state;

    desk_credit(desk, DESK_COMPANY, 1500);
    assert_string_equal(desk->reply, "201 ?");
    assert_string_equal(desk_authorize_by(desk, 1, ACCOUNT, 1000), "authorized 1000");
    assert_string_equal(used(desk), "held 1000, owed 0, above 0");
    desk_authorize_by(desk, 1, ACCOUNT, 1000);
    assert_string_equal(used(desk), "held 1000, owed 0, above 0");
    desk_capture(desk, 1, "C1", 600);
    assert_string_equal(used(desk), "held 400, owed 600, above 0");
    desk_capture(desk, 1, "C2!", 300);
    assert_string_equal(used(desk), "held 0, owed 900, above 0");
    assert_string_equal(desk_received(desk, "r1", 1, 500, "e1"), "money_received 500 500/900");
    assert_string_equal(used(desk), "held 0, owed 400, above 0");
    desk_received(desk, "r2", 1, 500, "e1"); /* the same entry of the bank */
    assert_string_equal(used(desk), "held 0, owed 400, above 0");
    assert_string_equal(desk_received(desk, "r3", 1, 600, "e3"), "money_received 600 1100/900");
    assert_string_equal(used(desk), "held 0, owed 0, above 0");
    assert_int_equal(desk_payment(desk, 1)->net_days, 30);
}

static void no_more_than_the_limit(void **state)
{
    struct desk *desk = *state;

    desk_credit(desk, DESK_COMPANY, 1500);
    desk_authorize_by(desk, 1, ACCOUNT, 1000);
    assert_string_equal(desk_authorize_by(desk, 2, ACCOUNT, 501), "declined credit_limit_exceeded");
    assert_int_equal(desk_state(desk, 2), PAYMENT_STATE_FAILED);
    assert_string_equal(desk_authorize_by(desk, 3, ACCOUNT, 500), "authorized 500");
    assert_string_equal(desk_authorize_by(desk, 4, ACCOUNT, 1), "declined credit_limit_exceeded");
    assert_string_equal(used(desk), "held 1500, owed 0, above 0");
    desk_void(desk, 1, CANCEL_REASON_FRAUD);
    assert_string_equal(used(desk), "held 500, owed 0, above 0");
    desk_void(desk, 1, CANCEL_REASON_FRAUD);
    assert_string_equal(used(desk), "held 500, owed 0, above 0");
    assert_string_equal(desk_authorize_by(desk, 5, ACCOUNT, 1000), "authorized 1000");
    assert_string_equal(used(desk), "held 1500, owed 0, above 0");
}

static void who_has_no_credit(void **state)
{
    struct desk *desk = *state;
    struct payment_authorize dollars = desk_authorize_command(desk, 3, NULL, 10);
    const struct credit_put closed = { .company = DESK_COMPANY,
                                       .body = { .currency = "EUR",
                                                 .limit_minor = 1000,
                                                 .net_days = 30,
                                                 .active = false,
                                                 .has_active = true } };

    assert_string_equal(desk_authorize_by(desk, 1, ACCOUNT, 10), "declined credit_not_granted");
    desk_credit(desk, DESK_COMPANY, 1000);
    dollars.method = ACCOUNT;
    dollars.company = DESK_COMPANY;
    dollars.currency = "USD";
    assert_string_equal(desk_authorize_with(desk, &dollars), "declined currency_differs");
    desk_request(desk, "close", MESSAGE_CREDIT_PUT, &closed);
    assert_string_equal(desk->reply, "200 ?");
    assert_string_equal(desk_authorize_by(desk, 4, ACCOUNT, 10), "declined credit_not_granted");
    assert_string_equal(used(desk), "held 0, owed 0, above 0");
}

/* What is not paid yet is credited; what was paid somebody has to give back. */
static void a_refund_is_credited_or_given(void **state)
{
    struct desk *desk = *state;

    desk_credit(desk, DESK_COMPANY, 1000);
    desk_authorize_by(desk, 1, ACCOUNT, 1000);
    desk_capture(desk, 1, "C1", 1000);
    assert_string_equal(desk_refund(desk, 1, "B1", 300), "refunded B1 300/300");
    assert_string_equal(used(desk), "held 0, owed 700, above 0");
    desk_received(desk, "r1", 1, 600, "e1");
    assert_string_equal(used(desk), "held 0, owed 100, above 0");
    assert_string_equal(desk_refund(desk, 1, "B2", 150), "failed refund B2 by_hand 300");
    assert_string_equal(used(desk), "held 0, owed 100, above 0");
    assert_string_equal(desk_refund_by_hand(desk, 1, "B2", 150), "refunded B2 150/450");
    assert_string_equal(used(desk), "held 0, owed 0, above 0");
    assert_string_equal(desk_refund(desk, 1, "B1", 300), "refunded B1 300/450");
}

static void what_people_let_go_of_makes_room(void **state)
{
    struct desk *desk = *state;

    desk_credit(desk, DESK_COMPANY, 1000);
    desk_authorize_by(desk, 1, ACCOUNT, 1000);
    desk_capture_now(desk, "r1", 1, 400);
    assert_string_equal(used(desk), "held 600, owed 400, above 0");
    desk_void_now(desk, "r2", 1);
    assert_string_equal(used(desk), "held 0, owed 400, above 0");
    desk_refund_now(desk, "r3", 1, 100);
    assert_string_equal(used(desk), "held 0, owed 300, above 0");
}

/* A limit that is lowered takes nothing from anybody, and nothing more is held until there is room. */
static void a_limit_is_lowered(void **state)
{
    struct desk *desk = *state;

    desk_credit(desk, DESK_COMPANY, 1000);
    desk_authorize_by(desk, 1, ACCOUNT, 600);
    desk_authorize_by(desk, 2, ACCOUNT, 400);
    desk_credit(desk, DESK_COMPANY, 500);
    assert_string_equal(desk->reply, "200 ?");
    assert_string_equal(used(desk), "held 1000, owed 0, above 500");
    desk_capture(desk, 1, "C1", 600);
    assert_string_equal(used(desk), "held 400, owed 600, above 500");
    desk_received(desk, "r1", 1, 300, "e1");
    assert_string_equal(used(desk), "held 400, owed 300, above 200");
    assert_string_equal(desk_authorize_by(desk, 3, ACCOUNT, 1), "declined credit_limit_exceeded");
    desk_received(desk, "r2", 1, 300, "e2");
    assert_string_equal(used(desk), "held 400, owed 0, above 0");
    assert_string_equal(desk_authorize_by(desk, 4, ACCOUNT, 100), "authorized 100");
    assert_int_equal(desk_account(desk, DESK_COMPANY)->version, 2);
    desk_credit(desk, DESK_COMPANY, 500);
    assert_string_equal(desk->reply, "200 ?");
    assert_int_equal(desk_account(desk, DESK_COMPANY)->version, 2);
}

/* Whoever makes room asks those that fit, the oldest first; who was asked too late waits on and passes it on. */
static void it_waits_for_room(void **state)
{
    struct desk *desk = *state;

    desk_credit(desk, DESK_COMPANY, 1000);
    assert_string_equal(desk_authorize_patient(desk, 1, 800), "authorized 800");
    assert_string_equal(desk_authorize_patient(desk, 2, 900), "credit_awaited 900");
    assert_int_equal(desk_state(desk, 2), PAYMENT_STATE_REQUIRES_ACTION);
    desk_authorize_patient(desk, 3, 300);
    desk_authorize_patient(desk, 4, 250);
    assert_string_equal(desk_authorize_patient(desk, 4, 250), "credit_awaited 250");
    assert_string_equal(used(desk), "held 800, owed 0, above 0");
    desk_credit(desk, DESK_COMPANY, 1400);
    assert_string_equal(desk->asked, "3 4");
    desk_authorize_by(desk, 5, ACCOUNT, 320); /* another one is faster */
    assert_string_equal(desk_try(desk, 3), "");
    assert_string_equal(desk->asked, "4");
    assert_string_equal(desk_try(desk, 4), "authorized 250");
    assert_string_equal(desk_try(desk, 4), "");
    desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST);
    assert_string_equal(desk->asked, "3");
    assert_string_equal(desk_try(desk, 3), "authorized 300");
    assert_string_equal(used(desk), "held 870, owed 0, above 0");
    desk_check(desk);
}

/* Of a payment that waits less may be told, a person may have it tried, and it may be let go of. */
static void who_waits_is_told_again(void **state)
{
    struct desk *desk = *state;

    desk_credit(desk, DESK_COMPANY, 1000);
    desk_authorize_patient(desk, 1, 700);
    desk_authorize_patient(desk, 2, 500);
    desk_authorize_patient(desk, 3, 400);
    assert_string_equal(desk_authorize_patient(desk, 2, 600), "credit_awaited 500");
    assert_string_equal(desk_authorize_patient(desk, 2, 290), "authorized 290");
    assert_string_equal(desk->asked, "");
    assert_string_equal(desk_void(desk, 3, CANCEL_REASON_SHOPPER_REQUEST), "voided 0");
    desk_authorize_patient(desk, 4, 11);
    desk_authorize_patient(desk, 5, 10);
    assert_string_equal(desk_capture(desk, 4, "C1", 1), "refused rule:not_authorized C1");
    desk_received(desk, "r1", 4, 1, "e1");
    desk_void(desk, 4, CANCEL_REASON_SHOPPER_REQUEST);
    assert_string_equal(used(desk), "held 1000, owed 0, above 0");
    desk_check(desk);
}

static void who_has_no_credit_waits_for_none(void **state)
{
    struct desk *desk = *state;

    assert_string_equal(desk_authorize_patient(desk, 1, 10), "declined credit_not_granted");
    desk_credit(desk, DESK_COMPANY, 5);
    assert_string_equal(desk_authorize_by(desk, 2, ACCOUNT, 10), "declined credit_limit_exceeded");
    desk_credit(desk, DESK_COMPANY, 500);
    assert_string_equal(desk->asked, "");
}

static void terms_are_put(void **state)
{
    struct desk *desk = *state;
    const struct credit_put dollars = {
        .company = DESK_COMPANY, .body = { .currency = "USD", .limit_minor = 1, .net_days = 30 }
    };

    desk_credit(desk, DESK_COMPANY, 1000);
    desk_request(desk, "dollars", MESSAGE_CREDIT_PUT, &dollars);
    assert_string_equal(desk->reply, "422 /currency");
    desk->precondition = "7";
    desk_credit(desk, DESK_COMPANY, 2000);
    assert_string_equal(desk->reply, "412");
    desk->precondition = "1";
    desk_credit(desk, DESK_COMPANY, 2000);
    assert_string_equal(desk->reply, "200 ?");
    desk->precondition = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_held_owed_and_paid, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(no_more_than_the_limit, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(who_has_no_credit, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_refund_is_credited_or_given, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(what_people_let_go_of_makes_room, desk_set_up,
                                        desk_tear_down),
        cmocka_unit_test_setup_teardown(a_limit_is_lowered, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(it_waits_for_room, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(who_waits_is_told_again, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(who_has_no_credit_waits_for_none, desk_set_up,
                                        desk_tear_down),
        cmocka_unit_test_setup_teardown(terms_are_put, desk_set_up, desk_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
