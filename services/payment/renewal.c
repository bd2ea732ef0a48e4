/* renewal.c - when what is held is held anew, and what comes of it. */
#include "services/payment/renewal.h"

#include "services/payment/actions.h"
#include "services/payment/call.h"
#include "services/payment/payment.h"
#include "services/payment/result.h"

/* A capture under way: later. */
static const int64_t pause_ms = INT64_C(60) * 60 * 1000;

static void set_timer(struct dealing *dealing, int64_t in_ms)
{
    decide_timer(dealing->out, dealing->subject, RENEW_TIMER, dealing->out->now + in_ms,
                 dealing->payment_no);
}

void renew_in_time(struct dealing *dealing)
{
    const struct provider *provider = dealing_provider(dealing->row);

    if (provider != NULL && provider->honor_ms > 0) {
        set_timer(dealing, provider->honor_ms);
    }
}

void renew_need(const struct incoming_timer *in, struct rows *rows)
{
    want_all_money(rows, in->subject.number);
}

void on_renew(struct decision *out, const struct incoming_timer *in)
{
    struct dealing dealing;

    if (!dealing_open_number(&dealing, out, in->subject, in->step)) {
        return;
    }
    if (dealing.row != NULL && dealing_is_taken_whole(&dealing)) {
        return; /* nothing is held there any more */
    }
    if (dealing_state(&dealing) == PAYMENT_STATE_CAPTURING) {
        set_timer(&dealing, pause_ms);
    } else {
        payment_take(&dealing, ON_HONOR_END);
    }
}

void on_renew_result(struct decision *out, const struct incoming_result *in)
{
    struct dealing dealing;

    if (result_open(&dealing, out, in)) {
        payment_take(&dealing,
                     dealing.outcome->kind == OUTCOME_RENEWED ? ON_RENEWED : ON_NOT_RENEWED);
    }
}

bool renew(struct dealing *dealing)
{
    call_renew(dealing);
    return true;
}

static void book(struct dealing *dealing, enum event_kind kind, const char *code)
{
    dealing_book(dealing, &(struct entry){ .kind = kind,
                                           .operation = PAYMENT_CALL_OPERATION_AUTHORIZE,
                                           .amount_minor = dealing_held_minor(dealing),
                                           .code = code });
}

bool book_renewal(struct dealing *dealing)
{
    dealing->row->hold_ref = dealing->outcome->hold_ref;
    book(dealing, EVENT_SUCCESS, NULL);
    renew_in_time(dealing);
    go_on_with_captures(dealing);
    return false;
}

bool drop_renewal(struct dealing *dealing)
{
    book(dealing, EVENT_FAILURE, dealing->outcome->code);
    if (dealing->outcome->gone) {
        dealing->row->heard = HEARD_GONE;
        dealing->row->code = dealing->outcome->code;
    }
    go_on_with_captures(dealing);
    return false;
}
