/* company.c - puts companies and their buyers, and holds orders against what a buyer may order. */
#include "services/order/company.h"

#include "common/reply.h"
#include "common/text.h"
#include "services/order/cancel.h"
#include "services/order/detour.h"
#include "services/order/hold.h"
#include "services/order/reply.h"
#include "services/order/request.h"
#include "services/order/rows_of_order.h"
#include "services/order/tables.h"
#include "services/order/tax_policy.h"

enum { NO_LIMIT = -1 };

static struct company_row *company_find(const struct rows *rows, const char *code)
{
    return rows_find(rows, &order_company_table, key_text(code));
}

/* NULL where the company has no such buyer; `ref` NULL: a guest. */
static struct company_buyer_row *buyer_find(const struct rows *rows, const char *company,
                                            const char *ref)
{
    void **at = rows_list(rows, &order_company_buyer_table, key_text(company));

    while (*at != NULL && !text_equal(((struct company_buyer_row *)*at)->ref, ref)) {
        at++;
    }
    return *at;
}

/* --- Put ------------------------------------------------------------------------------------------ */

static const struct company_put *put_of(const struct incoming_message *in)
{
    return in->message;
}

const char *company_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return put_of(in)->code;
}

static void want_company(const char *code, struct rows *rows)
{
    rows_want(rows, &order_company_table, key_text(code));
    rows_want(rows, &order_company_buyer_table, key_text(code));
}

void company_put_need(const struct incoming_message *in, struct rows *rows)
{
    want_company(put_of(in)->code, rows);
}

static struct company_row row_of(struct arena *arena, const struct company_put *request)
{
    const struct company_body *body = &request->body;

    return (struct company_row){ .code = request->code,
                                 .version = 1,
                                 .name = body->name,
                                 .tax_number = body->tax_number,
                                 .currency = body->currency,
                                 .active = !body->has_active || body->active,
                                 .hold_over_credit =
                                     body->has_hold_over_credit && body->hold_over_credit,
                                 .tax_exemptions = tax_exemptions_text(
                                     arena, body->tax_exemptions, body->tax_exemptions_count) };
}

static struct company_buyer_row buyer_of(const char *company, const struct company_buyer *buyer)
{
    return (struct company_buyer_row){ .company = company,
                                       .ref = buyer->channel_customer_ref,
                                       .approval_limit_minor = buyer->has_approval_limit_minor
                                                                   ? buyer->approval_limit_minor
                                                                   : NO_LIMIT,
                                       .may_approve =
                                           buyer->has_may_approve && buyer->may_approve };
}

static const struct company_buyer *asked_for(const struct company_body *body, const char *ref)
{
    for (size_t i = 0; i < body->buyers_count; i++) {
        if (text_equal(body->buyers[i].channel_customer_ref, ref)) {
            return &body->buyers[i];
        }
    }
    return NULL;
}

/* The index of one that is named twice; the count of them: there is none. */
static size_t named_twice(const struct company_body *body)
{
    size_t at = 0;

    while (at < body->buyers_count &&
           asked_for(body, body->buyers[at].channel_customer_ref) == &body->buyers[at]) {
        at++;
    }
    return at;
}

static bool same_buyers(const struct rows *rows, const struct company_put *request)
{
    const struct company_body *body = &request->body;
    size_t stored = 0;

    while (rows_list(rows, &order_company_buyer_table, key_text(request->code))[stored] != NULL) {
        stored++;
    }
    for (size_t i = 0; i < body->buyers_count; i++) {
        const struct company_buyer_row wanted = buyer_of(request->code, &body->buyers[i]);
        const struct company_buyer_row *row = buyer_find(rows, request->code, wanted.ref);

        if (row == NULL || !table_same_row(&order_company_buyer_table, row, &wanted)) {
            return false;
        }
    }
    return stored == body->buyers_count;
}

