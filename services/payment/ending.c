/* ending.c - how a payment ends without its money being taken: voided, expired, or let go by the provider. */
#include "services/payment/actions.h"
#include "services/payment/call.h"
#include "services/payment/facts.h"
#include "services/payment/poll.h"

static void book_void(struct dealing *dealing, enum event_kind kind, int64_t amount_minor,
                      const char *code)
{
    dealing_book(dealing, &(struct entry){ .kind = kind,
                                           .operation = PAYMENT_CALL_OPERATION_V_VOID,
                                           .amount_minor = amount_minor,
                                           .code = code });
}

bool leave_tombstone(struct dealing *dealing)
{
    dealing_create(dealing, PAYMENT_STATE_VOIDED);
    dealing->row->void_reason = dealing->void_command->reason;
    say_voided(dealing);
    return true;
}

bool start_void(struct dealing *dealing)
{
    dealing->row->void_reason = dealing->void_command->reason;
    call_void(dealing, dealing->void_command->reason);
    return true;
}

bool void_later(struct dealing *dealing)
{
    if (dealing->row->void_reason == 0) {
        dealing->row->void_reason = dealing->void_command->reason;
        dealing_change(dealing);
    }
    return false;
}

bool void_without_call(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    int64_t held_minor = 0;

    dealing_secure_received(dealing);
    held_minor = dealing_held_minor(dealing);
    row->void_reason = dealing->void_command->reason;
    row->released_minor += held_minor;
    book_void(dealing, EVENT_SUCCESS, held_minor, NULL);
    say_voided(dealing);
    dealing_move(dealing, row->captured_minor > 0 ? PAYMENT_STATE_CAPTURED : PAYMENT_STATE_VOIDED);
    return false;
}

bool tell_voided(struct dealing *dealing)
{
    say_voided(dealing);
    return false;
}

bool expire(struct dealing *dealing)
{
    dealing->row->expiring = true;
    call_void(dealing, CANCEL_REASON_PAYMENT_EXPIRED);
    return true;
}

bool close_page(struct dealing *dealing)
{
    return dealing->row->action_url != NULL && expire(dealing);
}

/* Where a payment is whose void has ended. */
static enum payment_state end_of_void(const struct payment_row *row)
{
    if (row->captured_minor > 0) {
        return PAYMENT_STATE_CAPTURED;
    }
    return row->void_reason != 0 ? PAYMENT_STATE_VOIDED : PAYMENT_STATE_EXPIRED;
}

bool release(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    int64_t held_minor = dealing_held_minor(dealing);

    row->released_minor += held_minor;
    book_void(dealing, EVENT_SUCCESS, held_minor, NULL);
    if (row->void_reason != 0) {
        say_voided(dealing);
    } else if (!row->declined) { /* else the order was told no */
        row->answered_at = dealing->out->now;
        row->declined = true;
        row->retryable = true;
        row->code = "expired";
        say_declined(dealing, row->code, row->retryable);
    }
    row->expiring = false;
    dealing_move(dealing, end_of_void(row));
    return false;
}

/* The provider would not let go: somebody must look, and may have it tried again. */
bool keep_hold(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    const char *code = dealing->outcome->code;

    book_void(dealing, EVENT_FAILURE, dealing_held_minor(dealing), code);
    say_failed(dealing, &(struct failure){ .operation = PAYMENT_FAILED_OPERATION_V_VOID,
                                           .code = code,
                                           .amount_minor = dealing_held_minor(dealing),
                                           .at = dealing->out->now });
    row->void_reason = 0;
    row->expiring = false;
    if (row->authorized_minor == 0) {
        /* The shopper may still pay there, or has meanwhile: it is asked about, and voided again when told so, or at once where the
         * order was told no and wants nothing of it. */
        poll_later(dealing);
        dealing_move(dealing, row->declined ? PAYMENT_STATE_FAILED : PAYMENT_STATE_REQUIRES_ACTION);
        return false;
    }
    dealing_move(dealing, row->captured_minor > 0 ? PAYMENT_STATE_PARTIALLY_CAPTURED
                                                  : PAYMENT_STATE_AUTHORIZED);
    return false;
}

bool hear(struct dealing *dealing)
{
    const struct outcome *outcome = dealing->outcome;
    enum payment_heard heard = HEARD_AUTHORIZED;

    if (outcome->kind == OUTCOME_NO) {
        heard = outcome->gone ? HEARD_GONE : HEARD_DECLINED;
    }
    /* News come in any order: what is more final counts. */
    if (heard > (enum payment_heard)dealing->row->heard) {
        dealing->row->heard = heard;
        dealing->row->code = outcome->code;
        if (outcome->hold_ref != NULL) {
            dealing->row->hold_ref = outcome->hold_ref;
        }
        dealing_change(dealing);
    }
    return false;
}

bool let_go(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    const char *code = dealing->outcome->code;
    int64_t held_minor = 0;

    end_waiting_captures(dealing, code);
    held_minor = dealing_held_minor(dealing);
    row->released_minor += held_minor;
    row->code = code;
    row->declined = false;
    dealing_book(dealing, &(struct entry){ .kind = EVENT_ADJUSTMENT,
                                           .operation = PAYMENT_CALL_OPERATION_AUTHORIZE,
                                           .amount_minor = held_minor,
                                           .code = code });
    if (row->void_reason != 0) {
        say_voided(dealing);
    } else {
        say_lapsed(dealing, held_minor);
    }
    dealing_move(dealing, row->captured_minor > 0 ? PAYMENT_STATE_CAPTURED : PAYMENT_STATE_EXPIRED);
    return false;
}
