/* payment.c - what may happen to a payment, as one table, and the little that carries it out.
 *
 * Read the table from top to bottom: that is the life of a payment.  authorization.c, capture.c and
 * ending.c do what its cells say; refunds have a table of their own in refund.c.
 */
#include "services/payment/payment.h"

#include "common/arena.h"
#include "common/id.h"
#include "services/payment/actions.h"
#include "services/payment/facts.h"

#include <assert.h>
#include <string.h>

_Static_assert(PAYMENT_STATE_CREATED == 1 && PAYMENT_STATE_REQUIRES_ACTION == 2 &&
                   PAYMENT_STATE_AUTHORIZED == 4 && PAYMENT_STATE_VOIDING == 8 &&
                   PAYMENT_STATE_EXPIRED == 11 && PAYMENT_METHOD_CARD == 1 &&
                   CANCEL_REASON_OTHER == 10,
               "payment.state, .method and .void_reason keep these numbers");

/* Row: where the payment is.  Column: what came.  A missing cell: news and deadlines that came late or twice change
 * nothing; an answer to what was never asked is impossible. */
static const struct payment_cell cells[STATE_COUNT][PAYMENT_INPUT_COUNT] = {
    [PAYMENT_STATE_ABSENT] = {
        [ON_AUTHORIZE] = { ASKS_PROVIDER, PAYMENT_STATE_AUTHORIZING },
        [ON_CAPTURE] = { REFUSES_UNKNOWN, PAYMENT_STATE_ABSENT },
        [ON_VOID] = { LEAVES_TOMBSTONE, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_AUTHORIZING] = {
        [ON_CAPTURE] = { REFUSES_UNSECURED, PAYMENT_STATE_AUTHORIZING },
        [ON_VOID] = { VOIDS_LATER, PAYMENT_STATE_AUTHORIZING },
        [ON_AUTHORIZED] = { AUTHORIZES, PAYMENT_STATE_AUTHORIZED },
        [ON_ACTION] = { ASKS_SHOPPER, PAYMENT_STATE_REQUIRES_ACTION },
        [ON_NOT_AUTHORIZED] = { DECLINES, PAYMENT_STATE_FAILED },
        [ON_NEWS_AUTHORIZED] = { HEARS, PAYMENT_STATE_AUTHORIZING },
        [ON_NEWS_DECLINED] = { HEARS, PAYMENT_STATE_AUTHORIZING },
        [ON_NEWS_GONE] = { HEARS, PAYMENT_STATE_AUTHORIZING },
    },
    [PAYMENT_STATE_REQUIRES_ACTION] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_REQUIRES_ACTION },
        [ON_CAPTURE] = { REFUSES_UNSECURED, PAYMENT_STATE_REQUIRES_ACTION },
        [ON_VOID] = { VOIDS, PAYMENT_STATE_VOIDING },
        [ON_NEWS_AUTHORIZED] = { AUTHORIZES, PAYMENT_STATE_AUTHORIZED },
        [ON_NEWS_DECLINED] = { DECLINES, PAYMENT_STATE_FAILED },
        [ON_NEWS_GONE] = { DECLINES, PAYMENT_STATE_FAILED },
        [ON_DEADLINE] = { EXPIRES, PAYMENT_STATE_VOIDING },
    },
    [PAYMENT_STATE_AUTHORIZED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_AUTHORIZED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURING },
        [ON_VOID] = { VOIDS, PAYMENT_STATE_VOIDING },
        [ON_NEWS_GONE] = { LETS_GO, PAYMENT_STATE_EXPIRED },
    },
    [PAYMENT_STATE_CAPTURING] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_CAPTURING },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURING },
        [ON_VOID] = { VOIDS_LATER, PAYMENT_STATE_CAPTURING },
        [ON_CAPTURED] = { BOOKS_CAPTURE, PAYMENT_STATE_CAPTURED },
        [ON_NOT_CAPTURED] = { DROPS_CAPTURE, PAYMENT_STATE_AUTHORIZED },
        [ON_NEWS_GONE] = { HEARS, PAYMENT_STATE_CAPTURING },
    },
    [PAYMENT_STATE_PARTIALLY_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_PARTIALLY_CAPTURED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURING },
        [ON_VOID] = { VOIDS, PAYMENT_STATE_VOIDING },
        [ON_NEWS_GONE] = { LETS_GO, PAYMENT_STATE_CAPTURED },
    },
    [PAYMENT_STATE_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_CAPTURED },
        [ON_CAPTURE] = { REFUSES_DONE, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_CAPTURED },
    },
    [PAYMENT_STATE_VOIDING] = {
        [ON_AUTHORIZE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDING },
        [ON_CAPTURE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDING },
        [ON_VOID] = { VOIDS_LATER, PAYMENT_STATE_VOIDING },
        [ON_RELEASED] = { RELEASES, PAYMENT_STATE_VOIDED },
        [ON_NOT_RELEASED] = { KEEPS_HOLD, PAYMENT_STATE_AUTHORIZED },
    },
    [PAYMENT_STATE_VOIDED] = {
        [ON_AUTHORIZE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_CAPTURE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_FAILED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_FAILED },
        [ON_CAPTURE] = { REFUSES_UNSECURED, PAYMENT_STATE_FAILED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_FAILED },
        /* The shopper found a way after all, when the order was told no: nothing may stay held. */
        [ON_NEWS_AUTHORIZED] = { EXPIRES, PAYMENT_STATE_VOIDING },
    },
    [PAYMENT_STATE_EXPIRED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_EXPIRED },
        [ON_CAPTURE] = { FAILS_CAPTURE, PAYMENT_STATE_EXPIRED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_EXPIRED },
    },
};

struct payment_cell payment_cell(enum payment_state state, enum payment_input input)
{
    assert((int)state < STATE_COUNT && input < PAYMENT_INPUT_COUNT);
    struct payment_cell cell = cells[state][input];

    if (cell.action == MISSING) {
        bool answer = input >= ON_AUTHORIZED && input <= ON_NOT_RELEASED;

        cell.action = answer ? IS_IMPOSSIBLE : DOES_NOTHING;
        cell.next = state;
    }
    return cell;
}

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
    case MISSING:
    case DOES_NOTHING:
    case IS_IMPOSSIBLE:
    case PAYMENT_ACTION_COUNT:
        break;
    }
    return false;
}

void payment_take(struct dealing *dealing, enum payment_input input)
{
    enum payment_state state = dealing_state(dealing);
    struct payment_cell cell = payment_cell(state, input);

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
        payment_take(&dealing, ON_VOID);
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
