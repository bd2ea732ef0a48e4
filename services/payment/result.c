/* result.c - turns the provider's answers into inputs of the tables, with what it told meanwhile in mind. */
#include "services/payment/result.h"

#include "common/id.h"
#include "services/payment/capture.h"
#include "services/payment/payment.h"
#include "services/payment/refund.h"

void result_need(const struct incoming_result *in, struct rows *rows)
{
    want_all_money(rows, in->subject.number);
}

bool result_open(struct dealing *dealing, struct decision *out, const struct incoming_result *in)
{
    const struct payment_call *call = in->payload;

    if (!dealing_open(dealing, out, in->subject, call->payment_id)) {
        return false;
    }
    if (dealing->row == NULL) {
        decide_impossible(out, "an answer about payment \"%s\", which is not there",
                          call->payment_id);
        return false;
    }
    dealing->outcome = in->result;
    return true;
}

/* The answer may be older than the news: a request that was repeated is answered as it was the first time. */
static struct outcome newest(const struct payment_row *row, const struct outcome *answer)
{
    struct outcome outcome = *answer;
    bool gone = row->heard == HEARD_GONE && answer->kind != OUTCOME_NO;
    bool ended = row->heard != HEARD_NOTHING && answer->kind == OUTCOME_ACTION;

    if (gone || (ended && row->heard == HEARD_DECLINED)) {
        outcome.kind = OUTCOME_NO;
        outcome.code = row->code;
        outcome.declined = true;
        outcome.retryable = true;
        outcome.gone = gone;
    } else if (ended) {
        outcome.kind = OUTCOME_AUTHORIZED;
    }
    return outcome;
}

void on_authorize_result(struct decision *out, const struct incoming_result *in)
{
    struct dealing dealing;

    if (!result_open(&dealing, out, in)) {
        return;
    }
    struct outcome outcome = newest(dealing.row, dealing.outcome);

    dealing.outcome = &outcome;
    dealing.row->heard = HEARD_NOTHING;
    if (outcome.provider_ref != NULL) {
        dealing.row->provider_ref = outcome.provider_ref;
    }
    dealing_change(&dealing);
    if (outcome.kind == OUTCOME_AUTHORIZED) {
        payment_take(&dealing, ON_AUTHORIZED);
    } else {
        /* One that was approved before its answer came is asked about, as one that waits for that. */
        bool waits = outcome.kind == OUTCOME_ACTION || outcome.kind == OUTCOME_APPROVED;

        payment_take(&dealing, waits ? ON_ACTION : ON_NOT_AUTHORIZED);
    }
}

void on_capture_result(struct decision *out, const struct incoming_result *in)
{
    const struct payment_call *call = in->payload;
    struct dealing dealing;

    if (!result_open(&dealing, out, in)) {
        return;
    }
    dealing.ended = capture_find(&dealing, child_id_counter(call->operation_id, 'C'));
    if (dealing.ended == NULL || dealing.ended->state != CAPTURE_SENT) {
        decide_impossible(out, "an answer about capture \"%s\", which was not sent",
                          call->operation_id);
        return;
    }
    payment_take(&dealing,
                 dealing.outcome->kind == OUTCOME_CAPTURED ? ON_CAPTURED : ON_NOT_CAPTURED);
}

void on_void_result(struct decision *out, const struct incoming_result *in)
{
    struct dealing dealing;

    if (result_open(&dealing, out, in)) {
        payment_take(&dealing,
                     dealing.outcome->kind == OUTCOME_RELEASED ? ON_RELEASED : ON_NOT_RELEASED);
    }
}

void on_refund_result(struct decision *out, const struct incoming_result *in)
{
    const struct payment_call *call = in->payload;
    struct dealing dealing;

    if (!result_open(&dealing, out, in)) {
        return;
    }
    struct refund_row *refund = refund_find(&dealing, child_id_counter(call->operation_id, 'B'));

    if (dealing.outcome->kind == OUTCOME_NO) {
        refund_take(&dealing, refund, ON_NOT_REFUNDED);
    } else {
        refund_take(&dealing, refund,
                    dealing.outcome->kind == OUTCOME_REFUNDED ? ON_REFUNDED : ON_REFUND_PENDING);
    }
}
