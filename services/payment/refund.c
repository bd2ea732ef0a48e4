/* refund.c - what may happen to a refund, as a table, and what is done. */
#include "services/payment/refund.h"

#include "common/id.h"
#include "common/reached.h"
#include "common/text.h"
#include "services/payment/actions.h"
#include "services/payment/call.h"
#include "services/payment/credit.h"
#include "services/payment/facts.h"
#include "services/payment/poll.h"

#include <assert.h>

/* Row: where the refund is.  Column: what came.  A missing cell changes nothing, or is impossible for an answer. */
static const enum refund_action rules[REFUND_STATE_COUNT][REFUND_INPUT_COUNT] = {
    [REFUND_NONE] = {
        [ON_REFUND] = REFUND_OPENS,
        [ON_REFUND_BY_HAND] = REFUND_GIVES,
    },
    [REFUND_WAITING] = {
        [ON_CAPTURES_SETTLED] = REFUND_SENDS,
    },
    [REFUND_SENT] = {
        [ON_REFUNDED] = REFUND_BOOKS,
        [ON_REFUND_PENDING] = REFUND_KEEPS,
        [ON_NOT_REFUNDED] = REFUND_FAILS,
        [ON_NEWS_REFUND_FAILED] = REFUND_HEARS,
    },
    [REFUND_PENDING] = {
        [ON_NEWS_REFUNDED] = REFUND_BOOKS,
        [ON_NEWS_REFUND_FAILED] = REFUND_FAILS,
    },
    [REFUND_SUCCEEDED] = {
        [ON_REFUND] = REFUND_TELLS,
        [ON_REFUND_BY_HAND] = REFUND_TELLS,
        [ON_NEWS_REFUND_FAILED] = REFUND_REVERSES,
    },
    [REFUND_FAILED] = {
        [ON_REFUND] = REFUND_TELLS_NO,
        [ON_REFUND_BY_HAND] = REFUND_GIVES,
    },
    [REFUND_BY_HAND] = {
        [ON_REFUND] = REFUND_TELLS_NO,
        [ON_REFUND_BY_HAND] = REFUND_BELIEVES,
        [ON_REFUND_WITHDRAWN] = REFUND_RELEASES,
    },
    /* The provider may tell of its own failure once more: what a person gave does not come back by that. */
    [REFUND_GIVEN] = {
        [ON_REFUND] = REFUND_TELLS,
        [ON_REFUND_BY_HAND] = REFUND_TELLS,
    },
};

static bool refund_has(int row, int column)
{
    return rules[row][column] != REFUND_DOES_NOTHING;
}
static const struct reached_table refund_cells = {
    .name = "refund",
    .rows = REFUND_STATE_COUNT,
    .columns = REFUND_INPUT_COUNT,
    .has = refund_has,
    .row_names = REACHED_NAMES(REFUND_NONE, REFUND_WAITING, REFUND_SENT, REFUND_PENDING,
                               REFUND_SUCCEEDED, REFUND_FAILED, REFUND_BY_HAND, REFUND_GIVEN),
    .column_names = REACHED_NAMES(ON_REFUND, ON_REFUND_BY_HAND, ON_REFUND_WITHDRAWN,
                                  ON_CAPTURES_SETTLED, ON_REFUNDED, ON_REFUND_PENDING,
                                  ON_NOT_REFUNDED, ON_NEWS_REFUNDED, ON_NEWS_REFUND_FAILED),
};

enum refund_action refund_rule(enum refund_state state, enum refund_input input)
{
    assert(state < REFUND_STATE_COUNT && input < REFUND_INPUT_COUNT);
    bool answer = input >= ON_REFUNDED && input <= ON_NOT_REFUNDED;

    if (answer && rules[state][input] == REFUND_DOES_NOTHING) {
        return REFUND_IS_IMPOSSIBLE;
    }
    reached(&refund_cells, (int)state, (int)input);
    return rules[state][input];
}