static void put_buyers(struct rows *rows, const struct company_put *request)
{
    const struct company_body *body = &request->body;
    void **at = rows_list(rows, &order_company_buyer_table, key_text(request->code));

    for (; *at != NULL; at++) {
        struct company_buyer_row *row = *at;

        if (asked_for(body, row->ref) == NULL) {
            rows_remove(rows, &order_company_buyer_table, row);
        }
    }
    for (size_t i = 0; i < body->buyers_count; i++) {
        const struct company_buyer_row wanted = buyer_of(request->code, &body->buyers[i]);
        struct company_buyer_row *row = buyer_find(rows, request->code, wanted.ref);

        if (row == NULL) {
            rows_insert(rows, &order_company_buyer_table, &wanted);
        } else if (!table_same_row(&order_company_buyer_table, row, &wanted)) {
            row->approval_limit_minor = wanted.approval_limit_minor;
            row->may_approve = wanted.may_approve;
            rows_update(rows, &order_company_buyer_table, row);
        }
    }
}

void on_company_put(struct decision *out, const struct incoming_message *in)
{
    const struct company_put *request = put_of(in);
    struct company_row *stored = company_find(out->rows, request->code);
    struct company_row row = row_of(out->arena, request);
    struct field_error fault;
    size_t twice = named_twice(&request->body);

    if (twice < request->body.buyers_count) {
        reply_invalid(out, in, text_format(out->arena, "/buyers/%zu/channel_customer_ref", twice),
                      "is named before");
        return;
    }
    if (!tax_exemptions_make_sense(out->arena, request->body.tax_exemptions,
                                   request->body.tax_exemptions_count, &fault)) {
        reply_invalid(out, in, fault.pointer, fault.detail);
        return;
    }
    row.version = stored == NULL ? 1 : stored->version;
    bool same = stored != NULL && table_same_row(&order_company_table, stored, &row) &&
                same_buyers(out->rows, request);
    if (reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    if (stored == NULL) {
        rows_insert(out->rows, &order_company_table, &row);
    } else if (!same) {
        row.code = stored->code;
        row.version++;
        *stored = row;
        rows_update(out->rows, &order_company_table, stored);
    }
    put_buyers(out->rows, request);
    order_reply_put(out, &in->reply, stored == NULL ? 201 : 200, request->code);
}

/* --- Orders --------------------------------------------------------------------------------------- */

void company_need(const struct order_submit *submit, struct rows *rows)
{
    if (submit->company != NULL) {
        want_company(submit->company, rows);
    }
}

static void fault(struct intake_verdict *verdict, const char *pointer, const char *detail)
{
    if (verdict->error_count == 0 || verdict->reason == ORDER_REJECTED_REASON_TOTAL_MISMATCH) {
        verdict->reason = ORDER_REJECTED_REASON_INVALID;
    }
    if (verdict->error_count < INTAKE_ERRORS_MAX) {
        verdict->errors[verdict->error_count++] =
            (struct field_error){ .pointer = pointer, .detail = detail };
    }
}

void company_check(struct decision *out, const struct order_submit *submit,
                   struct intake_verdict *verdict)
{
    if (submit->company == NULL) {
        return;
    }
    const struct company_row *company = company_find(out->rows, submit->company);

    if (company == NULL || !company->active) {
        fault(verdict, "/company", "is no company that buys here");
        return;
    }
    if (!text_equal(company->currency, submit->currency)) {
        fault(verdict, "/currency", "is not the one that the company buys in");
    }
    if (buyer_find(out->rows, submit->company, submit->customer.channel_customer_ref) == NULL) {
        fault(verdict, "/customer/channel_customer_ref", "is none of the company's buyers");
    }
}

static bool may_alone(const struct company_buyer_row *buyer, int64_t total_minor)
{
    return buyer->approval_limit_minor == NO_LIMIT || total_minor <= buyer->approval_limit_minor;
}

bool company_buyer_may_alone(const struct saga *saga, int64_t total_minor)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL || detour->company == NULL || detour->alone_minor == NO_LIMIT ||
           total_minor <= detour->alone_minor;
}

