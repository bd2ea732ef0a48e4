/* capture.c - captures: asked for, sent one at a time, booked or dropped, and what goes on then. */
#include "services/payment/capture.h"

#include "common/id.h"
#include "common/mutant.h"
#include "common/text.h"
#include "services/payment/actions.h"
#include "services/payment/call.h"
#include "services/payment/dispute.h"
#include "services/payment/facts.h"
#include "services/payment/payment.h"

void capture_need(const struct incoming_message *in, struct rows *rows)
{
    want_all_money(rows, in->subject.number);
}

struct capture_row *capture_find(const struct dealing *dealing, int64_t capture_no)
{
    void **at = rows_list(dealing->out->rows, &capture_table, key_number(dealing->subject.number));

    for (; *at != NULL; at++) {
        struct capture_row *row = *at;

        if (row->capture_no == capture_no) {
            return row;
        }
    }
    return NULL;
}

/* The capture to make next, or NULL; the final one lets go of what others might want, so it is the last. */
static struct capture_row *next_waiting(const struct dealing *dealing)
{
    void **at = rows_list(dealing->out->rows, &capture_table, key_number(dealing->subject.number));
    struct capture_row *final = NULL;

    for (; *at != NULL; at++) {
        struct capture_row *row = *at;
        bool waits = row->payment_no == dealing->payment_no && row->state == CAPTURE_WAITING;

        if (waits && !row->final) {
            return row;
        }
        final = waits ? row : final;
    }
    return final;
}

static bool is_last_asked(const struct dealing *dealing)
{
    void **at = rows_list(dealing->out->rows, &capture_table, key_number(dealing->subject.number));

    for (; *at != NULL; at++) {
        const struct capture_row *row = *at;

        if (row->payment_no == dealing->payment_no && row->final && row->state != CAPTURE_FAILED) {
            return true;
        }
    }
    return false;
}

/* Ends it in the books; who waits for it is told apart. */
static void end(struct dealing *dealing, struct capture_row *capture, const char *code)
{
    capture->state = CAPTURE_FAILED;
    capture->code = code;
    capture->ended_at = dealing->out->now;
    rows_update(dealing->out->rows, &capture_table, capture);
    dealing->row->capturing_minor -= capture->amount_minor;
    dealing_book(dealing, &(struct entry){ .kind = EVENT_FAILURE,
                                           .operation = PAYMENT_CALL_OPERATION_CAPTURE,
                                           .operation_no = capture->capture_no,
                                           .amount_minor = capture->amount_minor,
                                           .code = code });
}

void end_waiting_captures(struct dealing *dealing, const char *code)
{
    struct capture_row *waiting = NULL;

    while ((waiting = next_waiting(dealing)) != NULL) {
        end(dealing, waiting, code);
    }
}

static void tell_no(struct dealing *dealing, const struct capture_row *capture)
{
    say_failed(dealing, &(struct failure){ .operation = PAYMENT_FAILED_OPERATION_CAPTURE,
                                           .operation_id =
                                               dealing_child_id(dealing, 'C', capture->capture_no),
                                           .code = capture->code,
                                           .amount_minor = capture->amount_minor,
                                           .at = capture->ended_at });
}

/* A second command for a capture. */
static void tell_capture_again(struct dealing *dealing, const struct capture_row *capture)
{
    if (capture->state == CAPTURE_SUCCEEDED) {
        say_captured(dealing, capture);
    } else if (capture->state == CAPTURE_FAILED) {
        tell_no(dealing, capture);
    }
}

void on_capture(struct decision *out, const struct incoming_message *in)
{
    const struct payment_capture *command = in->message;
    const struct capture_row *capture = NULL;
    struct dealing dealing;

    if (!dealing_open(&dealing, out, in->subject, command->payment_id) ||
        !dealing_owns(&dealing, command->capture_id)) {
        return;
    }
    dealing.capture = command;
    capture = capture_find(&dealing, child_id_counter(command->capture_id, 'C'));
    if (capture != NULL && capture->payment_no != dealing.payment_no) {
        decide_impossible(out, "capture \"%s\" is one of another payment than \"%s\"",
                          command->capture_id, command->payment_id);
    } else if (capture != NULL) {
        tell_capture_again(&dealing, capture);
    } else if (out->now > command->valid_until) {
        say_refused(&dealing, REFUSED_REASON_EXPIRED, NULL);
    } else {
        payment_take(&dealing, ON_CAPTURE);
    }
}

/* What the provider has taken already is booked alone. */
static void send(struct dealing *dealing, struct capture_row *capture)
{
    bool last = capture->final || capture->amount_minor == dealing_held_minor(dealing);

    if (dealing_is_taken_whole(dealing)) {
        dealing->ended = capture;
        dealing->outcome = NULL;
        (void)book_capture(dealing);
        return;
    }
    capture->state = CAPTURE_SENT;
    rows_update(dealing->out->rows, &capture_table, capture);
    call_capture(dealing, capture, last);
}

/* Why a capture is refused; NULL: it is not. */
static const char *objection(const struct dealing *dealing)
{
    const struct payment_capture *command = dealing->capture;
    int64_t left_minor = dealing_held_minor(dealing) - dealing->row->capturing_minor;

    if (command->amount_minor == 0) {
        return "amount_zero";
    }
    if (!text_equal(command->currency, dealing->row->currency)) {
        return "currency_differs";
    }
    if (is_last_asked(dealing) || command->amount_minor > left_minor) {
        return "exceeds_authorized";
    }
    return dealing_takes_part(dealing, command->amount_minor) ? NULL : "amount_not_divisible";
}

