/* payment_state_test.c - every state of a payment, and every input: as a picture, and each cell carried out.
 *
 * links: payment
 */
#include "tests/unit/payment_desk.h"

#include "common/text.h"
#include "services/payment/payment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One letter an action, in the order of enum payment_action. */
static const char letters[] = "?.PWT$Nrt+nusdfCVvOHaoLMASDBbRKhGEckwpZQqx";
_Static_assert(sizeof letters - 1 == PAYMENT_ACTION_COUNT, "a letter for each action");

/* A table a holder of the money, a row a state.  Columns: authorize, capture, void, void by hand, received | what came of a
 * call: authorized, action, not authorized, captured, not captured, released, not released | news: authorized, declined, gone |
 * deadline, room in the account | news: approved, a timer: renew; taken back; renewed, not renewed.  Then the states, in hex. */
static const char *const provider_picture[STATE_COUNT][2] = {
    [PAYMENT_STATE_ABSENT] = { "Pn++. xxxxxxx ... .. ...xx", "30990 0000000 000 00 00000" },
    [PAYMENT_STATE_CREATED] = { "..... xxxxxxx ... .. ...xx", "11111 1111111 111 11 11111" },
    [PAYMENT_STATE_REQUIRES_ACTION] = { "tsVV. xxxxxxx ADD E. p..xx",
                                        "22882 2222222 4aa 82 32222" },
    [PAYMENT_STATE_AUTHORIZING] = { ".svv. ASDxxxx hhh .. ...xx", "33333 42a3333 333 33 33333" },
    [PAYMENT_STATE_AUTHORIZED] = { "tCVH. xxxxxxx ..G .. .Z.xx", "45894 4444444 44b 44 45444" },
    [PAYMENT_STATE_CAPTURING] = { "tCvv. xxxBbxx ..h .. ...Qq", "55555 5557455 555 55 55544" },
    [PAYMENT_STATE_PARTIALLY_CAPTURED] = { "tCVH. xxxxxxx ..G .. .Z.xx",
                                           "65876 6666666 667 66 65666" },
    [PAYMENT_STATE_CAPTURED] = { "tdoo. xxxxxxx ... .. ...xx", "77777 7777777 777 77 77777" },
    [PAYMENT_STATE_VOIDING] = { "uuvv. xxxxxRK ... .. ...xx", "88888 8888894 888 88 88888" },
    [PAYMENT_STATE_VOIDED] = { "uuoo. xxxxxxx ... .. ...xx", "99999 9999999 999 99 99999" },
    [PAYMENT_STATE_FAILED] = { "tsoo. xxxxxxx E.. c. ...xx", "aaaaa aaaaaaa 8aa 8a aaaaa" },
    [PAYMENT_STATE_EXPIRED] = { "tfoo. xxxxxxx ... .. ...xx", "bbbbb bbbbbbb bbb bb bbbbb" },
};

static const char *const transfer_picture[STATE_COUNT][2] = {
    [PAYMENT_STATE_ABSENT] = { "Wn++. xxxxxxx ... .. ...xx", "20990 0000000 000 00 00000" },
    [PAYMENT_STATE_CREATED] = { "..... xxxxxxx ... .. ...xx", "11111 1111111 111 11 11111" },
    [PAYMENT_STATE_REQUIRES_ACTION] = { "LsaHM xxxxxxx ... w. ..kxx",
                                        "42894 2222222 222 b2 22222" },
    [PAYMENT_STATE_AUTHORIZING] = { "..... xxxxxxx ... .. ...xx", "33333 3333333 333 33 33333" },
    [PAYMENT_STATE_AUTHORIZED] = { "tCaHM xxxxxxx ... .. ..kxx", "47894 4444444 444 44 44b44" },
    [PAYMENT_STATE_CAPTURING] = { "..... xxxxxxx ... .. ...xx", "55555 5555555 555 55 55555" },
    [PAYMENT_STATE_PARTIALLY_CAPTURED] = { "tCaHM xxxxxxx ... .. ...xx",
                                           "67876 6666666 666 66 66666" },
    [PAYMENT_STATE_CAPTURED] = { "tdooM xxxxxxx ... .. ...xx", "77777 7777777 777 77 77777" },
    [PAYMENT_STATE_VOIDING] = { "uuaHM xxxxxxx ... .. ...xx", "88898 8888888 888 88 88888" },
    [PAYMENT_STATE_VOIDED] = { "uuooM xxxxxxx ... .. ...xx", "99999 9999999 999 99 99999" },
    [PAYMENT_STATE_FAILED] = { "..... xxxxxxx ... .. ...xx", "aaaaa aaaaaaa aaa aa aaaaa" },
    [PAYMENT_STATE_EXPIRED] = { "tfooM xxxxxxx ... .. ...xx", "bbbbb bbbbbbb bbb bb bbbbb" },
};

