/* submit.c - finds out whether a submission is new, numbers it, and writes it down. */
#include "services/order/submit.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/order.h"
#include "services/order/announce.h"
#include "services/order/channel.h"
#include "services/order/company.h"
#include "services/order/detour.h"
#include "services/order/draft.h"
#include "services/order/intake.h"
#include "services/order/number.h"
#include "services/order/priority.h"
#include "services/order/readdress.h"
#include "services/order/reply.h"
#include "services/order/rows_of_order.h"
#include "services/order/saga.h"
#include "services/order/screening.h"
#include "services/order/tables.h"
#include "services/order/tax.h"

#include <stdio.h>
#include <string.h>

enum { DIGEST_BYTES = 32 };

/* Who submits: the caller's channel counts, not what the body claims. */
static const char *speaker(const struct incoming_message *in)
{
    const struct order_submit *submit = in->message;

    return in->channel != NULL ? in->channel : submit->channel;
}

/* A draft names its order.  Where nobody waits for an answer nobody would hear why it cannot be submitted: there it counts as
 * nothing (order_submit_lane_key says the same), and the order is refused. */
static bool is_of_draft(const struct incoming_message *in)
{
    const struct order_submit *submit = in->message;

    return submit->draft_id != NULL && in->reply.request_id != NULL;
}

static bool is_nameless(const struct incoming_message *in)
{
    const struct order_submit *submit = in->message;

    return submit->channel_order_ref == NULL && in->idempotency_key == NULL && !is_of_draft(in);
}

/* Nobody waits for an answer, so the fact must say what was wrong; the order goes by the record's bytes. */
static bool is_told_by_fact(const struct incoming_message *in)
{
    return in->channel != NULL && in->reply.request_id == NULL;
}

/* Of the table `request`: each part is at most 128 bytes. */
struct request_key {
    char text[260];
};

static struct request_key request_key(const struct incoming_message *in)
{
    struct request_key key;

    (void)snprintf(key.text, sizeof key.text, "%s %s", speaker(in), in->idempotency_key);
    return key;
}

void order_submit_need(const struct incoming_message *in, struct rows *rows)
{
    if (is_nameless(in) && !is_told_by_fact(in)) {
        return;
    }
    submission_need(in->subject.id, rows);
    rows_want(rows, &order_counter_table, key_number(in->lane));
    channel_need(speaker(in), rows);
    company_need(in->message, rows);
    if (in->idempotency_key != NULL) {
        rows_want(rows, &order_request_table, key_text(request_key(in).text));
    }
    if (is_of_draft(in)) {
        draft_need(in->subject.id, rows);
    }
}

/* What was submitted before under the same id or key; 0: nothing. */
struct earlier {
    int64_t order_no;
    struct bytes digest;
    bool here; /* the order has this name itself, so it is of this lane */
};

static struct earlier find_earlier(const struct incoming_message *in, struct rows *rows)
{
    const struct submission_row *submission = submission_find(in->subject.id, rows);
    const struct request_row *request = NULL;

    if (submission != NULL) {
        return (struct earlier){ submission->order_no, submission->digest, true };
    }
    if (in->idempotency_key != NULL) {
        request = rows_find(rows, &order_request_table, key_text(request_key(in).text));
    }
    return request == NULL ? (struct earlier){ 0 }
                           : (struct earlier){ request->order_no, request->digest, false };
}

static bool same_body(const struct incoming_message *in, struct bytes digest)
{
    return digest.length == DIGEST_BYTES && memcmp(digest.bytes, in->digest, DIGEST_BYTES) == 0;
}

/* Another order under a name that is taken, where nobody waits for an answer: the order that has the name says so, in its own lane. */
static bool is_heard_by_fact(const struct incoming_message *in, const struct earlier *earlier)
{
    return earlier->here && is_told_by_fact(in) && !same_body(in, earlier->digest);
}

void order_submit_need_shared(const struct incoming_message *in, struct rows *rows)
{
    struct earlier earlier = { 0 };

    if (!is_nameless(in) || is_told_by_fact(in)) {
        earlier = find_earlier(in, rows);
    }
    if (is_heard_by_fact(in, &earlier)) {
        order_need_all(earlier.order_no, rows);
    } else if (earlier.order_no != 0 && (same_body(in, earlier.digest) || is_of_draft(in))) {
        order_need(earlier.order_no, rows);
        order_need_more(earlier.order_no, NEED_LINES | NEED_ALLOCATIONS, rows);
        rows_want(rows, &order_refusal_table, key_number(earlier.order_no));
    }
    if (earlier.order_no == 0 && !is_nameless(in)) {
        screening_need(speaker(in), in->message, rows);
        number_need(rows_find(rows, &order_channel_table, key_text(speaker(in))), rows);
        tax_need(speaker(in), in->message, rows);
    }
}

