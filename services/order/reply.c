/* reply.c - words what became of a request. */
#include "services/order/reply.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "services/order/document.h"
#include "services/order/words.h"

/* A row of the catalogue of problems, and what is said about this one. */
struct objection {
    int64_t status;
    const char *slug, *title;
    const char *detail;
    const struct field_error *errors;
    size_t error_count;
};

static void send_problem(struct decision *out, const struct reply_address *to,
                         struct gateway_reply *reply, const struct objection *objection)
{
    const struct problem problem = {
        .type = objection->slug,
        .title = objection->title,
        .status = objection->status,
        .detail = objection->detail,
        .errors = objection->errors,
        .errors_count = objection->error_count,
    };

    reply_problem(out, to, reply, &problem);
}

static struct gateway_reply about(const struct saga *saga, enum order_status status)
{
    return (struct gateway_reply){ .subject_id = saga->subject.id,
                                   .order_id = saga->subject.id,
                                   .order_status = status };
}

static void reply_as_placed(struct saga *saga, const struct reply_address *to, int64_t status)
{
    struct gateway_reply reply = about(saga, ORDER_STATUS_PLACED);

    if (to->request_id != NULL) {
        reply.status = status;
        reply.body = document_placed(saga);
        reply_send(saga->out, to, &reply);
    }
}

void order_reply_placed(struct saga *saga, const struct reply_address *to)
{
    reply_as_placed(saga, to, 201);
}

void order_reply_known(struct saga *saga, const struct reply_address *to)
{
    reply_as_placed(saga, to, 200);
}

void order_reply_refused(struct saga *saga, const struct reply_address *to)
{
    struct gateway_reply reply = about(saga, ORDER_STATUS_REJECTED);
    struct refusal_row **rows = (struct refusal_row **)rows_list(
        saga->out->rows, &order_refusal_table, key_number(saga->order->order_no));
    size_t count = 0;

    while (rows[count] != NULL) {
        count++;
    }
    struct field_error *errors = arena_alloc(saga->out->arena, count * sizeof *errors);
    for (size_t i = 0; i < count; i++) {
        errors[i] = (struct field_error){ .pointer = rows[i]->pointer, .detail = rows[i]->detail };
    }
    send_problem(saga->out, to, &reply,
                 &(struct objection){ 422, "invalid", "The order is not valid",
                                      "correct it and submit it under another reference", errors,
                                      count });
}

void order_reply_not_complete(struct decision *out, const struct reply_address *to,
                              const struct field_error *errors, size_t count)
{
    struct gateway_reply reply = { 0 };

    send_problem(out, to, &reply,
                 &(struct objection){ 422, "invalid", "The order is not valid",
                                      "correct the draft and submit it again",
                                      arena_copy(out->arena, errors, count * sizeof *errors),
                                      count });
}

/* Why an order that was placed will not be confirmed. */
static struct objection ending(const struct order_row *order)
{
    switch ((enum cancel_reason)order->cancel_reason) {
    case CANCEL_REASON_OUT_OF_STOCK:
        return (struct objection){
            422, "out-of-stock", "Not in stock", "there is not enough of what was ordered", NULL, 0
        };
    case CANCEL_REASON_PAYMENT_DECLINED:
        return (struct objection){
            422, "payment-declined", "The payment was declined", order->payment_code, NULL, 0
        };
    case CANCEL_REASON_ABSENT:
    case CANCEL_REASON_SHOPPER_REQUEST:
    case CANCEL_REASON_MERCHANT_REQUEST:
    case CANCEL_REASON_PAYMENT_EXPIRED:
    case CANCEL_REASON_FRAUD:
    case CANCEL_REASON_UNDELIVERABLE:
    case CANCEL_REASON_DUPLICATE:
    case CANCEL_REASON_EXPIRED:
    case CANCEL_REASON_OTHER:
    case CANCEL_REASON_UNKNOWN:
        break;
    }
    return (struct objection){ 422,
                               "not-confirmed",
                               "The order ended before it was confirmed",
                               cancel_reason_word(order->cancel_reason),
                               NULL,
                               0 };
}