struct refund_row *refund_find(const struct dealing *dealing, int64_t refund_no)
{
    void **at = rows_list(dealing->out->rows, &refund_table, key_number(dealing->subject.number));

    for (; *at != NULL; at++) {
        struct refund_row *row = *at;

        if (row->refund_no == refund_no) {
            return row;
        }
    }
    return NULL;
}

static int64_t waiting_minor(const struct dealing *dealing)
{
    void **at = rows_list(dealing->out->rows, &refund_table, key_number(dealing->subject.number));
    int64_t sum_minor = 0;

    for (; *at != NULL; at++) {
        const struct refund_row *row = *at;

        if (row->payment_no == dealing->payment_no && row->state == REFUND_WAITING) {
            sum_minor += row->amount_minor;
        }
    }
    return sum_minor;
}

static int64_t refundable_minor(const struct dealing *dealing)
{
    const struct payment_row *row = dealing->row;

    return row->captured_minor - row->refunded_minor - row->refunding_minor - row->lost_minor -
           row->disputed_minor;
}

static bool is_end(enum refund_state state)
{
    return state == REFUND_SUCCEEDED || state == REFUND_GIVEN || state == REFUND_FAILED ||
           state == REFUND_BY_HAND;
}

static void move(struct dealing *dealing, struct refund_row *refund, enum refund_state state)
{
    refund->state = state;
    refund->ended_at = is_end(state) ? dealing->out->now : 0;
    rows_update(dealing->out->rows, &refund_table, refund);
}

static void book(struct dealing *dealing, const struct refund_row *refund, enum event_kind kind,
                 const char *code)
{
    dealing_book(dealing, &(struct entry){ .kind = kind,
                                           .operation = PAYMENT_CALL_OPERATION_REFUND,
                                           .operation_no = refund->refund_no,
                                           .amount_minor = refund->amount_minor,
                                           .code = code });
}

static void tell_no(struct dealing *dealing, const struct refund_row *refund)
{
    say_failed(dealing,
               &(struct failure){ .operation = PAYMENT_FAILED_OPERATION_REFUND,
                                  .operation_id = dealing_child_id(dealing, 'B', refund->refund_no),
                                  .code = refund->code,
                                  .amount_minor = refund->amount_minor,
                                  .at = refund->ended_at });
}

/* Only a person can give it back; it counts as being given back until then. */
static void leave_to_hand(struct dealing *dealing, struct refund_row *refund)
{
    refund->code = CODE_BY_HAND;
    move(dealing, refund, REFUND_BY_HAND);
    book(dealing, refund, EVENT_FAILURE, refund->code);
    tell_no(dealing, refund);
}

/* `code`: how, where it was not by the provider (see actions.h). */
static void succeed(struct dealing *dealing, struct refund_row *refund, enum refund_state state,
                    const char *code)
{
    move(dealing, refund, state);
    dealing->row->refunding_minor -= refund->amount_minor;
    dealing->row->refunded_minor += refund->amount_minor;
    book(dealing, refund, EVENT_SUCCESS, code);
    say_refunded(dealing, refund);
}

/* What a company has not paid yet is credited to it: nobody has to give it back. */
static bool is_owed(const struct dealing *dealing, const struct refund_row *refund)
{
    int64_t others_minor = dealing->row->refunding_minor - refund->amount_minor;

    return refund->amount_minor <= credit_use_of(dealing->row).receivable_minor - others_minor;
}

/* What can be given back of a capture, where refunds are made of captures. */
static int64_t room_minor(const struct dealing *dealing, const struct capture_row *capture)
{
    void **at = rows_list(dealing->out->rows, &refund_table, key_number(dealing->subject.number));
    int64_t room_minor = capture->amount_minor - capture->disputed_minor;

    for (; *at != NULL; at++) {
        const struct refund_row *row = *at;
        bool counts = row->state == REFUND_SENT || row->state == REFUND_PENDING ||
                      row->state == REFUND_SUCCEEDED;

        room_minor -= counts && row->capture_no == capture->capture_no ? row->amount_minor : 0;
    }
    return room_minor;
}

