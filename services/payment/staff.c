/* staff.c - what people ask for, put to the same tables as the order's commands. */
#include "services/payment/staff.h"

#include "common/id.h"
#include "common/text.h"
#include "services/payment/payment.h"
#include "services/payment/refund.h"
#include "services/payment/request.h"

enum { LAST_NO = 32767 };

/* --- Transfers ----------------------------------------------------------------------------------- */

/* The bank's entry was counted before: answered as then, if it is the same. */
static void answer_counted(struct request *request, const struct transfer_row *counted)
{
    const struct payment_received *message = request->dealing.received;
    const struct dealing *dealing = &request->dealing;
    bool same = counted->order_no == dealing->subject.number &&
                counted->payment_no == dealing->payment_no &&
                counted->amount_minor == message->body.amount_minor;

    if (same) {
        request_done(request, dealing->payment_id, NULL);
    } else {
        request_conflict(request, "this entry of the bank was counted for another payment, or with "
                                  "another amount");
    }
}

/* True when the request is answered: it is not money for this payment. */
static bool refuses_money(struct request *request)
{
    const struct payment_received_body *body = &request->dealing.received->body;

    if (payment_answer(&request->dealing, ON_RECEIVED).action != COUNTS_MONEY) {
        request_conflict(request, "no transfer is made for this payment: give the money back");
    } else if (body->amount_minor <= 0) {
        request_invalid(request, "/amount_minor", "is not above 0");
    } else if (!text_equal(body->currency, request->dealing.row->currency)) {
        request_invalid(request, "/currency", "is not the currency of the payment");
    } else {
        return false;
    }
    return true;
}

void on_received(struct decision *out, const struct incoming_message *in)
{
    const struct payment_received *message = in->message;
    const struct transfer_row *counted = NULL;
    struct request request;

    if (!request_open(&request, out, in)) {
        return;
    }
    struct dealing *dealing = &request.dealing;

    dealing->received = message;
    counted = rows_find(out->rows, &transfer_table, key_text(message->body.bank_reference));
    if (counted != NULL) {
        answer_counted(&request, counted);
        return;
    }
    if (refuses_money(&request)) {
        return;
    }
    struct transfer_row row = { .bank_reference = message->body.bank_reference,
                                .order_no = dealing->subject.number,
                                .payment_no = dealing->payment_no,
                                .amount_minor = message->body.amount_minor,
                                .late = dealing_is_over(dealing),
                                .received_at = message->body.received_at,
                                .at = out->now,
                                .kind = TRANSFER_CAME };

    rows_insert(out->rows, &transfer_table, &row);
    payment_take(dealing, ON_RECEIVED);
    request_done(&request, dealing->payment_id, NULL);
}

/* --- Captures, voids, refunds -------------------------------------------------------------------- */

/* The next number of a person's own, by the highest one given so far. */
static int64_t next_no(int64_t highest)
{
    return highest < STAFF_FIRST_NO ? STAFF_FIRST_NO : highest + 1;
}

static int64_t next_capture_no(const struct dealing *dealing)
{
    void **at = rows_list(dealing->out->rows, &capture_table, key_number(dealing->subject.number));
    int64_t highest = 0;

    for (; *at != NULL; at++) {
        const struct capture_row *row = *at;

        highest = row->capture_no > highest ? row->capture_no : highest;
    }
    return next_no(highest);
}

static int64_t next_refund_no(const struct dealing *dealing)
{
    void **at = rows_list(dealing->out->rows, &refund_table, key_number(dealing->subject.number));
    int64_t highest = 0;

    for (; *at != NULL; at++) {
        const struct refund_row *row = *at;

        highest = row->refund_no > highest ? row->refund_no : highest;
    }
    return next_no(highest);
}

/* An amount of which there is not enough, or none. */
static void refuse_amount(struct request *request, int64_t left_minor, const char *what)
{
    request_invalid(request, "/amount_minor",
                    text_format(request->dealing.out->arena, "is not within what %s: %lld are left",
                                what, (long long)left_minor));
}

