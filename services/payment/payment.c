/* payment.c - the little that carries out the tables of life.c.
 *
 * authorization.c, transfer.c, capture.c and ending.c do what the cells say; refunds have a table of
 * their own in refund.c.
 */
#include "services/payment/payment.h"

#include "services/payment/actions.h"
#include "services/payment/credit.h"
#include "services/payment/facts.h"

_Static_assert(PAYMENT_STATE_CREATED == 1 && PAYMENT_STATE_REQUIRES_ACTION == 2 &&
                   PAYMENT_STATE_AUTHORIZED == 4 && PAYMENT_STATE_VOIDING == 8 &&
                   PAYMENT_STATE_EXPIRED == 11 && PAYMENT_METHOD_CARD == 1 &&
                   CANCEL_REASON_OTHER == 10,
               "payment.state, .method and .void_reason keep these numbers");

static bool refuse(struct dealing *dealing, enum refused_reason reason, const char *code)
{
    say_refused(dealing, reason, code);
    return false;
}

static bool refuse_unknown(struct dealing *dealing)
{
    return refuse(dealing, REFUSED_REASON_NOT_FOUND, NULL);
}

static bool refuse_undone(struct dealing *dealing)
{
    return refuse(dealing, REFUSED_REASON_UNDONE, NULL);
}

static bool refuse_unsecured(struct dealing *dealing)
{
    return refuse(dealing, REFUSED_REASON_RULE, "not_authorized");
}

static bool refuse_done(struct dealing *dealing)
{
    return refuse(dealing, REFUSED_REASON_RULE, "exceeds_authorized");
}

/* Actions without one do nothing. */
static bool (*const actions[PAYMENT_ACTION_COUNT])(struct dealing *dealing) = {
    [ASKS_PROVIDER] = ask_provider,
    [ASKS_TRANSFER] = ask_transfer,
    [TRUSTS] = trust,
    [HOLDS_CREDIT] = hold_credit,
    [HOLDS_CREDIT_NOW] = hold_credit_now,
    [TAKES_ROOM] = take_room,
    [TELLS_AGAIN] = tell_again,
    [LEAVES_TOMBSTONE] = leave_tombstone,
    [REFUSES_UNKNOWN] = refuse_unknown,
    [REFUSES_UNDONE] = refuse_undone,
    [REFUSES_UNSECURED] = refuse_unsecured,
    [REFUSES_DONE] = refuse_done,
    [FAILS_CAPTURE] = fail_capture,
    [CAPTURES] = start_capture,
    [VOIDS] = start_void,
    [VOIDS_LATER] = void_later,
    [VOIDS_AT_ONCE] = void_without_call,
    [VOIDS_BY_HAND] = void_without_call,
    [ASKS_HAND] = ask_hand,
    [LOWERS] = lower_due,
    [COUNTS_MONEY] = count_money,
    [TAKES_BACK] = take_back,
    [STOPS_WAITING] = stop_waiting,
    [TELLS_VOIDED] = tell_voided,
    [AUTHORIZES] = authorize,
    [ASKS_SHOPPER] = ask_shopper,
    [DECLINES] = decline,
    [BOOKS_CAPTURE] = book_capture,
    [DROPS_CAPTURE] = drop_capture,
    [RELEASES] = release,
    [KEEPS_HOLD] = keep_hold,
    [HEARS] = hear,
    [LETS_GO] = let_go,
    [EXPIRES] = expire,
    [CLOSES_PAGE] = close_page,
    [SECURES] = secure,
    [RENEWS] = renew,
    [BOOKS_RENEWAL] = book_renewal,
    [DROPS_RENEWAL] = drop_renewal,
};

static bool act(struct dealing *dealing, enum payment_action action)
{
    return actions[action] != NULL && actions[action](dealing);
}

struct payment_cell payment_answer(const struct dealing *dealing, enum payment_input input)
{
    return payment_cell(dealing_holder(dealing), dealing_state(dealing), input);
}

void payment_take(struct dealing *dealing, enum payment_input input)
{
    enum payment_state state = dealing_state(dealing);
    struct payment_cell cell = payment_answer(dealing, input);

    if (cell.action == IS_IMPOSSIBLE) {
        decide_impossible(dealing->out,
                          "payment \"%s\" in state %d got an answer (%d) to what was never asked",
                          dealing->payment_id, (int)state, (int)input);
        return;
    }
    if (act(dealing, cell.action)) {
        dealing_move(dealing, cell.next);
    }
    credit_follow(dealing);
}

void authorize_need(const struct incoming_message *in, struct rows *rows)
{
    want_payments(rows, in->subject.number);
}

void on_authorize(struct decision *out, const struct incoming_message *in)
{
    const struct payment_authorize *command = in->message;
    struct dealing dealing;

    if (dealing_open(&dealing, out, in->subject, command->payment_id)) {
        dealing.authorize = command;
        payment_take(&dealing, ON_AUTHORIZE);
    }
}

void void_need(const struct incoming_message *in, struct rows *rows)
{
    want_payments(rows, in->subject.number);
}

void on_void(struct decision *out, const struct incoming_message *in)
{
    const struct payment_void *command = in->message;
    struct dealing dealing;

    if (dealing_open(&dealing, out, in->subject, command->payment_id)) {
        dealing.void_command = command;
        payment_take(&dealing, command->by_hand ? ON_VOID_BY_HAND : ON_VOID);
    }
}

void deadline_need(const struct incoming_timer *in, struct rows *rows)
{
    want_payments(rows, in->subject.number);
}

void on_deadline(struct decision *out, const struct incoming_timer *in)
{
    struct dealing dealing;

    if (dealing_open_number(&dealing, out, in->subject, in->step)) {
        payment_take(&dealing, ON_DEADLINE);
    }
}