static const char *const delivery_picture[STATE_COUNT][2] = {
    [PAYMENT_STATE_ABSENT] = { "Tn++. xxxxxxx ... .. ...xx", "40990 0000000 000 00 00000" },
    [PAYMENT_STATE_CREATED] = { "..... xxxxxxx ... .. ...xx", "11111 1111111 111 11 11111" },
    [PAYMENT_STATE_REQUIRES_ACTION] = { "..... xxxxxxx ... .. ...xx",
                                        "22222 2222222 222 22 22222" },
    [PAYMENT_STATE_AUTHORIZING] = { "..... xxxxxxx ... .. ...xx", "33333 3333333 333 33 33333" },
    [PAYMENT_STATE_AUTHORIZED] = { "tCOO. xxxxxxx ... .. ...xx", "47994 4444444 444 44 44444" },
    [PAYMENT_STATE_CAPTURING] = { "..... xxxxxxx ... .. ...xx", "55555 5555555 555 55 55555" },
    [PAYMENT_STATE_PARTIALLY_CAPTURED] = { "tCOO. xxxxxxx ... .. ...xx",
                                           "67776 6666666 666 66 66666" },
    [PAYMENT_STATE_CAPTURED] = { "tdoo. xxxxxxx ... .. ...xx", "77777 7777777 777 77 77777" },
    [PAYMENT_STATE_VOIDING] = { "..... xxxxxxx ... .. ...xx", "88888 8888888 888 88 88888" },
    [PAYMENT_STATE_VOIDED] = { "uuoo. xxxxxxx ... .. ...xx", "99999 9999999 999 99 99999" },
    [PAYMENT_STATE_FAILED] = { "..... xxxxxxx ... .. ...xx", "aaaaa aaaaaaa aaa aa aaaaa" },
    [PAYMENT_STATE_EXPIRED] = { "..... xxxxxxx ... .. ...xx", "bbbbb bbbbbbb bbb bb bbbbb" },
};

static const char *const credit_picture[STATE_COUNT][2] = {
    [PAYMENT_STATE_ABSENT] = { "$n++. xxxxxxx ... .. ...xx", "40990 0000000 000 00 00000" },
    [PAYMENT_STATE_CREATED] = { "..... xxxxxxx ... .. ...xx", "11111 1111111 111 11 11111" },
    [PAYMENT_STATE_REQUIRES_ACTION] = { "NsOO. xxxxxxx ... .r ...xx",
                                        "42992 2222222 222 24 22222" },
    [PAYMENT_STATE_AUTHORIZING] = { "..... xxxxxxx ... .. ...xx", "33333 3333333 333 33 33333" },
    [PAYMENT_STATE_AUTHORIZED] = { "tCOO. xxxxxxx ... .. ...xx", "47994 4444444 444 44 44444" },
    [PAYMENT_STATE_CAPTURING] = { "..... xxxxxxx ... .. ...xx", "55555 5555555 555 55 55555" },
    [PAYMENT_STATE_PARTIALLY_CAPTURED] = { "tCOOM xxxxxxx ... .. ...xx",
                                           "67776 6666666 666 66 66666" },
    [PAYMENT_STATE_CAPTURED] = { "tdooM xxxxxxx ... .. ...xx", "77777 7777777 777 77 77777" },
    [PAYMENT_STATE_VOIDING] = { "..... xxxxxxx ... .. ...xx", "88888 8888888 888 88 88888" },
    [PAYMENT_STATE_VOIDED] = { "uuoo. xxxxxxx ... .. ...xx", "99999 9999999 999 99 99999" },
    [PAYMENT_STATE_FAILED] = { "tsoo. xxxxxxx ... .. ...xx", "aaaaa aaaaaaa aaa aa aaaaa" },
    [PAYMENT_STATE_EXPIRED] = { "..... xxxxxxx ... .. ...xx", "bbbbb bbbbbbb bbb bb bbbbb" },
};

static const char *squeeze(const char *text)
{
    static char squeezed[32];
    size_t length = 0;

    for (; *text != '\0'; text++) {
        if (*text != ' ') {
            squeezed[length++] = *text;
        }
    }
    squeezed[length] = '\0';
    return squeezed;
}

static void follow(enum holder holder, const char *const pictures[STATE_COUNT][2])
{
    for (int from = 0; from < STATE_COUNT; from++) {
        char actions[PAYMENT_INPUT_COUNT + 1] = "", next[PAYMENT_INPUT_COUNT + 1] = "";

        for (int input = 0; input < PAYMENT_INPUT_COUNT; input++) {
            struct payment_cell cell =
                payment_cell(holder, (enum payment_state)from, (enum payment_input)input);

            actions[input] = letters[cell.action];
            next[input] = "0123456789ab"[cell.next];
        }
        assert_string_equal(actions, squeeze(pictures[from][0]));
        assert_string_equal(next, squeeze(pictures[from][1]));
    }
}

static void follows_the_pictures(void **state)
{
    (void)state;
    follow(HELD_BY_PROVIDER, provider_picture);
    follow(HELD_BY_US, transfer_picture);
    follow(HELD_BY_NOBODY, delivery_picture);
    follow(HELD_AS_CREDIT, credit_picture);
}

