/* facts.c - facts about a payment, made of its row. */
#include "services/payment/facts.h"

#include "proto/message_type.h"

/* Who holds the money, or how it comes. */
static const char *provider_word(const struct payment_row *row)
{
    return dealing_provider(row) != NULL ? dealing_provider(row)->name
                                         : method_find((enum payment_method)row->method)->word;
}

void say_authorized(struct dealing *dealing)
{
    const struct payment_row *row = dealing->row;
    struct payment_authorized fact = { .order_id = dealing->subject.id,
                                       .order_no = dealing->subject.number,
                                       .clock = dealing_clock(dealing),
                                       .payment_id = dealing->payment_id,
                                       .amount_minor = row->authorized_minor,
                                       .currency = row->currency,
                                       .provider = provider_word(row),
                                       .provider_ref = row->provider_ref,
                                       .authorized_at = row->answered_at,
                                       .has_authorized_at = row->answered_at != 0 };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_AUTHORIZED, &fact, sizeof fact);
}

void say_requires_action(struct dealing *dealing)
{
    const struct payment_row *row = dealing->row;
    struct payment_requires_action fact = {
        .order_id = dealing->subject.id,
        .order_no = dealing->subject.number,
        .clock = dealing_clock(dealing),
        .payment_id = dealing->payment_id,
        .amount_minor = row->amount_minor,
        .currency = row->currency,
        .action = row->reference == NULL ? PAYMENT_REQUIRES_ACTION_ACTION_REDIRECT
                                         : PAYMENT_REQUIRES_ACTION_ACTION_TRANSFER,
        .action_url = row->action_url,
        .reference = row->reference,
        .expires_at = row->action_expires_at,
        .has_expires_at = row->action_expires_at != 0,
        .asked_at = row->answered_at,
        .has_asked_at = row->answered_at != 0,
    };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_REQUIRES_ACTION, &fact,
                sizeof fact);
}

void say_credit_awaited(struct dealing *dealing)
{
    const struct payment_row *row = dealing->row;
    struct payment_credit_awaited fact = { .order_id = dealing->subject.id,
                                           .order_no = dealing->subject.number,
                                           .clock = dealing_clock(dealing),
                                           .payment_id = dealing->payment_id,
                                           .company = row->company,
                                           .amount_minor = row->amount_minor,
                                           .currency = row->currency,
                                           .code = row->code,
                                           .asked_at = row->answered_at };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_CREDIT_AWAITED, &fact, sizeof fact);
}

void say_declined(struct dealing *dealing, const char *code, bool retryable)
{
    struct payment_declined fact = { .order_id = dealing->subject.id,
                                     .order_no = dealing->subject.number,
                                     .clock = dealing_clock(dealing),
                                     .payment_id = dealing->payment_id,
                                     .amount_minor = dealing->row->amount_minor,
                                     .currency = dealing->row->currency,
                                     .code = code,
                                     .retryable = retryable,
                                     .has_retryable = true,
                                     .declined_at = dealing->row->answered_at,
                                     .has_declined_at = dealing->row->answered_at != 0 };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_DECLINED, &fact, sizeof fact);
}

void say_failed(struct dealing *dealing, const struct failure *failure)
{
    const struct payment_row *row = dealing->row;
    bool of_refund = failure->operation == PAYMENT_FAILED_OPERATION_REFUND;
    struct payment_failed fact = { .order_id = dealing->subject.id,
                                   .order_no = dealing->subject.number,
                                   .clock = dealing_clock(dealing),
                                   .payment_id = dealing->payment_id,
                                   .operation = failure->operation,
                                   .operation_id = failure->operation_id,
                                   .code = failure->code,
                                   .amount_minor = failure->amount_minor,
                                   .has_amount_minor = true,
                                   .currency = row->currency,
                                   .refunded_minor = of_refund ? row->refunded_minor : 0,
                                   .has_refunded_minor = of_refund,
                                   .failed_at = failure->at,
                                   .has_failed_at = failure->at != 0 };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_FAILED, &fact, sizeof fact);
}