/* The capture with the least room that is enough, so that large ones stay for large refunds; NULL: there is none. */
static const struct capture_row *choose_capture(const struct dealing *dealing,
                                                const struct refund_row *refund)
{
    void **at = rows_list(dealing->out->rows, &capture_table, key_number(dealing->subject.number));
    const struct capture_row *chosen = NULL;
    int64_t least_minor = 0;

    for (; *at != NULL; at++) {
        const struct capture_row *capture = *at;
        bool taken = capture->payment_no == dealing->payment_no &&
                     capture->state == CAPTURE_SUCCEEDED && capture->provider_ref != NULL;
        int64_t left_minor = taken ? room_minor(dealing, capture) : 0;

        if (left_minor >= refund->amount_minor && (chosen == NULL || left_minor < least_minor)) {
            chosen = capture;
            least_minor = left_minor;
        }
    }
    return chosen;
}

/* Where refunds are made of captures and none has room for it, only a person can give it back, in parts. */
static void ask_provider_for(struct dealing *dealing, struct refund_row *refund)
{
    bool of_capture = dealing_provider(dealing->row)->refunds_captures;
    const struct capture_row *capture = of_capture ? choose_capture(dealing, refund) : NULL;

    if (of_capture && capture == NULL) {
        leave_to_hand(dealing, refund);
        return;
    }
    refund->capture_no = capture == NULL ? 0 : capture->capture_no;
    move(dealing, refund, REFUND_SENT);
    call_refund(dealing, refund, capture == NULL ? NULL : capture->provider_ref);
}

static void send(struct dealing *dealing, struct refund_row *refund)
{
    dealing->row->refunding_minor += refund->amount_minor;
    if (is_owed(dealing, refund)) {
        succeed(dealing, refund, REFUND_SUCCEEDED, CODE_CREDITED);
        return;
    }
    if (dealing_holder(dealing) != HELD_BY_PROVIDER) {
        leave_to_hand(dealing, refund);
        return;
    }
    ask_provider_for(dealing, refund);
}

int64_t refund_left_minor(const struct dealing *dealing)
{
    return refundable_minor(dealing) + dealing->row->capturing_minor - waiting_minor(dealing);
}

/* Why a refund is refused; NULL: it is not. */
static const char *objection(const struct dealing *dealing, int64_t at_most_minor)
{
    const struct payment_refund *command = dealing->refund;

    if (command->amount_minor == 0) {
        return "amount_zero";
    }
    if (command->amount_minor > at_most_minor) {
        return dealing->row->disputed_minor > 0 ? "disputed" : "exceeds_captured";
    }
    if (!text_equal(command->currency, dealing->row->currency)) {
        return "currency_differs";
    }
    return dealing_takes_part(dealing, command->amount_minor) ? NULL : "amount_not_divisible";
}

/* Refuses a command that asks for what cannot be. */
static bool refused(struct dealing *dealing, int64_t at_most_minor)
{
    const struct payment_refund *command = dealing->refund;
    const char *against = dealing->row == NULL ? NULL : objection(dealing, at_most_minor);

    if (dealing->row == NULL) {
        say_refused(dealing, REFUSED_REASON_NOT_FOUND, NULL);
    } else if (command->has_valid_until && dealing->out->now > command->valid_until) {
        say_refused(dealing, REFUSED_REASON_EXPIRED, NULL);
    } else if (against != NULL) {
        say_refused(dealing, REFUSED_REASON_RULE, against);
    } else {
        return false;
    }
    return true;
}

