/* call.c - calls to the provider, with what they are made of. */
#include "services/payment/call.h"

#include "common/text.h"

enum { POLL_COUNT_MAX = 32767 };

static struct payment_call begin_call(const struct dealing *dealing,
                                      enum payment_call_operation operation, int64_t amount_minor)
{
    const struct payment_row *row = dealing->row;

    return (struct payment_call){ .operation = operation,
                                  .order_id = dealing->subject.id,
                                  .order_no = dealing->subject.number,
                                  .payment_id = dealing->payment_id,
                                  .provider = dealing_provider(row)->name,
                                  .provider_ref = row->provider_ref,
                                  .hold_ref = row->hold_ref,
                                  .amount_minor = amount_minor,
                                  .currency = row->currency };
}

/* `made` is what the call makes or ends; it and the operation are the key. */
static void decide_call(struct dealing *dealing, const char *kind, const char *key,
                        const struct payment_call *call)
{
    struct effect_request request = {
        .kind = kind, .key = key, .subject = dealing->subject, .payload = call
    };

    decide_effect(dealing->out, &request, sizeof *call);
}

static void book_request(struct dealing *dealing, enum payment_call_operation operation,
                         int64_t operation_no, int64_t amount_minor)
{
    dealing_book(dealing, &(struct entry){ .kind = EVENT_REQUEST,
                                           .operation = operation,
                                           .operation_no = operation_no,
                                           .amount_minor = amount_minor });
}

void call_authorize(struct dealing *dealing, const struct payment_authorize *command)
{
    struct payment_call call =
        begin_call(dealing, PAYMENT_CALL_OPERATION_AUTHORIZE, command->amount_minor);

    call.token = command->token;
    call.return_url = command->return_url;
    decide_call(dealing, CALL_AUTHORIZE,
                text_format(dealing->out->arena, "%s/authorize", dealing->payment_id), &call);
    book_request(dealing, PAYMENT_CALL_OPERATION_AUTHORIZE, 0, command->amount_minor);
}

/* There may be several of one payment: each is told apart by its entry of the ledger. */
static void decide_numbered(struct dealing *dealing, const char *kind,
                            const struct payment_call *call)
{
    book_request(dealing, PAYMENT_CALL_OPERATION_AUTHORIZE, 0, call->amount_minor);
    decide_call(dealing, kind,
                text_format(dealing->out->arena, "%s/%s/%lld", dealing->payment_id, kind,
                            (long long)dealing->row->event_count),
                call);
}

void call_secure(struct dealing *dealing)
{
    struct payment_call call =
        begin_call(dealing, PAYMENT_CALL_OPERATION_SECURE, dealing->row->amount_minor);

    decide_numbered(dealing, CALL_SECURE, &call);
}

void call_renew(struct dealing *dealing)
{
    struct payment_call call =
        begin_call(dealing, PAYMENT_CALL_OPERATION_RENEW, dealing_held_minor(dealing));

    decide_numbered(dealing, CALL_RENEW, &call);
}

void call_capture(struct dealing *dealing, const struct capture_row *capture, bool final)
{
    bool whole = dealing_provider(dealing->row)->takes_whole;
    struct payment_call call =
        begin_call(dealing, PAYMENT_CALL_OPERATION_CAPTURE,
                   whole ? dealing->row->authorized_minor : capture->amount_minor);

    call.operation_id = dealing_child_id(dealing, 'C', capture->capture_no);
    call.captured_minor = dealing->row->captured_minor;
    call.has_captured_minor = true;
    call.final = final || whole;
    call.has_final = true;
    decide_call(dealing, CALL_CAPTURE,
                text_format(dealing->out->arena, "%s/capture", call.operation_id), &call);
    book_request(dealing, PAYMENT_CALL_OPERATION_CAPTURE, capture->capture_no,
                 capture->amount_minor);
}

/* A void that the provider refused may be asked for again, and must not be answered from its memory. */
void call_void(struct dealing *dealing, enum cancel_reason reason)
{
    struct payment_call call =
        begin_call(dealing, PAYMENT_CALL_OPERATION_V_VOID, dealing_held_minor(dealing));
    int64_t count = ++dealing->row->void_count;

    call.captured_minor = dealing->row->captured_minor;
    call.has_captured_minor = true;
    call.reason = reason;
    decide_call(dealing, CALL_VOID,
                count == 1 ? text_format(dealing->out->arena, "%s/void", dealing->payment_id)
                           : text_format(dealing->out->arena, "%s/void/%lld", dealing->payment_id,
                                         (long long)count),
                &call);
    book_request(dealing, PAYMENT_CALL_OPERATION_V_VOID, 0, call.amount_minor);
}

void call_refund(struct dealing *dealing, const struct refund_row *refund, const char *capture_ref)
{
    struct payment_call call =
        begin_call(dealing, PAYMENT_CALL_OPERATION_REFUND, refund->amount_minor);

    call.operation_id = dealing_child_id(dealing, 'B', refund->refund_no);
    call.capture_ref = capture_ref;
    call.reason = (enum cancel_reason)refund->reason;
    decide_call(dealing, CALL_REFUND,
                text_format(dealing->out->arena, "%s/refund", call.operation_id), &call);
    book_request(dealing, PAYMENT_CALL_OPERATION_REFUND, refund->refund_no, refund->amount_minor);
}

void call_ask(struct dealing *dealing, const struct refund_row *refund)
{
    struct payment_call call =
        begin_call(dealing, PAYMENT_CALL_OPERATION_AUTHORIZE, dealing->row->amount_minor);

    if (refund != NULL) {
        call.operation = PAYMENT_CALL_OPERATION_REFUND;
        call.operation_id = dealing_child_id(dealing, 'B', refund->refund_no);
        call.provider_ref = refund->provider_ref;
        call.amount_minor = refund->amount_minor;
    }
    if (dealing->row->poll_count < POLL_COUNT_MAX) {
        dealing->row->poll_count++;
    }
    dealing_change(dealing);
    decide_call(dealing, CALL_ASK,
                text_format(dealing->out->arena, "%s/ask",
                            refund == NULL ? dealing->payment_id : call.operation_id),
                &call);
}
