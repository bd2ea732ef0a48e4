/* payment_methods_test.c - transfers, cash on delivery and accounts: every state and input, each cell carried out, and money that
 * only people can give back.
 *
 * links: payment
 */
#include "tests/unit/payment_desk.h"

#include "common/text.h"
#include "services/payment/life.h"
#include "services/payment/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TRANSFER PAYMENT_METHOD_BANK_TRANSFER
#define DELIVERY PAYMENT_METHOD_CASH_ON_DELIVERY
#define ACCOUNT  PAYMENT_METHOD_INVOICE
/* The reference of the first order's first payment. */
#define ASKED "requires_action KV-0000-0000-01A"

/* Brings order 1, for 1000, into a state; 300 of a transfer are there while it is awaited; 400 are taken in the states
 * after a capture. */
static void bring_into(struct desk *desk, enum payment_method method, enum payment_state to)
{
    desk_forget(desk);
    desk_credit(desk, DESK_COMPANY, to == PAYMENT_STATE_FAILED ? 999 : 1000);
    if (to == PAYMENT_STATE_ABSENT) {
        return;
    }
    desk_authorize_by(desk, 1, method, 1000);
    desk_credit(desk, DESK_COMPANY, 1000);
    if (method == TRANSFER && to != PAYMENT_STATE_EXPIRED) {
        desk_received(desk, "r0", 1, 300, "bank-0");
    }
    if (method == TRANSFER && to != PAYMENT_STATE_REQUIRES_ACTION && to != PAYMENT_STATE_EXPIRED) {
        desk_received(desk, "r1", 1, 700, "bank-1");
    }
    if (to == PAYMENT_STATE_PARTIALLY_CAPTURED || to == PAYMENT_STATE_CAPTURED) {
        desk_capture(desk, 1, "C1", to == PAYMENT_STATE_CAPTURED ? 1000 : 400);
    } else if (to == PAYMENT_STATE_VOIDING) {
        desk_void(desk, 1, CANCEL_REASON_FRAUD);
    } else if (to == PAYMENT_STATE_VOIDED) {
        desk_void_by_hand(desk, 1);
    } else if (to == PAYMENT_STATE_EXPIRED) {
        desk_deadline(desk, 1);
    }
}

static const char *put_in(struct desk *desk, enum payment_method method, enum payment_input input)
{
    switch ((int)input) {
    case ON_AUTHORIZE:
        return desk_authorize_by(desk, 1, method, 1000);
    case ON_CAPTURE:
        return desk_capture(desk, 1, "C9", 300);
    case ON_VOID:
        return desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST);
    case ON_VOID_BY_HAND:
        return desk_void_by_hand(desk, 1);
    case ON_RECEIVED:
        return desk_received(desk, "r9", 1, 250, "bank-9");
    case ON_DEADLINE:
        return desk_deadline(desk, 1);
    default:
        fail_msg("nobody is called");
        return NULL;
    }
}

/* What is said, what a person is answered, and where the payment is. */
struct cell {
    enum payment_method method;
    enum payment_state from;
    enum payment_input input;
    enum payment_state to;
    const char *said, *reply;
};

