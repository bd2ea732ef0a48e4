/* paypal.c - what PayPal is asked, and what its answers mean. */
#include "services/payment/providers/paypal.h"

#include "common/money.h"
#include "common/text.h"
#include "services/payment/provider.h"
#include "services/payment/providers/names.h"
#include "services/payment/providers/page.h"

#include <assert.h>
#include <string.h>

enum { CODE_LENGTH_MAX = 64, WHOLE_DIGITS_MAX = 12, TEN = 10 };

/* --- Requests ---------------------------------------------------------------------------------- */

static int64_t power_of_ten(int digits)
{
    int64_t power = 1;

    while (digits-- > 0) {
        power *= TEN;
    }
    return power;
}

/* {"currency_code":"EUR","value":"44.88"} */
static const char *money(struct arena *arena, const struct payment_call *call)
{
    const struct provider *paypal = &payment_providers[PROVIDER_PAYPAL];
    int digits = provider_digits(paypal, call->currency);
    int64_t unit = power_of_ten(digits);
    int64_t amount = provider_amount(paypal, call->currency, call->amount_minor);
    const char *fraction =
        digits == 0 ? "" : text_format(arena, ".%0*lld", digits, (long long)(amount % unit));

    return text_format(arena, "{\"currency_code\":\"%s\",\"value\":\"%lld%s\"}", call->currency,
                       (long long)(amount / unit), fraction);
}

/* Digits, with one dot among them at most. */
static bool is_amount(const char *value)
{
    size_t whole = strspn(value, "0123456789");

    if (whole == 0 || whole > WHOLE_DIGITS_MAX) {
        return false;
    }
    value += whole;
    value += *value == '.' ? 1 : 0;
    return value[strspn(value, "0123456789")] == '\0';
}

int64_t paypal_minor_of(const char *currency, const char *value)
{
    int digits = currency_digits(currency);
    int64_t minor = 0;

    if (!is_amount(value)) {
        return -1;
    }
    for (; *value != '\0' && *value != '.'; value++) {
        minor = minor * TEN + (*value - '0');
    }
    for (value += *value == '.' ? 1 : 0; digits > 0; digits--) {
        minor = minor * TEN + (*value == '\0' ? 0 : *value - '0');
        value += *value == '\0' ? 0 : 1;
    }
    return minor;
}

/* Addresses are visible ASCII; what JSON wants escaped is escaped as addresses have it. */
static const char *safe_url(struct arena *arena, const char *url)
{
    size_t length = strlen(url);
    char *copy = arena_alloc(arena, 3 * length + 1);
    size_t count = 0;

    for (size_t i = 0; i < length; i++) {
        if (url[i] == '"' || url[i] == '\\') {
            memcpy(copy + count, url[i] == '"' ? "%22" : "%5C", 3);
            count += 3;
        } else {
            copy[count++] = url[i];
        }
    }
    copy[count] = '\0';
    return copy;
}

static const char *return_words(struct arena *arena, const char *url)
{
    if (url == NULL) {
        return "";
    }
    const char *safe = safe_url(arena, url);

    return text_format(arena, ",\"return_url\":\"%s\",\"cancel_url\":\"%s\"", safe, safe);
}

static struct paypal_request create_request(struct arena *arena, const struct payment_call *call)
{
    const char *body =
        text_format(arena,
                    "{\"intent\":\"AUTHORIZE\",\"purchase_units\":[{\"reference_id\":\"%s\","
                    "\"custom_id\":\"%s\","
                    "\"description\":\"Order %s\",\"amount\":%s}],\"payment_source\":{\"paypal\":"
                    "{\"experience_context\":{\"user_action\":\"PAY_NOW\",\"shipping_preference\":"
                    "\"NO_SHIPPING\"%s}}}}",
                    call->payment_id, payment_name(arena, call), call->order_id, money(arena, call),
                    return_words(arena, call->return_url));

    return (struct paypal_request){ "POST", "/v2/checkout/orders", body };
}