/* Nothing is decided and nothing changes: the order may be another lane's. */
static void answer_again(struct decision *out, const struct incoming_message *in,
                         const struct earlier *earlier)
{
    struct order_row order = *order_find(earlier->order_no, out->rows);
    struct saga saga = saga_begin(out, &order);
    bool at_intake =
        order.status == ORDER_STATUS_REJECTED && order.cancel_reason == CANCEL_REASON_ABSENT;

    if (at_intake) {
        order_reply_refused(&saga, &in->reply);
        return;
    }
    order_reply_known(&saga, &in->reply);
    bool decided = order.confirmed_at != 0 || order.ended_at != 0;
    if (text_equal(in->until, "confirmed") && decided) {
        order.reply_request_id = in->reply.request_id;
        order.reply_partition = in->reply.partition;
        order_reply_to_waiting(&saga);
    }
}

/* Once for the same bytes in a row: who is not sure that they were written writes them again. */
static void tell_other_body(struct decision *out, const struct incoming_message *in,
                            int64_t order_no)
{
    struct saga saga = saga_begin(out, order_find(order_no, out->rows));
    const struct detour_row *detour = detour_find(&saga);

    if (detour != NULL && same_body(in, detour->other_digest)) {
        return;
    }
    detour_change(&saga)->other_digest =
        (struct bytes){ arena_copy(out->arena, in->digest, DIGEST_BYTES), DIGEST_BYTES };
    announce_submission_refused(&saga);
    saga_end(&saga);
}

static int64_t next_order_no(struct decision *out, int64_t lane)
{
    struct counter_row *counter = rows_find(out->rows, &order_counter_table, key_number(lane));

    if (counter == NULL) {
        counter =
            rows_insert(out->rows, &order_counter_table, &(struct counter_row){ .lane = lane });
    }
    counter->last++;
    rows_update(out->rows, &order_counter_table, counter);
    return order_no_make(lane, counter->last);
}

static struct bytes order_id_bytes(struct decision *out, const char *order_id)
{
    unsigned char *bytes = arena_alloc(out->arena, ORDER_ID_BYTES);

    (void)order_id_parse(order_id, bytes); /* derived here: it is one */
    return (struct bytes){ bytes, ORDER_ID_BYTES };
}

/* Under which names the order is found again. */
static void write_names(struct decision *out, const struct incoming_message *in,
                        const struct order_row *order)
{
    struct bytes digest = { in->digest, DIGEST_BYTES };

    rows_insert(out->rows, &order_submission_table,
                &(struct submission_row){ order->order_id, order->order_no, digest });
    if (in->idempotency_key != NULL) {
        const char *key = text_format(out->arena, "%s", request_key(in).text);

        rows_insert(out->rows, &order_request_table,
                    &(struct request_row){ key, order->order_no, digest });
    }
}

static struct order_row *write_order(struct decision *out, const struct incoming_message *in)
{
    const struct order_submit *submit = in->message;
    bool waits = in->reply.request_id != NULL && text_equal(in->until, "confirmed");
    struct order_row order = {
        .order_no = next_order_no(out, in->lane),
        .step = STEP_NEW,
        .return_status = RETURN_STATUS_NONE,
        .payment_method = submit->payment.method,
        .tax_mode =
            submit->tax_mode == TAX_MODE_EXCLUSIVE ? TAX_MODE_EXCLUSIVE : TAX_MODE_INCLUSIVE,
        .total_minor = submit->total_minor,
        .shipping_price_minor = submit->shipping.price_minor,
        .order_id = order_id_bytes(out, in->subject.id),
        .channel = speaker(in),
        .channel_order_ref = submit->channel_order_ref,
        .currency = submit->currency,
        .shipping_service = submit->shipping.service,
        .reply_request_id = waits ? in->reply.request_id : NULL,
        .reply_partition = in->reply.partition,
        .placed_at = out->now,
        .ship_not_before = submit->has_ship_not_before ? submit->ship_not_before : 0,
    };

    order_is_new(order.order_no, out->rows);
    write_names(out, in, &order);
    return rows_insert(out->rows, &order_table, &order);
}

static void write_lines(struct decision *out, int64_t order_no, const struct order_submit *submit)
{
    for (size_t i = 0; i < submit->lines_count; i++) {
        const struct order_submit_line *line = &submit->lines[i];

        rows_insert(out->rows, &order_line_table,
                    &(struct line_row){
                        .order_no = order_no,
                        .line_no = (int64_t)i + 1,
                        .sku = line->sku,
                        .quantity = line->quantity,
                        .unit_price_minor = line->unit_price_minor,
                        .discount_minor = line->discount_minor,
                        .tax_minor = line->tax_minor,
                        .customization = line->customization,
                    });
    }
}