/* --- Each cell carried out --------------------------------------------------------------------- */

#define INTENT(id, status, received)                                                               \
    "{\"id\":\"" id "\",\"status\":\"" status "\",\"amount_received\":" received                   \
    ",\"next_action\":null,\"last_payment_error\":null}"
#define SECURED  INTENT("pi_1", "requires_capture", "0")
#define CANCELED INTENT("pi_1", "canceled", "0")
#define ACTION                                                                                     \
    "{\"id\":\"pi_1\",\"status\":\"requires_action\",\"next_action\":{\"type\":"                   \
    "\"redirect_to_url\",\"redirect_to_url\":{\"url\":\"https://bank.example/1\"}}}"
#define DECLINED                                                                                   \
    "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\",\"decline_code\":"             \
    "\"insufficient_funds\",\"payment_intent\":{\"id\":\"pi_1\",\"status\":"                       \
    "\"requires_payment_method\"}}}"
#define NO_VOID                                                                                    \
    "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"payment_intent_unexpected_state\"," \
    "\"payment_intent\":{\"id\":\"pi_1\",\"status\":\"processing\"}}}"

static const char *event(struct desk *desk, const char *id, const char *type, const char *status)
{
    return text_format(
        desk->kept,
        "{\"id\":\"%s\",\"type\":\"payment_intent.%s\",\"data\":{\"object\":{\"id\":\"pi_1\","
        "\"status\":\"%s\",\"cancellation_reason\":\"expired\",\"metadata\":{\"order_id\":\"%s\","
        "\"order_no\":\"1\",\"payment_id\":\"%s\"},\"last_payment_error\":{\"code\":"
        "\"payment_intent_authentication_failure\"}}}}",
        id, type, status, desk_order_id(desk, 1), desk_child_id(desk, 1, "P1"));
}

/* Brings order 1, for 1000, into a state; in the states after a capture, 400 are taken. */
static void bring_into(struct desk *desk, enum payment_state to)
{
    bool captures = to == PAYMENT_STATE_CAPTURING || to == PAYMENT_STATE_PARTIALLY_CAPTURED;

    desk_forget(desk);
    if (to == PAYMENT_STATE_ABSENT || to == PAYMENT_STATE_VOIDED) {
        if (to == PAYMENT_STATE_VOIDED) {
            desk_void(desk, 1, CANCEL_REASON_FRAUD);
        }
        return;
    }
    desk_authorize(desk, 1, "tok_ok", 1000);
    if (to == PAYMENT_STATE_REQUIRES_ACTION) {
        desk_answer(desk, 200, ACTION);
    } else if (to == PAYMENT_STATE_FAILED) {
        desk_answer(desk, 402, DECLINED);
    } else if (to != PAYMENT_STATE_AUTHORIZING) {
        desk_answer(desk, 200, SECURED);
    }
    if (captures) {
        desk_capture(desk, 1, "C1", 400);
    }
    if (to == PAYMENT_STATE_PARTIALLY_CAPTURED) {
        desk_answer(desk, 200, INTENT("pi_1", "requires_capture", "400"));
    } else if (to == PAYMENT_STATE_CAPTURED) {
        desk_capture(desk, 1, "C1!", 400);
        desk_answer(desk, 200, INTENT("pi_1", "succeeded", "400"));
    } else if (to == PAYMENT_STATE_VOIDING) {
        desk_void(desk, 1, CANCEL_REASON_FRAUD);
    } else if (to == PAYMENT_STATE_EXPIRED) {
        desk_tell(desk, event(desk, "evt_x", "canceled", "canceled"));
    }
}

/* A command, a deadline or a piece of news. */
static const char *put_in(struct desk *desk, enum payment_input input)
{
    switch ((int)input) {
    case ON_AUTHORIZE:
        return desk_authorize(desk, 1, "tok_ok", 1000);
    case ON_CAPTURE:
        return desk_capture(desk, 1, "C9", 300);
    case ON_VOID:
        return desk_void(desk, 1, CANCEL_REASON_SHOPPER_REQUEST);
    case ON_VOID_BY_HAND:
        return desk_void_by_hand(desk, 1);
    case ON_NEWS_AUTHORIZED:
        return desk_tell(desk,
                         event(desk, "evt_a", "amount_capturable_updated", "requires_capture"));
    case ON_NEWS_DECLINED:
        return desk_tell(desk, event(desk, "evt_d", "payment_failed", "requires_payment_method"));
    case ON_NEWS_GONE:
        return desk_tell(desk, event(desk, "evt_g", "canceled", "canceled"));
    case ON_DEADLINE:
        return desk_deadline(desk, 1);
    default:
        fail_msg("an answer needs a call");
        return NULL;
    }
}

/* What is said, which calls wait then, and where the payment is. */
struct cell {
    enum payment_state from;
    enum payment_input input;
    const char *said, *calls;
    enum payment_state to;
};

