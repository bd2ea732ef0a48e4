/* cancel.c - takes requests to cancel, and answers them when the saga knows the answer. */
#include "services/order/cancel.h"

#include "common/id.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "services/order/announce.h"
#include "services/order/reply.h"
#include "services/order/rows_of_order.h"
#include "services/order/shares.h"
#include "services/order/timeline.h"
#include "services/order/words.h"

static struct cancellation_row **requests_of(const struct saga *saga)
{
    return (struct cancellation_row **)rows_list(saga->out->rows, &order_cancellation_table,
                                                 key_number(saga->order->order_no));
}

void cancellation_need(const struct order_row *order, struct rows *rows)
{
    if (order->open_cancels > 0) {
        rows_want(rows, &order_cancellation_table, key_number(order->order_no));
    }
}

void order_cancel_need(const struct incoming_message *in, struct rows *rows)
{
    const struct order_cancel *request = in->message;

    submission_need(request->order_id, rows);
}

void order_cancel_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct order_cancel *request = in->message;
    const struct submission_row *submission = submission_find(request->order_id, rows);

    if (submission != NULL) {
        order_need(submission->order_no, rows);
        rows_want(rows, &order_task_table, key_number(submission->order_no));
        rows_want(rows, &order_cancellation_table, key_number(submission->order_no));
    }
}

static void answer(struct saga *saga, struct cancellation_row *request, bool accepted)
{
    struct reply_address address = { request->answer_wanted ? request->request_id : NULL,
                                     request->reply_partition };

    if (request->state == CANCELLATION_PENDING) {
        saga->order->open_cancels--;
    }
    request->state = accepted ? CANCELLATION_ACCEPTED : CANCELLATION_REFUSED;
    rows_update(saga->out->rows, &order_cancellation_table, request);
    if (accepted) {
        order_reply_canceled(saga, &address);
    } else {
        order_reply_not_canceled(saga, &address);
    }
}

static void answer_all(struct saga *saga, bool accepted)
{
    if (saga->order->open_cancels == 0) {
        return;
    }
    for (struct cancellation_row **request = requests_of(saga); *request != NULL; request++) {
        if ((*request)->state == CANCELLATION_PENDING) {
            answer(saga, *request, accepted);
        }
    }
}

static const struct cancellation_row *first_pending(const struct saga *saga)
{
    const struct cancellation_row *first = NULL;

    for (struct cancellation_row **request = requests_of(saga); *request != NULL; request++) {
        if ((*request)->state == CANCELLATION_PENDING &&
            (first == NULL || (*request)->asked_at < first->asked_at)) {
            first = *request;
        }
    }
    return first;
}

enum cancel_reason cancel_reason_asked(const struct saga *saga)
{
    const struct cancellation_row *first = first_pending(saga);

    return first == NULL ? CANCEL_REASON_OTHER : (enum cancel_reason)first->reason;
}

void cancel_as_asked(struct saga *saga)
{
    const struct cancellation_row *first = first_pending(saga);

    if (first == NULL) { /* every question to a place stems from a request */
        decide_impossible(saga->out, "order %s is canceled, but nobody asked", saga->subject.id);
        return;
    }
    announce_canceled(saga, first->reason, first->asked_by);
    answer_all(saga, true);
}

void cancel_declined(struct saga *saga)
{
    announce_canceled(saga, CANCEL_REASON_PAYMENT_DECLINED, CANCELED_BY_SYSTEM);
}

void cancel_out_of_stock(struct saga *saga)
{
    announce_canceled(saga, CANCEL_REASON_OUT_OF_STOCK, CANCELED_BY_SYSTEM);
}

void cancel_given_up(struct saga *saga)
{
    announce_canceled(saga, CANCEL_REASON_MERCHANT_REQUEST, CANCELED_BY_MERCHANT);
}

void refuse_cancel(struct saga *saga)
{
    answer_all(saga, false);
}

void answer_ended(struct saga *saga)
{
    answer_all(saga, saga->order->status == ORDER_STATUS_CANCELED);
}

static struct cancellation_row *find_request(const struct saga *saga, const char *request_id)
{
    for (struct cancellation_row **request = requests_of(saga); *request != NULL; request++) {
        if (text_equal((*request)->request_id, request_id)) {
            return *request;
        }
    }
    return NULL;
}

/* Storefronts speak for their shoppers with a key, people of the merchant for themselves. */
static enum canceled_by asked_by(const struct incoming_message *in)
{
    return in->actor != NULL && text_starts_with(in->actor, "user:") ? CANCELED_BY_MERCHANT
                                                                     : CANCELED_BY_SHOPPER;
}

static void add_request(struct saga *saga, const struct incoming_message *in)
{
    const struct order_cancel *request = in->message;
    struct timeline_news news = { .kind = TIMELINE_CANCEL_ASKED,
                                  .clock = saga->out->clock + 1,
                                  .detail = cancel_reason_word(request->body.reason) };

    rows_insert(saga->out->rows, &order_cancellation_table,
                &(struct cancellation_row){
                    .order_no = saga->order->order_no,
                    .request_id = in->id,
                    .state = CANCELLATION_PENDING,
                    .reason = request->body.reason,
                    .asked_by = asked_by(in),
                    .answer_wanted = in->reply.request_id != NULL,
                    .reply_partition = in->reply.partition,
                    .asked_at = saga->out->now,
                });
    saga->order->open_cancels++;
    timeline_saw(saga, &news);
}

/* The request came before.  Whoever waits for it now may be another gateway than then. */
static void answer_again(struct saga *saga, const struct incoming_message *in,
                         struct cancellation_row *request)
{
    request->answer_wanted = in->reply.request_id != NULL;
    request->reply_partition = in->reply.partition;
    rows_update(saga->out->rows, &order_cancellation_table, request);
    if (request->state != CANCELLATION_PENDING) {
        answer(saga, request, request->state == CANCELLATION_ACCEPTED);
    }
}

void on_order_cancel(struct decision *out, const struct incoming_message *in)
{
    const struct order_cancel *message = in->message;
    const struct submission_row *submission = submission_find(message->order_id, out->rows);

    if (submission == NULL) {
        order_reply_unknown_order(out, &in->reply);
        return;
    }
    struct saga saga = saga_begin(out, order_find(submission->order_no, out->rows));
    struct cancellation_row *request = find_request(&saga, in->id);
    saga.request_id = in->id;
    if (request != NULL) {
        answer_again(&saga, in, request);
    } else {
        add_request(&saga, in);
        saga_take(&saga, shares_sum_up(&saga).packed > 0 ? ON_CANCEL_TOO_LATE : ON_CANCEL_ASKED);
    }
    saga_end(&saga);
}
