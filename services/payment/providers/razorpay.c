/* razorpay.c - what Razorpay is asked, and what its answers mean. */
#include "services/payment/providers/razorpay.h"

#include "common/text.h"
#include "services/payment/providers/form.h"
#include "services/payment/providers/names.h"
#include "services/payment/providers/page.h"

#include <assert.h>
#include <string.h>

enum { FORM_BYTES = 8192, CHECKOUT_LENGTH_MAX = 1024, CODE_LENGTH_MAX = 64 };

/* How long it holds what is not captured, in minutes: the most that it knows. */
#define HOLD_MINUTES "7200"

const char *razorpay_checkout = "";

/* --- Addresses --------------------------------------------------------------------------------- */

bool razorpay_checkout_is_good(const char *address)
{
    return address[0] == '\0' || (page_can_be_told(address) && strchr(address, '#') == NULL &&
                                  strlen(address) <= CHECKOUT_LENGTH_MAX);
}

/* The page learns which order it opens the checkout for, what to give as its note `kervan`, and where the shopper goes then. */
static const char *page_of(struct arena *arena, const struct payment_call *call, const char *order)
{
    if (razorpay_checkout[0] == '\0') {
        return NULL;
    }
    const char *mark = strchr(razorpay_checkout, '?') == NULL ? "?" : "&";
    struct form form = form_new(arena, FORM_BYTES);
    form_add(&form, "order_id", order);
    form_add(&form, "kervan", payment_name(arena, call));
    const char *page = text_format(arena, "%s%s%s", razorpay_checkout, mark, form.text);
    form_add(&form, "return_url", call->return_url);
    const char *with = text_format(arena, "%s%s%s", razorpay_checkout, mark, form.text);

    return strlen(with) <= PAGE_LENGTH_MAX ? with : page;
}

/* --- Requests ---------------------------------------------------------------------------------- */

static struct razorpay_request create_request(struct arena *arena, const struct payment_call *call)
{
    return (struct razorpay_request){
        "POST", "/v1/orders",
        text_format(arena,
                    "{\"amount\":%lld,\"currency\":\"%s\",\"receipt\":\"%s\",\"notes\":"
                    "{\"kervan\":\"%s\"},\"payment\":{\"capture\":\"manual\",\"capture_options\":"
                    "{\"manual_expiry_period\":" HOLD_MINUTES ",\"refund_speed\":\"normal\"}}}",
                    (long long)call->amount_minor, call->currency, call->payment_id,
                    payment_name(arena, call))
    };
}

static struct razorpay_request capture_request(struct arena *arena, const struct payment_call *call)
{
    return (struct razorpay_request){ "POST",
                                      text_format(arena, "/v1/payments/%s/capture", call->hold_ref),
                                      text_format(arena, "{\"amount\":%lld,\"currency\":\"%s\"}",
                                                  (long long)call->amount_minor, call->currency) };
}

bool razorpay_is_refund(const struct payment_call *call)
{
    return call->operation == PAYMENT_CALL_OPERATION_REFUND ||
           (call->operation == PAYMENT_CALL_OPERATION_V_VOID && call->captured_minor > 0);
}

const char *razorpay_refund_receipt(struct arena *arena, const struct payment_call *call)
{
    return call->operation == PAYMENT_CALL_OPERATION_REFUND
               ? call->operation_id
               : text_format(arena, "%s-rest", call->payment_id);
}

static struct razorpay_request refund_request(struct arena *arena, const struct payment_call *call)
{
    bool of_rest = call->operation == PAYMENT_CALL_OPERATION_V_VOID;

    return (struct razorpay_request){
        "POST", text_format(arena, "/v1/payments/%s/refund", call->hold_ref),
        text_format(arena,
                    "{\"amount\":%lld,\"speed\":\"normal\",\"receipt\":\"%s\",\"notes\":"
                    "{\"kervan\":\"%s%s%s\"}}",
                    (long long)call->amount_minor, razorpay_refund_receipt(arena, call),
                    payment_name(arena, call), of_rest ? "" : ",",
                    of_rest ? "" : call->operation_id)
    };
}

static struct razorpay_request look(const char *path)
{
    return (struct razorpay_request){ "GET", path, "" };
}

static const char *payments_path(struct arena *arena, const struct payment_call *call)
{
    return text_format(arena, "/v1/orders/%s/payments", call->provider_ref);
}

static const char *payment_path(struct arena *arena, const struct payment_call *call)
{
    return text_format(arena, "/v1/payments/%s", call->hold_ref);
}

/* What nobody captured goes back by itself: it is looked at, so that this is sure. */
static struct razorpay_request void_request(struct arena *arena, const struct payment_call *call)
{
    if (razorpay_is_refund(call)) {
        return refund_request(arena, call);
    }
    return look(call->hold_ref == NULL ? payments_path(arena, call) : payment_path(arena, call));
}