void say_captured(struct dealing *dealing, const struct capture_row *capture)
{
    const struct payment_row *row = dealing->row;
    struct payment_captured fact = {
        .order_id = dealing->subject.id,
        .order_no = dealing->subject.number,
        .clock = dealing_clock(dealing),
        .payment_id = dealing->payment_id,
        .capture_id = dealing_child_id(dealing, 'C', capture->capture_no),
        .amount_minor = capture->amount_minor,
        .currency = row->currency,
        .captured_minor = row->captured_minor,
        .provider_ref = row->provider_ref,
        .captured_at = capture->ended_at,
        .has_captured_at = capture->ended_at != 0,
    };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_CAPTURED, &fact, sizeof fact);
}

/* Nothing is held from now on; where that was so before, since then. */
static void end_at_now(struct dealing *dealing)
{
    if (dealing->row->ended_at == 0) {
        dealing->row->ended_at = dealing->out->now;
        dealing_change(dealing);
    }
}

void say_lapsed(struct dealing *dealing, int64_t amount_minor)
{
    end_at_now(dealing);
    struct payment_lapsed fact = { .order_id = dealing->subject.id,
                                   .order_no = dealing->subject.number,
                                   .clock = dealing_clock(dealing),
                                   .payment_id = dealing->payment_id,
                                   .amount_minor = amount_minor,
                                   .currency = dealing->row->currency,
                                   .lapsed_at = dealing->row->ended_at,
                                   .has_lapsed_at = dealing->row->ended_at != 0 };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_LAPSED, &fact, sizeof fact);
}

void say_money_received(struct dealing *dealing, int64_t amount_minor, bool late)
{
    struct payment_money_received fact = { .order_id = dealing->subject.id,
                                           .order_no = dealing->subject.number,
                                           .clock = dealing_clock(dealing),
                                           .payment_id = dealing->payment_id,
                                           .amount_minor = amount_minor,
                                           .received_minor = dealing->row->received_minor,
                                           .due_minor = dealing_due_minor(dealing),
                                           .currency = dealing->row->currency,
                                           .late = late,
                                           .has_late = late,
                                           .received_at = dealing->received->body.received_at,
                                           .has_received_at = true };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_MONEY_RECEIVED, &fact, sizeof fact);
}

void say_voided(struct dealing *dealing)
{
    end_at_now(dealing);
    struct payment_voided fact = { .order_id = dealing->subject.id,
                                   .order_no = dealing->subject.number,
                                   .clock = dealing_clock(dealing),
                                   .payment_id = dealing->payment_id,
                                   .amount_minor = dealing->row->released_minor,
                                   .currency = dealing->row->currency,
                                   .voided_at = dealing->row->ended_at,
                                   .has_voided_at = dealing->row->ended_at != 0 };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_VOIDED, &fact, sizeof fact);
}

void say_refunded(struct dealing *dealing, const struct refund_row *refund)
{
    const struct payment_row *row = dealing->row;
    struct payment_refunded fact = {
        .order_id = dealing->subject.id,
        .order_no = dealing->subject.number,
        .clock = dealing_clock(dealing),
        .payment_id = dealing->payment_id,
        .refund_id = dealing_child_id(dealing, 'B', refund->refund_no),
        .amount_minor = refund->amount_minor,
        .currency = row->currency,
        .refunded_minor = row->refunded_minor,
        .provider_ref = refund->provider_ref,
        .refunded_at = refund->ended_at,
        .has_refunded_at = refund->ended_at != 0,
    };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_REFUNDED, &fact, sizeof fact);
}

void say_refused(struct dealing *dealing, enum refused_reason reason, const char *code)
{
    struct payment_refused fact = { .order_id = dealing->subject.id,
                                    .order_no = dealing->subject.number,
                                    .clock = dealing_clock(dealing),
                                    .command = "kervan.payment.authorize.v1",
                                    .subject_id = dealing->payment_id,
                                    .reason = reason,
                                    .code = code,
                                    .refused_at = dealing->out->now,
                                    .has_refused_at = true };

    if (dealing->who != NULL) {
        dealing->refused_reason = reason;
        dealing->refused_code = code;
        return;
    }
    if (dealing->capture != NULL) {
        fact.command = "kervan.payment.capture.v1";
        fact.subject_id = dealing->capture->capture_id;
    } else if (dealing->refund != NULL) {
        fact.command = "kervan.payment.refund.v1";
        fact.subject_id = dealing->refund->refund_id;
    }
    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_REFUSED, &fact, sizeof fact);
}
