/* stripe_disputes.c - what Stripe is asked and told about disputes, and what it shows of them.
 *
 * A dispute shows its payment intent, whose metadata says whose it is.  Documents are files there; what we have are
 * texts, so those go into the fields that take texts, and the rest into `uncategorized_text`.
 */
#include "services/payment/providers/stripe_disputes.h"

#include "common/arena.h"
#include "common/instant.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/dispute_outcome.h"
#include "services/payment/provider.h"
#include "services/payment/providers/form.h"
#include "services/payment/providers/names.h"
#include "services/payment/providers/stripe.h"
#include "services/payment/providers/stripe_calls.h"

#include <string.h>

enum { FORM_BYTES = 262144, STATUS_OK = 200, STATUS_NOT_FOUND = 404, SECOND_MS = 1000 };

#define EXPAND "?expand[]=payment_intent"

/* --- Requests ---------------------------------------------------------------------------------- */

static const char *line_of(struct arena *arena, const char *words, const char *text)
{
    return text == NULL ? "" : text_format(arena, "%s%s\n", words, text);
}

static const char *day_of(struct arena *arena, bool has, int64_t at)
{
    struct instant_text text;

    if (!has) {
        return NULL;
    }
    text = instant_format(at);
    return text_format(arena, "%.10s", text.text);
}

static const char *other_words(struct arena *arena, const struct dispute_evidence *evidence)
{
    const char *delivered = day_of(arena, evidence->has_delivered_at, evidence->delivered_at);
    const char *text = text_format(
        arena, "%s%s%s%s", line_of(arena, "", evidence->explanation),
        line_of(arena, "Delivered: ", delivered),
        line_of(arena, "Proof of delivery: ", evidence->delivery_proof),
        line_of(arena, "Communication with the customer: ", evidence->customer_communication));

    return text[0] == '\0' ? NULL : text;
}

static const char *evidence_form(struct arena *arena, const struct dispute_evidence *evidence)
{
    struct form form = form_new(arena, FORM_BYTES);

    form_add(&form, "evidence[shipping_tracking_number]", evidence->tracking_number);
    form_add(&form, "evidence[shipping_carrier]", evidence->carrier);
    form_add(&form, "evidence[shipping_date]",
             day_of(arena, evidence->has_shipped_at, evidence->shipped_at));
    form_add(&form, "evidence[product_description]", evidence->product_description);
    form_add(&form, "evidence[refund_policy_disclosure]", evidence->refund_policy);
    form_add(&form, "evidence[refund_refusal_explanation]", evidence->refund_refusal);
    form_add(&form, "evidence[uncategorized_text]", other_words(arena, evidence));
    form_add(&form, "submit", "true");
    return form.text;
}

static const char *list_path(struct arena *arena, const struct payment_dispute_call *call)
{
    const char *page =
        call->page == NULL ? "" : text_format(arena, "&starting_after=%s", call->page);

    return text_format(arena, "/v1/disputes?limit=100&created[gte]=%lld%s",
                       (long long)(call->since / SECOND_MS), page);
}

void stripe_dispute_ask(struct arena *arena, const void *payload, const char *key,
                        struct outside_request *ret)
{
    const struct payment_dispute_call *call = payload;

    (void)key; /* a question changes nothing */
    *ret = stripe_get(text_format(arena, "/v1/disputes/%s" EXPAND, call->dispute_ref));
}

void stripe_dispute_build(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret)
{
    const struct payment_dispute_call *call = payload;

    switch (call->operation) {
    case PAYMENT_DISPUTE_CALL_OPERATION_LIST:
        *ret = stripe_get(list_path(arena, call));
        break;
    case PAYMENT_DISPUTE_CALL_OPERATION_ACCEPT:
        *ret = stripe_post(arena, text_format(arena, "/v1/disputes/%s/close", call->dispute_ref),
                           "", key);
        break;
    case PAYMENT_DISPUTE_CALL_OPERATION_EVIDENCE:
        *ret = stripe_post(arena, text_format(arena, "/v1/disputes/%s", call->dispute_ref),
                           evidence_form(arena, call->evidence), key);
        break;
    case PAYMENT_DISPUTE_CALL_OPERATION_LOOK:
    case PAYMENT_DISPUTE_CALL_OPERATION_ABSENT:
    case PAYMENT_DISPUTE_CALL_OPERATION_UNKNOWN:
        stripe_dispute_ask(arena, payload, key, ret);
        break;
    }
}

