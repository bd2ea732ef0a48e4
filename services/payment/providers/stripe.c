/* stripe.c - what Stripe is asked, and what its answers mean. */
#include "services/payment/providers/stripe.h"

#include "common/id.h"
#include "common/text.h"
#include "services/payment/provider.h"
#include "services/payment/providers/form.h"
#include "services/payment/providers/names.h"
#include "services/payment/providers/page.h"

#include <assert.h>
#include <string.h>

enum { FORM_BYTES = 16384, CODE_LENGTH_MAX = 64, PARAM_LENGTH = 14 };

static int64_t amount_there(const struct payment_call *call)
{
    return provider_amount(&payment_providers[PROVIDER_STRIPE], call->currency, call->amount_minor);
}

/* --- Requests ---------------------------------------------------------------------------------- */

static void add_metadata(struct arena *arena, struct form *form, const struct payment_call *call)
{
    form_add(form, "metadata[order_id]", call->order_id);
    form_add_int(arena, form, "metadata[order_no]", call->order_no);
    form_add(form, "metadata[payment_id]", call->payment_id);
}

static const char *lower_case(struct arena *arena, const char *text)
{
    char *copy = arena_copy_text(arena, text, strlen(text));

    for (char *at = copy; *at != '\0'; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    }
    return copy;
}

/* A token stands for a card or a wallet that was entered once; a payment method for one that is kept. */
static void add_means(struct form *form, const char *token)
{
    if (text_starts_with(token, "tok_")) {
        form_add(form, "payment_method_data[type]", "card");
        form_add(form, "payment_method_data[card][token]", token);
    } else {
        form_add(form, "payment_method", token);
    }
}

static struct stripe_request authorize_request(struct arena *arena, const struct payment_call *call)
{
    struct form form = form_new(arena, FORM_BYTES);

    form_add_int(arena, &form, "amount", amount_there(call));
    form_add(&form, "currency", lower_case(arena, call->currency));
    form_add(&form, "capture_method", "manual");
    form_add(&form, "confirm", "true");
    add_means(&form, call->token);
    form_add(&form, "payment_method_types[0]", "card");
    form_add(&form, "payment_method_options[card][request_multicapture]", "if_available");
    form_add(&form, "return_url", call->return_url);
    form_add(&form, "description", text_format(arena, "Order %s", call->order_id));
    add_metadata(arena, &form, call);
    return (struct stripe_request){ .path = "/v1/payment_intents", .form = form.text };
}

static struct stripe_request capture_request(struct arena *arena, const struct payment_call *call)
{
    struct form form = form_new(arena, FORM_BYTES);

    form_add_int(arena, &form, "amount_to_capture", amount_there(call));
    /* Only accounts that may capture in parts know this word, so it is left out where one capture is all. */
    form_add(&form, "final_capture", call->final ? NULL : "false");
    return (struct stripe_request){ .path = text_format(arena, "/v1/payment_intents/%s/capture",
                                                        call->provider_ref),
                                    .form = form.text };
}

/* Stripe knows few reasons; one that it does not know is left out. */
static const char *reason_word(enum cancel_reason reason)
{
    if (reason == CANCEL_REASON_SHOPPER_REQUEST) {
        return "requested_by_customer";
    }
    if (reason == CANCEL_REASON_FRAUD) {
        return "fraudulent";
    }
    return reason == CANCEL_REASON_DUPLICATE ? "duplicate" : NULL;
}

static struct stripe_request void_request(struct arena *arena, const struct payment_call *call)
{
    struct form form = form_new(arena, FORM_BYTES);
    const char *reason =
        call->reason == CANCEL_REASON_PAYMENT_EXPIRED ? "abandoned" : reason_word(call->reason);

    form_add(&form, "cancellation_reason", reason);
    return (struct stripe_request){ .path = text_format(arena, "/v1/payment_intents/%s/cancel",
                                                        call->provider_ref),
                                    .form = form.text };
}

static struct stripe_request refund_request(struct arena *arena, const struct payment_call *call)
{
    struct form form = form_new(arena, FORM_BYTES);

    form_add(&form, "payment_intent", call->provider_ref);
    form_add_int(arena, &form, "amount", amount_there(call));
    form_add(&form, "reason", reason_word(call->reason));
    add_metadata(arena, &form, call);
    form_add(&form, "metadata[refund_id]", call->operation_id);
    return (struct stripe_request){ .path = "/v1/refunds", .form = form.text };
}