static struct paypal_request capture_request(struct arena *arena, const struct payment_call *call)
{
    return (struct paypal_request){
        "POST",
        text_format(arena, "/v2/payments/authorizations/%s/capture", call->hold_ref),
        text_format(arena, "{\"amount\":%s,\"final_capture\":%s,\"invoice_id\":\"%s\"}",
                    money(arena, call), call->final ? "true" : "false", call->operation_id),
    };
}

/* An order that was not authorized holds nothing and lapses by itself: it is looked at, so that this is sure. */
static struct paypal_request void_request(struct arena *arena, const struct payment_call *call)
{
    if (call->hold_ref == NULL) {
        return (struct paypal_request){ "GET", paypal_ask_path(arena, call), "" };
    }
    return (struct paypal_request){
        "POST", text_format(arena, "/v2/payments/authorizations/%s/void", call->hold_ref), ""
    };
}

static struct paypal_request refund_request(struct arena *arena, const struct payment_call *call)
{
    return (struct paypal_request){
        "POST",
        text_format(arena, "/v2/payments/captures/%s/refund", call->capture_ref),
        text_format(arena, "{\"amount\":%s,\"invoice_id\":\"%s\",\"custom_id\":\"%s,%s\"}",
                    money(arena, call), call->operation_id, payment_name(arena, call),
                    call->operation_id),
    };
}

struct paypal_request paypal_request(struct arena *arena, const struct payment_call *call)
{
    switch (call->operation) {
    case PAYMENT_CALL_OPERATION_AUTHORIZE:
        return create_request(arena, call);
    case PAYMENT_CALL_OPERATION_SECURE:
        return (struct paypal_request){
            "POST", text_format(arena, "/v2/checkout/orders/%s/authorize", call->provider_ref), "{}"
        };
    case PAYMENT_CALL_OPERATION_CAPTURE:
        return capture_request(arena, call);
    case PAYMENT_CALL_OPERATION_RENEW:
        return (struct paypal_request){
            "POST",
            text_format(arena, "/v2/payments/authorizations/%s/reauthorize", call->hold_ref),
            text_format(arena, "{\"amount\":%s}", money(arena, call))
        };
    case PAYMENT_CALL_OPERATION_V_VOID:
        return void_request(arena, call);
    case PAYMENT_CALL_OPERATION_REFUND:
        return refund_request(arena, call);
    case PAYMENT_CALL_OPERATION_ABSENT:
    case PAYMENT_CALL_OPERATION_UNKNOWN:
        break;
    }
    assert(false && "a call asks for something");
    return (struct paypal_request){ 0 };
}

const char *paypal_ask_path(struct arena *arena, const struct payment_call *call)
{
    return text_format(arena,
                       call->operation == PAYMENT_CALL_OPERATION_REFUND ? "/v2/payments/refunds/%s"
                                                                        : "/v2/checkout/orders/%s",
                       call->provider_ref);
}

/* --- Answers ----------------------------------------------------------------------------------- */

const char *paypal_code(struct arena *arena, const char *word)
{
    size_t length = word == NULL ? 0 : strlen(word);
    char *code = NULL;

    if (length == 0 || length > CODE_LENGTH_MAX || word[0] == '_') {
        return "other";
    }
    code = arena_copy_text(arena, word, length);
    for (char *at = code; *at != '\0'; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
        if ((*at < 'a' || *at > 'z') && (*at < '0' || *at > '9') && *at != '_') {
            return "other";
        }
    }
    return code;
}

/* The payer's page, if it is one that can be told. */
static const char *page_of(const char *rel, const char *href)
{
    static const char *const words[] = { "payer-action", "approve", "redirect" };

    return text_is_among(rel, words, sizeof words / sizeof words[0]) && page_can_be_told(href)
               ? href
               : NULL;
}

static const char *page_of_order(const struct paypal_order *order)
{
    const char *page = NULL;

    for (size_t i = 0; i < order->links_count && page == NULL; i++) {
        page = page_of(order->links[i].rel, order->links[i].href);
    }
    return page;
}