/* --- What it shows ------------------------------------------------------------------------------- */

static enum dispute_state state_of(const char *status)
{
    static const struct {
        const char *word;
        enum dispute_state state;
    } states[] = {
        { "warning_needs_response", DISPUTE_STATE_INQUIRY },
        { "warning_under_review", DISPUTE_STATE_INQUIRY },
        { "warning_closed", DISPUTE_STATE_WITHDRAWN },
        { "needs_response", DISPUTE_STATE_NEEDS_RESPONSE },
        { "under_review", DISPUTE_STATE_UNDER_REVIEW },
        { "won", DISPUTE_STATE_WON },
        { "lost", DISPUTE_STATE_LOST },
        { "prevented", DISPUTE_STATE_WITHDRAWN },
    };

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (text_equal(status, states[i].word)) {
            return states[i].state;
        }
    }
    return DISPUTE_STATE_ABSENT;
}

static int64_t minor_of(const struct payment_dispute_seen *seen, int64_t amount)
{
    return provider_minor(&payment_providers[PROVIDER_STRIPE], seen->currency, amount);
}

static void add_movement(const struct stripe_dispute *dispute,
                         const struct stripe_dispute_balance_transaction *moved,
                         struct payment_dispute_seen *seen)
{
    bool same = text_equal(moved->currency, dispute->currency);
    int64_t amount = moved->has_amount ? moved->amount : 0;

    if (amount < 0) {
        seen->withdrawn_minor = same ? minor_of(seen, -amount) : seen->amount_minor;
    } else if (amount > 0) {
        seen->reinstated_minor = same ? minor_of(seen, amount) : seen->amount_minor;
    }
    if (same && moved->has_fee) {
        seen->fee_minor +=
            moved->fee < 0 ? -minor_of(seen, -moved->fee) : minor_of(seen, moved->fee);
    }
}

/* The account may be in another currency: then that money moved is known, and how much is the dispute's. */
static void add_movements(const struct stripe_dispute *dispute, struct payment_dispute_seen *seen)
{
    for (size_t i = 0; i < dispute->balance_transactions_count; i++) {
        add_movement(dispute, &dispute->balance_transactions[i], seen);
    }
    seen->fee_minor = seen->fee_minor < 0 ? 0 : seen->fee_minor;
}

/* False where it is none of ours. */
static bool read_names(const struct stripe_dispute *dispute, struct payment_dispute_seen *seen)
{
    const struct stripe_dispute_payment_intent *intent = dispute->payment_intent;
    const struct stripe_dispute_payment_intent_metadata *ours =
        intent == NULL ? NULL : intent->metadata;

    if (ours == NULL ||
        !payment_names_fit(ours->order_id, ours->order_no, ours->payment_id, &seen->order_no)) {
        return false;
    }
    seen->order_id = ours->order_id;
    seen->payment_id = ours->payment_id;
    seen->payment_ref = intent->id;
    return true;
}

/* NULL where it is none of ours, or nobody knows what it shows. */
static const struct payment_dispute_seen *seen_of(struct arena *arena,
                                                  const struct stripe_dispute *dispute)
{
    const struct stripe_dispute_evidence_details *details = dispute->evidence_details;
    struct payment_dispute_seen seen = { .provider = "stripe",
                                         .dispute_ref = dispute->id,
                                         .state = state_of(dispute->status),
                                         .reason = stripe_code(dispute->reason),
                                         .currency = stripe_currency(arena, dispute->currency) };

    if (seen.state == DISPUTE_STATE_ABSENT || !read_names(dispute, &seen)) {
        return NULL;
    }
    seen.amount_minor = minor_of(&seen, dispute->amount);
    seen.lost_minor = seen.state == DISPUTE_STATE_LOST ? seen.amount_minor : 0;
    if (details != NULL && details->has_due_by) {
        seen.due_at = details->due_by * SECOND_MS;
        seen.has_due_at = true;
    }
    add_movements(dispute, &seen);
    return arena_copy(arena, &seen, sizeof seen);
}