void order_reply_to_waiting(struct saga *saga)
{
    struct order_row *order = saga->order;
    struct reply_address to = { order->reply_request_id, order->reply_partition };
    struct gateway_reply reply = about(saga, (enum order_status)order->status);

    if (to.request_id == NULL) {
        return;
    }
    if (order->confirmed_at != 0) { /* what became of it later is another question */
        reply.order_status = ORDER_STATUS_CONFIRMED;
        reply.status = 201;
        reply.body = document_confirmed(saga);
        reply_send(saga->out, &to, &reply);
    } else {
        struct objection objection = ending(order);

        send_problem(saga->out, &to, &reply, &objection);
    }
    order->reply_request_id = NULL;
}

void order_reply_done(struct saga *saga, const struct reply_address *to, int64_t status,
                      const char *subject_id)
{
    struct gateway_reply reply = about(saga, (enum order_status)saga->order->status);

    reply.status = status;
    reply.subject_id = subject_id;
    reply_send(saga->out, to, &reply);
}

void order_reply_conflict(struct saga *saga, const struct reply_address *to, const char *detail)
{
    struct gateway_reply reply = about(saga, (enum order_status)saga->order->status);

    send_problem(
        saga->out, to, &reply,
        &(struct objection){ 409, "conflict", "Not as the order is now", detail, NULL, 0 });
}

void order_reply_invalid(struct saga *saga, const struct reply_address *to, const char *pointer,
                         const char *detail)
{
    struct gateway_reply reply = about(saga, (enum order_status)saga->order->status);
    struct field_error error = { .pointer = pointer, .detail = detail };

    send_problem(saga->out, to, &reply,
                 &(struct objection){ 422, "invalid", "The request is not valid", NULL,
                                      arena_copy(saga->out->arena, &error, sizeof error), 1 });
}

void order_reply_put(struct decision *out, const struct reply_address *to, int64_t status,
                     const char *subject_id)
{
    struct gateway_reply reply = { .status = status, .subject_id = subject_id };

    reply_send(out, to, &reply);
}

void order_reply_unknown(struct decision *out, const struct reply_address *to, const char *title)
{
    struct gateway_reply reply = { 0 };

    send_problem(out, to, &reply, &(struct objection){ 404, "not-found", title, NULL, NULL, 0 });
}

void order_reply_canceled(struct saga *saga, const struct reply_address *to)
{
    struct gateway_reply reply = about(saga, (enum order_status)saga->order->status);

    reply.status = 200;
    reply_send(saga->out, to, &reply);
}

void order_reply_not_canceled(struct saga *saga, const struct reply_address *to)
{
    struct gateway_reply reply = about(saga, (enum order_status)saga->order->status);
    const char *detail =
        saga->order->ended_at != 0
            ? text_format(saga->out->arena, "the order is %s already",
                          order_status_word(saga->order->status))
            : "what is sent, or is being paid for, is not called back, and of the rest a place or "
              "the carrier does not stop; it can be returned once it arrived";

    send_problem(
        saga->out, to, &reply,
        &(struct objection){ 409, "cancel-refused", "It is too late to cancel", detail, NULL, 0 });
}

void order_reply_nameless(struct decision *out, const struct reply_address *to)
{
    struct gateway_reply reply = { 0 };
    struct field_error error = { .pointer = "/channel_order_ref",
                                 .detail = "is required, or an Idempotency-Key in its place" };

    send_problem(out, to, &reply,
                 &(struct objection){ 422, "invalid", "The order is not valid",
                                      "an order needs a name of its own",
                                      arena_copy(out->arena, &error, sizeof error), 1 });
}

void order_reply_other_body(struct decision *out, const struct reply_address *to)
{
    struct gateway_reply reply = { 0 };

    send_problem(out, to, &reply,
                 &(struct objection){ 422, "idempotency-mismatch",
                                      "Submitted before, and otherwise",
                                      "this reference or key belongs to a submission with another "
                                      "body; use a new one",
                                      NULL, 0 });
}

void order_reply_unknown_order(struct decision *out, const struct reply_address *to)
{
    struct gateway_reply reply = { 0 };

    send_problem(out, to, &reply,
                 &(struct objection){ 404, "not-found", "There is no such order", NULL, NULL, 0 });
}