#define TOLD_PAGE "requires_action https://bank.example/1"
static const struct cell cells[] = {
    { PAYMENT_STATE_ABSENT, ON_AUTHORIZE, "", "P1/authorize", PAYMENT_STATE_AUTHORIZING },
    { PAYMENT_STATE_ABSENT, ON_CAPTURE, "refused not_found C9", "", PAYMENT_STATE_ABSENT },
    { PAYMENT_STATE_ABSENT, ON_VOID, "voided 0", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_ABSENT, ON_VOID_BY_HAND, "voided 0", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_ABSENT, ON_NEWS_AUTHORIZED, "", "", PAYMENT_STATE_ABSENT },
    { PAYMENT_STATE_ABSENT, ON_NEWS_DECLINED, "", "", PAYMENT_STATE_ABSENT },
    { PAYMENT_STATE_ABSENT, ON_NEWS_GONE, "", "", PAYMENT_STATE_ABSENT },
    { PAYMENT_STATE_ABSENT, ON_DEADLINE, "", "", PAYMENT_STATE_ABSENT },

    { PAYMENT_STATE_AUTHORIZING, ON_AUTHORIZE, "", "P1/authorize", PAYMENT_STATE_AUTHORIZING },
    { PAYMENT_STATE_AUTHORIZING, ON_CAPTURE, "refused rule:not_authorized C9", "P1/authorize",
      PAYMENT_STATE_AUTHORIZING },
    { PAYMENT_STATE_AUTHORIZING, ON_VOID, "", "P1/authorize", PAYMENT_STATE_AUTHORIZING },
    { PAYMENT_STATE_AUTHORIZING, ON_VOID_BY_HAND, "", "P1/authorize", PAYMENT_STATE_AUTHORIZING },
    { PAYMENT_STATE_AUTHORIZING, ON_NEWS_AUTHORIZED, "", "P1/authorize",
      PAYMENT_STATE_AUTHORIZING },
    { PAYMENT_STATE_AUTHORIZING, ON_NEWS_DECLINED, "", "P1/authorize", PAYMENT_STATE_AUTHORIZING },
    { PAYMENT_STATE_AUTHORIZING, ON_NEWS_GONE, "", "P1/authorize", PAYMENT_STATE_AUTHORIZING },
    { PAYMENT_STATE_AUTHORIZING, ON_DEADLINE, "", "P1/authorize", PAYMENT_STATE_AUTHORIZING },

    { PAYMENT_STATE_REQUIRES_ACTION, ON_AUTHORIZE, TOLD_PAGE, "", PAYMENT_STATE_REQUIRES_ACTION },
    { PAYMENT_STATE_REQUIRES_ACTION, ON_CAPTURE, "refused rule:not_authorized C9", "",
      PAYMENT_STATE_REQUIRES_ACTION },
    { PAYMENT_STATE_REQUIRES_ACTION, ON_VOID, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_REQUIRES_ACTION, ON_VOID_BY_HAND, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_REQUIRES_ACTION, ON_NEWS_AUTHORIZED, "authorized 1000", "",
      PAYMENT_STATE_AUTHORIZED },
    { PAYMENT_STATE_REQUIRES_ACTION, ON_NEWS_DECLINED,
      "declined payment_intent_authentication_failure", "", PAYMENT_STATE_FAILED },
    { PAYMENT_STATE_REQUIRES_ACTION, ON_NEWS_GONE, "declined authorization_expired", "",
      PAYMENT_STATE_FAILED },
    { PAYMENT_STATE_REQUIRES_ACTION, ON_DEADLINE, "", "P1/void", PAYMENT_STATE_VOIDING },

    { PAYMENT_STATE_AUTHORIZED, ON_AUTHORIZE, "authorized 1000", "", PAYMENT_STATE_AUTHORIZED },
    { PAYMENT_STATE_AUTHORIZED, ON_CAPTURE, "", "C9/capture", PAYMENT_STATE_CAPTURING },
    { PAYMENT_STATE_AUTHORIZED, ON_VOID, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_AUTHORIZED, ON_VOID_BY_HAND, "voided 1000", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_AUTHORIZED, ON_NEWS_AUTHORIZED, "", "", PAYMENT_STATE_AUTHORIZED },
    { PAYMENT_STATE_AUTHORIZED, ON_NEWS_DECLINED, "", "", PAYMENT_STATE_AUTHORIZED },
    { PAYMENT_STATE_AUTHORIZED, ON_NEWS_GONE, "lapsed 1000", "", PAYMENT_STATE_EXPIRED },
    { PAYMENT_STATE_AUTHORIZED, ON_DEADLINE, "", "", PAYMENT_STATE_AUTHORIZED },

    { PAYMENT_STATE_CAPTURING, ON_AUTHORIZE, "authorized 1000", "C1/capture",
      PAYMENT_STATE_CAPTURING },
    { PAYMENT_STATE_CAPTURING, ON_CAPTURE, "", "C1/capture", PAYMENT_STATE_CAPTURING },
    { PAYMENT_STATE_CAPTURING, ON_VOID, "", "C1/capture", PAYMENT_STATE_CAPTURING },
    { PAYMENT_STATE_CAPTURING, ON_VOID_BY_HAND, "", "C1/capture", PAYMENT_STATE_CAPTURING },
    { PAYMENT_STATE_CAPTURING, ON_NEWS_AUTHORIZED, "", "C1/capture", PAYMENT_STATE_CAPTURING },
    { PAYMENT_STATE_CAPTURING, ON_NEWS_DECLINED, "", "C1/capture", PAYMENT_STATE_CAPTURING },
    { PAYMENT_STATE_CAPTURING, ON_NEWS_GONE, "", "C1/capture", PAYMENT_STATE_CAPTURING },
    { PAYMENT_STATE_CAPTURING, ON_DEADLINE, "", "C1/capture", PAYMENT_STATE_CAPTURING },

    { PAYMENT_STATE_PARTIALLY_CAPTURED, ON_AUTHORIZE, "authorized 1000", "",
      PAYMENT_STATE_PARTIALLY_CAPTURED },
    { PAYMENT_STATE_PARTIALLY_CAPTURED, ON_CAPTURE, "", "C9/capture", PAYMENT_STATE_CAPTURING },
    { PAYMENT_STATE_PARTIALLY_CAPTURED, ON_VOID, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_PARTIALLY_CAPTURED, ON_VOID_BY_HAND, "voided 600", "", PAYMENT_STATE_CAPTURED },
    { PAYMENT_STATE_PARTIALLY_CAPTURED, ON_NEWS_AUTHORIZED, "", "",
      PAYMENT_STATE_PARTIALLY_CAPTURED },
    { PAYMENT_STATE_PARTIALLY_CAPTURED, ON_NEWS_DECLINED, "", "",
      PAYMENT_STATE_PARTIALLY_CAPTURED },
    { PAYMENT_STATE_PARTIALLY_CAPTURED, ON_NEWS_GONE, "lapsed 600", "", PAYMENT_STATE_CAPTURED },
    { PAYMENT_STATE_PARTIALLY_CAPTURED, ON_DEADLINE, "", "", PAYMENT_STATE_PARTIALLY_CAPTURED },

    { PAYMENT_STATE_CAPTURED, ON_AUTHORIZE, "authorized 1000", "", PAYMENT_STATE_CAPTURED },
    { PAYMENT_STATE_CAPTURED, ON_CAPTURE, "refused rule:exceeds_authorized C9", "",
      PAYMENT_STATE_CAPTURED },
    { PAYMENT_STATE_CAPTURED, ON_VOID, "voided 600", "", PAYMENT_STATE_CAPTURED },
    { PAYMENT_STATE_CAPTURED, ON_VOID_BY_HAND, "voided 600", "", PAYMENT_STATE_CAPTURED },
    { PAYMENT_STATE_CAPTURED, ON_NEWS_AUTHORIZED, "", "", PAYMENT_STATE_CAPTURED },
    { PAYMENT_STATE_CAPTURED, ON_NEWS_DECLINED, "", "", PAYMENT_STATE_CAPTURED },
    { PAYMENT_STATE_CAPTURED, ON_NEWS_GONE, "", "", PAYMENT_STATE_CAPTURED },
    { PAYMENT_STATE_CAPTURED, ON_DEADLINE, "", "", PAYMENT_STATE_CAPTURED },

    { PAYMENT_STATE_VOIDING, ON_AUTHORIZE, "refused undone P1", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_VOIDING, ON_CAPTURE, "refused undone C9", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_VOIDING, ON_VOID, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_VOIDING, ON_VOID_BY_HAND, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_VOIDING, ON_NEWS_AUTHORIZED, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_VOIDING, ON_NEWS_DECLINED, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_VOIDING, ON_NEWS_GONE, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_VOIDING, ON_DEADLINE, "", "P1/void", PAYMENT_STATE_VOIDING },

    { PAYMENT_STATE_VOIDED, ON_AUTHORIZE, "refused undone P1", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_VOIDED, ON_CAPTURE, "refused undone C9", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_VOIDED, ON_VOID, "voided 0", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_VOIDED, ON_VOID_BY_HAND, "voided 0", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_VOIDED, ON_NEWS_AUTHORIZED, "", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_VOIDED, ON_NEWS_DECLINED, "", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_VOIDED, ON_NEWS_GONE, "", "", PAYMENT_STATE_VOIDED },
    { PAYMENT_STATE_VOIDED, ON_DEADLINE, "", "", PAYMENT_STATE_VOIDED },

    { PAYMENT_STATE_FAILED, ON_AUTHORIZE, "declined insufficient_funds", "", PAYMENT_STATE_FAILED },
    { PAYMENT_STATE_FAILED, ON_CAPTURE, "refused rule:not_authorized C9", "",
      PAYMENT_STATE_FAILED },
    { PAYMENT_STATE_FAILED, ON_VOID, "voided 0", "", PAYMENT_STATE_FAILED },
    { PAYMENT_STATE_FAILED, ON_VOID_BY_HAND, "voided 0", "", PAYMENT_STATE_FAILED },
    { PAYMENT_STATE_FAILED, ON_NEWS_AUTHORIZED, "", "P1/void", PAYMENT_STATE_VOIDING },
    { PAYMENT_STATE_FAILED, ON_NEWS_DECLINED, "", "", PAYMENT_STATE_FAILED },
    { PAYMENT_STATE_FAILED, ON_NEWS_GONE, "", "", PAYMENT_STATE_FAILED },
    { PAYMENT_STATE_FAILED, ON_DEADLINE, "", "", PAYMENT_STATE_FAILED },

    { PAYMENT_STATE_EXPIRED, ON_AUTHORIZE, "lapsed 1000", "", PAYMENT_STATE_EXPIRED },
    { PAYMENT_STATE_EXPIRED, ON_CAPTURE, "failed capture C9 authorization_expired", "",
      PAYMENT_STATE_EXPIRED },
    { PAYMENT_STATE_EXPIRED, ON_VOID, "voided 1000", "", PAYMENT_STATE_EXPIRED },
    { PAYMENT_STATE_EXPIRED, ON_VOID_BY_HAND, "voided 1000", "", PAYMENT_STATE_EXPIRED },
    { PAYMENT_STATE_EXPIRED, ON_NEWS_AUTHORIZED, "", "", PAYMENT_STATE_EXPIRED },
    { PAYMENT_STATE_EXPIRED, ON_NEWS_DECLINED, "", "", PAYMENT_STATE_EXPIRED },
    { PAYMENT_STATE_EXPIRED, ON_NEWS_GONE, "", "", PAYMENT_STATE_EXPIRED },
    { PAYMENT_STATE_EXPIRED, ON_DEADLINE, "", "", PAYMENT_STATE_EXPIRED },
};
enum { STATES_REACHED = STATE_COUNT - 1, INPUTS_PUT_IN = 8 };
_Static_assert(sizeof cells / sizeof cells[0] == sizeof(char[STATES_REACHED][INPUTS_PUT_IN]),
               "a cell for each state that is reached, and each input that needs no call");