static struct outcome declined(const char *code)
{
    return (
        struct outcome){ .kind = OUTCOME_NO, .code = code, .declined = true, .retryable = true };
}

static struct outcome gone(const char *code)
{
    struct outcome outcome = declined(code);

    outcome.gone = true;
    return outcome;
}

/* An authorization of PayPal's. */
struct hold {
    const char *id, *status; /* NULL: there is none */
};

/* The last one: each renewal makes another. */
static struct hold hold_of(const struct paypal_order *order)
{
    if (order->purchase_units_count == 0 || order->purchase_units[0].payments == NULL ||
        order->purchase_units[0].payments->authorizations_count == 0) {
        return (struct hold){ NULL, NULL };
    }
    size_t last = order->purchase_units[0].payments->authorizations_count - 1;

    return (struct hold){ order->purchase_units[0].payments->authorizations[last].id,
                          order->purchase_units[0].payments->authorizations[last].status };
}

static struct outcome outcome_of_hold(struct hold hold)
{
    static const char *const held[] = { "CREATED", "CAPTURED", "PARTIALLY_CAPTURED" };

    if (text_is_among(hold.status, held, sizeof held / sizeof held[0])) {
        return (struct outcome){ .kind = OUTCOME_AUTHORIZED, .hold_ref = hold.id };
    }
    if (text_equal(hold.status, "DENIED")) {
        return declined("authorization_denied");
    }
    if (text_equal(hold.status, "VOIDED") || text_equal(hold.status, "EXPIRED")) {
        return gone("authorization_canceled");
    }
    return (struct outcome){ .kind = OUTCOME_ACTION }; /* PayPal is at work */
}

static struct outcome outcome_of_order(const struct paypal_order *order)
{
    static const char *const open[] = { "CREATED", "SAVED", "PAYER_ACTION_REQUIRED" };

    if (text_is_among(order->status, open, sizeof open / sizeof open[0])) {
        return (struct outcome){ .kind = OUTCOME_ACTION, .action_url = page_of_order(order) };
    }
    if (text_equal(order->status, "APPROVED")) {
        return (struct outcome){ .kind = OUTCOME_APPROVED };
    }
    if (text_equal(order->status, "VOIDED")) {
        return gone("authorization_canceled");
    }
    return (struct outcome){ .kind = OUTCOME_NO, .code = "unexpected_answer" };
}

struct outcome paypal_order_outcome(const struct payment_call *call,
                                    const struct paypal_order *order)
{
    struct hold hold = hold_of(order);
    struct outcome outcome = hold.id != NULL ? outcome_of_hold(hold) : outcome_of_order(order);

    if (call->operation == PAYMENT_CALL_OPERATION_V_VOID) {
        bool nothing = hold.id == NULL || outcome.kind == OUTCOME_NO;

        return nothing ? (struct outcome){ .kind = OUTCOME_RELEASED }
                       : (struct outcome){ .kind = OUTCOME_NO, .code = "unexpected_answer" };
    }
    if (call->operation == PAYMENT_CALL_OPERATION_SECURE && outcome.kind == OUTCOME_APPROVED) {
        outcome = (struct outcome){ .kind = OUTCOME_ACTION }; /* not yet: it is asked about */
    }
    outcome.provider_ref = order->id;
    return outcome;
}

static bool is_status(const struct paypal_operation *operation, const char *status)
{
    return text_equal(operation->status, status);
}

/* Why it was not done. */
static const char *reason_of(struct arena *arena, const struct paypal_operation *operation)
{
    return paypal_code(
        arena, operation->status_details == NULL ? NULL : operation->status_details->reason);
}

static struct outcome capture_outcome(struct arena *arena, const struct paypal_operation *capture)
{
    if (is_status(capture, "COMPLETED") || is_status(capture, "PARTIALLY_REFUNDED") ||
        is_status(capture, "REFUNDED")) {
        return (struct outcome){ .kind = OUTCOME_CAPTURED, .capture_ref = capture->id };
    }
    if (is_status(capture, "PENDING")) {
        return (struct outcome){ .kind = OUTCOME_NONE };
    }
    return (struct outcome){ .kind = OUTCOME_NO, .code = reason_of(arena, capture) };
}