static struct refund_row *insert(struct dealing *dealing)
{
    const struct payment_refund *command = dealing->refund;
    struct refund_row row = { .order_no = dealing->subject.number,
                              .refund_no = child_id_counter(command->refund_id, 'B'),
                              .payment_no = dealing->payment_no,
                              .state = REFUND_WAITING,
                              .reason = command->reason,
                              .amount_minor = command->amount_minor,
                              .at = dealing->out->now };

    dealing_change(dealing);
    return rows_insert(dealing->out->rows, &refund_table, &row);
}

/* What the order asks for waits for the end of disputes, as for captures; a person is told that it cannot be. */
static int64_t may_wait_for_minor(const struct dealing *dealing)
{
    return dealing->who == NULL ? dealing->row->disputed_minor : 0;
}

static void open(struct dealing *dealing)
{
    if (refused(dealing, dealing->row == NULL
                             ? 0
                             : refund_left_minor(dealing) + may_wait_for_minor(dealing))) {
        return;
    }
    struct refund_row *refund = insert(dealing);

    if (refund->amount_minor <= refundable_minor(dealing)) {
        send(dealing, refund);
    }
}

/* What it waited for is taken, or will not be. */
static void send_or_fail(struct dealing *dealing, struct refund_row *refund)
{
    if (refund->amount_minor <= refundable_minor(dealing)) {
        send(dealing, refund);
    } else if (dealing->row->capturing_minor == 0 && dealing->row->disputed_minor == 0) {
        refund->code = dealing->row->lost_minor > 0 ? CODE_LOST : "exceeds_captured";
        move(dealing, refund, REFUND_FAILED);
        book(dealing, refund, EVENT_FAILURE, refund->code);
        tell_no(dealing, refund);
    }
}

static void fail(struct dealing *dealing, struct refund_row *refund, const char *code)
{
    dealing->row->refunding_minor -= refund->amount_minor;
    refund->code = code;
    refund->failure_heard = false;
    move(dealing, refund, REFUND_FAILED);
    book(dealing, refund, EVENT_FAILURE, code);
    tell_no(dealing, refund);
}

static void keep_name(struct dealing *dealing, struct refund_row *refund)
{
    if (refund->provider_ref == NULL) {
        refund->provider_ref = dealing->outcome->provider_ref;
        rows_update(dealing->out->rows, &refund_table, refund);
    }
}

/* It is owed since then, until a person gives it. */
static bool came_back(const struct refund_row *refund)
{
    return refund->state == REFUND_FAILED && refund->failure_heard;
}

static void book_by_hand(struct dealing *dealing, struct refund_row *refund)
{
    bool payable = refund->state == REFUND_BY_HAND || came_back(refund);

    refund->code = NULL;
    refund->failure_heard = false;
    succeed(dealing, refund, REFUND_GIVEN, payable ? CODE_BY_HAND : CODE_GIVEN);
}

/* A failure that was told before the answer is the end of it. */
static void settle(struct dealing *dealing, struct refund_row *refund, enum refund_state state)
{
    keep_name(dealing, refund);
    if (refund->failure_heard) {
        fail(dealing, refund, refund->code);
        return;
    }
    if (state == REFUND_SUCCEEDED) {
        succeed(dealing, refund, state, NULL);
        poll_refund_at_last(dealing, refund);
    } else {
        move(dealing, refund, state);
        poll_refund_later(dealing, refund);
    }
}

/* A later word of the person, that it is given after all, finds it failed and is put to what is left then. */
static void withdraw(struct dealing *dealing, struct refund_row *refund)
{
    dealing->row->refunding_minor -= refund->amount_minor;
    refund->code = CODE_WITHDRAWN;
    move(dealing, refund, REFUND_FAILED);
    book(dealing, refund, EVENT_FAILURE, refund->code);
}

/* A person gave it back: what the provider could not do, or was never asked for. */
static void give_by_hand(struct dealing *dealing, struct refund_row *refund)
{
    int64_t left_minor =
        dealing->row == NULL ? 0 : refundable_minor(dealing) - waiting_minor(dealing);

    if (refused(dealing, left_minor)) {
        return;
    }
    refund = refund == NULL ? insert(dealing) : refund;
    dealing->row->refunding_minor += refund->amount_minor;
    book_by_hand(dealing, refund);
}