static void every_cell_does_what_it_says(void **state)
{
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        const struct cell *cell = &cells[i];

        bring_into(desk, cell->from);
        assert_int_equal(desk_state(desk, 1), cell->from);
        print_message("%d after %d\n", (int)cell->from, (int)cell->input);
        assert_string_equal(put_in(desk, cell->input), cell->said);
        assert_string_equal(desk_calls(desk), cell->calls);
        assert_int_equal(desk_state(desk, 1), cell->to);
        desk_check(desk);
    }
}

/* An input that is put in again says the same, or nothing more, and asks the provider nothing. */
static void every_cell_is_idempotent(void **state)
{
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        bring_into(desk, cells[i].from);
        put_in(desk, cells[i].input);
        const char *calls = desk_calls(desk);
        struct payment_row before = { 0 };
        const struct payment_row *row = desk_payment(desk, 1);

        if (row != NULL) {
            before = *row;
        }
        (void)put_in(desk, cells[i].input);
        row = desk_payment(desk, 1);
        assert_string_equal(desk_calls(desk), calls);
        if (row != NULL) {
            assert_int_equal(row->state, before.state);
            assert_int_equal(row->captured_minor, before.captured_minor);
            assert_int_equal(row->capturing_minor, before.capturing_minor);
            assert_int_equal(row->released_minor, before.released_minor);
            assert_int_equal(row->event_count, before.event_count);
        }
    }
}