static struct outcome refund_outcome(struct arena *arena, const struct paypal_operation *refund)
{
    struct outcome outcome = { .kind = OUTCOME_REFUND_PENDING, .provider_ref = refund->id };

    if (is_status(refund, "COMPLETED")) {
        outcome.kind = OUTCOME_REFUNDED;
    } else if (is_status(refund, "FAILED") || is_status(refund, "CANCELLED")) {
        outcome.kind = OUTCOME_NO;
        outcome.code = reason_of(arena, refund);
    }
    return outcome;
}

struct outcome paypal_operation_outcome(struct arena *arena, const struct payment_call *call,
                                        const struct paypal_operation *operation)
{
    if (call->operation == PAYMENT_CALL_OPERATION_CAPTURE) {
        return capture_outcome(arena, operation);
    }
    if (call->operation == PAYMENT_CALL_OPERATION_REFUND) {
        return refund_outcome(arena, operation);
    }
    if (call->operation == PAYMENT_CALL_OPERATION_RENEW &&
        (is_status(operation, "CREATED") || is_status(operation, "PENDING"))) {
        return (struct outcome){ .kind = OUTCOME_RENEWED, .hold_ref = operation->id };
    }
    if (call->operation == PAYMENT_CALL_OPERATION_V_VOID && is_status(operation, "VOIDED")) {
        return (struct outcome){ .kind = OUTCOME_RELEASED };
    }
    return (struct outcome){ .kind = OUTCOME_NO, .code = "unexpected_answer" };
}

/* --- Errors ------------------------------------------------------------------------------------ */

/* What is wrong: the first issue, or the sort of the error. */
static const char *issue_of(const struct paypal_error *error)
{
    return error->details_count > 0 && error->details[0].issue != NULL ? error->details[0].issue
                                                                       : error->name;
}

const char *paypal_error_code(struct arena *arena, const struct paypal_error *error)
{
    return paypal_code(arena, issue_of(error));
}

