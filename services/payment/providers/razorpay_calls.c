/* razorpay_calls.c - between the bytes that Razorpay sends and takes, and razorpay.c, which knows what they mean.
 *
 * It knows keys of refunds alone.  Whether anything else was done, whose answer is lost, is looked at: an order is found by its
 * receipt, a capture at its payment; and refunds by their receipts as well, for nobody says how long keys are kept.
 */
#include "services/payment/providers/razorpay_calls.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/providers/razorpay.h"

#include <string.h>

enum { STATUS_OK = 200 };

/* Ten characters at least: letters, digits, hyphens and underscores. */
static const char *refund_key(struct arena *arena, const char *key)
{
    char *copy = arena_copy_text(arena, key, strlen(key));

    for (char *at = copy; *at != '\0'; at++) {
        *at = (char)(*at == '/' ? '-' : *at);
    }
    return copy;
}

void razorpay_build(struct arena *arena, const void *payload, const char *key,
                    struct outside_request *ret)
{
    struct razorpay_request request = razorpay_request(arena, payload);
    const char *headers = "Content-Type: application/json\n";

    if (razorpay_is_refund(payload)) {
        headers =
            text_format(arena, "%sX-Refund-Idempotency: %s\n", headers, refund_key(arena, key));
    }
    *ret = (struct outside_request){ .method = request.method,
                                     .path = request.path,
                                     .headers = request.body[0] == '\0' ? "" : headers,
                                     .body = request.body,
                                     .body_length = strlen(request.body) };
}

void razorpay_question(struct arena *arena, const void *payload, const char *key,
                       struct outside_request *ret)
{
    (void)key; /* a question changes nothing */
    *ret =
        (struct outside_request){ .method = "GET", .path = razorpay_question_path(arena, payload) };
}

/* --- What is read ------------------------------------------------------------------------------ */

/* Each is false where the body is not what it looks like; then the question is put again.  OUTCOME_NONE: it was not done. */

static bool read_order(struct arena *arena, const struct payment_call *call,
                       const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct razorpay_order order;

    if (razorpay_order_decode(arena, end->body, end->body_length, &order, &violations) != OK) {
        return false;
    }
    *ret = razorpay_order_outcome(arena, call, order.id);
    return true;
}

static bool find_order(struct arena *arena, const struct payment_call *call,
                       const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct razorpay_order_list list;

    if (razorpay_order_list_decode(arena, end->body, end->body_length, &list, &violations) != OK) {
        return false;
    }
    *ret = (struct outcome){ .kind = OUTCOME_NONE };
    for (size_t i = 0; i < list.items_count && ret->kind == OUTCOME_NONE; i++) {
        if (text_equal(list.items[i].receipt, call->payment_id)) {
            *ret = razorpay_order_outcome(arena, call, list.items[i].id);
        }
    }
    return true;
}

static bool read_payments(struct arena *arena, const struct payment_call *call,
                          const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct razorpay_payment_list list;

    if (razorpay_payment_list_decode(arena, end->body, end->body_length, &list, &violations) !=
        OK) {
        return false;
    }
    struct razorpay_money *payments = arena_alloc(arena, (list.items_count + 1) * sizeof *payments);
    for (size_t i = 0; i < list.items_count; i++) {
        payments[i] = (struct razorpay_money){ .id = list.items[i].id,
                                               .status = list.items[i].status,
                                               .currency = list.items[i].currency,
                                               .amount_minor = list.items[i].amount,
                                               .captured = list.items[i].captured };
    }
    *ret = razorpay_payments_outcome(call, payments, list.items_count);
    return true;
}

static bool read_payment(struct arena *arena, const struct payment_call *call,
                         const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct razorpay_payment payment;

    if (razorpay_payment_decode(arena, end->body, end->body_length, &payment, &violations) != OK) {
        return false;
    }
    const struct razorpay_money money = { .id = payment.id,
                                          .status = payment.status,
                                          .currency = payment.currency,
                                          .amount_minor = payment.amount,
                                          .captured = payment.captured ||
                                                      text_equal(payment.status, "captured") };
    *ret = razorpay_payment_outcome(call, &money);
    return true;
}

static bool read_refund(struct arena *arena, const struct payment_call *call,
                        const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct razorpay_refund refund;

    if (razorpay_refund_decode(arena, end->body, end->body_length, &refund, &violations) != OK) {
        return false;
    }
    *ret = razorpay_refund_outcome(call, refund.id, refund.status);
    return true;
}