void company_note(struct saga *saga, const struct order_submit *submit)
{
    const char *company = submit->company, *number = submit->purchase_order_number;

    if (company == NULL && number == NULL) {
        return;
    }
    struct detour_row *detour = detour_change(saga);

    detour->company = company;
    detour->purchase_order_number = number;
    if (company == NULL) {
        return;
    }
    const struct company_buyer_row *buyer =
        buyer_find(saga->out->rows, company, submit->customer.channel_customer_ref);

    detour->awaits_credit = company_find(saga->out->rows, company)->hold_over_credit;
    detour->buyer_tax_number = company_find(saga->out->rows, company)->tax_number;
    detour->alone_minor = buyer->approval_limit_minor;
    if (!may_alone(buyer, submit->total_minor)) {
        hold_by_rule(saga, HOLD_REASON_APPROVAL,
                     text_format(saga->out->arena, "the buyer may order up to %lld alone",
                                 (long long)buyer->approval_limit_minor));
    }
}

/* --- Approval ------------------------------------------------------------------------------------- */

static const struct order_approve *approval_of(const struct incoming_message *in)
{
    return in->message;
}

void order_approve_need(const struct incoming_message *in, struct rows *rows)
{
    submission_need(approval_of(in)->order_id, rows);
    want_company(approval_of(in)->company, rows);
}

void order_approve_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct submission_row *submission = submission_find(approval_of(in)->order_id, rows);

    if (submission != NULL) {
        order_need_all(submission->order_no, rows);
    }
}

/* Why this buyer may not decide about so much; NULL: they may. */
static const char *objection(const struct decision *out, const struct order_approve *request,
                             int64_t total_minor)
{
    const struct company_buyer_row *buyer =
        buyer_find(out->rows, request->company, request->body.buyer);

    if (buyer == NULL || !buyer->may_approve) {
        return "may not approve orders of the company";
    }
    return may_alone(buyer, total_minor) ? NULL : "may not approve as much as the order comes to";
}

/* True, and answered: it is not theirs to decide.  The shop's people need no buyer, a storefront speaks for one. */
static bool is_refused(struct saga *saga, const struct incoming_message *in)
{
    const struct order_approve *request = approval_of(in);
    const char *against = NULL;

    if (request->body.buyer != NULL) {
        against = objection(saga->out, request, saga->order->total_minor);
    } else if (in->channel != NULL) {
        against = "is required where a storefront asks";
    }
    if (against != NULL) {
        order_reply_invalid(saga, &in->reply, "/buyer", against);
    }
    return against != NULL;
}

static void decide_open(struct saga *saga, const struct incoming_message *in)
{
    if (approval_of(in)->body.decision == ORDER_APPROVE_BODY_DECISION_APPROVE) {
        hold_release_of(saga, HOLD_REASON_APPROVAL);
    } else {
        cancel_by_refusal(saga, in->id);
    }
    order_reply_done(saga, &in->reply, 200, saga->subject.id);
    saga_end(saga);
}

void on_order_approve(struct decision *out, const struct incoming_message *in)
{
    const struct order_approve *request = approval_of(in);
    struct saga saga;

    if (!order_request_begin(out, in, &saga)) {
        return;
    }
    const struct detour_row *detour = detour_find(&saga);

    if (detour == NULL || !text_equal(detour->company, request->company)) {
        order_reply_unknown_order(out, &in->reply);
    } else if (is_refused(&saga, in)) {
        return;
    } else if (hold_is_open(&saga, HOLD_REASON_APPROVAL)) {
        if (!reply_stale(out, in, saga.order->clock)) {
            decide_open(&saga, in);
        }
    } else if (hold_was_decided(&saga, HOLD_REASON_APPROVAL,
                                request->body.decision == ORDER_APPROVE_BODY_DECISION_REJECT)) {
        order_reply_done(&saga, &in->reply, 200, saga.subject.id);
    } else {
        order_reply_conflict(&saga, &in->reply, "it does not wait for such an approval");
    }
}
