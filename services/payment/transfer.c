/* transfer.c - money that shoppers send to our account: what comes in is counted, and what is not taken waits for a person. */
#include "common/mutant.h"
#include "services/payment/actions.h"
#include "services/payment/facts.h"

#include <stddef.h>

static void book_transfer(struct dealing *dealing, enum event_kind kind, int64_t operation,
                          int64_t amount_minor, const char *code)
{
    dealing_book(dealing, &(struct entry){ .kind = kind,
                                           .operation = operation,
                                           .amount_minor = amount_minor,
                                           .code = code });
}

bool lower_due(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    int64_t due_minor = dealing->authorize->amount_minor;

    if (due_minor > 0 &&
        due_minor < row->amount_minor) { /* a command that was told before says more */
        row->amount_minor = due_minor;
        dealing_change(dealing);
    }
    if (row->received_minor >= row->amount_minor) {
        return authorize(dealing);
    }
    return tell_again(dealing);
}

bool count_money(struct dealing *dealing)
{
    const struct payment_received_body *transfer = &dealing->received->body;
    struct payment_row *row = dealing->row;
    enum payment_state state = dealing_state(dealing);
    bool awaited = state == PAYMENT_STATE_REQUIRES_ACTION;

    row->received_minor += transfer->amount_minor;
    if (!mutant("forget_receipt")) {
        book_transfer(dealing, EVENT_SUCCESS, OPERATION_RECEIVE, transfer->amount_minor,
                      dealing->accepts_short ? CODE_ACCEPTED_SHORT : NULL);
    }
    say_money_received(dealing, transfer->amount_minor, dealing_is_over(dealing));
    return awaited && row->received_minor >= row->amount_minor ? authorize(dealing) : false;
}

bool ask_hand(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;

    if (row->received_minor == 0) {
        return void_without_call(dealing);
    }
    dealing_secure_received(dealing);
    if (dealing->void_command != NULL) {
        row->void_reason = dealing->void_command->reason;
    }
    if (dealing_state(dealing) != PAYMENT_STATE_VOIDING) {
        book_transfer(dealing, EVENT_FAILURE, PAYMENT_CALL_OPERATION_V_VOID,
                      dealing_held_minor(dealing), CODE_BY_HAND);
    }
    say_failed(dealing, &(struct failure){ .operation = PAYMENT_FAILED_OPERATION_V_VOID,
                                           .code = CODE_BY_HAND,
                                           .amount_minor = dealing_held_minor(dealing),
                                           .at = dealing->out->now });
    return true;
}

bool stop_waiting(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;

    row->answered_at = dealing->out->now;
    row->declined = true;
    row->retryable = true;
    row->code = "expired";
    book_transfer(dealing, EVENT_FAILURE, PAYMENT_CALL_OPERATION_AUTHORIZE, row->amount_minor,
                  row->code);
    say_declined(dealing, row->code, row->retryable);
    if (row->received_minor == 0) {
        return true;
    }
    row->void_reason = CANCEL_REASON_PAYMENT_EXPIRED;
    if (ask_hand(dealing)) {
        dealing_move(dealing, PAYMENT_STATE_VOIDING);
    }
    return false;
}

/* The order hears that what was secured is gone, as of a provider: it asks anew, under another number. */
static void lose_secured(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    int64_t held_minor = dealing_held_minor(dealing);

    row->released_minor += held_minor;
    row->code = CODE_TAKEN_BACK;
    row->declined = false;
    book_transfer(dealing, EVENT_ADJUSTMENT, PAYMENT_CALL_OPERATION_AUTHORIZE, held_minor,
                  row->code);
    say_lapsed(dealing, held_minor);
}

bool take_back(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    int64_t amount_minor = dealing->received->body.amount_minor;
    bool secured = row->authorized_minor > 0;

    row->received_minor -= amount_minor;
    book_transfer(dealing, EVENT_ADJUSTMENT, OPERATION_RECEIVE, amount_minor, CODE_TAKEN_BACK);
    if (!secured || row->received_minor >= row->amount_minor) {
        return false;
    }
    lose_secured(dealing);
    return true;
}