static const struct cell cells[] = {
    { TRANSFER, PAYMENT_STATE_ABSENT, ON_AUTHORIZE, PAYMENT_STATE_REQUIRES_ACTION, ASKED, "" },
    { TRANSFER, PAYMENT_STATE_ABSENT, ON_CAPTURE, PAYMENT_STATE_ABSENT, "refused not_found C9",
      "" },
    { TRANSFER, PAYMENT_STATE_ABSENT, ON_VOID, PAYMENT_STATE_VOIDED, "voided 0", "" },
    { TRANSFER, PAYMENT_STATE_ABSENT, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 0", "" },
    { TRANSFER, PAYMENT_STATE_ABSENT, ON_RECEIVED, PAYMENT_STATE_ABSENT, "", "404" },
    { TRANSFER, PAYMENT_STATE_ABSENT, ON_DEADLINE, PAYMENT_STATE_ABSENT, "", "" },

    { TRANSFER, PAYMENT_STATE_REQUIRES_ACTION, ON_AUTHORIZE, PAYMENT_STATE_REQUIRES_ACTION, ASKED,
      "" },
    { TRANSFER, PAYMENT_STATE_REQUIRES_ACTION, ON_CAPTURE, PAYMENT_STATE_REQUIRES_ACTION,
      "refused rule:not_authorized C9", "" },
    { TRANSFER, PAYMENT_STATE_REQUIRES_ACTION, ON_VOID, PAYMENT_STATE_VOIDING,
      "failed void by_hand", "" },
    { TRANSFER, PAYMENT_STATE_REQUIRES_ACTION, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 300",
      "" },
    { TRANSFER, PAYMENT_STATE_REQUIRES_ACTION, ON_RECEIVED, PAYMENT_STATE_REQUIRES_ACTION,
      "money_received 250 550/1000", "201 P1" },
    { TRANSFER, PAYMENT_STATE_REQUIRES_ACTION, ON_DEADLINE, PAYMENT_STATE_VOIDING,
      "declined expired; failed void by_hand", "" },

    { TRANSFER, PAYMENT_STATE_AUTHORIZED, ON_AUTHORIZE, PAYMENT_STATE_AUTHORIZED, "authorized 1000",
      "" },
    { TRANSFER, PAYMENT_STATE_AUTHORIZED, ON_CAPTURE, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "captured C9 300/300", "" },
    { TRANSFER, PAYMENT_STATE_AUTHORIZED, ON_VOID, PAYMENT_STATE_VOIDING, "failed void by_hand",
      "" },
    { TRANSFER, PAYMENT_STATE_AUTHORIZED, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 1000",
      "" },
    { TRANSFER, PAYMENT_STATE_AUTHORIZED, ON_RECEIVED, PAYMENT_STATE_AUTHORIZED,
      "money_received 250 1250/1000", "201 P1" },
    { TRANSFER, PAYMENT_STATE_AUTHORIZED, ON_DEADLINE, PAYMENT_STATE_AUTHORIZED, "", "" },

    { TRANSFER, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_AUTHORIZE, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "authorized 1000", "" },
    { TRANSFER, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_CAPTURE, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "captured C9 300/700", "" },
    { TRANSFER, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_VOID, PAYMENT_STATE_VOIDING,
      "failed void by_hand", "" },
    { TRANSFER, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_VOID_BY_HAND, PAYMENT_STATE_CAPTURED,
      "voided 600", "" },
    { TRANSFER, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_RECEIVED, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "money_received 250 1250/1000", "201 P1" },
    { TRANSFER, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_DEADLINE, PAYMENT_STATE_PARTIALLY_CAPTURED, "",
      "" },

    { TRANSFER, PAYMENT_STATE_CAPTURED, ON_AUTHORIZE, PAYMENT_STATE_CAPTURED, "authorized 1000",
      "" },
    { TRANSFER, PAYMENT_STATE_CAPTURED, ON_CAPTURE, PAYMENT_STATE_CAPTURED,
      "refused rule:exceeds_authorized C9", "" },
    { TRANSFER, PAYMENT_STATE_CAPTURED, ON_VOID, PAYMENT_STATE_CAPTURED, "voided 0", "" },
    { TRANSFER, PAYMENT_STATE_CAPTURED, ON_VOID_BY_HAND, PAYMENT_STATE_CAPTURED, "voided 0", "" },
    { TRANSFER, PAYMENT_STATE_CAPTURED, ON_RECEIVED, PAYMENT_STATE_CAPTURED,
      "money_received 250 1250/1000", "201 P1" },
    { TRANSFER, PAYMENT_STATE_CAPTURED, ON_DEADLINE, PAYMENT_STATE_CAPTURED, "", "" },

    { TRANSFER, PAYMENT_STATE_VOIDING, ON_AUTHORIZE, PAYMENT_STATE_VOIDING, "refused undone P1",
      "" },
    { TRANSFER, PAYMENT_STATE_VOIDING, ON_CAPTURE, PAYMENT_STATE_VOIDING, "refused undone C9", "" },
    { TRANSFER, PAYMENT_STATE_VOIDING, ON_VOID, PAYMENT_STATE_VOIDING, "failed void by_hand", "" },
    { TRANSFER, PAYMENT_STATE_VOIDING, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { TRANSFER, PAYMENT_STATE_VOIDING, ON_RECEIVED, PAYMENT_STATE_VOIDING,
      "money_received 250 1250/1000 late", "201 P1" },
    { TRANSFER, PAYMENT_STATE_VOIDING, ON_DEADLINE, PAYMENT_STATE_VOIDING, "", "" },

    { TRANSFER, PAYMENT_STATE_VOIDED, ON_AUTHORIZE, PAYMENT_STATE_VOIDED, "refused undone P1", "" },
    { TRANSFER, PAYMENT_STATE_VOIDED, ON_CAPTURE, PAYMENT_STATE_VOIDED, "refused undone C9", "" },
    { TRANSFER, PAYMENT_STATE_VOIDED, ON_VOID, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { TRANSFER, PAYMENT_STATE_VOIDED, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { TRANSFER, PAYMENT_STATE_VOIDED, ON_RECEIVED, PAYMENT_STATE_VOIDED,
      "money_received 250 1250/1000 late", "201 P1" },
    { TRANSFER, PAYMENT_STATE_VOIDED, ON_DEADLINE, PAYMENT_STATE_VOIDED, "", "" },

    { TRANSFER, PAYMENT_STATE_EXPIRED, ON_AUTHORIZE, PAYMENT_STATE_EXPIRED, "declined expired",
      "" },
    { TRANSFER, PAYMENT_STATE_EXPIRED, ON_CAPTURE, PAYMENT_STATE_EXPIRED,
      "failed capture C9 expired", "" },
    { TRANSFER, PAYMENT_STATE_EXPIRED, ON_VOID, PAYMENT_STATE_EXPIRED, "voided 0", "" },
    { TRANSFER, PAYMENT_STATE_EXPIRED, ON_VOID_BY_HAND, PAYMENT_STATE_EXPIRED, "voided 0", "" },
    { TRANSFER, PAYMENT_STATE_EXPIRED, ON_RECEIVED, PAYMENT_STATE_EXPIRED,
      "money_received 250 250/1000 late", "201 P1" },
    { TRANSFER, PAYMENT_STATE_EXPIRED, ON_DEADLINE, PAYMENT_STATE_EXPIRED, "", "" },

    { DELIVERY, PAYMENT_STATE_ABSENT, ON_AUTHORIZE, PAYMENT_STATE_AUTHORIZED, "authorized 1000",
      "" },
    { DELIVERY, PAYMENT_STATE_ABSENT, ON_CAPTURE, PAYMENT_STATE_ABSENT, "refused not_found C9",
      "" },
    { DELIVERY, PAYMENT_STATE_ABSENT, ON_VOID, PAYMENT_STATE_VOIDED, "voided 0", "" },
    { DELIVERY, PAYMENT_STATE_ABSENT, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 0", "" },
    { DELIVERY, PAYMENT_STATE_ABSENT, ON_RECEIVED, PAYMENT_STATE_ABSENT, "", "404" },
    { DELIVERY, PAYMENT_STATE_ABSENT, ON_DEADLINE, PAYMENT_STATE_ABSENT, "", "" },

    { DELIVERY, PAYMENT_STATE_AUTHORIZED, ON_AUTHORIZE, PAYMENT_STATE_AUTHORIZED, "authorized 1000",
      "" },
    { DELIVERY, PAYMENT_STATE_AUTHORIZED, ON_CAPTURE, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "captured C9 300/300", "" },
    { DELIVERY, PAYMENT_STATE_AUTHORIZED, ON_VOID, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { DELIVERY, PAYMENT_STATE_AUTHORIZED, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 1000",
      "" },
    { DELIVERY, PAYMENT_STATE_AUTHORIZED, ON_RECEIVED, PAYMENT_STATE_AUTHORIZED, "", "409" },
    { DELIVERY, PAYMENT_STATE_AUTHORIZED, ON_DEADLINE, PAYMENT_STATE_AUTHORIZED, "", "" },

    { DELIVERY, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_AUTHORIZE, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "authorized 1000", "" },
    { DELIVERY, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_CAPTURE, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "captured C9 300/700", "" },
    { DELIVERY, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_VOID, PAYMENT_STATE_CAPTURED, "voided 600",
      "" },
    { DELIVERY, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_VOID_BY_HAND, PAYMENT_STATE_CAPTURED,
      "voided 600", "" },
    { DELIVERY, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_RECEIVED, PAYMENT_STATE_PARTIALLY_CAPTURED, "",
      "409" },
    { DELIVERY, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_DEADLINE, PAYMENT_STATE_PARTIALLY_CAPTURED, "",
      "" },

    { DELIVERY, PAYMENT_STATE_CAPTURED, ON_AUTHORIZE, PAYMENT_STATE_CAPTURED, "authorized 1000",
      "" },
    { DELIVERY, PAYMENT_STATE_CAPTURED, ON_CAPTURE, PAYMENT_STATE_CAPTURED,
      "refused rule:exceeds_authorized C9", "" },
    { DELIVERY, PAYMENT_STATE_CAPTURED, ON_VOID, PAYMENT_STATE_CAPTURED, "voided 0", "" },
    { DELIVERY, PAYMENT_STATE_CAPTURED, ON_VOID_BY_HAND, PAYMENT_STATE_CAPTURED, "voided 0", "" },
    { DELIVERY, PAYMENT_STATE_CAPTURED, ON_RECEIVED, PAYMENT_STATE_CAPTURED, "", "409" },
    { DELIVERY, PAYMENT_STATE_CAPTURED, ON_DEADLINE, PAYMENT_STATE_CAPTURED, "", "" },

    { DELIVERY, PAYMENT_STATE_VOIDED, ON_AUTHORIZE, PAYMENT_STATE_VOIDED, "refused undone P1", "" },
    { DELIVERY, PAYMENT_STATE_VOIDED, ON_CAPTURE, PAYMENT_STATE_VOIDED, "refused undone C9", "" },
    { DELIVERY, PAYMENT_STATE_VOIDED, ON_VOID, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { DELIVERY, PAYMENT_STATE_VOIDED, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { DELIVERY, PAYMENT_STATE_VOIDED, ON_RECEIVED, PAYMENT_STATE_VOIDED, "", "409" },
    { DELIVERY, PAYMENT_STATE_VOIDED, ON_DEADLINE, PAYMENT_STATE_VOIDED, "", "" },

    { ACCOUNT, PAYMENT_STATE_ABSENT, ON_AUTHORIZE, PAYMENT_STATE_AUTHORIZED, "authorized 1000",
      "" },
    { ACCOUNT, PAYMENT_STATE_ABSENT, ON_CAPTURE, PAYMENT_STATE_ABSENT, "refused not_found C9", "" },
    { ACCOUNT, PAYMENT_STATE_ABSENT, ON_VOID, PAYMENT_STATE_VOIDED, "voided 0", "" },
    { ACCOUNT, PAYMENT_STATE_ABSENT, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 0", "" },
    { ACCOUNT, PAYMENT_STATE_ABSENT, ON_RECEIVED, PAYMENT_STATE_ABSENT, "", "404" },
    { ACCOUNT, PAYMENT_STATE_ABSENT, ON_DEADLINE, PAYMENT_STATE_ABSENT, "", "" },

    { ACCOUNT, PAYMENT_STATE_AUTHORIZED, ON_AUTHORIZE, PAYMENT_STATE_AUTHORIZED, "authorized 1000",
      "" },
    { ACCOUNT, PAYMENT_STATE_AUTHORIZED, ON_CAPTURE, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "captured C9 300/300", "" },
    { ACCOUNT, PAYMENT_STATE_AUTHORIZED, ON_VOID, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { ACCOUNT, PAYMENT_STATE_AUTHORIZED, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { ACCOUNT, PAYMENT_STATE_AUTHORIZED, ON_RECEIVED, PAYMENT_STATE_AUTHORIZED, "", "409" },
    { ACCOUNT, PAYMENT_STATE_AUTHORIZED, ON_DEADLINE, PAYMENT_STATE_AUTHORIZED, "", "" },

    { ACCOUNT, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_AUTHORIZE, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "authorized 1000", "" },
    { ACCOUNT, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_CAPTURE, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "captured C9 300/700", "" },
    { ACCOUNT, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_VOID, PAYMENT_STATE_CAPTURED, "voided 600",
      "" },
    { ACCOUNT, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_VOID_BY_HAND, PAYMENT_STATE_CAPTURED,
      "voided 600", "" },
    { ACCOUNT, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_RECEIVED, PAYMENT_STATE_PARTIALLY_CAPTURED,
      "money_received 250 250/400", "201 P1" },
    { ACCOUNT, PAYMENT_STATE_PARTIALLY_CAPTURED, ON_DEADLINE, PAYMENT_STATE_PARTIALLY_CAPTURED, "",
      "" },

    { ACCOUNT, PAYMENT_STATE_CAPTURED, ON_AUTHORIZE, PAYMENT_STATE_CAPTURED, "authorized 1000",
      "" },
    { ACCOUNT, PAYMENT_STATE_CAPTURED, ON_CAPTURE, PAYMENT_STATE_CAPTURED,
      "refused rule:exceeds_authorized C9", "" },
    { ACCOUNT, PAYMENT_STATE_CAPTURED, ON_VOID, PAYMENT_STATE_CAPTURED, "voided 0", "" },
    { ACCOUNT, PAYMENT_STATE_CAPTURED, ON_VOID_BY_HAND, PAYMENT_STATE_CAPTURED, "voided 0", "" },
    { ACCOUNT, PAYMENT_STATE_CAPTURED, ON_RECEIVED, PAYMENT_STATE_CAPTURED,
      "money_received 250 250/1000", "201 P1" },
    { ACCOUNT, PAYMENT_STATE_CAPTURED, ON_DEADLINE, PAYMENT_STATE_CAPTURED, "", "" },

    { ACCOUNT, PAYMENT_STATE_VOIDED, ON_AUTHORIZE, PAYMENT_STATE_VOIDED, "refused undone P1", "" },
    { ACCOUNT, PAYMENT_STATE_VOIDED, ON_CAPTURE, PAYMENT_STATE_VOIDED, "refused undone C9", "" },
    { ACCOUNT, PAYMENT_STATE_VOIDED, ON_VOID, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { ACCOUNT, PAYMENT_STATE_VOIDED, ON_VOID_BY_HAND, PAYMENT_STATE_VOIDED, "voided 1000", "" },
    { ACCOUNT, PAYMENT_STATE_VOIDED, ON_RECEIVED, PAYMENT_STATE_VOIDED, "", "409" },
    { ACCOUNT, PAYMENT_STATE_VOIDED, ON_DEADLINE, PAYMENT_STATE_VOIDED, "", "" },

    { ACCOUNT, PAYMENT_STATE_FAILED, ON_AUTHORIZE, PAYMENT_STATE_FAILED,
      "declined credit_limit_exceeded", "" },
    { ACCOUNT, PAYMENT_STATE_FAILED, ON_CAPTURE, PAYMENT_STATE_FAILED,
      "refused rule:not_authorized C9", "" },
    { ACCOUNT, PAYMENT_STATE_FAILED, ON_VOID, PAYMENT_STATE_FAILED, "voided 0", "" },
    { ACCOUNT, PAYMENT_STATE_FAILED, ON_VOID_BY_HAND, PAYMENT_STATE_FAILED, "voided 0", "" },
    { ACCOUNT, PAYMENT_STATE_FAILED, ON_RECEIVED, PAYMENT_STATE_FAILED, "", "409" },
    { ACCOUNT, PAYMENT_STATE_FAILED, ON_DEADLINE, PAYMENT_STATE_FAILED, "", "" },
};
enum { STATES_REACHED = 8 + 5 + 6, INPUTS_PUT_IN = 6 };
_Static_assert(sizeof cells / sizeof cells[0] == sizeof(char[STATES_REACHED][INPUTS_PUT_IN]),
               "a cell for each state that is reached, and each input that needs no provider");

static void every_cell_does_what_it_says(void **state)
{
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        const struct cell *cell = &cells[i];

        bring_into(desk, cell->method, cell->from);
        assert_int_equal(desk_state(desk, 1), cell->from);
        print_message("method %d: %d after %d\n", (int)cell->method, (int)cell->from,
                      (int)cell->input);
        assert_string_equal(put_in(desk, cell->method, cell->input), cell->said);
        assert_string_equal(desk->reply, cell->reply);
        assert_int_equal(desk_state(desk, 1), cell->to);
        assert_string_equal(desk_calls(desk), "");
        desk_check(desk);
    }
}

/* What is put in again changes no amount. */
static void every_cell_is_idempotent(void **state)
{
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        const struct payment_row *row = NULL;
        struct payment_row before = { 0 };

        bring_into(desk, cells[i].method, cells[i].from);
        put_in(desk, cells[i].method, cells[i].input);
        row = desk_payment(desk, 1);
        before = row == NULL ? before : *row;
        (void)put_in(desk, cells[i].method, cells[i].input);
        row = desk_payment(desk, 1);
        if (row != NULL) {
            assert_int_equal(row->state, before.state);
            assert_int_equal(row->received_minor, before.received_minor);
            assert_int_equal(row->captured_minor, before.captured_minor);
            assert_int_equal(row->released_minor, before.released_minor);
            assert_int_equal(row->event_count, before.event_count);
        }
    }
}

/* --- Transfers ----------------------------------------------------------------------------------- */

static void a_transfer_in_parts(void **state)
{
    struct desk *desk = *state;

    assert_string_equal(desk_authorize_by(desk, 1, TRANSFER, 1000), ASKED);
    assert_int_equal(desk->timer_due, desk->now + 3600000);
    assert_string_equal(desk_received(desk, "r1", 1, 999, "e1"), "money_received 999 999/1000");
    assert_string_equal(desk_received(desk, "r2", 1, 1, "e2"),
                        "money_received 1 1000/1000; authorized 1000");
    assert_string_equal(desk_ledger(desk, 1), "request authorize 1000, success receive 999, "
                                              "success receive 1, success authorize 1000");
    assert_string_equal(desk_capture(desk, 1, "C1", 400), "captured C1 400/400");
    assert_string_equal(desk_capture(desk, 1, "C1", 400), "captured C1 400/400");
    assert_string_equal(desk_capture(desk, 1, "C2!", 600), "captured C2 600/1000");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    desk_check(desk);
}

/* What was told before comes again, later, and says more: the least that was told counts. */
static void less_is_due(void **state)
{
    struct desk *desk = *state;

    desk_authorize_by(desk, 1, TRANSFER, 1000);
    assert_string_equal(desk_received(desk, "r1", 1, 300, "e1"), "money_received 300 300/1000");
    assert_string_equal(desk_authorize_by(desk, 1, TRANSFER, 600), ASKED);
    assert_string_equal(desk_authorize_by(desk, 1, TRANSFER, 1000), ASKED);
    assert_string_equal(desk_received(desk, "r2", 1, 200, "e2"), "money_received 200 500/600");
    assert_string_equal(desk_authorize_by(desk, 1, TRANSFER, 500), "authorized 500");
    assert_string_equal(desk_authorize_by(desk, 1, TRANSFER, 400), "authorized 500");
    assert_string_equal(desk_capture(desk, 1, "C1!", 400),
                        "captured C1 400/400; failed void by_hand");
    desk_check(desk);
}

static void more_than_is_due(void **state)
{
    struct desk *desk = *state;

    desk_authorize_by(desk, 1, TRANSFER, 1000);
    assert_string_equal(desk_received(desk, "r1", 1, 1200, "e1"),
                        "money_received 1200 1200/1000; authorized 1000");
    desk_check(desk);
}

/* Nothing came in: nobody has to do anything. */
static void nothing_came(void **state)
{
    struct desk *desk = *state;

    desk_authorize_by(desk, 1, TRANSFER, 1000);
    assert_string_equal(desk_void(desk, 1, CANCEL_REASON_FRAUD), "voided 0");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_VOIDED);
    desk_forget(desk);
    desk_authorize_by(desk, 1, TRANSFER, 1000);
    assert_string_equal(desk_deadline(desk, 1), "declined expired");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_EXPIRED);
    assert_string_equal(desk_received(desk, "r1", 1, 1000, "e1"),
                        "money_received 1000 1000/1000 late");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_EXPIRED);
}

/* The last capture takes less than was sent: the rest is somebody's to give back. */
static void the_rest_goes_back_by_hand(void **state)
{
    struct desk *desk = *state;

    desk_authorize_by(desk, 1, TRANSFER, 1000);
    desk_received(desk, "r1", 1, 1000, "e1");
    assert_string_equal(desk_capture(desk, 1, "C1!", 700),
                        "captured C1 700/700; failed void by_hand");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_VOIDING);
    assert_string_equal(desk_capture(desk, 1, "C2", 100), "refused undone C2");
    assert_string_equal(desk_void_by_hand(desk, 1), "voided 300");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    desk_check(desk);
}

static void an_entry_counts_once(void **state)
{
    struct desk *desk = *state;
    struct payment_received dollars = { .body = { .amount_minor = 5,
                                                  .currency = "USD",
                                                  .received_at = desk->now,
                                                  .bank_reference = "e9" } };

    desk_authorize_by(desk, 1, TRANSFER, 1000);
    desk_authorize_by(desk, 2, TRANSFER, 1000);
    assert_string_equal(desk_received(desk, "r1", 1, 400, "e1"), "money_received 400 400/1000");
    assert_string_equal(desk->reply, "201 P1");
    assert_string_equal(desk_received(desk, "r1", 1, 400, "e1"), "");
    assert_string_equal(desk->reply, "201 P1");
    assert_string_equal(desk_received(desk, "r1", 1, 500, "e2"), "");
    assert_string_equal(desk->reply, "422");
    assert_string_equal(desk_received(desk, "r2", 1, 400, "e1"), "");
    assert_string_equal(desk->reply, "201 P1");
    assert_string_equal(desk_received(desk, "r3", 1, 401, "e1"), "");
    assert_string_equal(desk->reply, "409");
    assert_string_equal(desk_received(desk, "r4", 2, 400, "e1"), "");
    assert_string_equal(desk->reply, "409");
    assert_string_equal(desk_received(desk, "r5", 1, -400, "e5"), "");
    assert_string_equal(desk->reply, "422 /amount_minor");
    dollars.payment_id = desk_child_id(desk, 1, "P1");
    assert_string_equal(desk_request(desk, "r6", MESSAGE_PAYMENT_RECEIVED, &dollars), "");
    assert_string_equal(desk->reply, "422 /currency");
    assert_int_equal(desk_payment(desk, 1)->received_minor, 400);
    dollars.payment_id = desk_child_id(desk, 1, "P2");
    desk_request(desk, "r7", MESSAGE_PAYMENT_RECEIVED, &dollars);
    assert_string_equal(desk->reply, "404");
}

/* One wrong character, or two that changed places, are noticed by the last one. */
static void references_check_themselves(void **state)
{
    struct desk *desk = *state;
    const int64_t order_no = (INT64_C(7) << 40) + 123456;
    const char *reference = reference_of(desk->kept, order_no, 1);
    size_t length = strlen(reference);

    assert_string_equal(reference_of(desk->kept, order_no, 2),
                        text_format(desk->kept, "%s-2", reference));
    for (int64_t other = order_no - 5000; other < order_no + 5000; other++) {
        const char *near = reference_of(desk->kept, other, 1);
        size_t differences = 0;

        for (size_t i = 0; i < length; i++) {
            differences += near[i] != reference[i] ? 1 : 0;
        }
        assert_true(other == order_no || differences >= 2);
    }
}

/* --- Given back by hand -------------------------------------------------------------------------- */

static void a_refund_by_hand(void **state)
{
    struct desk *desk = *state;

    desk_authorize_by(desk, 1, DELIVERY, 1000);
    assert_string_equal(desk_refund(desk, 1, "B1", 100), "refused rule:exceeds_captured B1");
    desk_capture(desk, 1, "C1", 1000);
    assert_string_equal(desk_refund(desk, 1, "B1", 400), "failed refund B1 by_hand 0");
    assert_string_equal(desk_refund(desk, 1, "B1", 400), "failed refund B1 by_hand 0");
    assert_string_equal(desk_refund(desk, 1, "B2", 601), "refused rule:exceeds_captured B2");
    assert_int_equal(desk_payment(desk, 1)->refunding_minor, 400);
    desk_check(desk);
    assert_string_equal(desk_refund_by_hand(desk, 1, "B1", 400), "refunded B1 400/400");
    assert_string_equal(desk_refund_by_hand(desk, 1, "B1", 400), "refunded B1 400/400");
    assert_string_equal(desk_refund_by_hand(desk, 1, "B3", 600), "refunded B3 600/1000");
    assert_string_equal(desk_refund_by_hand(desk, 1, "B4", 1), "refused rule:exceeds_captured B4");
    assert_string_equal(desk_calls(desk), "");
    desk_check(desk);
}

/* Nobody gives it: there is room for another, and it can still be said to be given as far as there is. */
static void a_refund_is_withdrawn(void **state)
{
    struct desk *desk = *state;
    struct payment_refund withdrawn;

    desk_authorize_by(desk, 1, DELIVERY, 1000);
    desk_capture(desk, 1, "C1", 1000);
    desk_refund(desk, 1, "B1", 400);
    assert_string_equal(desk_refund(desk, 1, "B2", 700), "refused rule:exceeds_captured B2");
    withdrawn = desk_refund_command(desk, 1, "B1", 400);
    withdrawn.withdrawn = true;
    withdrawn.has_withdrawn = true;
    for (int times = 0; times < 2; times++) {
        assert_string_equal(desk_refund_with(desk, &withdrawn), "");
        assert_int_equal(desk_payment(desk, 1)->refunding_minor, 0);
    }
    desk_check(desk);
    assert_string_equal(desk_refund_by_hand(desk, 1, "B2", 700), "refunded B2 700/700");
    assert_string_equal(desk_refund_by_hand(desk, 1, "B1", 400),
                        "refused rule:exceeds_captured B1");
    assert_string_equal(desk_refund_with(desk, &withdrawn), "");
    withdrawn.refund_id = desk_refund_command(desk, 1, "B2", 0).refund_id;
    assert_string_equal(desk_refund_with(desk, &withdrawn), ""); /* given is given */
    assert_int_equal(desk_payment(desk, 1)->refunded_minor, 700);
    desk_check(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_cell_does_what_it_says, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(every_cell_is_idempotent, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_transfer_in_parts, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(less_is_due, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(more_than_is_due, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(nothing_came, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(the_rest_goes_back_by_hand, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(an_entry_counts_once, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(references_check_themselves, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_refund_by_hand, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_refund_is_withdrawn, desk_set_up, desk_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
