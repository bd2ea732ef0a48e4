/* paypal_disputes.c - what PayPal is asked and told about disputes, and what it shows of them.
 *
 * A dispute shows the captures that it is about, each with the name that we gave its payment.  Accepting a claim gives the
 * money to the buyer; that counts as lost, not as a refund of ours.
 */
#include "services/payment/providers/paypal_disputes.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/instant.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/dispute_outcome.h"
#include "services/payment/providers/names.h"
#include "services/payment/providers/paypal.h"

#include <assert.h>
#include <string.h>

enum { STATUS_OK = 200, STATUS_CREATED = 201, STATUS_NOT_FOUND = 404 };
/* What is quoted, and as JSON: a byte may take six there. */
enum { NOTES_LENGTH_MAX = 2000, QUOTED_BYTES_MAX = 6 * NOTES_LENGTH_MAX + 2 };

#define DISPUTES "/v1/customer/disputes"
/* No line of what stands between them can be this one: JSON escapes the ends of lines. */
#define BOUNDARY "kervan-evidence-7d1f0c52"

/* --- Requests ---------------------------------------------------------------------------------- */

/* A text as JSON writes it, with its quotes, cut where PayPal takes no more. */
static const char *quoted(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    struct buffer json;

    if (length > NOTES_LENGTH_MAX) {
        for (length = NOTES_LENGTH_MAX;
             length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;) {
            length--; /* no half of a character */
        }
    }
    buffer_init(&json, QUOTED_BYTES_MAX);
    buffer_append_json_bytes(&json, text, length);
    assert(!json.overflowed && "what is quoted is cut before");
    const char *copy = arena_copy_text(arena, json.bytes, json.length);

    buffer_release(&json);
    return copy;
}

static const char *line_of(struct arena *arena, const char *words, const char *text)
{
    return text == NULL ? "" : text_format(arena, "%s%s\n", words, text);
}

static const char *when_of(struct arena *arena, bool has, int64_t at)
{
    struct instant_text text;

    if (!has) {
        return NULL;
    }
    text = instant_format(at);
    return text_format(arena, "%s", text.text);
}

static const char *notes_of(struct arena *arena, const struct dispute_evidence *evidence)
{
    const char *shipped = when_of(arena, evidence->has_shipped_at, evidence->shipped_at);
    const char *delivered = when_of(arena, evidence->has_delivered_at, evidence->delivered_at);
    const char *text =
        text_format(arena, "%s%s%s%s%s%s%s%s", line_of(arena, "", evidence->explanation),
                    line_of(arena, "Shipped: ", shipped), line_of(arena, "Delivered: ", delivered),
                    line_of(arena, "Proof of delivery: ", evidence->delivery_proof),
                    line_of(arena, "Sold: ", evidence->product_description),
                    line_of(arena, "Refund policy: ", evidence->refund_policy),
                    line_of(arena, "Why nothing is refunded: ", evidence->refund_refusal),
                    line_of(arena, "Communication: ", evidence->customer_communication));

    return quoted(arena, text);
}

static const char *tracking_of(struct arena *arena, const struct dispute_evidence *evidence)
{
    if (evidence->tracking_number == NULL) {
        return "";
    }
    return text_format(arena,
                       "\"evidence_info\":{\"tracking_info\":[{\"carrier_name\":\"OTHER\","
                       "\"carrier_name_other\":%s,\"tracking_number\":%s}]},",
                       quoted(arena, evidence->carrier == NULL ? "unknown" : evidence->carrier),
                       quoted(arena, evidence->tracking_number));
}

static const char *evidence_body(struct arena *arena, const struct dispute_evidence *evidence)
{
    return text_format(arena,
                       "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"input\"\r\n"
                       "Content-Type: application/json\r\n\r\n"
                       "{\"evidences\":[{\"evidence_type\":\"%s\",%s\"notes\":%s}]}\r\n"
                       "--" BOUNDARY "--\r\n",
                       evidence->tracking_number == NULL ? "OTHER" : "PROOF_OF_FULFILLMENT",
                       tracking_of(arena, evidence), notes_of(arena, evidence));
}