/* Whether what it was told has reached it. */
static bool took(const struct payment_dispute_call *call, const struct stripe_dispute *dispute)
{
    enum dispute_state state = state_of(dispute->status);
    const struct stripe_dispute_evidence_details *details = dispute->evidence_details;
    bool submitted =
        details != NULL && details->has_submission_count && details->submission_count > 0;
    bool over = state == DISPUTE_STATE_LOST || state == DISPUTE_STATE_WON ||
                state == DISPUTE_STATE_WITHDRAWN;

    return call->operation == PAYMENT_DISPUTE_CALL_OPERATION_ACCEPT
               ? over
               : over || submitted || state == DISPUTE_STATE_UNDER_REVIEW;
}

/* --- Answers ------------------------------------------------------------------------------------- */

static enum effect_verdict read_list(struct arena *arena, const struct http_end *end,
                                     struct dispute_outcome *ret)
{
    struct violations violations = { .count = 0 };
    struct stripe_dispute_list list;

    if (end->status != STATUS_OK ||
        stripe_dispute_list_decode(arena, end->body, end->body_length, &list, &violations) != OK) {
        return EFFECT_AGAIN;
    }
    ret->refs = arena_alloc(arena, (list.data_count + 1) * sizeof *ret->refs);
    for (size_t i = 0; i < list.data_count; i++) {
        if (dispute_name_fits(list.data[i].id)) {
            ret->refs[ret->ref_count++] = list.data[i].id;
        }
    }
    ret->next = list.has_more && list.data_count > 0 ? list.data[list.data_count - 1].id : NULL;
    return EFFECT_DONE;
}

static enum effect_verdict read_refusal(struct arena *arena, const struct http_end *end,
                                        struct dispute_outcome *ret)
{
    struct violations violations = { .count = 0 };
    struct stripe_error error;
    bool readable =
        stripe_error_decode(arena, end->body, end->body_length, &error, &violations) == OK;

    switch (stripe_sense(end->status, readable ? &error.error : NULL)) {
    case STRIPE_FINAL:
        ret->code = stripe_code(error.error.code);
        return EFFECT_DONE;
    case STRIPE_NOT_YET:
        return EFFECT_AGAIN;
    case STRIPE_UNCLEAR:
        break;
    }
    return EFFECT_ASK;
}

static bool is_question(const struct payment_dispute_call *call)
{
    return call->operation == PAYMENT_DISPUTE_CALL_OPERATION_LOOK;
}

enum effect_verdict stripe_dispute_read(struct arena *arena, const void *payload,
                                        const struct http_end *end, bool asked,
                                        const void **ret_result)
{
    const struct payment_dispute_call *call = payload;
    struct dispute_outcome *outcome = arena_alloc(arena, sizeof *outcome);
    struct violations violations = { .count = 0 };
    struct stripe_dispute dispute;

    *ret_result = outcome;
    if (call->operation == PAYMENT_DISPUTE_CALL_OPERATION_LIST) {
        return read_list(arena, end, outcome);
    }
    if (is_question(call) && end->status == STATUS_NOT_FOUND) {
        return EFFECT_DONE; /* of another account */
    }
    if (end->status != STATUS_OK) {
        return is_question(call) || asked ? EFFECT_AGAIN : read_refusal(arena, end, outcome);
    }
    if (stripe_dispute_decode(arena, end->body, end->body_length, &dispute, &violations) != OK) {
        return is_question(call) ? EFFECT_DONE : EFFECT_ASK;
    }
    outcome->seen = seen_of(arena, &dispute);
    return !asked || took(call, &dispute) ? EFFECT_DONE : EFFECT_AGAIN;
}