static void reverse(struct dealing *dealing, struct refund_row *refund)
{
    dealing->row->refunded_minor -= refund->amount_minor;
    refund->code = dealing->outcome->code;
    refund->failure_heard = true;
    move(dealing, refund, REFUND_FAILED);
    book(dealing, refund, EVENT_ADJUSTMENT, refund->code);
    tell_no(dealing, refund);
}

static void hear_failure(struct dealing *dealing, struct refund_row *refund)
{
    refund->failure_heard = true;
    refund->code = dealing->outcome->code;
    rows_update(dealing->out->rows, &refund_table, refund);
}

void refund_take(struct dealing *dealing, struct refund_row *refund, enum refund_input input)
{
    enum refund_state state = refund == NULL ? REFUND_NONE : (enum refund_state)refund->state;

    switch (refund_rule(state, input)) {
    case REFUND_OPENS:
        open(dealing);
        break;
    case REFUND_SENDS:
        send_or_fail(dealing, refund);
        break;
    case REFUND_GIVES:
        give_by_hand(dealing, refund);
        break;
    case REFUND_BELIEVES:
        book_by_hand(dealing, refund);
        break;
    case REFUND_RELEASES:
        withdraw(dealing, refund);
        break;
    case REFUND_BOOKS:
        settle(dealing, refund, REFUND_SUCCEEDED);
        break;
    case REFUND_KEEPS:
        settle(dealing, refund, REFUND_PENDING);
        break;
    case REFUND_FAILS:
        fail(dealing, refund, dealing->outcome->code);
        break;
    case REFUND_HEARS:
        hear_failure(dealing, refund);
        break;
    case REFUND_TELLS:
        say_refunded(dealing, refund);
        break;
    case REFUND_TELLS_NO:
        tell_no(dealing, refund);
        break;
    case REFUND_REVERSES:
        reverse(dealing, refund);
        break;
    case REFUND_IS_IMPOSSIBLE:
        decide_impossible(dealing->out, "a refund of payment \"%s\" got an answer (%d) in state %d",
                          dealing->payment_id, (int)input, (int)state);
        break;
    case REFUND_DOES_NOTHING:
        break;
    }
    credit_follow(dealing);
}

void go_on_with_refunds(struct dealing *dealing)
{
    void **at = rows_list(dealing->out->rows, &refund_table, key_number(dealing->subject.number));

    for (; *at != NULL; at++) {
        struct refund_row *refund = *at;

        if (refund->payment_no == dealing->payment_no) {
            refund_take(dealing, refund, ON_CAPTURES_SETTLED);
        }
    }
}

void refund_need(const struct incoming_message *in, struct rows *rows)
{
    want_all_money(rows, in->subject.number);
}

static enum refund_input input_of(const struct payment_refund *command)
{
    if (command->withdrawn) {
        return ON_REFUND_WITHDRAWN;
    }
    return command->by_hand ? ON_REFUND_BY_HAND : ON_REFUND;
}

void on_refund(struct decision *out, const struct incoming_message *in)
{
    const struct payment_refund *command = in->message;
    struct refund_row *refund = NULL;
    struct dealing dealing;

    if (!dealing_open(&dealing, out, in->subject, command->payment_id) ||
        !dealing_owns(&dealing, command->refund_id)) {
        return;
    }
    dealing.refund = command;
    refund = refund_find(&dealing, child_id_counter(command->refund_id, 'B'));
    if (refund != NULL && refund->payment_no != dealing.payment_no) {
        decide_impossible(out, "refund \"%s\" is one of another payment than \"%s\"",
                          command->refund_id, command->payment_id);
        return;
    }
    refund_take(&dealing, refund, input_of(command));
}