/* --- Answers ----------------------------------------------------------------------------------- */

static void authorizing_is_answered(void **state)
{
    struct desk *desk = *state;

    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    assert_string_equal(desk_answer(desk, 200, SECURED), "authorized 1000");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_AUTHORIZED);
    assert_string_equal(desk_payment(desk, 1)->provider_ref, "pi_1");
    assert_string_equal(desk_ledger(desk, 1), "request authorize 1000, success authorize 1000");
    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    assert_string_equal(desk_answer(desk, 200, ACTION), TOLD_PAGE);
    assert_string_equal(desk->timers, "action_deadline ask_provider");
    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    assert_string_equal(desk_answer(desk, 402, DECLINED), "declined insufficient_funds");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_FAILED);
    assert_string_equal(desk_ledger(desk, 1), "request authorize 1000, failure authorize 1000");
    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    assert_string_equal(
        desk_answer(desk, 400, "{\"error\":{\"type\":\"idempotency_error\",\"code\":null}}"),
        "failed authorize other");
    assert_string_equal(desk_authorize(desk, 1, "tok_ok", 1000), "failed authorize other");
}

/* A void that comes while the provider is asked ends whatever it answers. */
static void void_waits_for_the_authorization(void **state)
{
    struct desk *desk = *state;

    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    assert_string_equal(put_in(desk, ON_VOID), "");
    assert_string_equal(desk_answer(desk, 200, SECURED), "authorized 1000");
    assert_string_equal(desk_calls(desk), "P1/void");
    assert_string_equal(desk_answer(desk, 200, CANCELED), "voided 1000");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_VOIDED);
    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    put_in(desk, ON_VOID);
    assert_string_equal(desk_answer(desk, 402, DECLINED), "voided 0");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_VOIDED);
    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    put_in(desk, ON_VOID);
    assert_string_equal(desk_answer(desk, 200, ACTION), "");
    assert_string_equal(desk_answer(desk, 200, CANCELED), "voided 0");
    desk_check(desk);
}

