/* submission.c - an order is accepted, named, published, and answered as its intake ends. */
#include "services/gateway/submission.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/order.h"
#include "proto/order_codec.h"
#include "services/gateway/command.h"
#include "services/gateway/identity.h"
#include "services/gateway/intake.h"
#include "services/gateway/outgoing.h"

#include <stdio.h>
#include <string.h>

enum {
    STATUS_KNOWN = 200,
    STATUS_CREATED = 201,
    STATUS_ACCEPTED = 202,
    STATUS_PROBLEM = 400,
    STATUS_INVALID = 422
};

struct submission {
    struct call call;
    struct order_submit order;
    struct idempotency_key key; /* "" when there is none */
    struct order_id_text order_id;
    struct request_id id;
    const char *path; /* of the order */
    struct submission_terms terms;
};

static bool read_order(struct submission *to)
{
    const struct http_request *request = to->call.request;
    struct violations violations = { .count = 0 };

    if (order_submit_decode(request->ctx->arena, request->body, request->body_length, &to->order,
                            &violations) == OK &&
        to->order.draft_id == NULL) {
        return true;
    }
    if (violations.count == 0) {
        violations_add(&violations, "/draft_id", "draft_id",
                       "is not for this address; submit the draft at its own");
    }
    call_refuse_body(&to->call, &violations, "");
    return false;
}

static bool read_until(struct submission *to)
{
    const char *until = http_query(to->call.request, "until");

    to->terms.until_confirmed = text_equal(until, "confirmed");
    if (until == NULL || to->terms.until_confirmed || text_equal(until, "placed")) {
        return true;
    }
    call_refuse(&to->call, PROBLEM_INVALID_PARAMETER,
                "parameter \"until\" must be placed or confirmed");
    return false;
}

static bool read_key(struct submission *to)
{
    const char *header = to->terms.idempotency_key;

    if (header == NULL && to->order.channel_order_ref == NULL) {
        call_refuse(&to->call, PROBLEM_IDENTITY_REQUIRED,
                    "give channel_order_ref in the body, or the header Idempotency-Key");
        return false;
    }
    if (header != NULL && !idempotency_key_parse(header, &to->key)) {
        call_refuse(&to->call, PROBLEM_IDEMPOTENCY_KEY,
                    "Idempotency-Key must have 1 to 255 visible ASCII characters");
        return false;
    }
    return true;
}

/* The same order for the same name: whoever repeats finds the first one. */
static bool name_order(struct submission *to)
{
    struct call *call = &to->call;
    const char *reference = to->order.channel_order_ref;
    const char *key = to->key.text[0] == '\0' ? NULL : to->key.text;
    const struct order_name name = { to->order.channel, reference, key };
    const struct request_name request = { to->order.channel, "POST", "/v1/orders",
                                          reference != NULL ? "ref" : "key",
                                          reference != NULL ? reference : key };

    if (!order_identity(&name, &to->order_id)) {
        (void)err_set(call->request->ctx, ERR_FATAL, "an order cannot be named");
        http_problem_err(call->request, call->answer, ERR_FATAL);
        return false;
    }
    to->id = request_id_of(&request);
    to->path = text_format(call->request->ctx->arena, "/v1/orders/%s", to->order_id.text);
    return true;
}

/* --- Answers ---------------------------------------------------------------------------------- */

static void answer_accepted(const struct submission *of)
{
    struct order_accepted accepted = { .id = of->order_id.text,
                                       .request_id = of->id.text,
                                       .status = ORDER_ACCEPTED_STATUS_PENDING };

    of->call.answer->status = STATUS_ACCEPTED;
    call_location(&of->call, of->path);
    order_accepted_encode(&accepted, &of->call.answer->body);
}

static void answer_refusal(const struct submission *of, const struct order_glance *glance)
{
    struct problem problem = { .type = "invalid",
                               .title = problem_catalogue[PROBLEM_INVALID].problem.title,
                               .detail = "the order was refused",
                               .errors = glance->refusal,
                               .errors_count = glance->refusal_count };
    struct gateway_reply reply = { .status = STATUS_INVALID, .problem = &problem };

    call_location(&of->call, of->path);
    call_refuse_reply(&of->call, &reply);
}

/* Why an order that was placed was never confirmed. */
static enum problem_kind kind_of_end(enum cancel_reason reason)
{
    if (reason == CANCEL_REASON_OUT_OF_STOCK) {
        return PROBLEM_OUT_OF_STOCK;
    }
    return reason == CANCEL_REASON_PAYMENT_DECLINED ? PROBLEM_DECLINED : PROBLEM_NOT_CONFIRMED;
}