struct stripe_request stripe_request(struct arena *arena, const struct payment_call *call)
{
    switch (call->operation) {
    case PAYMENT_CALL_OPERATION_AUTHORIZE:
        return authorize_request(arena, call);
    case PAYMENT_CALL_OPERATION_CAPTURE:
        return capture_request(arena, call);
    case PAYMENT_CALL_OPERATION_V_VOID:
        return void_request(arena, call);
    case PAYMENT_CALL_OPERATION_REFUND:
        return refund_request(arena, call);
    case PAYMENT_CALL_OPERATION_SECURE: /* an intent is secured when it is made, for as long as it is */
    case PAYMENT_CALL_OPERATION_RENEW:
    case PAYMENT_CALL_OPERATION_ABSENT:
    case PAYMENT_CALL_OPERATION_UNKNOWN:
        break;
    }
    assert(false && "a call asks for something");
    return (struct stripe_request){ 0 };
}

const char *stripe_ask_path(struct arena *arena, const struct payment_call *call)
{
    return text_format(arena,
                       call->operation == PAYMENT_CALL_OPERATION_REFUND ? "/v1/refunds/%s"
                                                                        : "/v1/payment_intents/%s",
                       call->provider_ref);
}

/* --- Answers ----------------------------------------------------------------------------------- */

