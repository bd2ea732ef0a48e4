/* cancel.c - takes requests to cancel, and answers them when the saga knows the answer. */
#include "services/order/cancel.h"

#include "common/id.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "services/order/announce.h"
#include "services/order/channel.h"
#include "services/order/cut.h"
#include "services/order/detour.h"
#include "services/order/edit.h"
#include "services/order/reply.h"
#include "services/order/request.h"
#include "services/order/rows_of_order.h"
#include "services/order/shares.h"
#include "services/order/timeline.h"
#include "services/order/words.h"

static struct cancellation_row **requests_of(const struct saga *saga)
{
    return (struct cancellation_row **)rows_list(saga->out->rows, &order_cancellation_table,
                                                 key_number(saga->order->order_no));
}

void order_cancel_need(const struct incoming_message *in, struct rows *rows)
{
    const struct order_cancel *request = in->message;

    submission_need(request->order_id, rows);
    channel_need_of_speaker(in, rows);
}

void order_cancel_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct order_cancel *request = in->message;
    const struct submission_row *submission = submission_find(request->order_id, rows);

    if (submission != NULL) {
        order_need_all(submission->order_no, rows);
    }
}

void cancel_answer(struct saga *saga, struct cancellation_row *request, bool accepted)
{
    struct reply_address address = { request->reply_request_id, request->reply_partition };

    if (request->state == CANCELLATION_PENDING) {
        saga->order->open_cancels--;
    }
    request->state = accepted ? CANCELLATION_ACCEPTED : CANCELLATION_REFUSED;
    rows_update(saga->out->rows, &order_cancellation_table, request);
    if (request->edit_no != 0) {
        edit_answer(saga, request, accepted);
    } else if (accepted) {
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
            cancel_answer(saga, *request, accepted);
        }
    }
}

struct cancellation_row *cancel_of_change(const struct saga *saga, int64_t change_no)
{
    for (struct cancellation_row **request = requests_of(saga); *request != NULL; request++) {
        if ((*request)->change_no == change_no && (*request)->state == CANCELLATION_PENDING) {
            return *request;
        }
    }
    return NULL;
}

static struct cancellation_row *first_pending(const struct saga *saga)
{
    struct cancellation_row *first = NULL;

    for (struct cancellation_row **request = requests_of(saga); *request != NULL; request++) {
        if ((*request)->state == CANCELLATION_PENDING &&
            (first == NULL || (*request)->asked_at < first->asked_at)) {
            first = *request;
        }
    }
    return first;
}

struct cancellation_row *cancel_next(const struct saga *saga)
{
    return saga->order->open_cancels == 0 ? NULL : first_pending(saga);
}