static void void_is_answered(void **state)
{
    struct desk *desk = *state;

    bring_into(desk, PAYMENT_STATE_VOIDING);
    assert_string_equal(desk_answer(desk, 200, CANCELED), "voided 1000");
    assert_string_equal(put_in(desk, ON_VOID), "voided 1000");
    bring_into(desk, PAYMENT_STATE_VOIDING);
    assert_string_equal(desk_answer(desk, 400, NO_VOID),
                        "failed void payment_intent_unexpected_state");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_AUTHORIZED);
    assert_string_equal(put_in(desk, ON_VOID), "");
    assert_string_equal(desk_calls(desk), "P1/void/2");
    assert_string_equal(desk_answer(desk, 200, CANCELED), "voided 1000");
    bring_into(desk, PAYMENT_STATE_PARTIALLY_CAPTURED);
    put_in(desk, ON_VOID);
    assert_string_equal(desk_answer(desk, 200, INTENT("pi_1", "canceled", "400")), "voided 600");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_CAPTURED);
    bring_into(desk, PAYMENT_STATE_PARTIALLY_CAPTURED);
    put_in(desk, ON_VOID);
    desk_answer(desk, 400, NO_VOID);
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_PARTIALLY_CAPTURED);
    bring_into(desk, PAYMENT_STATE_REQUIRES_ACTION);
    put_in(desk, ON_VOID);
    assert_string_equal(desk_answer(desk, 400, NO_VOID),
                        "failed void payment_intent_unexpected_state");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_REQUIRES_ACTION);
    assert_string_equal(desk->timers, "ask_provider");
    assert_string_equal(put_in(desk, ON_VOID), "");
    assert_string_equal(desk_calls(desk), "P1/void/2");
    assert_string_equal(desk_answer(desk, 200, CANCELED), "voided 0");
}

/* The shopper does not act: the provider lets go first, then the order is told. */
static void shopper_is_late(void **state)
{
    struct desk *desk = *state;

    bring_into(desk, PAYMENT_STATE_REQUIRES_ACTION);
    assert_string_equal(desk_deadline(desk, 1), "");
    assert_string_equal(desk_answer(desk, 200, CANCELED), "declined expired");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_EXPIRED);
    assert_string_equal(put_in(desk, ON_AUTHORIZE), "declined expired");
    assert_string_equal(put_in(desk, ON_CAPTURE), "failed capture C9 expired");
    bring_into(desk, PAYMENT_STATE_REQUIRES_ACTION);
    desk_deadline(desk, 1);
    put_in(desk, ON_VOID);
    assert_string_equal(desk_answer(desk, 200, CANCELED), "voided 0");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_VOIDED);
}

/* What the provider tells may be newer than what it answers. */
static void news_overtake_the_answer(void **state)
{
    static const struct {
        enum payment_input news[2];
        const char *answer, *said;
        enum payment_state to;
    } races[] = {
        { { ON_NEWS_AUTHORIZED, ON_NEWS_AUTHORIZED },
          ACTION,
          "authorized 1000",
          PAYMENT_STATE_AUTHORIZED },
        { { ON_NEWS_DECLINED, ON_NEWS_DECLINED },
          ACTION,
          "declined payment_intent_authentication_failure",
          PAYMENT_STATE_FAILED },
        { { ON_NEWS_GONE, ON_NEWS_GONE },
          ACTION,
          "declined authorization_expired",
          PAYMENT_STATE_FAILED },
        { { ON_NEWS_GONE, ON_NEWS_AUTHORIZED },
          ACTION,
          "declined authorization_expired",
          PAYMENT_STATE_FAILED },
        { { ON_NEWS_AUTHORIZED, ON_NEWS_GONE },
          SECURED,
          "declined authorization_expired",
          PAYMENT_STATE_FAILED },
        { { ON_NEWS_DECLINED, ON_NEWS_AUTHORIZED },
          ACTION,
          "authorized 1000",
          PAYMENT_STATE_AUTHORIZED },
        { { ON_NEWS_AUTHORIZED, ON_NEWS_AUTHORIZED },
          SECURED,
          "authorized 1000",
          PAYMENT_STATE_AUTHORIZED },
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof races / sizeof races[0]; i++) {
        bring_into(desk, PAYMENT_STATE_AUTHORIZING);
        put_in(desk, races[i].news[0]);
        put_in(desk, races[i].news[1]);
        assert_string_equal(desk_answer(desk, 200, races[i].answer), races[i].said);
        assert_int_equal(desk_state(desk, 1), races[i].to);
        assert_int_equal(desk_payment(desk, 1)->heard, HEARD_NOTHING);
    }
}