/* A page's address is PayPal's own; only one of its list is followed. */
static const char *list_path(struct arena *arena, const struct payment_dispute_call *call)
{
    const char *page = call->page == NULL ? NULL : strstr(call->page, DISPUTES "?");
    struct instant_text since = instant_format(call->since);

    return page != NULL
               ? page
               : text_format(arena, DISPUTES "?page_size=50&update_time_after=%s", since.text);
}

void paypal_dispute_ask(struct arena *arena, const void *payload, const char *key,
                        struct outside_request *ret)
{
    const struct payment_dispute_call *call = payload;

    (void)key; /* a question changes nothing */
    *ret =
        (struct outside_request){ .method = "GET",
                                  .path = text_format(arena, DISPUTES "/%s", call->dispute_ref) };
}

static void build_answer(struct arena *arena, const struct payment_dispute_call *call,
                         const char *key, struct outside_request *ret)
{
    bool accepts = call->operation == PAYMENT_DISPUTE_CALL_OPERATION_ACCEPT;
    const char *body =
        accepts ? "{\"note\":\"The claim is accepted.\"}" : evidence_body(arena, call->evidence);

    *ret = (struct outside_request){
        .method = "POST",
        .path = text_format(arena, DISPUTES "/%s/%s", call->dispute_ref,
                            accepts ? "accept-claim" : "provide-evidence"),
        .headers = text_format(
            arena, "Content-Type: %s\nPayPal-Request-Id: %s\n",
            accepts ? "application/json" : "multipart/form-data; boundary=" BOUNDARY, key),
        .body = body,
        .body_length = strlen(body),
    };
}

void paypal_dispute_build(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret)
{
    const struct payment_dispute_call *call = payload;

    if (call->operation == PAYMENT_DISPUTE_CALL_OPERATION_LIST) {
        *ret = (struct outside_request){ .method = "GET", .path = list_path(arena, call) };
    } else if (call->operation == PAYMENT_DISPUTE_CALL_OPERATION_LOOK) {
        paypal_dispute_ask(arena, payload, key, ret);
    } else {
        build_answer(arena, call, key, ret);
    }
}

/* --- What it shows ------------------------------------------------------------------------------- */

static const char *outcome_of(const struct paypal_dispute *dispute)
{
    return dispute->dispute_outcome == NULL ? NULL : dispute->dispute_outcome->outcome_code;
}

static enum dispute_state end_of(const struct paypal_dispute *dispute)
{
    static const struct {
        const char *word;
        enum dispute_state state;
    } ends[] = {
        { "RESOLVED_BUYER_FAVOUR", DISPUTE_STATE_LOST },
        { "RESOLVED_SELLER_FAVOUR", DISPUTE_STATE_WON },
        { "RESOLVED_WITH_PAYOUT", DISPUTE_STATE_WON },
        { "DENIED", DISPUTE_STATE_WON },
        { "ACCEPTED", DISPUTE_STATE_ACCEPTED },
        { "CANCELED_BY_BUYER", DISPUTE_STATE_WITHDRAWN },
        { "NONE", DISPUTE_STATE_WITHDRAWN },
    };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (text_equal(outcome_of(dispute), ends[i].word)) {
            return ends[i].state;
        }
    }
    return DISPUTE_STATE_ABSENT;
}

static enum dispute_state state_of(const struct paypal_dispute *dispute)
{
    static const char *const ours[] = { "OPEN", "WAITING_FOR_SELLER_RESPONSE" };
    static const char *const theirs[] = { "UNDER_REVIEW", "WAITING_FOR_BUYER_RESPONSE", "OTHER",
                                          "APPEALED" };
    bool first = text_equal(dispute->dispute_life_cycle_stage, "INQUIRY");

