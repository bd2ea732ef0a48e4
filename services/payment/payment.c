/* payment.c - the little that carries out the tables of life.c.
 *
 * authorization.c, transfer.c, capture.c and ending.c do what the cells say; refunds have a table of
 * their own in refund.c.
 */
#include "services/payment/payment.h"

#include "common/arena.h"
#include "common/id.h"
#include "services/payment/actions.h"
#include "services/payment/facts.h"

#include <string.h>

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

static bool act(struct dealing *dealing, enum payment_action action)
{
    switch (action) {
    case ASKS_PROVIDER:
        return ask_provider(dealing);
    case ASKS_TRANSFER:
        return ask_transfer(dealing);
    case TRUSTS:
        return trust(dealing);
    case TELLS_AGAIN:
        return tell_again(dealing);
    case LEAVES_TOMBSTONE:
        return leave_tombstone(dealing);
    case REFUSES_UNKNOWN:
        return refuse(dealing, REFUSED_REASON_NOT_FOUND, NULL);
    case REFUSES_UNDONE:
        return refuse(dealing, REFUSED_REASON_UNDONE, NULL);
    case REFUSES_UNSECURED:
        return refuse(dealing, REFUSED_REASON_RULE, "not_authorized");
    case REFUSES_DONE:
        return refuse(dealing, REFUSED_REASON_RULE, "exceeds_authorized");
    case FAILS_CAPTURE:
        return fail_capture(dealing);
    case CAPTURES:
        return start_capture(dealing);
    case VOIDS:
        return start_void(dealing);
    case VOIDS_LATER:
        return void_later(dealing);
    case VOIDS_AT_ONCE:
    case VOIDS_BY_HAND:
        return void_without_call(dealing);
    case ASKS_HAND:
        return ask_hand(dealing);
    case LOWERS:
        return lower_due(dealing);
    case COUNTS_MONEY:
        return count_money(dealing);
    case STOPS_WAITING:
        return stop_waiting(dealing);
    case TELLS_VOIDED:
        return tell_voided(dealing);
    case AUTHORIZES:
        return authorize(dealing);
    case ASKS_SHOPPER:
        return ask_shopper(dealing);
    case DECLINES:
        return decline(dealing);
    case BOOKS_CAPTURE:
        return book_capture(dealing);
    case DROPS_CAPTURE:
        return drop_capture(dealing);
    case RELEASES:
        return release(dealing);
    case KEEPS_HOLD:
        return keep_hold(dealing);
    case HEARS:
        return hear(dealing);
    case LETS_GO:
        return let_go(dealing);
    case EXPIRES:
        return expire(dealing);
    case CLOSES_PAGE:
        return close_page(dealing);
    case MISSING:
    case DOES_NOTHING:
    case IS_IMPOSSIBLE:
    case PAYMENT_ACTION_COUNT:
        break;
    }
    return false;
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
    } else if (act(dealing, cell.action)) {
        dealing_move(dealing, cell.next);
    }
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
    struct child_id_text id = child_id_format(in->subject.id, 'P', in->step);
    struct dealing dealing;

    if (dealing_open(&dealing, out, in->subject,
                     arena_copy_text(out->arena, id.text, strlen(id.text)))) {
        payment_take(&dealing, ON_DEADLINE);
    }
}