void on_capture_now(struct decision *out, const struct incoming_message *in)
{
    const struct payment_capture_now *message = in->message;
    struct request request;

    if (!request_open(&request, out, in)) {
        return;
    }
    struct dealing *dealing = &request.dealing;
    int64_t left_minor = dealing_held_minor(dealing) - dealing->row->capturing_minor;
    int64_t amount_minor = message->body.has_amount_minor ? message->body.amount_minor : left_minor;
    int64_t capture_no = next_capture_no(dealing);

    if (payment_answer(dealing, ON_CAPTURE).action != CAPTURES || dealing->row->void_reason != 0 ||
        left_minor <= 0 || capture_no > LAST_NO) {
        request_conflict(&request, "nothing is authorized that could be taken");
        return;
    }
    if (amount_minor <= 0 || amount_minor > left_minor) {
        refuse_amount(&request, left_minor, "is authorized and not taken");
        return;
    }
    const struct payment_capture command = { .payment_id = dealing->payment_id,
                                             .capture_id =
                                                 dealing_child_id(dealing, 'C', capture_no),
                                             .amount_minor = amount_minor,
                                             .currency = dealing->row->currency };

    dealing->capture = &command;
    payment_take(dealing, ON_CAPTURE);
    if (dealing->refused_reason != REFUSED_REASON_ABSENT) {
        request_conflict(&request, "the last capture of this payment was asked for before");
        return;
    }
    request_done(&request, command.capture_id, message->body.note);
}

/* There is something to let go, or the shopper may still confirm it. */
static bool may_void(const struct dealing *dealing)
{
    switch (dealing_state(dealing)) {
    case PAYMENT_STATE_AUTHORIZING:
    case PAYMENT_STATE_REQUIRES_ACTION:
    case PAYMENT_STATE_AUTHORIZED:
    case PAYMENT_STATE_PARTIALLY_CAPTURED:
    case PAYMENT_STATE_CAPTURING:
        return dealing->row->void_reason == 0;
    case PAYMENT_STATE_CAPTURED:
    case PAYMENT_STATE_VOIDING:
    case PAYMENT_STATE_VOIDED:
    case PAYMENT_STATE_FAILED:
    case PAYMENT_STATE_EXPIRED:
    case PAYMENT_STATE_CREATED:
    case PAYMENT_STATE_ABSENT:
    case PAYMENT_STATE_UNKNOWN:
        break;
    }
    return false;
}

void on_void_now(struct decision *out, const struct incoming_message *in)
{
    const struct payment_void_now *message = in->message;
    const struct payment_void command = { .reason = CANCEL_REASON_MERCHANT_REQUEST };
    struct request request;

    if (!request_open(&request, out, in)) {
        return;
    }
    if (!may_void(&request.dealing)) {
        request_conflict(&request, "nothing is held that could be let go");
        return;
    }
    request.dealing.void_command = &command;
    payment_take(&request.dealing, ON_VOID);
    request_done(&request, request.dealing.payment_id, message->body.note);
}

void on_refund_now(struct decision *out, const struct incoming_message *in)
{
    const struct payment_refund_now *message = in->message;
    struct request request;

    if (!request_open(&request, out, in)) {
        return;
    }
    struct dealing *dealing = &request.dealing;
    int64_t left_minor = refund_left_minor(dealing);
    int64_t amount_minor = message->body.has_amount_minor ? message->body.amount_minor : left_minor;
    int64_t refund_no = next_refund_no(dealing);

    if (dealing->row->disputed_minor > 0 && (left_minor <= 0 || amount_minor > left_minor)) {
        request_conflict(&request, "the shopper disputes this payment: what the dispute is about "
                                   "cannot be given back before it is over");
        return;
    }
    if (left_minor <= 0 || refund_no > LAST_NO) {
        request_conflict(&request, "nothing was taken that is not given back, or being given back");
        return;
    }
    if (amount_minor <= 0 || amount_minor > left_minor) {
        refuse_amount(&request, left_minor, "was taken and is not given back");
        return;
    }
    const struct payment_refund command = { .payment_id = dealing->payment_id,
                                            .refund_id = dealing_child_id(dealing, 'B', refund_no),
                                            .amount_minor = amount_minor,
                                            .currency = dealing->row->currency,
                                            .reason = message->body.reason };

    dealing->refund = &command;
    refund_take(dealing, NULL, ON_REFUND);
    request_done(&request, command.refund_id, message->body.note);
}