bool start_capture(struct dealing *dealing)
{
    const struct payment_capture *command = dealing->capture;
    bool under_way = dealing_state(dealing) == PAYMENT_STATE_CAPTURING;
    const char *against = objection(dealing);

    if (dealing->row->void_reason != 0) {
        say_refused(dealing, REFUSED_REASON_UNDONE, NULL);
        return false;
    }
    if (against != NULL) {
        say_refused(dealing, REFUSED_REASON_RULE, against);
        return false;
    }
    struct capture_row row = { .order_no = dealing->subject.number,
                               .capture_no = child_id_counter(command->capture_id, 'C'),
                               .payment_no = dealing->payment_no,
                               .state = CAPTURE_WAITING,
                               .final = command->final,
                               .amount_minor = command->amount_minor,
                               .at = dealing->out->now };
    struct capture_row *capture = rows_insert(dealing->out->rows, &capture_table, &row);

    dealing->row->capturing_minor += command->amount_minor;
    dealing_change(dealing);
    if (dealing_holder(dealing) != HELD_BY_PROVIDER ||
        (dealing_is_taken_whole(dealing) && !under_way)) {
        dealing->ended = capture;
        return book_capture(dealing);
    }
    if (!under_way) {
        send(dealing, capture);
    }
    return !under_way;
}

bool fail_capture(struct dealing *dealing)
{
    say_failed(dealing, &(struct failure){ .operation = PAYMENT_FAILED_OPERATION_CAPTURE,
                                           .operation_id = dealing->capture->capture_id,
                                           .code = dealing->row->code,
                                           .amount_minor = dealing->capture->amount_minor,
                                           .at = dealing->out->now });
    return false;
}

/* Where a payment rests with nothing under way. */
static enum payment_state resting_state(const struct dealing *dealing)
{
    if (dealing_held_minor(dealing) == 0) {
        return PAYMENT_STATE_CAPTURED;
    }
    return dealing->row->captured_minor > 0 ? PAYMENT_STATE_PARTIALLY_CAPTURED
                                            : PAYMENT_STATE_AUTHORIZED;
}

static void void_as_asked(struct dealing *dealing)
{
    if (dealing_held_minor(dealing) == 0) {
        say_voided(dealing);
        return;
    }
    if (dealing_holder(dealing) == HELD_BY_US) {
        (void)ask_hand(dealing);
        dealing_move(dealing, PAYMENT_STATE_VOIDING);
        return;
    }
    call_void(dealing, (enum cancel_reason)dealing->row->void_reason);
    dealing_move(dealing, PAYMENT_STATE_VOIDING);
}

void go_on_with_captures(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    struct capture_row *waiting = next_waiting(dealing);

    if (row->heard == HEARD_GONE) {
        struct outcome gone = { .kind = OUTCOME_NO, .code = row->code, .gone = true };

        dealing->outcome = &gone;
        row->heard = HEARD_NOTHING;
        if (dealing_held_minor(dealing) > 0) {
            let_go(dealing);
        } else {
            dealing_move(dealing, PAYMENT_STATE_CAPTURED);
        }
        dealing->outcome = NULL;
    } else if (waiting != NULL) {
        send(dealing, waiting);
    } else {
        dealing_move(dealing, resting_state(dealing));
        if (row->void_reason != 0) {
            void_as_asked(dealing);
        }
    }
    go_on_with_refunds(dealing);
}

/* Nothing more will be taken: what is left is let go; or it is on our account and goes back by hand, or was taken with the
 * rest and is given back. */
static void leave_rest(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    int64_t rest_minor = dealing_held_minor(dealing);

    if (rest_minor > 0 &&
        (dealing_holder(dealing) == HELD_BY_US || dealing_is_taken_whole(dealing))) {
        row->void_reason = CANCEL_REASON_OTHER;
    } else {
        row->released_minor += rest_minor;
    }
}

bool book_capture(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    struct capture_row *capture = dealing->ended;

    capture->state = CAPTURE_SUCCEEDED;
    capture->ended_at = dealing->out->now;
    capture->provider_ref = dealing->outcome == NULL ? NULL : dealing->outcome->capture_ref;
    rows_update(dealing->out->rows, &capture_table, capture);
    row->capturing_minor -= capture->amount_minor;
    row->captured_minor += capture->amount_minor + (mutant("count_a_cent") ? 1 : 0);
    dealing_book(dealing, &(struct entry){ .kind = EVENT_SUCCESS,
                                           .operation = PAYMENT_CALL_OPERATION_CAPTURE,
                                           .operation_no = capture->capture_no,
                                           .amount_minor = capture->amount_minor });
    if (capture->final) {
        leave_rest(dealing);
    }
    say_captured(dealing, capture);
    dispute_watch(dealing);
    go_on_with_captures(dealing);
    return false;
}

bool drop_capture(struct dealing *dealing)
{
    const struct capture_row *capture = dealing->ended;
    const char *code = dealing->outcome->code;

    end(dealing, dealing->ended, code);
    if (dealing->outcome->gone) { /* which is said of the payment */
        dealing->row->heard = HEARD_GONE;
        dealing->row->code = code;
    } else {
        tell_no(dealing, capture);
    }
    go_on_with_captures(dealing);
    return false;
}