struct razorpay_request razorpay_request(struct arena *arena, const struct payment_call *call)
{
    switch (call->operation) {
    case PAYMENT_CALL_OPERATION_AUTHORIZE:
        return create_request(arena, call);
    case PAYMENT_CALL_OPERATION_CAPTURE:
        return capture_request(arena, call);
    case PAYMENT_CALL_OPERATION_RENEW: /* it cannot be; whether it is still held can be seen */
        return look(payment_path(arena, call));
    case PAYMENT_CALL_OPERATION_V_VOID:
        return void_request(arena, call);
    case PAYMENT_CALL_OPERATION_REFUND:
        return refund_request(arena, call);
    case PAYMENT_CALL_OPERATION_SECURE: /* what the shopper pays is held at once */
    case PAYMENT_CALL_OPERATION_ABSENT:
    case PAYMENT_CALL_OPERATION_UNKNOWN:
        break;
    }
    assert(false && "a call asks for something");
    return (struct razorpay_request){ 0 };
}

const char *razorpay_question_path(struct arena *arena, const struct payment_call *call)
{
    if (call->operation == PAYMENT_CALL_OPERATION_AUTHORIZE) {
        return text_format(arena, "/v1/orders?receipt=%s", call->payment_id);
    }
    if (razorpay_is_refund(call)) {
        return text_format(arena, "/v1/payments/%s/refunds?count=100", call->hold_ref);
    }
    return call->operation == PAYMENT_CALL_OPERATION_CAPTURE ? payment_path(arena, call)
                                                             : razorpay_request(arena, call).path;
}

const char *razorpay_ask_path(struct arena *arena, const struct payment_call *call)
{
    return call->operation == PAYMENT_CALL_OPERATION_REFUND
               ? text_format(arena, "/v1/refunds/%s", call->provider_ref)
               : payments_path(arena, call);
}

/* --- Answers ----------------------------------------------------------------------------------- */

struct outcome razorpay_order_outcome(struct arena *arena, const struct payment_call *call,
                                      const char *order)
{
    return (struct outcome){ .kind = OUTCOME_ACTION,
                             .provider_ref = order,
                             .action_url = page_of(arena, call, order) };
}

static bool is_held(const struct razorpay_money *payment)
{
    return text_equal(payment->status, "authorized") || text_equal(payment->status, "captured");
}

/* A second payment of the same order, as from another window, goes back by itself: the first counts. */
struct outcome razorpay_payments_outcome(const struct payment_call *call,
                                         const struct razorpay_money *payments, size_t count)
{
    const struct razorpay_money *held = NULL;
    bool captured = false;

    for (size_t i = 0; i < count; i++) {
        bool ours = is_held(&payments[i]) && payments[i].amount_minor == call->amount_minor &&
                    text_equal(payments[i].currency, call->currency);

        captured = captured || text_equal(payments[i].status, "captured");
        held = ours && (held == NULL || text_equal(payments[i].status, "captured")) ? &payments[i]
                                                                                    : held;
    }
    if (call->operation == PAYMENT_CALL_OPERATION_V_VOID) {
        return captured ? (struct outcome){ .kind = OUTCOME_NO, .code = "payment_captured" }
                        : (struct outcome){ .kind = OUTCOME_RELEASED };
    }
    if (held == NULL) {
        return (struct outcome){ .kind = OUTCOME_ACTION, .provider_ref = call->provider_ref };
    }
    return (struct outcome){ .kind = OUTCOME_AUTHORIZED,
                             .provider_ref = call->provider_ref,
                             .hold_ref = held->id };
}

static struct outcome gone(void)
{
    return (struct outcome){ .kind = OUTCOME_NO,
                             .code = "authorization_expired",
                             .declined = true,
                             .retryable = true,
                             .gone = true };
}

struct outcome razorpay_payment_outcome(const struct payment_call *call,
                                        const struct razorpay_money *payment)
{
    bool authorized = text_equal(payment->status, "authorized");

    if (call->operation == PAYMENT_CALL_OPERATION_V_VOID) {
        return payment->captured
                   ? (struct outcome){ .kind = OUTCOME_NO, .code = "payment_captured" }
                   : (struct outcome){ .kind = OUTCOME_RELEASED };
    }
    if (!payment->captured && !authorized) {
        return gone();
    }
    if (call->operation == PAYMENT_CALL_OPERATION_RENEW) {
        return (struct outcome){ .kind = OUTCOME_RENEWED, .hold_ref = payment->id };
    }
    return (struct outcome){ .kind = payment->captured ? OUTCOME_CAPTURED : OUTCOME_NONE };
}