static void write_bill_to(struct contact_row *contact, const struct postal_address *bill_to)
{
    if (bill_to != NULL) {
        contact->bill_name = bill_to->name;
        contact->bill_company = bill_to->company;
        contact->bill_line1 = bill_to->line1;
        contact->bill_line2 = bill_to->line2;
        contact->bill_city = bill_to->city;
        contact->bill_region = bill_to->region;
        contact->bill_postal_code = bill_to->postal_code;
        contact->bill_country = bill_to->country;
    }
}

static void write_contact(struct decision *out, int64_t order_no, const struct order_submit *submit,
                          const struct channel_row *channel)
{
    struct contact_row contact = {
        .order_no = order_no,
        .name = submit->customer.name,
        .email = submit->customer.email,
        .phone = submit->customer.phone,
        .locale = channel_language(out->arena, channel, submit->customer.locale),
        .company = submit->customer.company,
        .channel_customer_ref = submit->customer.channel_customer_ref,
        .payment_token = submit->payment.token,
        .return_url = submit->payment.return_url,
        .note = submit->note,
    };

    contact_goes_to(&contact, &submit->ship_to);
    write_bill_to(&contact, submit->bill_to);
    rows_insert(out->rows, &order_contact_table, &contact);
}

static void write_refusals(struct decision *out, int64_t order_no,
                           const struct intake_verdict *verdict)
{
    for (size_t i = 0; i < verdict->error_count; i++) {
        rows_insert(out->rows, &order_refusal_table,
                    &(struct refusal_row){ .order_no = order_no,
                                           .error_no = (int64_t)i + 1,
                                           .pointer = verdict->errors[i].pointer,
                                           .detail = verdict->errors[i].detail });
    }
}

/* Of a refused order nothing is kept but its name and what was wrong: it holds no personal data. */
static void refuse(struct decision *out, const struct incoming_message *in,
                   struct intake_verdict *verdict, const struct screening *screening)
{
    struct saga saga = saga_begin(out, write_order(out, in));

    write_refusals(out, saga.order->order_no, verdict);
    screening_note(&saga, screening);
    saga.message = verdict;
    saga.request_id = in->id;
    saga.order->reply_request_id = NULL;
    saga_take(&saga, ON_REFUSED);
    saga_end(&saga);
    order_reply_refused(&saga, &in->reply);
}

static void take(struct decision *out, const struct incoming_message *in,
                 const struct screening *screening, const struct order_taxes *taxes)
{
    struct saga saga = saga_begin(out, write_order(out, in));

    saga.order->number = number_next(out, screening->channel);
    saga.order->delivery_terms =
        screening->channel == NULL ? NULL : screening->channel->delivery_options;
    write_lines(out, saga.order->order_no, in->message);
    write_contact(out, saga.order->order_no, in->message, screening->channel);
    saga.request_id = in->id;
    channel_apply(&saga);
    tax_note(&saga, taxes);
    priority_note(&saga, in->message);
    screening_note(&saga, screening);
    screening_hold(&saga, in->message, screening);
    company_note(&saga, in->message);
    saga_take(&saga, ON_SUBMITTED);
    saga_end(&saga);
    order_reply_placed(&saga, &in->reply);
}

/* The same with its taxes, where they are reckoned. */
static struct incoming_message taxed(struct decision *out, const struct incoming_message *in,
                                     struct order_taxes *ret)
{
    struct incoming_message message = *in;
    const struct order_submit *brought = in->message;
    struct order_submit *submit = arena_copy(out->arena, brought, sizeof *submit);

    *ret = tax_fill(out, speaker(in), brought->company, submit);
    message.message = submit;
    return message;
}

static void decide_new(struct decision *out, const struct incoming_message *brought)
{
    struct intake_verdict *verdict = arena_alloc(out->arena, sizeof *verdict);
    struct order_taxes taxes;
    const struct incoming_message message = taxed(out, brought, &taxes), *in = &message;
    const struct order_submit *submit = in->message;

    *verdict = intake_check(out->arena, submit, in->channel, out->now);
    company_check(out, submit, verdict);
    if (submit->draft_id != NULL && verdict->error_count < INTAKE_ERRORS_MAX) {
        verdict->reason = ORDER_REJECTED_REASON_INVALID;
        verdict->errors[verdict->error_count++] = (struct field_error){
            "/draft_id", "cannot be submitted so; ask POST /v1/drafts/{draft_id}/submit", NULL
        };
    }
    struct screening screening = screening_of(out, speaker(in), in->message, verdict);
    if (verdict->error_count > 0) {
        refuse(out, in, verdict, &screening);
    } else {
        take(out, in, &screening, &taxes);
    }
}

