/* authorization.c - asks the provider to secure the money, and what comes of it. */
#include "services/payment/actions.h"

#include "common/text.h"
#include "services/payment/call.h"
#include "services/payment/credit.h"
#include "services/payment/facts.h"
#include "services/payment/payment.h"
#include "services/payment/poll.h"
#include "services/payment/reference.h"
#include "services/payment/renewal.h"
#include "services/payment/route.h"

/* Why an authorization is refused before anybody is asked; NULL: it is not. */
static const char *objection(const struct payment_authorize *command,
                             const struct provider *provider)
{
    const struct method *method = method_find(command->method);

    if (method == NULL) {
        return "method_not_supported";
    }
    if (method->holder == HELD_BY_PROVIDER && provider == NULL) {
        return "method_not_supported";
    }
    if (provider != NULL && provider->token_needed && command->token == NULL) {
        return "token_missing";
    }
    if (method->holder == HELD_AS_CREDIT && command->company == NULL) {
        return "company_missing";
    }
    return command->amount_minor == 0 ? "amount_zero" : NULL;
}

/* The new payment; false when the command is refused. */
static bool open(struct dealing *dealing)
{
    const struct payment_authorize *command = dealing->authorize;
    const struct provider *provider = route_find(command);
    const char *against = objection(command, provider);

    if (dealing->out->now > command->valid_until) {
        say_refused(dealing, REFUSED_REASON_EXPIRED, NULL);
        return false;
    }
    if (against != NULL) {
        say_refused(dealing, REFUSED_REASON_RULE, against);
        return false;
    }
    dealing_create(dealing, PAYMENT_STATE_AUTHORIZING);
    dealing->row->method = command->method;
    dealing->row->amount_minor = command->amount_minor;
    dealing->row->currency = command->currency;
    dealing->row->provider = provider == NULL ? NULL : provider->name;
    dealing->row->action_expires_at =
        command->has_expires_at ? command->expires_at
                                : dealing->out->now + method_find(command->method)->shopper_ms;
    dealing->row->clock = dealing->out->clock;
    return true;
}

static void tell_no(struct dealing *dealing)
{
    const struct payment_row *row = dealing->row;

    if (row->declined) {
        say_declined(dealing, row->code, row->retryable);
    } else {
        say_failed(dealing, &(struct failure){ .operation = PAYMENT_FAILED_OPERATION_AUTHORIZE,
                                               .code = row->code,
                                               .amount_minor = row->amount_minor,
                                               .at = row->answered_at });
    }
}

/* The shopper was late, or the provider let go of what it had secured. */
static void tell_end(struct dealing *dealing)
{
    if (dealing->row->declined) {
        tell_no(dealing);
    } else {
        say_lapsed(dealing, dealing->row->released_minor);
    }
}

static void tell_action(struct dealing *dealing)
{
    /* Without a page the shopper can do nothing: the provider is at work, or wants what we do not offer. */
    if (dealing->row->action_url != NULL || dealing->row->reference != NULL) {
        say_requires_action(dealing);
    }
}

bool tell_again(struct dealing *dealing)
{
    enum payment_state state = dealing_state(dealing);

    if (state == PAYMENT_STATE_FAILED) {
        tell_no(dealing);
    } else if (state == PAYMENT_STATE_EXPIRED) {
        tell_end(dealing);
    } else if (state == PAYMENT_STATE_REQUIRES_ACTION) {
        tell_action(dealing);
    } else {
        say_authorized(dealing);
    }
    return false;
}

static void book_authorization(struct dealing *dealing, enum event_kind kind, const char *code)
{
    dealing_book(dealing, &(struct entry){ .kind = kind,
                                           .operation = PAYMENT_CALL_OPERATION_AUTHORIZE,
                                           .amount_minor = dealing->row->amount_minor,
                                           .code = code });
}

/* Nobody needs to be asked to know it. */
static bool decline_at_once(struct dealing *dealing, const char *code, bool retryable)
{
    struct payment_row *row = dealing->row;

    row->code = code;
    row->answered_at = dealing->out->now;
    row->declined = true;
    row->retryable = retryable;
    book_authorization(dealing, EVENT_FAILURE, code);
    say_declined(dealing, code, retryable);
    dealing_move(dealing, PAYMENT_STATE_FAILED);
    return false;
}

bool ask_provider(struct dealing *dealing)
{
    const char *against = NULL;

    if (!open(dealing)) {
        return false;
    }
    against = provider_objection(dealing_provider(dealing->row), dealing->row->currency,
                                 dealing->row->amount_minor);
    if (against != NULL) {
        book_authorization(dealing, EVENT_REQUEST, NULL);
        return decline_at_once(dealing, against, false);
    }
    call_authorize(dealing, dealing->authorize);
    return true;
}

/* The shopper has approved it: as long as we do not ask, nothing is held. */
bool secure(struct dealing *dealing)
{
    call_secure(dealing);
    return true;
}

/* A void that was asked for meanwhile. */
static bool void_now(struct dealing *dealing)
{
    call_void(dealing, (enum cancel_reason)dealing->row->void_reason);
    dealing_move(dealing, PAYMENT_STATE_VOIDING);
    return false;
}