static bool is_issue(const struct paypal_error *error, const char *const *issues, size_t count)
{
    return text_is_among(issue_of(error), issues, count);
}
#define IS_ISSUE(error, ...)                                                                       \
    is_issue((error), (const char *const[]){ __VA_ARGS__ },                                        \
             sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

enum paypal_sense paypal_sense(int64_t status, const struct paypal_error *error)
{
    if (status == 401 || status == 403 || status == 429) {
        return PAYPAL_NOT_YET;
    }
    if (error == NULL || status == 409 || IS_ISSUE(error, "PREVIOUS_REQUEST_IN_PROGRESS")) {
        return PAYPAL_UNCLEAR;
    }
    return status == 400 || status == 404 || status == 422 ? PAYPAL_FINAL : PAYPAL_UNCLEAR;
}

static const char *page_of_error(const struct paypal_error *error)
{
    const char *page = NULL;

    for (size_t i = 0; i < error->links_count && page == NULL; i++) {
        page = page_of(error->links[i].rel, error->links[i].href);
    }
    return page;
}

/* The payer chooses another way on the same page, or PayPal has done it before: it is asked about then. */
static struct outcome not_secured(struct arena *arena, const struct paypal_error *error)
{
    if (IS_ISSUE(error, "INSTRUMENT_DECLINED", "PAYER_ACTION_REQUIRED", "ORDER_NOT_APPROVED",
                 "ORDER_ALREADY_AUTHORIZED")) {
        return (struct outcome){ .kind = OUTCOME_ACTION, .action_url = page_of_error(error) };
    }
    if (IS_ISSUE(error, "INVALID_RESOURCE_ID", "ORDER_EXPIRED", "ORDER_VOIDED",
                 "RESOURCE_NOT_FOUND")) {
        return gone("authorization_expired");
    }
    return declined(paypal_error_code(arena, error));
}

struct outcome paypal_no(struct arena *arena, const struct payment_call *call,
                         const struct paypal_error *error)
{
    bool over = IS_ISSUE(error, "AUTHORIZATION_VOIDED", "AUTHORIZATION_EXPIRED",
                         "PREVIOUSLY_VOIDED", "INVALID_RESOURCE_ID", "RESOURCE_NOT_FOUND");
    struct outcome outcome = { .kind = OUTCOME_NO, .code = paypal_error_code(arena, error) };

    if (call->operation == PAYMENT_CALL_OPERATION_SECURE) {
        return not_secured(arena, error);
    }
    if (over && call->operation == PAYMENT_CALL_OPERATION_V_VOID) {
        return (struct outcome){ .kind = OUTCOME_RELEASED };
    }
    if (over && (call->operation == PAYMENT_CALL_OPERATION_CAPTURE ||
                 call->operation == PAYMENT_CALL_OPERATION_RENEW)) {
        outcome.gone = true;
        outcome.code = "authorization_expired";
    }
    if (call->operation == PAYMENT_CALL_OPERATION_AUTHORIZE) {
        outcome.declined = IS_ISSUE(error, "CURRENCY_NOT_SUPPORTED", "MAX_VALUE_EXCEEDED",
                                    "PAYEE_NOT_ENABLED_FOR_CURRENCY");
    }
    return outcome;
}

/* --- Webhooks ---------------------------------------------------------------------------------- */

static const char *order_of(const struct paypal_event *event)
{
    const struct paypal_event_resource *resource = &event->resource;

    return resource->supplementary_data == NULL || resource->supplementary_data->related_ids == NULL
               ? NULL
               : resource->supplementary_data->related_ids->order_id;
}

static void read_kind(const struct paypal_event *event, struct news *news)
{
    static const struct {
        const char *type;
        enum news_kind kind;
        const char *code;
    } kinds[] = {
        { "CHECKOUT.ORDER.APPROVED", NEWS_APPROVED, NULL },
        { "PAYMENT.AUTHORIZATION.CREATED", NEWS_AUTHORIZED, NULL },
        { "PAYMENT.AUTHORIZATION.VOIDED", NEWS_GONE, "authorization_canceled" },
        { "PAYMENT.CAPTURE.REFUNDED", NEWS_REFUNDED, NULL },
        { "PAYMENT.REFUND.FAILED", NEWS_REFUND_FAILED, "refund_failed" },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (text_equal(event->event_type, kinds[i].type)) {
            news->kind = kinds[i].kind;
            news->code = kinds[i].code;
        }
    }
}

struct news paypal_news(struct arena *arena, const struct paypal_event *event)
{
    const struct paypal_event_resource *resource = &event->resource;
    const char *ours = resource->purchase_units_count > 0 ? resource->purchase_units[0].custom_id
                                                          : resource->custom_id;
    struct news news = { .event_id = event->id, .provider_ref = resource->id };

    if (text_starts_with(event->event_type, "CUSTOMER.DISPUTE.") &&
        dispute_name_fits(resource->dispute_id)) {
        return (struct news){ .kind = NEWS_DISPUTE, .dispute_ref = resource->dispute_id };
    }
    read_kind(event, &news);
    if (news.kind == NEWS_NONE || news.provider_ref == NULL ||
        !payment_name_read(arena, ours, PAYPAL_NAME_BETWEEN, &news)) {
        return (struct news){ .kind = NEWS_NONE };
    }
    bool of_hold = news.kind == NEWS_AUTHORIZED || news.kind == NEWS_GONE;
    bool of_refund = news.kind == NEWS_REFUNDED || news.kind == NEWS_REFUND_FAILED;
    bool pending = of_hold && text_equal(resource->status, "PENDING");

    if (of_hold) {
        news.hold_ref = resource->id;
        news.provider_ref = order_of(event);
    }
    if (pending || news.provider_ref == NULL || of_refund != (news.refund_no > 0)) {
        return (struct news){ .kind = NEWS_NONE };
    }
    return news;
}