struct outcome razorpay_refund_outcome(const struct payment_call *call, const char *refund,
                                       const char *status)
{
    bool of_rest = call->operation == PAYMENT_CALL_OPERATION_V_VOID;
    struct outcome outcome = { .kind = of_rest ? OUTCOME_RELEASED : OUTCOME_REFUND_PENDING,
                               .provider_ref = of_rest ? NULL : refund };

    if (text_equal(status, "failed")) {
        outcome.kind = OUTCOME_NO;
        outcome.code = "refund_failed";
    } else if (text_equal(status, "processed") && !of_rest) {
        outcome.kind = OUTCOME_REFUNDED;
    }
    return outcome;
}

/* --- What it does not do ----------------------------------------------------------------------- */

/* It says so in words alone that a payment is not to be captured any more: then it is looked at. */
static bool is_captured_or_gone(const struct razorpay_error_error *error)
{
    static const char *const hints[] = { "already been captured", "already paid",
                                         "not yet captured" };
    bool hinted = false;

    for (size_t i = 0; i < sizeof hints / sizeof hints[0] && error->description != NULL; i++) {
        hinted = hinted || strstr(error->description, hints[i]) != NULL;
    }
    return hinted;
}

enum razorpay_sense razorpay_sense(const struct payment_call *call, int64_t status,
                                   const struct razorpay_error_error *error)
{
    if (status == 401 || status == 403 || status == 429) {
        return RAZORPAY_NOT_YET;
    }
    if (error == NULL || !text_equal(error->code, "BAD_REQUEST_ERROR") ||
        (status != 400 && status != 404)) {
        return RAZORPAY_UNCLEAR;
    }
    return call->operation == PAYMENT_CALL_OPERATION_CAPTURE && is_captured_or_gone(error)
               ? RAZORPAY_UNCLEAR
               : RAZORPAY_FINAL;
}

/* A word of Razorpay's as a code of ours; NULL where it is none. */
static const char *code_of(struct arena *arena, const char *word)
{
    size_t length = word == NULL ? 0 : strlen(word);

    if (length == 0 || length > CODE_LENGTH_MAX || text_equal(word, "NA")) {
        return NULL;
    }
    char *code = arena_copy_text(arena, word, length);
    for (char *at = code; *at != '\0'; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
        if ((*at < 'a' || *at > 'z') && (at == code || *at != '_')) {
            return NULL;
        }
    }
    return code;
}

struct outcome razorpay_no(struct arena *arena, const struct payment_call *call,
                           const struct razorpay_error_error *error)
{
    const char *reason = code_of(arena, error->reason);
    const char *sort = code_of(arena, error->code);
    struct outcome outcome = { .kind = OUTCOME_NO, .code = reason != NULL ? reason : sort };

    if (call->operation == PAYMENT_CALL_OPERATION_AUTHORIZE) {
        outcome.declined =
            text_equal(error->field, "amount") || text_equal(error->field, "currency");
    }
    return outcome;
}

/* --- Webhooks ---------------------------------------------------------------------------------- */

static const char *kervan_of_payment(const struct razorpay_event *event)
{
    const struct razorpay_event_payload_payment *payment = event->payload.payment;

    return payment == NULL || payment->entity.notes == NULL ? NULL : payment->entity.notes->kervan;
}

static const char *kervan_of_refund(const struct razorpay_event *event)
{
    const struct razorpay_event_payload_refund *refund = event->payload.refund;

    return refund == NULL || refund->entity.notes == NULL ? NULL : refund->entity.notes->kervan;
}

/* A payment that failed may be tried again on the same page: that is no news. */
static const char *read_kind(const struct razorpay_event *event, struct news *news)
{
    if (text_equal(event->event, "payment.authorized")) {
        news->kind = NEWS_AUTHORIZED;
    } else if (text_equal(event->event, "refund.processed")) {
        news->kind = NEWS_REFUNDED;
    } else if (text_equal(event->event, "refund.failed")) {
        news->kind = NEWS_REFUND_FAILED;
        news->code = "refund_failed";
    }
    return news->kind == NEWS_AUTHORIZED ? kervan_of_payment(event) : kervan_of_refund(event);
}

struct news razorpay_news(struct arena *arena, const struct razorpay_event *event)
{
    struct news news = { .kind = NEWS_NONE };
    const char *name = read_kind(event, &news);

    if (news.kind == NEWS_NONE || !payment_name_read(arena, name, ",", &news) ||
        (news.kind == NEWS_AUTHORIZED) != (news.refund_no == 0)) {
        return (struct news){ .kind = NEWS_NONE };
    }
    const char *about = NULL;
    if (news.kind == NEWS_AUTHORIZED) {
        about = event->payload.payment->entity.id;
        news.hold_ref = about;
        news.provider_ref = event->payload.payment->entity.order_id;
    } else {
        about = event->payload.refund->entity.id;
        news.provider_ref = about;
    }
    if (news.provider_ref == NULL) {
        return (struct news){ .kind = NEWS_NONE };
    }
    /* Its own id stands in a header alone; this is the same at every delivery, too. */
    news.event_id =
        text_format(arena, "%s/%s/%lld", event->event, about, (long long)event->created_at);
    return news;
}