    if (text_equal(dispute->status, "RESOLVED")) {
        return end_of(dispute);
    }
    if (text_is_among(dispute->status, ours, sizeof ours / sizeof ours[0])) {
        return first ? DISPUTE_STATE_INQUIRY : DISPUTE_STATE_NEEDS_RESPONSE;
    }
    if (text_is_among(dispute->status, theirs, sizeof theirs / sizeof theirs[0])) {
        return first ? DISPUTE_STATE_INQUIRY : DISPUTE_STATE_UNDER_REVIEW;
    }
    return DISPUTE_STATE_ABSENT;
}

/* 0 where nothing is said, or in another currency. */
static int64_t minor_in(const char *currency, const char *of, const char *value)
{
    int64_t minor = text_equal(currency, of) ? paypal_minor_of(currency, value) : 0;

    return minor < 0 ? 0 : minor;
}

static bool is_fee(const struct paypal_dispute_money_movement *moved)
{
    return moved->reason != NULL && strstr(moved->reason, "FEE") != NULL;
}

static void add_movements(const struct paypal_dispute *dispute, struct payment_dispute_seen *seen)
{
    for (size_t i = 0; i < dispute->money_movements_count; i++) {
        const struct paypal_dispute_money_movement *moved = &dispute->money_movements[i];
        int64_t minor =
            moved->amount == NULL
                ? 0
                : minor_in(seen->currency, moved->amount->currency_code, moved->amount->value);

        if (!text_equal(moved->affected_party, "SELLER")) {
            continue;
        }
        if (text_equal(moved->type, "CREDIT")) {
            seen->reinstated_minor += minor;
        } else if (is_fee(moved)) {
            seen->fee_minor += minor;
        } else {
            seen->withdrawn_minor += minor;
        }
    }
}

/* What the buyer got, where that is said. */
static int64_t lost_minor(const struct paypal_dispute *dispute,
                          const struct payment_dispute_seen *seen)
{
    bool lost = seen->state == DISPUTE_STATE_LOST || seen->state == DISPUTE_STATE_ACCEPTED;
    int64_t refunded = 0;

    if (lost && dispute->dispute_outcome->amount_refunded != NULL) {
        refunded =
            minor_in(seen->currency, dispute->dispute_outcome->amount_refunded->currency_code,
                     dispute->dispute_outcome->amount_refunded->value);
    }
    return !lost ? 0 : refunded > 0 ? refunded : seen->amount_minor;
}

static const struct paypal_dispute_disputed_transaction *
transaction_of(struct arena *arena, const struct paypal_dispute *dispute, struct news *ret)
{
    for (size_t i = 0; i < dispute->disputed_transactions_count; i++) {
        if (payment_name_read(arena, dispute->disputed_transactions[i].custom, PAYPAL_NAME_BETWEEN,
                              ret)) {
            return &dispute->disputed_transactions[i];
        }
    }
    return NULL;
}

/* NULL where it is none of ours, or nobody knows what it shows. */
static const struct payment_dispute_seen *seen_of(struct arena *arena,
                                                  const struct paypal_dispute *dispute)
{
    struct news names = { .kind = NEWS_NONE };
    const struct paypal_dispute_disputed_transaction *transaction =
        transaction_of(arena, dispute, &names);
    enum dispute_state state = state_of(dispute);

    if (transaction == NULL || dispute->dispute_amount == NULL || state == DISPUTE_STATE_ABSENT) {
        return NULL;
    }
    struct payment_dispute_seen seen = { .order_id = names.order_id,
                                         .order_no = names.order_no,
                                         .payment_id = names.payment_id,
                                         .provider = "paypal",
                                         .dispute_ref = dispute->dispute_id,
                                         .capture_ref = transaction->seller_transaction_id,
                                         .state = state,
                                         .reason = paypal_code(arena, dispute->reason),
                                         .currency = dispute->dispute_amount->currency_code };

    seen.amount_minor = paypal_minor_of(seen.currency, dispute->dispute_amount->value);
    if (seen.amount_minor < 0) {
        return NULL;
    }
    seen.lost_minor = lost_minor(dispute, &seen);
    add_movements(dispute, &seen);
    if (dispute->seller_response_due_date != NULL) {
        seen.has_due_at = instant_parse(dispute->seller_response_due_date,
                                        strlen(dispute->seller_response_due_date), &seen.due_at);
    }
    return arena_copy(arena, &seen, sizeof seen);
}