/* Who is forgotten may still have the page open: it is closed when its time is over, as any other. */
static void a_forgotten_page_is_closed(void **state)
{
    struct desk *desk = *state;

    bring_into(desk, PAYMENT_STATE_REQUIRES_ACTION);
    (void)put_in(desk, ON_NEWS_DECLINED);
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_FAILED);
    const struct payment_erase command = { .order_id = desk_order_id(desk, 1),
                                           .order_no = 1,
                                           .clock = 90 };
    assert_string_equal(desk_command(desk, MESSAGE_PAYMENT_ERASE, &command), "");
    assert_string_equal(desk_calls(desk), "");
    (void)desk_deadline(desk, 1);
    assert_string_equal(desk_calls(desk), "P1/void");
}

/* The shopper's page is there after all, and may be paid on: it is watched, or let go of where the order wants nothing any more. */
static void declined_before_the_answer(void **state)
{
    struct desk *desk = *state;

    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    put_in(desk, ON_NEWS_DECLINED);
    desk_answer(desk, 200, ACTION);
    assert_string_equal(desk->timers, "action_deadline ask_provider");
    desk_deadline(desk, 1);
    assert_string_equal(desk_calls(desk), "P1/void");
    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    put_in(desk, ON_NEWS_DECLINED);
    put_in(desk, ON_VOID);
    assert_string_equal(desk_answer(desk, 200, ACTION), "");
    assert_string_equal(desk_calls(desk), "P1/void");
    assert_string_equal(desk_answer(desk, 200, CANCELED), "voided 0");
    bring_into(desk, PAYMENT_STATE_AUTHORIZING);
    put_in(desk, ON_NEWS_GONE);
    desk_answer(desk, 200, ACTION);
    assert_string_equal(desk->timers, "");
    desk_deadline(desk, 1);
    assert_string_equal(desk_calls(desk), "");
}

/* --- What is refused --------------------------------------------------------------------------- */

static void commands_come_too_late(void **state)
{
    struct desk *desk = *state;
    struct payment_authorize late = desk_authorize_command(desk, 1, "tok_ok", 1000);
    struct payment_capture capture;

    late.valid_until = desk->now - 1;
    assert_string_equal(desk_authorize_with(desk, &late), "refused expired P1");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_ABSENT);
    late.valid_until = desk->now;
    assert_string_equal(desk_authorize_with(desk, &late), "");
    desk_answer(desk, 200, SECURED);
    late.valid_until = desk->now - 1;
    assert_string_equal(desk_authorize_with(desk, &late), "authorized 1000");
    capture = desk_capture_command(desk, 1, "C1", 100);
    capture.valid_until = desk->now - 1;
    assert_string_equal(desk_capture_with(desk, &capture), "refused expired C1");
    assert_string_equal(desk_calls(desk), "");
}

static void what_cannot_be_authorized(void **state)
{
    struct desk *desk = *state;
    struct payment_authorize command = desk_authorize_command(desk, 1, "tok_ok", 1000);

    command.method = PAYMENT_METHOD_PREPAID;
    assert_string_equal(desk_authorize_with(desk, &command),
                        "refused rule:method_not_supported P1");
    command.method = PAYMENT_METHOD_INVOICE;
    assert_string_equal(desk_authorize_with(desk, &command), "refused rule:company_missing P1");
    assert_string_equal(desk_authorize(desk, 1, NULL, 1000), "refused rule:token_missing P1");
    assert_string_equal(desk_authorize(desk, 1, "tok_ok", 0), "refused rule:amount_zero P1");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_ABSENT);
}

static void strangers_are_impossible(void **state)
{
    struct desk *desk = *state;
    struct payment_authorize command = desk_authorize_command(desk, 1, "tok_ok", 1000);
    struct payment_capture capture = desk_capture_command(desk, 1, "C1", 10);

    command.payment_id = desk_child_id(desk, 2, "P1");
    assert_true(text_starts_with(desk_authorize_with(desk, &command), "impossible"));
    capture.capture_id = desk_child_id(desk, 2, "C1");
    assert_true(text_starts_with(desk_capture_with(desk, &capture), "impossible"));
    desk_authorize(desk, 1, "tok_ok", 1000);
    command = desk_authorize_command(desk, 2, "tok_ok", 1000);
    command.order_no = 1;
    assert_true(text_starts_with(desk_authorize_with(desk, &command), "impossible"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_pictures),
        cmocka_unit_test_setup_teardown(every_cell_does_what_it_says, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(every_cell_is_idempotent, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(authorizing_is_answered, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(void_waits_for_the_authorization, desk_set_up,
                                        desk_tear_down),
        cmocka_unit_test_setup_teardown(void_is_answered, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(shopper_is_late, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_forgotten_page_is_closed, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(news_overtake_the_answer, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(declined_before_the_answer, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(commands_come_too_late, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_authorized, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(strangers_are_impossible, desk_set_up, desk_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