/* One that failed is left out: the same again under the same key says that. */
static bool find_refund(struct arena *arena, const struct payment_call *call,
                        const struct http_end *end, struct outcome *ret)
{
    const char *receipt = razorpay_refund_receipt(arena, call);
    struct violations violations;
    struct razorpay_refund_list list;

    if (razorpay_refund_list_decode(arena, end->body, end->body_length, &list, &violations) != OK) {
        return false;
    }
    *ret = (struct outcome){ .kind = OUTCOME_NONE };
    for (size_t i = 0; i < list.items_count && ret->kind == OUTCOME_NONE; i++) {
        if (text_equal(list.items[i].receipt, receipt) &&
            !text_equal(list.items[i].status, "failed")) {
            *ret = razorpay_refund_outcome(call, list.items[i].id, list.items[i].status);
        }
    }
    return true;
}

static bool read_done(struct arena *arena, const struct payment_call *call,
                      const struct http_end *end, bool asked, struct outcome *ret)
{
    if (call->operation == PAYMENT_CALL_OPERATION_AUTHORIZE) {
        return asked ? find_order(arena, call, end, ret) : read_order(arena, call, end, ret);
    }
    if (razorpay_is_refund(call)) {
        return asked ? find_refund(arena, call, end, ret) : read_refund(arena, call, end, ret);
    }
    return call->hold_ref == NULL ? read_payments(arena, call, end, ret)
                                  : read_payment(arena, call, end, ret);
}

static enum effect_verdict read_not_done(struct arena *arena, const struct payment_call *call,
                                         const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct razorpay_error answer;
    bool readable =
        razorpay_error_decode(arena, end->body, end->body_length, &answer, &violations) == OK;

    switch (razorpay_sense(call, end->status, readable ? &answer.error : NULL)) {
    case RAZORPAY_FINAL:
        *ret = razorpay_no(arena, call, &answer.error);
        return EFFECT_DONE;
    case RAZORPAY_NOT_YET:
        return EFFECT_AGAIN;
    case RAZORPAY_UNCLEAR:
        break;
    }
    return EFFECT_ASK;
}

enum effect_verdict razorpay_read(struct arena *arena, const void *payload,
                                  const struct http_end *end, bool asked, const void **ret_result)
{
    struct outcome *outcome = arena_alloc(arena, sizeof *outcome);

    *ret_result = outcome;
    if (asked && end->status != STATUS_OK) {
        return EFFECT_ASK; /* it would not say */
    }
    if (end->status != STATUS_OK) {
        return read_not_done(arena, payload, end, outcome);
    }
    if (!read_done(arena, payload, end, asked, outcome)) {
        return EFFECT_ASK;
    }
    return outcome->kind == OUTCOME_NONE ? EFFECT_AGAIN : EFFECT_DONE;
}

void razorpay_ask(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret)
{
    (void)key; /* a question changes nothing */
    *ret = (struct outside_request){ .method = "GET", .path = razorpay_ask_path(arena, payload) };
}

enum effect_verdict razorpay_read_asked(struct arena *arena, const void *payload,
                                        const struct http_end *end, bool asked,
                                        const void **ret_result)
{
    const struct payment_call *call = payload;
    struct outcome *outcome = arena_alloc(arena, sizeof *outcome);
    enum effect_verdict verdict = EFFECT_DONE;

    (void)asked; /* every one is a question */
    *ret_result = outcome;
    if (end->status != STATUS_OK) {
        verdict = read_not_done(arena, call, end, outcome);
        *outcome =
            (struct outcome){ .kind = OUTCOME_NONE }; /* it would not say: asked again later */
        return verdict;
    }
    bool of_refund = call->operation == PAYMENT_CALL_OPERATION_REFUND;
    bool read = of_refund ? read_refund(arena, call, end, outcome)
                          : read_payments(arena, call, end, outcome);

    return read ? EFFECT_DONE : EFFECT_ASK;
}

const struct news *razorpay_read_webhook(struct arena *arena, const char *body, size_t length)
{
    struct violations violations;
    struct razorpay_event event;

    if (razorpay_event_decode(arena, body, length, &event, &violations) != OK) {
        return NULL;
    }
    struct news news = razorpay_news(arena, &event);

    return news.kind == NEWS_NONE ? NULL : arena_copy(arena, &news, sizeof news);
}