static bool took(const struct payment_dispute_call *call, const struct paypal_dispute *dispute)
{
    enum dispute_state state = state_of(dispute);
    bool over = text_equal(dispute->status, "RESOLVED");

    return over || (call->operation == PAYMENT_DISPUTE_CALL_OPERATION_EVIDENCE &&
                    state == DISPUTE_STATE_UNDER_REVIEW);
}

/* --- Answers ------------------------------------------------------------------------------------- */

static const char *next_of(const struct paypal_dispute_list *list)
{
    for (size_t i = 0; i < list->links_count; i++) {
        if (text_equal(list->links[i].rel, "next") && list->links[i].href != NULL &&
            strstr(list->links[i].href, DISPUTES "?") != NULL) {
            return list->links[i].href;
        }
    }
    return NULL;
}

static enum effect_verdict read_list(struct arena *arena, const struct http_end *end,
                                     struct dispute_outcome *ret)
{
    struct violations violations = { .count = 0 };
    struct paypal_dispute_list list;

    if (end->status != STATUS_OK ||
        paypal_dispute_list_decode(arena, end->body, end->body_length, &list, &violations) != OK) {
        return EFFECT_AGAIN;
    }
    ret->refs = arena_alloc(arena, (list.items_count + 1) * sizeof *ret->refs);
    for (size_t i = 0; i < list.items_count; i++) {
        if (dispute_name_fits(list.items[i].dispute_id)) {
            ret->refs[ret->ref_count++] = list.items[i].dispute_id;
        }
    }
    ret->next = next_of(&list);
    return EFFECT_DONE;
}

static enum effect_verdict read_refusal(struct arena *arena, const struct http_end *end,
                                        struct dispute_outcome *ret)
{
    struct violations violations = { .count = 0 };
    struct paypal_error error;
    bool readable =
        paypal_error_decode(arena, end->body, end->body_length, &error, &violations) == OK;

    switch (paypal_sense(end->status, readable ? &error : NULL)) {
    case PAYPAL_FINAL:
        ret->code = paypal_error_code(arena, &error);
        return EFFECT_DONE;
    case PAYPAL_NOT_YET:
        return EFFECT_AGAIN;
    case PAYPAL_UNCLEAR:
        break;
    }
    return EFFECT_ASK;
}

/* What an answer of ours is answered with shows nothing but links. */
static enum effect_verdict read_answered(struct arena *arena, const struct http_end *end,
                                         struct dispute_outcome *ret)
{
    return end->status == STATUS_OK || end->status == STATUS_CREATED
               ? EFFECT_DONE
               : read_refusal(arena, end, ret);
}

enum effect_verdict paypal_dispute_read(struct arena *arena, const void *payload,
                                        const struct http_end *end, bool asked,
                                        const void **ret_result)
{
    const struct payment_dispute_call *call = payload;
    bool looks = call->operation == PAYMENT_DISPUTE_CALL_OPERATION_LOOK;
    struct dispute_outcome *outcome = arena_alloc(arena, sizeof *outcome);
    struct violations violations = { .count = 0 };
    struct paypal_dispute dispute;

    *ret_result = outcome;
    if (call->operation == PAYMENT_DISPUTE_CALL_OPERATION_LIST) {
        return read_list(arena, end, outcome);
    }
    if (!looks && !asked) {
        return read_answered(arena, end, outcome);
    }
    if (looks && end->status == STATUS_NOT_FOUND) {
        return EFFECT_DONE; /* of another account */
    }
    if (end->status != STATUS_OK) {
        return EFFECT_AGAIN;
    }
    if (paypal_dispute_decode(arena, end->body, end->body_length, &dispute, &violations) != OK) {
        return looks ? EFFECT_DONE : EFFECT_AGAIN;
    }
    outcome->seen = seen_of(arena, &dispute);
    return looks || took(call, &dispute) ? EFFECT_DONE : EFFECT_AGAIN;
}
