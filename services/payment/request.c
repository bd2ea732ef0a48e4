/* request.c - a person's request: of which payment, whether it came before, and its answer. */
#include "services/payment/request.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/payment/credit.h"

#include <string.h>

enum { DIGEST_BYTES = 32, STATUS_CREATED = 201 };

static const char *payment_of(const struct incoming_message *in)
{
    switch (in->message_type) {
    case MESSAGE_PAYMENT_RECEIVED:
        return ((const struct payment_received *)in->message)->payment_id;
    case MESSAGE_PAYMENT_CAPTURE_NOW:
        return ((const struct payment_capture_now *)in->message)->payment_id;
    case MESSAGE_PAYMENT_ACCEPT_SHORT:
        return ((const struct payment_accept_short *)in->message)->payment_id;
    case MESSAGE_BANK_LINE_MATCH:
        return ((const struct bank_line_match *)in->message)->body.payment_id;
    case MESSAGE_PAYMENT_VOID_NOW:
        return ((const struct payment_void_now *)in->message)->payment_id;
    default:
        return ((const struct payment_refund_now *)in->message)->payment_id;
    }
}

const char *request_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return order_lane_key(arena, payment_of(in));
}

/* --- Rows ---------------------------------------------------------------------------------------- */

void request_need(const struct incoming_message *in, struct rows *rows)
{
    want_order(rows, payment_of(in));
}

void request_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct payment_order_row *order = find_order(rows, payment_of(in));
    const struct payment_received *received = in->message;

    if (order != NULL) {
        want_all_money(rows, order->order_no);
        rows_want(rows, &request_table, key_number(order->order_no));
        if (order->company != NULL) {
            credit_want(order->company, rows);
        }
    }
    if (in->message_type == MESSAGE_PAYMENT_RECEIVED) {
        rows_want(rows, &transfer_table, key_text(received->body.bank_reference));
    }
}

/* --- Answers ------------------------------------------------------------------------------------- */

static void answer_unknown(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "Not found",
                                            .detail = "there is no payment with this id" };

    reply_refused(out, in, &unknown);
}

void request_conflict(struct request *request, const char *detail)
{
    const struct refusal refusal = {
        .status = 409, .type = "conflict", .title = "Conflict", .detail = detail
    };

    reply_refused(request->dealing.out, request->in, &refusal);
}

void request_invalid(struct request *request, const char *pointer, const char *detail)
{
    reply_invalid(request->dealing.out, request->in, pointer, detail);
}

static void answer_again(struct decision *out, const struct incoming_message *in,
                         const struct request_row *row)
{
    static const struct refusal other = {
        .status = 422,
        .type = "idempotency-key-reused",
        .title = "The key was used for another request",
        .detail = "a request with this id was done with another body: a new one needs a new id"
    };

    if (memcmp(row->digest.bytes, in->digest, DIGEST_BYTES) == 0) {
        reply_done(out, in, STATUS_CREATED, row->subject_id);
    } else {
        reply_refused(out, in, &other);
    }
}

/* --- Once ---------------------------------------------------------------------------------------- */

static const struct request_row *find_request(struct rows *rows, int64_t order_no, const char *id)
{
    void **at = rows_list(rows, &request_table, key_number(order_no));

    for (; *at != NULL; at++) {
        if (text_equal(((const struct request_row *)*at)->request_id, id)) {
            return *at;
        }
    }
    return NULL;
}

bool request_came_before(struct request *request)
{
    const struct incoming_message *in = request->in;
    struct decision *out = request->dealing.out;
    const struct request_row *before =
        find_request(out->rows, request->dealing.subject.number, in->id);

    if (before != NULL) {
        answer_again(out, in, before);
    }
    return before != NULL;
}

bool request_open(struct request *request, struct decision *out, const struct incoming_message *in)
{
    const char *payment_id = payment_of(in);
    const struct payment_order_row *order = find_order(out->rows, payment_id);

    if (order == NULL) {
        answer_unknown(out, in);
        return false;
    }
    /* Of an order that came in this very batch nothing is stored: what there is of it was decided here. */
    if (rows_want(out->rows, &request_table, key_number(order->order_no))) {
        want_all_money(out->rows, order->order_no);
    }
    *request = (struct request){ .in = in };
    const struct subject subject = { .number = order->order_no,
                                     .id = request_lane_key(out->arena, in) };

    if (!dealing_open(&request->dealing, out, subject, payment_id)) {
        return false;
    }
    if (request->dealing.row == NULL) {
        answer_unknown(out, in);
        return false;
    }
    if (request_came_before(request) || reply_stale(out, in, request->dealing.row->clock)) {
        return false;
    }
    request->dealing.who = in->id;
    return true;
}

void request_done(struct request *request, const char *subject_id, const char *note)
{
    const struct incoming_message *in = request->in;
    struct decision *out = request->dealing.out;
    struct request_row row = {
        .order_no = request->dealing.subject.number,
        .request_id = in->id,
        .payment_no = request->dealing.payment_no,
        .subject_id = subject_id,
        .actor = in->actor,
        .note = note,
        .digest = { arena_copy(out->arena, in->digest, DIGEST_BYTES), DIGEST_BYTES },
        .at = out->now,
    };

    rows_insert(out->rows, &request_table, &row);
    reply_done(out, in, STATUS_CREATED, subject_id);
}