bool authorize(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;

    row->authorized_minor = row->amount_minor;
    if (dealing->outcome != NULL && dealing->outcome->hold_ref != NULL) {
        row->hold_ref = dealing->outcome->hold_ref;
    }
    row->answered_at = dealing->out->now;
    row->code = NULL;
    book_authorization(dealing, EVENT_SUCCESS, NULL);
    say_authorized(dealing); /* also when it goes back at once: the money was held */
    if (row->void_reason != 0) {
        return void_now(dealing);
    }
    renew_in_time(dealing);
    return true;
}

static void set_deadline(struct dealing *dealing)
{
    decide_timer(dealing->out, dealing->subject, ACTION_TIMER, dealing->row->action_expires_at,
                 dealing->row->payment_no);
}

static void wait_for_shopper(struct dealing *dealing)
{
    dealing->row->answered_at = dealing->out->now;
    set_deadline(dealing);
    tell_action(dealing);
}

bool ask_transfer(struct dealing *dealing)
{
    if (!open(dealing)) {
        return false;
    }
    dealing->row->reference =
        reference_of(dealing->out->arena, dealing->subject.number, dealing->payment_no);
    book_authorization(dealing, EVENT_REQUEST, NULL);
    wait_for_shopper(dealing);
    return true;
}

bool trust(struct dealing *dealing)
{
    if (!open(dealing)) {
        return false;
    }
    book_authorization(dealing, EVENT_REQUEST, NULL);
    return authorize(dealing);
}

/* Why the company's account does not take it; NULL: it does.  The terms are those of this instant. */
static const char *account_objection(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    const struct credit_row *account =
        rows_find(dealing->out->rows, &credit_table, key_text(row->company));

    row->net_days = account == NULL ? 0 : account->net_days;
    return credit_objection(account, row->currency, row->amount_minor);
}

static void await_credit(struct dealing *dealing)
{
    dealing->row->answered_at = dealing->out->now;
    dealing_change(dealing);
    say_credit_awaited(dealing);
}

bool hold_credit(struct dealing *dealing)
{
    if (!open(dealing)) {
        return false;
    }
    struct payment_row *row = dealing->row;

    row->company = dealing->authorize->company;
    row->action_expires_at = 0; /* nobody is asked to do anything until then */
    book_authorization(dealing, EVENT_REQUEST, NULL);
    row->code = account_objection(dealing);
    if (row->code == NULL) {
        return authorize(dealing);
    }
    if (dealing->authorize->may_wait && text_equal(row->code, CREDIT_LIMIT_EXCEEDED)) {
        await_credit(dealing);
        dealing_move(dealing, PAYMENT_STATE_REQUIRES_ACTION);
        return false;
    }
    /* Another try may succeed once the company has paid, or is granted more. */
    return decline_at_once(dealing, row->code, true);
}

/* Less may be told than before, never more: what is added to an order is another payment's. */
bool hold_credit_now(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    int64_t told_minor = dealing->authorize->amount_minor;

    if (told_minor > 0 && told_minor < row->amount_minor) {
        row->amount_minor = told_minor;
    }
    row->code = account_objection(dealing);
    if (row->code == NULL) {
        return authorize(dealing);
    }
    await_credit(dealing);
    return false;
}

bool take_room(struct dealing *dealing)
{
    return account_objection(dealing) == NULL && authorize(dealing);
}

bool ask_shopper(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;
    bool again = row->answered_at != 0;

    if (dealing->outcome->action_url != NULL) { /* otherwise it is the same page, if there is one */
        row->action_url = dealing->outcome->action_url;
    }
    if (row->void_reason != 0) {
        return void_now(dealing);
    }
    wait_for_shopper(dealing);
    if (!again) { /* otherwise it is asked about from time to time already */
        poll_later(dealing);
    }
    return true;
}

/* A page takes another card after one that was declined, until the provider is told to let go: it is kept, and asked about. */
static void keep_page(struct dealing *dealing)
{
    const struct outcome *outcome = dealing->outcome;

    if (outcome->gone) {
        dealing->row->action_url = NULL;
    } else if (outcome->action_url != NULL) { /* nobody watches it yet */
        dealing->row->action_url = outcome->action_url;
        set_deadline(dealing);
        poll_later(dealing);
    }
}

bool decline(struct dealing *dealing)
{
    const struct outcome *outcome = dealing->outcome;
    struct payment_row *row = dealing->row;

    keep_page(dealing);
    row->answered_at = dealing->out->now;
    row->declined = outcome->declined;
    row->retryable = outcome->retryable;
    row->code = outcome->code;
    book_authorization(dealing, EVENT_FAILURE, outcome->code);
    if (row->void_reason != 0 && row->action_url != NULL) {
        return void_now(dealing);
    }
    if (row->void_reason != 0) {
        say_voided(dealing);
        dealing_move(dealing, PAYMENT_STATE_VOIDED);
        return false;
    }
    tell_no(dealing);
    return true;
}