enum cancel_reason cancel_reason_asked(const struct saga *saga)
{
    const struct cancellation_row *first = cancel_next(saga);

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

void end_unpaid(struct saga *saga)
{
    if (text_equal(saga->code, "expired")) {
        announce_expired_payment(saga);
    } else {
        cancel_declined(saga);
    }
}

void cancel_out_of_stock(struct saga *saga)
{
    announce_canceled(saga, CANCEL_REASON_OUT_OF_STOCK, CANCELED_BY_SYSTEM);
}

void end_out_of_stock(struct saga *saga)
{
    if (saga->order->payment_state == PAYMENT_STATE_ABSENT) {
        announce_out_of_stock(saga);
    } else {
        cancel_out_of_stock(saga);
    }
}

void cancel_given_up(struct saga *saga)
{
    int64_t reason = saga->cancel_reason;
    bool by_system = reason == CANCEL_REASON_OUT_OF_STOCK || reason == CANCEL_REASON_UNDELIVERABLE;

    announce_canceled(saga,
                      reason == CANCEL_REASON_ABSENT ? CANCEL_REASON_MERCHANT_REQUEST : reason,
                      by_system ? CANCELED_BY_SYSTEM : CANCELED_BY_MERCHANT);
    answer_all(saga, true);
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

/* "1*2,3*1"; NULL: the whole order. */
static const char *lines_text(struct arena *arena, const struct order_cancel_body *body)
{
    const char *text = NULL;

    for (size_t i = 0; i < body->lines_count; i++) {
        text =
            text_format(arena, "%s%s%lld*%lld", text == NULL ? "" : text, text == NULL ? "" : ",",
                        (long long)body->lines[i].line_no, (long long)body->lines[i].quantity);
    }
    return text;
}

static struct cancellation_row *add_request(struct saga *saga, const struct incoming_message *in)
{
    const struct order_cancel *request = in->message;
    struct timeline_news news = { .kind = TIMELINE_CANCEL_ASKED,
                                  .clock = saga->out->clock, /* before what follows from it */
                                  .detail = cancel_reason_word(request->body.reason) };

    struct cancellation_row row = {
        .order_no = saga->order->order_no,
        .request_id = in->id,
        .state = CANCELLATION_PENDING,
        .reason = request->body.reason,
        .asked_by = asked_by(in),
        .reply_request_id = in->reply.request_id,
        .reply_partition = in->reply.partition,
        .asked_at = saga->out->now,
        .lines = lines_text(saga->out->arena, &request->body),
    };

    saga->order->open_cancels++;
    timeline_saw(saga, &news);
    return rows_insert(saga->out->rows, &order_cancellation_table, &row);
}

/* The request came before.  Whoever waits for it now may be another gateway than then. */
static void answer_again(struct saga *saga, const struct incoming_message *in,
                         struct cancellation_row *request)
{
    request->reply_request_id = in->reply.request_id;
    request->reply_partition = in->reply.partition;
    rows_update(saga->out->rows, &order_cancellation_table, request);
    if (request->state != CANCELLATION_PENDING) {
        cancel_answer(saga, request, request->state == CANCELLATION_ACCEPTED);
    }
}

void cancel_for_edit(struct saga *saga, const struct incoming_message *in, const char *lines,
                     int64_t edit_no)
{
    enum canceled_by by = asked_by(in);

    rows_insert(saga->out->rows, &order_cancellation_table,
                &(struct cancellation_row){ .order_no = saga->order->order_no,
                                            .request_id = in->id,
                                            .state = CANCELLATION_PENDING,
                                            .reason = by == CANCELED_BY_SHOPPER
                                                          ? CANCEL_REASON_SHOPPER_REQUEST
                                                          : CANCEL_REASON_MERCHANT_REQUEST,
                                            .asked_by = by,
                                            .reply_request_id = in->reply.request_id,
                                            .reply_partition = in->reply.partition,
                                            .asked_at = saga->out->now,
                                            .lines = lines,
                                            .edit_no = edit_no });
    saga->order->open_cancels++;
}

void cancel_wait_for_edit(struct saga *saga, const struct incoming_message *in, int64_t edit_no)
{
    for (struct cancellation_row **request = requests_of(saga); *request != NULL; request++) {
        if ((*request)->edit_no == edit_no) {
            (*request)->reply_request_id = in->reply.request_id;
            (*request)->reply_partition = in->reply.partition;
            rows_update(saga->out->rows, &order_cancellation_table, *request);
        }
    }
}

/* Nobody waits for an answer but who decided. */
static void add_quiet_request(struct saga *saga, const char *request_id, enum canceled_by asked_by)
{
    bool by_shopper = asked_by == CANCELED_BY_SHOPPER;

    rows_insert(saga->out->rows, &order_cancellation_table,
                &(struct cancellation_row){ .order_no = saga->order->order_no,
                                            .request_id = request_id,
                                            .state = CANCELLATION_PENDING,
                                            .reason = by_shopper ? CANCEL_REASON_SHOPPER_REQUEST
                                                                 : CANCEL_REASON_MERCHANT_REQUEST,
                                            .asked_by = asked_by,
                                            .asked_at = saga->out->now });
    saga->order->open_cancels++;
}

void cancel_by_decision(struct saga *saga, const char *request_id)
{
    add_quiet_request(saga, request_id, CANCELED_BY_MERCHANT);
    saga_take(saga, ON_DECIDED_CANCEL);
}

void cancel_by_shopper(struct saga *saga, const char *request_id)
{
    add_quiet_request(saga, request_id, CANCELED_BY_SHOPPER);
    saga_take(saga, ON_CANCEL_ASKED);
}

void cancel_by_refusal(struct saga *saga, const char *request_id)
{
    add_quiet_request(saga, request_id, CANCELED_BY_SHOPPER);
    cut_whole(saga, cancel_next(saga));
}

/* Pieces are looked for where they are known; the whole order is asked for whenever it is. */
static void put_request(struct saga *saga, struct cancellation_row *request)
{
    if (request->lines == NULL) {
        cut_whole(saga, request);
    } else if (cut_is_possible(saga) || saga->order->step == STEP_ASKING) {
        take_up_requests(saga);
    } else {
        saga_take(saga, ON_CUT_ASKED); /* one after the other, or it is over */
    }
}

void on_order_cancel(struct decision *out, const struct incoming_message *in)
{
    struct saga saga;

    if (!order_request_begin(out, in, &saga)) {
        return;
    }
    struct cancellation_row *request = find_request(&saga, in->id);
    if (request != NULL) {
        answer_again(&saga, in, request);
    } else if (reply_stale(out, in, saga.order->clock)) {
        return;
    } else if (channel_window_is_over(&saga, in)) {
        order_reply_conflict(&saga, &in->reply, CHANNEL_WINDOW_DETAIL);
        return;
    } else {
        put_request(&saga, add_request(&saga, in));
    }
    saga_end(&saga);
}