static void refuse_for(struct decision *out, const struct incoming_message *in,
                       enum order_rejected_reason reason, struct field_error error)
{
    struct intake_verdict *verdict = arena_alloc(out->arena, sizeof *verdict);

    *verdict = (struct intake_verdict){ .reason = reason, .errors = { error }, .error_count = 1 };
    refuse(out, in, verdict, &(struct screening){ .channel = NULL });
}

/* What is wrong with it refuses the request alone: no order is made, and the draft can be mended and submitted again. */
static void decide_draft(struct decision *out, const struct incoming_message *brought)
{
    struct draft_row *draft = draft_to_submit(out, brought);
    struct intake_verdict verdict;
    struct order_taxes taxes;

    if (draft == NULL) {
        return;
    }
    const struct incoming_message message = taxed(out, brought, &taxes), *in = &message;
    verdict = intake_check(out->arena, in->message, in->channel, out->now);
    company_check(out, in->message, &verdict);
    struct screening screening = screening_of(out, speaker(in), in->message, &verdict);
    if (verdict.error_count > 0) {
        order_reply_not_complete(out, &in->reply, verdict.errors, verdict.error_count);
    } else {
        take(out, in, &screening, &taxes);
        draft_is_submitted(out, draft);
    }
}

/* Without a name it can be neither found again nor told apart from the next one. */
static void decide_nameless(struct decision *out, const struct incoming_message *in)
{
    if (in->reply.request_id != NULL) {
        order_reply_nameless(out, &in->reply);
    } else if (!is_told_by_fact(in)) {
        decide_impossible(out, "names neither a channel_order_ref nor an idempotency key");
    } else if (find_earlier(in, out->rows).order_no == 0) {
        refuse_for(out, in, ORDER_REJECTED_REASON_INVALID,
                   (struct field_error){ "/channel_order_ref",
                                         "is missing, and there is no Idempotency-Key", NULL });
    }
}

void on_order_submit(struct decision *out, const struct incoming_message *in)
{
    if (is_nameless(in)) {
        decide_nameless(out, in);
        return;
    }
    struct earlier earlier = find_earlier(in, out->rows);
    if (earlier.order_no == 0 && is_of_draft(in)) {
        decide_draft(out, in);
    } else if (earlier.order_no == 0) {
        decide_new(out, in);
    } else if (same_body(in, earlier.digest) || is_of_draft(in)) {
        answer_again(out, in, &earlier);
    } else if (is_heard_by_fact(in, &earlier)) {
        tell_other_body(out, in, earlier.order_no);
    } else {
        order_reply_other_body(out, &in->reply);
    }
}

void order_malformed_need(const struct incoming_message *in, struct rows *rows)
{
    if (is_told_by_fact(in)) {
        submission_need(in->subject.id, rows);
        rows_want(rows, &order_counter_table, key_number(in->lane));
        if (in->idempotency_key != NULL) {
            rows_want(rows, &order_request_table, key_text(request_key(in).text));
        }
    }
}

/* The order that could not be read, with ISO 4217's "no currency": its address says what was wrong. */
static void refuse_malformed(struct decision *out, const struct incoming_message *in)
{
    const struct order_malformed *malformed = in->message;
    struct order_submit unread = { .channel = in->channel,
                                   .channel_order_ref = malformed->channel_order_ref,
                                   .currency = "XXX",
                                   .shipping = { .service = "unknown" } };
    struct incoming_message as_submitted = *in;
    struct intake_verdict *verdict = arena_alloc(out->arena, sizeof *verdict);

    *verdict = (struct intake_verdict){ .reason = ORDER_REJECTED_REASON_MALFORMED };
    while (verdict->error_count < malformed->errors_count &&
           verdict->error_count < INTAKE_ERRORS_MAX) {
        verdict->errors[verdict->error_count] = malformed->errors[verdict->error_count];
        verdict->error_count++;
    }
    as_submitted.message = &unread;
    refuse(out, &as_submitted, verdict, &(struct screening){ .channel = NULL });
}

void on_order_malformed(struct decision *out, const struct incoming_message *in)
{
    if (!is_told_by_fact(in)) {
        decide_impossible(out, "cannot be decoded, and its sender is not known");
    } else if (find_earlier(in, out->rows).order_no == 0) {
        refuse_malformed(out, in);
    }
}