/* Whether the caller waits for a confirmation that will not come. */
static bool ended_unconfirmed(const struct submission *of, const struct order_glance *glance)
{
    return of->terms.until_confirmed && !glance->has_confirmed_at &&
           glance->status != ORDER_STATUS_CONFIRMED && glance->status != ORDER_STATUS_COMPLETED;
}

/* Whether this is as far as the caller wants to wait. */
static bool is_far_enough(const struct submission *of, enum order_status status)
{
    switch (status) {
    case ORDER_STATUS_ABSENT:
    case ORDER_STATUS_DRAFT:
        return false;
    case ORDER_STATUS_PLACED:
        return !of->terms.until_confirmed;
    case ORDER_STATUS_CONFIRMED:
    case ORDER_STATUS_COMPLETED:
    case ORDER_STATUS_REJECTED:
    case ORDER_STATUS_CANCELED:
    case ORDER_STATUS_EXPIRED:
    case ORDER_STATUS_UNKNOWN:
        break;
    }
    return true;
}

/* As the order service shows the order now; what it does not know yet is accepted. */
static void answer_as_it_is(const struct submission *of)
{
    struct http_fetched document;
    struct order_glance glance;

    if (call_glance(&of->call, of->order_id.text, &glance, &document) != OK ||
        !is_far_enough(of, glance.status)) {
        answer_accepted(of);
    } else if (glance.status == ORDER_STATUS_REJECTED && glance.refusal_count > 0) {
        answer_refusal(of, &glance);
    } else if (ended_unconfirmed(of, &glance)) {
        call_location(&of->call, of->path);
        call_refuse(&of->call, kind_of_end(glance.cancel_reason), "the order was placed and ended");
    } else {
        call_location(&of->call, of->path);
        call_answer(&of->call, STATUS_CREATED, &document);
    }
}

static void answer_reply(struct submission *of, const struct gateway_reply *reply)
{
    if (reply->order_id != NULL) { /* a key of its own may have named it before */
        (void)snprintf(of->order_id.text, sizeof of->order_id.text, "%s", reply->order_id);
    }
    if (reply->status >= STATUS_PROBLEM) {
        call_refuse_reply(&of->call, reply);
    } else if (of->terms.for_bulk) {
        of->call.answer->status = reply->status == STATUS_KNOWN ? STATUS_KNOWN : STATUS_CREATED;
    } else if (reply->body != NULL) {
        struct http_fetched document = { .body = reply->body, .body_length = strlen(reply->body) };

        call_location(&of->call, of->path);
        call_answer(&of->call, STATUS_CREATED, &document);
    } else {
        answer_as_it_is(of);
    }
}

static void submit(struct submission *to)
{
    const struct call *call = &to->call;
    struct gateway_reply reply;
    struct outgoing outgoing = {
        .owner = OWNER_ORDER,
        .type = MESSAGE_ORDER_SUBMIT,
        .message = &to->order,
        .key = to->order_id.text,
        .id = to->id.text,
        .idempotency_key = to->key.text[0] == '\0' ? NULL : to->key.text,
        .channel = to->order.channel,
        .until = to->terms.until_confirmed ? "confirmed" : NULL,
        .wait_s = to->terms.wait_s,
    };

    switch (outgoing_send(call, &outgoing, &reply)) {
    case SENT_REPLIED:
        answer_reply(to, &reply);
        break;
    case SENT_SILENT:
        if (outgoing.wait_s > 0) {
            answer_as_it_is(to);
        } else {
            answer_accepted(to);
        }
        break;
    case SENT_NOT:
        break;
    }
}

/* Before the body is read: refusing costs little, or it would not help. */
static bool may_come_in(const struct submission *to)
{
    bool admitted = intake_admits(to->call.gateway->intake);

    if (!admitted) {
        call_refuse(&to->call, PROBLEM_OVERLOADED, "orders come faster than they are worked on");
    }
    return admitted;
}

void submission_answer(const struct call *call, const struct submission_terms *terms,
                       struct order_id_text *ret_id)
{
    struct submission submission = { .call = *call, .terms = *terms };

    if (read_order(&submission) && call_may_submit_to(call, submission.order.channel) &&
        read_key(&submission) && name_order(&submission)) {
        submit(&submission);
    }
    *ret_id = submission.order_id;
}

/* POST /v1/orders */
void answer_submission(void *gateway, const struct http_request *request,
                       struct http_answer *answer)
{
    struct submission submission = {
        .call = { .gateway = gateway, .request = request, .answer = answer },
        .terms = { .idempotency_key = http_header(request, "Idempotency-Key"),
                   .wait_s = prefer_wait_s(http_header(request, "Prefer")) },
    };
    struct order_id_text unused;

    if (call_begin(&submission.call, SCOPE_ORDERS_WRITE) && call_has_json(&submission.call) &&
        may_come_in(&submission) && read_until(&submission)) {
        submission_answer(&submission.call, &submission.terms, &unused);
    }
}