static bool is_code(const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);

    if (length == 0 || length > CODE_LENGTH_MAX || strchr("_.-", text[0]) != NULL) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        bool word = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9');

        if (!word && strchr("_.-", text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* The bank's reason before the provider's; a word that is no code of ours is "other". */
static const char *code_of(const char *decline_code, const char *code)
{
    if (is_code(decline_code)) {
        return decline_code;
    }
    return is_code(code) ? code : "other";
}

const char *stripe_code(const char *word)
{
    return code_of(word, NULL);
}

const char *stripe_currency(struct arena *arena, const char *text)
{
    char *copy = arena_copy_text(arena, text, strlen(text));

    for (char *at = copy; *at != '\0'; at++) {
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    }
    return copy;
}

/* The shopper's page, if there is one that can be told. */
static const char *page_of(const struct stripe_intent *intent)
{
    const struct stripe_intent_next_action *action = intent->next_action;
    const char *url =
        action == NULL || action->redirect_to_url == NULL ? NULL : action->redirect_to_url->url;

    return page_can_be_told(url) ? url : NULL;
}

/* Why the provider holds nothing any more. */
static const char *code_of_end(const char *cancellation_reason)
{
    bool expired =
        text_equal(cancellation_reason, "expired") || text_equal(cancellation_reason, "automatic");

    return expired ? "authorization_expired" : "authorization_canceled";
}

static struct outcome authorize_outcome(const struct stripe_intent *intent)
{
    struct outcome outcome = { .provider_ref = intent->id };

    switch (intent->status) {
    case STRIPE_INTENT_STATUS_REQUIRES_CAPTURE:
        outcome.kind = OUTCOME_AUTHORIZED;
        break;
    case STRIPE_INTENT_STATUS_REQUIRES_ACTION:
    case STRIPE_INTENT_STATUS_PROCESSING:
        outcome.kind = OUTCOME_ACTION;
        outcome.action_url = page_of(intent);
        break;
    case STRIPE_INTENT_STATUS_REQUIRES_PAYMENT_METHOD:
        outcome.kind = OUTCOME_NO;
        outcome.declined = true;
        outcome.retryable = true;
        outcome.code = intent->last_payment_error == NULL
                           ? "other"
                           : code_of(intent->last_payment_error->decline_code,
                                     intent->last_payment_error->code);
        break;
    case STRIPE_INTENT_STATUS_CANCELED:
        outcome.kind = OUTCOME_NO;
        outcome.declined = true;
        outcome.retryable = true;
        outcome.gone = true;
        outcome.code = code_of_end(intent->cancellation_reason);
        break;
    case STRIPE_INTENT_STATUS_REQUIRES_CONFIRMATION:
    case STRIPE_INTENT_STATUS_SUCCEEDED:
    case STRIPE_INTENT_STATUS_UNKNOWN:
    case STRIPE_INTENT_STATUS_ABSENT:
        outcome.kind = OUTCOME_NO;
        outcome.code = "unexpected_answer";
        break;
    }
    return outcome;
}

static int64_t minor_here(const struct payment_call *call, int64_t amount)
{
    return provider_minor(&payment_providers[PROVIDER_STRIPE], call->currency, amount);
}

static bool took(const struct payment_call *call, bool has_received, int64_t received)
{
    return has_received && minor_here(call, received) >= call->captured_minor + call->amount_minor;
}

struct outcome stripe_intent_outcome(const struct payment_call *call,
                                     const struct stripe_intent *intent)
{
    struct outcome outcome = { .kind = OUTCOME_NO, .provider_ref = intent->id };

    if (call->operation == PAYMENT_CALL_OPERATION_AUTHORIZE) {
        return authorize_outcome(intent);
    }
    if (call->operation == PAYMENT_CALL_OPERATION_CAPTURE &&
        took(call, intent->has_amount_received, intent->amount_received)) {
        outcome.kind = OUTCOME_CAPTURED;
    } else if (call->operation == PAYMENT_CALL_OPERATION_V_VOID &&
               intent->status == STRIPE_INTENT_STATUS_CANCELED) {
        outcome.kind = OUTCOME_RELEASED;
    } else {
        outcome.code = "unexpected_answer";
    }
    return outcome;
}

struct outcome stripe_refund_outcome(const struct stripe_refund *refund)
{
    struct outcome outcome = { .kind = OUTCOME_NO, .provider_ref = refund->id };

    if (refund->status == STRIPE_REFUND_STATUS_SUCCEEDED) {
        outcome.kind = OUTCOME_REFUNDED;
    } else if (refund->status == STRIPE_REFUND_STATUS_FAILED ||
               refund->status == STRIPE_REFUND_STATUS_CANCELED) {
        outcome.code = code_of(refund->failure_reason, NULL);
    } else {
        outcome.kind = OUTCOME_REFUND_PENDING; /* it exists: what it comes to will be told */
    }
    return outcome;
}

enum stripe_sense stripe_sense(int64_t status, const struct stripe_error_error *error)
{
    if (error == NULL) {
        return STRIPE_UNCLEAR;
    }
    bool missing = status == 404 && text_equal(error->code, "resource_missing");

    if (text_equal(error->code, "lock_timeout") || status == 401 || status == 403 ||
        status == 409 || status == 429) {
        return STRIPE_NOT_YET;
    }
    return status == 400 || status == 402 || missing ? STRIPE_FINAL : STRIPE_UNCLEAR;
}

/* What the shopper or the storefront gave is at fault, not what we made of it. */
static bool is_theirs(const char *param)
{
    return param != NULL && (strncmp(param, "payment_method", PARAM_LENGTH) == 0 ||
                             text_equal(param, "amount") || text_equal(param, "currency"));
}

/* Cards that no second try makes good. */
static bool is_hopeless(const char *code)
{
    static const char *const codes[] = { "lost_card",
                                         "stolen_card",
                                         "pickup_card",
                                         "fraudulent",
                                         "merchant_blacklist",
                                         "security_violation",
                                         "restricted_card",
                                         "amount_too_small",
                                         "amount_too_large",
                                         "parameter_invalid_integer",
                                         "currency_not_supported" };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (text_equal(code, codes[i])) {
            return true;
        }
    }
    return false;
}

static struct outcome not_authorized(const struct stripe_error_error *error)
{
    struct outcome outcome = { .kind = OUTCOME_NO,
                               .code = code_of(error->decline_code, error->code),
                               .declined = text_equal(error->type, "card_error") ||
                                           is_theirs(error->param) };

    outcome.provider_ref = error->payment_intent == NULL ? NULL : error->payment_intent->id;
    outcome.retryable = outcome.declined && !is_hopeless(outcome.code);
    return outcome;
}

static bool is_over(const struct stripe_error_error_payment_intent *intent)
{
    return intent->status == STRIPE_ERROR_ERROR_PAYMENT_INTENT_STATUS_CANCELED ||
           intent->status == STRIPE_ERROR_ERROR_PAYMENT_INTENT_STATUS_SUCCEEDED;
}

static struct outcome not_captured(const struct payment_call *call,
                                   const struct stripe_error_error *error)
{
    const struct stripe_error_error_payment_intent *intent = error->payment_intent;
    bool expired = text_equal(error->code, "charge_expired_for_capture");
    struct outcome outcome = { .kind = OUTCOME_NO, .code = code_of(NULL, error->code) };

    if (intent != NULL && took(call, intent->has_amount_received, intent->amount_received)) {
        return (struct outcome){ .kind = OUTCOME_CAPTURED, .provider_ref = intent->id };
    }
    if (expired || (intent != NULL && is_over(intent))) {
        outcome.gone = true;
        outcome.code = "authorization_expired";
    }
    return outcome;
}

/* Nothing is held there when all is canceled, or when only what we took is left of it. */
static struct outcome not_voided(const struct payment_call *call,
                                 const struct stripe_error_error *error)
{
    const struct stripe_error_error_payment_intent *intent = error->payment_intent;
    bool released = false;

    if (intent != NULL) {
        released = intent->status == STRIPE_ERROR_ERROR_PAYMENT_INTENT_STATUS_CANCELED ||
                   (is_over(intent) && intent->has_amount_received &&
                    minor_here(call, intent->amount_received) == call->captured_minor);
    }
    if (released) {
        return (struct outcome){ .kind = OUTCOME_RELEASED };
    }
    return (struct outcome){ .kind = OUTCOME_NO, .code = code_of(NULL, error->code) };
}

struct outcome stripe_no(const struct payment_call *call, const struct stripe_error_error *error)
{
    if (call->operation == PAYMENT_CALL_OPERATION_AUTHORIZE) {
        return not_authorized(error);
    }
    if (call->operation == PAYMENT_CALL_OPERATION_CAPTURE) {
        return not_captured(call, error);
    }
    if (call->operation == PAYMENT_CALL_OPERATION_V_VOID) {
        return not_voided(call, error);
    }
    return (struct outcome){ .kind = OUTCOME_NO,
                             .code = code_of(error->decline_code, error->code) };
}

/* --- Webhooks ---------------------------------------------------------------------------------- */

/* Whose payment it is, by the metadata that we gave; false when it is none of ours. */
static bool read_metadata(const struct stripe_event_data_object *object, struct news *news)
{
    const struct stripe_event_data_object_metadata *ours = object->metadata;

    if (ours == NULL ||
        !payment_names_fit(ours->order_id, ours->order_no, ours->payment_id, &news->order_no)) {
        return false;
    }
    news->order_id = ours->order_id;
    news->payment_id = ours->payment_id;
    news->refund_no = ours->refund_id == NULL ? 0 : child_id_counter(ours->refund_id, 'B');
    return true;
}

static enum news_kind payment_news(const struct stripe_event *event, const char **ret_code)
{
    const struct stripe_event_data_object *object = &event->data.object;
    const struct stripe_event_data_object_last_payment_error *error = object->last_payment_error;

    if (text_equal(event->type, "payment_intent.amount_capturable_updated") &&
        text_equal(object->status, "requires_capture")) {
        return NEWS_AUTHORIZED;
    }
    if (text_equal(event->type, "payment_intent.payment_failed")) {
        *ret_code = error == NULL ? "other" : code_of(error->decline_code, error->code);
        return NEWS_DECLINED;
    }
    if (text_equal(event->type, "payment_intent.canceled")) {
        *ret_code = code_of_end(object->cancellation_reason);
        return NEWS_GONE;
    }
    return NEWS_NONE;
}

static enum news_kind refund_news(const struct stripe_event *event, const char **ret_code)
{
    const char *status = event->data.object.status;
    bool about_status =
        text_equal(event->type, "refund.created") || text_equal(event->type, "refund.updated");

    if (text_equal(event->type, "refund.failed") ||
        (about_status && (text_equal(status, "failed") || text_equal(status, "canceled")))) {
        *ret_code = code_of(event->data.object.failure_reason, NULL);
        return NEWS_REFUND_FAILED;
    }
    return about_status && text_equal(status, "succeeded") ? NEWS_REFUNDED : NEWS_NONE;
}

struct news stripe_news(const struct stripe_event *event)
{
    struct news news = { .event_id = event->id, .provider_ref = event->data.object.id };

    /* It is not told whose it is: what there is of it is looked at. */
    if (text_starts_with(event->type, "charge.dispute.") && dispute_name_fits(news.provider_ref)) {
        return (struct news){ .kind = NEWS_DISPUTE, .dispute_ref = news.provider_ref };
    }
    if (!read_metadata(&event->data.object, &news)) {
        return (struct news){ .kind = NEWS_NONE };
    }
    if (text_starts_with(event->type, "refund.") && news.refund_no > 0) {
        news.kind = refund_news(event, &news.code);
    } else if (news.refund_no == 0) {
        news.kind = payment_news(event, &news.code);
    }
    return news;
}
