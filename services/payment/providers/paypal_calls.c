/* paypal_calls.c - between the bytes that PayPal sends and takes, and paypal.c, which knows what they mean.
 *
 * A request that is repeated under its PayPal-Request-Id changes nothing and is answered with what has become of the first,
 * so an answer that is lost, or that PayPal itself does not know yet, is asked for by the same request.
 */
#include "services/payment/providers/paypal_calls.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/providers/paypal.h"

#include <string.h>

enum { STATUS_OK = 200, STATUS_CREATED = 201, STATUS_NO_CONTENT = 204, STATUS_NOT_FOUND = 404 };

void paypal_build(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret)
{
    struct paypal_request request = paypal_request(arena, payload);

    *ret = (struct outside_request){
        .method = request.method,
        .path = request.path,
        .headers = text_format(arena,
                               "Content-Type: application/json\nPrefer: return=representation\n"
                               "PayPal-Request-Id: %s\n",
                               key),
        .body = request.body,
        .body_length = strlen(request.body),
    };
}

/* An order is what a payment is made of; an order without a hold is looked at to let go of it. */
static bool shows_order(const struct payment_call *call)
{
    return call->operation == PAYMENT_CALL_OPERATION_AUTHORIZE ||
           call->operation == PAYMENT_CALL_OPERATION_SECURE ||
           (call->operation == PAYMENT_CALL_OPERATION_V_VOID && call->hold_ref == NULL);
}

/* False when the body is not what an answer to this call looks like, or says that nothing is known yet. */
static bool read_done(struct arena *arena, const struct payment_call *call,
                      const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct paypal_order order;
    struct paypal_operation operation;

    if (end->status == STATUS_NO_CONTENT) {
        *ret = (struct outcome){ .kind = OUTCOME_RELEASED };
        return call->operation == PAYMENT_CALL_OPERATION_V_VOID;
    }
    if (shows_order(call)) {
        if (paypal_order_decode(arena, end->body, end->body_length, &order, &violations) != OK) {
            return false;
        }
        *ret = paypal_order_outcome(call, &order);
        return true;
    }
    if (paypal_operation_decode(arena, end->body, end->body_length, &operation, &violations) !=
        OK) {
        return false;
    }
    *ret = paypal_operation_outcome(arena, call, &operation);
    return ret->kind != OUTCOME_NONE;
}

static enum effect_verdict read_not_done(struct arena *arena, const struct payment_call *call,
                                         const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct paypal_error error;
    bool readable =
        paypal_error_decode(arena, end->body, end->body_length, &error, &violations) == OK;

    switch (paypal_sense(end->status, readable ? &error : NULL)) {
    case PAYPAL_FINAL:
        *ret = paypal_no(arena, call, &error);
        return EFFECT_DONE;
    case PAYPAL_NOT_YET:
        return EFFECT_AGAIN;
    case PAYPAL_UNCLEAR:
        break;
    }
    return EFFECT_ASK;
}

enum effect_verdict paypal_read(struct arena *arena, const void *payload,
                                const struct http_end *end, bool asked, const void **ret_result)
{
    const struct payment_call *call = payload;
    struct outcome *outcome = arena_alloc(arena, sizeof *outcome);

    (void)asked; /* a question is the same request under the same key */
    *ret_result = outcome;
    if (end->status == STATUS_OK || end->status == STATUS_CREATED ||
        end->status == STATUS_NO_CONTENT) {
        return read_done(arena, call, end, outcome) ? EFFECT_DONE : EFFECT_ASK;
    }
    return read_not_done(arena, call, end, outcome);
}

void paypal_ask(struct arena *arena, const void *payload, const char *key,
                struct outside_request *ret)
{
    (void)key; /* a question changes nothing */
    *ret = (struct outside_request){ .method = "GET", .path = paypal_ask_path(arena, payload) };
}

/* An order that nobody approved is forgotten there after some hours. */
enum effect_verdict paypal_read_asked(struct arena *arena, const void *payload,
                                      const struct http_end *end, bool asked,
                                      const void **ret_result)
{
    const struct payment_call *call = payload;
    enum effect_verdict verdict = paypal_read(arena, payload, end, asked, ret_result);
    struct outcome *outcome = arena_alloc(arena, sizeof *outcome);
    bool is_payment = call->operation != PAYMENT_CALL_OPERATION_REFUND;

    if (verdict != EFFECT_DONE || end->status == STATUS_OK) {
        return verdict;
    }
    if (is_payment && end->status == STATUS_NOT_FOUND) {
        *outcome = (struct outcome){ .kind = OUTCOME_NO,
                                     .code = "authorization_expired",
                                     .declined = true,
                                     .retryable = true,
                                     .gone = true };
    }
    *ret_result = outcome; /* otherwise it would not say: asked again later */
    return verdict;
}

const struct news *paypal_read_webhook(struct arena *arena, const char *body, size_t length)
{
    struct violations violations;
    struct paypal_event event;

    if (paypal_event_decode(arena, body, length, &event, &violations) != OK) {
        return NULL;
    }
    struct news news = paypal_news(arena, &event);

    return news.kind == NEWS_NONE ? NULL : arena_copy(arena, &news, sizeof news);
}
