/* draft.c - POST, PUT and DELETE of drafts, and their submission. */
#include "services/gateway/draft.h"

#include "common/arena.h"
#include "common/order_identity.h"
#include "common/precondition.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "proto/order.h"
#include "proto/order_codec.h"
#include "proto/registry.h"
#include "services/gateway/admin.h"
#include "services/gateway/identity.h"
#include "services/gateway/intake.h"
#include "services/gateway/outgoing.h"

#include <string.h>

enum {
    CONTENT_BYTES_MAX = 250000,
    MISSING_MAX = 8,
    STATUS_OK = 200,
    STATUS_CREATED = 201,
    STATUS_ACCEPTED = 202,
    STATUS_PROBLEM = 400,
    STATUS_NOT_FOUND = 404,
    STATUS_INVALID = 422
};

/* No channel is called so: what is named under it is no order that is submitted elsewhere. */
#define DRAFT_NAMES "draft/"

/* A request about a draft under way. */
struct drafting {
    struct call call;
    struct order_id_text order_id; /* that it becomes */
    const char *draft_id, *path;
    struct request_id id;
    struct precondition_text precondition;
};

/* --- Names ------------------------------------------------------------------------------------ */

static void name_draft(struct drafting *of)
{
    struct arena *arena = of->call.request->ctx->arena;

    of->draft_id = text_format(arena, "%s-D1", of->order_id.text);
    of->path = text_format(arena, "/v1/drafts/%s", of->draft_id);
}

/* Of the address; false, and answered, when it can be none. */
static bool read_draft_id(struct drafting *of)
{
    const char *text = http_path(of->call.request, "draft_id");
    unsigned char bytes[ORDER_ID_BYTES];

    if (!order_id_parse(text, bytes) || strcmp(text + ORDER_ID_LENGTH, "-D1") != 0) {
        call_refuse(&of->call, PROBLEM_NOT_FOUND, "nothing can be under this address");
        return false;
    }
    of->order_id = order_id_format(bytes);
    of->id = request_id_mint();
    name_draft(of);
    return true;
}

/* A new draft has the name of its request, so that a repeat finds it. */
static bool name_new(struct drafting *of)
{
    const struct http_request *request = of->call.request;
    const char *header = http_header(request, "Idempotency-Key");
    struct idempotency_key key;

    if (header == NULL) {
        call_refuse(&of->call, PROBLEM_IDENTITY_REQUIRED, "send the header Idempotency-Key");
        return false;
    }
    if (!idempotency_key_parse(header, &key)) {
        call_refuse(&of->call, PROBLEM_IDEMPOTENCY_KEY,
                    "Idempotency-Key must have 1 to 255 visible ASCII characters");
        return false;
    }
    const struct request_name name = { call_principal(&of->call), request->method, request->path,
                                       "key", key.text };
    of->id = request_id_of(&name);
    if (!order_identity(&(struct order_name){ DRAFT_NAMES, NULL, of->id.text }, &of->order_id)) {
        (void)err_set(request->ctx, ERR_FATAL, "a draft cannot be named");
        http_problem_err(request, of->call.answer, ERR_FATAL);
        return false;
    }
    name_draft(of);
    return true;
}

static bool read_precondition(struct drafting *of)
{
    const struct http_request *request = of->call.request;

    if (precondition_parse(http_header(request, "If-Match"), http_header(request, "If-None-Match"),
                           &of->precondition)) {
        return true;
    }
    call_refuse(&of->call, PROBLEM_PRECONDITION,
                "send If-Match with ETags in quotation marks, at most six, or with *");
    return false;
}

/* What people enter for a channel is logged; what a channel's own key does is not. */
static bool log_request(const struct drafting *of, enum message_type type)
{
    return call_is_bound(&of->call) ||
           admin_log(&of->call, &(struct logged){ .action = message_infos[type].type,
                                                  .subject = of->draft_id,
                                                  .request_id = of->id.text });
}

/* --- Sending ---------------------------------------------------------------------------------- */

static struct outgoing outgoing_of(const struct drafting *of, enum message_type type,
                                   const void *message)
{
    return (struct outgoing){
        .owner = OWNER_ORDER,
        .type = type,
        .message = message,
        .key = of->order_id.text,
        .id = of->id.text,
        .channel = call_is_bound(&of->call) ? of->call.caller.channel : NULL,
        .precondition = of->precondition.text,
        .wait_s = prefer_wait_s(http_header(of->call.request, "Prefer")),
    };
}

static void answer_accepted(const struct drafting *of)
{
    struct buffer *body = &of->call.answer->body;

    of->call.answer->status = STATUS_ACCEPTED;
    call_location(&of->call, of->path);
    buffer_append_text(body, "{\"request_id\":");
    buffer_append_json_string(body, of->id.text);
    buffer_append_text(body, ",\"id\":");
    buffer_append_json_string(body, of->draft_id);
    buffer_append_text(body, "}");
}

static void answer_version(const struct drafting *of, const struct gateway_reply *reply)
{
    if (reply->has_version) {
        http_answer_header(
            of->call.answer,
            text_format(of->call.request->ctx->arena, "ETag: \"%lld\"", (long long)reply->version));
    }
}

/* The draft as its owner shows it now. */
static void answer_reply(const struct drafting *of, const struct gateway_reply *reply)
{
    struct http_fetched document = { .status = 0 };

    if (reply->status >= STATUS_PROBLEM) {
        answer_version(of, reply);
        call_refuse_reply(&of->call, reply);
    } else if (call_read(&of->call, OWNER_ORDER, of->path, &document) != OK ||
               document.status != STATUS_OK) {
        answer_accepted(of); /* it is done, but cannot be shown now */
    } else {
        call_answer(&of->call, (int)reply->status, &document);
        call_location(&of->call, of->path);
    }
}

static void send(const struct drafting *of, enum message_type type, const void *message)
{
    const struct outgoing outgoing = outgoing_of(of, type, message);
    struct gateway_reply reply;

    switch (outgoing_send(&of->call, &outgoing, &reply)) {
    case SENT_REPLIED:
        answer_reply(of, &reply);
        break;
    case SENT_SILENT:
        answer_accepted(of);
        break;
    case SENT_NOT:
        break;
    }
}

/* --- Filling in ------------------------------------------------------------------------------- */

static void refuse_source(const struct drafting *of, const char *detail)
{
    struct violations violations = { .count = 0 };

    violations_add(&violations, "/last_order_of", "last_order_of", detail);
    call_refuse_body(&of->call, &violations, "");
}

/* A document of the order service; false, and answered, when it cannot be read now.  *ret_found: there is one. */
static bool read_from_orders(const struct drafting *of, const char *path, struct http_fetched *ret,
                             bool *ret_found)
{
    enum err err = call_read(&of->call, OWNER_ORDER, path, ret);

    if (err) {
        http_problem_err(of->call.request, of->call.answer, err);
        return false;
    }
    *ret_found = ret->status == STATUS_OK;
    return true;
}

/* The path of the last order of a customer, as far as the key sees them; NULL: there is none.  False when answered. */
static bool find_last_order(const struct drafting *of, const char *customer_id,
                            const char **ret_path)
{
    struct arena *arena = of->call.request->ctx->arena;
    const char *channel = of->call.caller.channel;
    struct violations violations = { .count = 0 };
    struct http_fetched list = { .status = 0 };
    struct order_page page = { .items_count = 0 };
    struct personal_order last;
    bool found = false;

    *ret_path = NULL;
    if (!read_from_orders(of,
                          text_format(arena, "/v1/customers/%s/orders?limit=1%s%s", customer_id,
                                      channel[0] == '\0' ? "" : "&channel=", channel),
                          &list, &found)) {
        return false;
    }
    if (found && order_page_decode(arena, list.body, list.body_length, &page, &violations) == OK &&
        page.items_count > 0 &&
        personal_order_decode(arena, page.items[0], strlen(page.items[0]), &last, &violations) ==
            OK) {
        *ret_path = text_format(arena, "/v1/orders/%s", last.id);
    }
    return true;
}

static void fill_in(struct draft_body *body, const struct last_order *last)
{
    body->currency = body->currency == NULL ? last->currency : body->currency;
    body->customer = body->customer == NULL ? last->customer : body->customer;
    if (body->ship_to == NULL) { /* an invoice's address belongs to the parcel's */
        body->ship_to = last->ship_to;
        body->bill_to = body->bill_to == NULL ? last->bill_to : body->bill_to;
    }
}

/* False when answered. */
static bool fill_from_last_order(const struct drafting *of, struct draft_body *body)
{
    struct arena *arena = of->call.request->ctx->arena;
    struct violations violations = { .count = 0 };
    struct http_fetched order = { .status = 0 };
    struct last_order last;
    const char *path = NULL;
    bool found = false;

    if (body->last_order_of == NULL) {
        return true;
    }
    if ((of->call.caller.scopes & UINT32_C(1) << SCOPE_CUSTOMERS_READ) == 0) {
        call_refuse(&of->call, PROBLEM_FORBIDDEN, "the API key lacks the scope customers:read");
        return false;
    }
    if (!find_last_order(of, body->last_order_of, &path) ||
        (path != NULL && !read_from_orders(of, path, &order, &found))) {
        return false;
    }
    if (!found ||
        last_order_decode(arena, order.body, order.body_length, &last, &violations) != OK) {
        refuse_source(of, "has no order that the key sees");
        return false;
    }
    fill_in(body, &last);
    body->last_order_of = NULL;
    return true;
}

/* --- Saving ----------------------------------------------------------------------------------- */

/* What the draft says, as it is kept; NULL, and answered, when that is too much. */
static const char *content_of(const struct drafting *of, const struct draft_body *body)
{
    struct buffer text;

    buffer_init(&text, CONTENT_BYTES_MAX);
    draft_body_encode(body, &text);
    const char *content =
        text.overflowed ? NULL
                        : arena_copy_text(of->call.request->ctx->arena, text.bytes, text.length);
    buffer_release(&text);
    if (content == NULL) {
        call_refuse(&of->call, PROBLEM_TOO_LARGE, "a draft has 250,000 bytes at most");
    }
    return content;
}

static void save(struct drafting *of, struct draft_body *body, bool make)
{
    const char *content = content_of(of, body);

    if (content == NULL || !log_request(of, MESSAGE_DRAFT_SAVE)) {
        return;
    }
    const struct draft_save message = {
        .draft_id = of->draft_id,
        .make = make,
        .channel = body->channel,
        .content = content,
        .email = body->customer == NULL ? NULL : body->customer->email,
        .phone = body->customer == NULL ? NULL : body->customer->phone,
        .line_count = (int64_t)body->lines_count,
    };
    send(of, MESSAGE_DRAFT_SAVE, &message);
}

static bool read_body(const struct drafting *of, struct draft_body *ret)
{
    const struct http_request *request = of->call.request;
    struct violations violations = { .count = 0 };

    if (draft_body_decode(request->ctx->arena, request->body, request->body_length, ret,
                          &violations) == OK) {
        return true;
    }
    call_refuse_body(&of->call, &violations, "");
    return false;
}

void answer_draft_make(void *gateway, const struct http_request *request,
                       struct http_answer *answer)
{
    struct drafting of = { .call = { .gateway = gateway, .request = request, .answer = answer } };
    struct draft_body body;

    if (call_begin(&of.call, SCOPE_ORDERS_WRITE) && call_has_json(&of.call) &&
        read_body(&of, &body) && call_may_submit_to(&of.call, body.channel) && name_new(&of) &&
        fill_from_last_order(&of, &body)) {
        save(&of, &body, true);
    }
}

void answer_draft_put(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct drafting of = { .call = { .gateway = gateway, .request = request, .answer = answer } };
    struct draft_body body;

    if (call_begin(&of.call, SCOPE_ORDERS_WRITE) && call_is_json(&of.call) && read_draft_id(&of) &&
        read_body(&of, &body) && read_precondition(&of) &&
        call_may_submit_to(&of.call, body.channel) && fill_from_last_order(&of, &body)) {
        save(&of, &body, false);
    }
}

void answer_draft_discard(void *gateway, const struct http_request *request,
                          struct http_answer *answer)
{
    struct drafting of = { .call = { .gateway = gateway, .request = request, .answer = answer } };

    if (call_begin(&of.call, SCOPE_ORDERS_WRITE) && read_draft_id(&of) && read_precondition(&of) &&
        log_request(&of, MESSAGE_DRAFT_DISCARD)) {
        const struct draft_discard message = { .draft_id = of.draft_id };

        send(&of, MESSAGE_DRAFT_DISCARD, &message);
    }
}

/* --- Submitting ------------------------------------------------------------------------------- */

/* What is still to be said, one field each. */
static size_t find_missing(const struct draft_body *body, const struct draft_submit *with,
                           struct field_error *ret)
{
    const struct {
        bool there;
        const char *pointer;
    } parts[MISSING_MAX] = {
        { body->currency != NULL, "/currency" },
        { body->customer != NULL, "/customer" },
        { body->ship_to != NULL, "/ship_to" },
        { body->lines_count > 0, "/lines" },
        { body->shipping != NULL, "/shipping" },
        { with->payment_method != 0 || body->payment_method != 0, "/payment_method" },
        { with->has_total_minor || body->has_total_minor, "/total_minor" },
        { true, NULL },
    };
    size_t count = 0;

    for (size_t i = 0; i < MISSING_MAX; i++) {
        if (!parts[i].there) {
            ret[count++] = (struct field_error){ parts[i].pointer, "is missing", NULL };
        }
    }
    return count;
}

static void refuse_incomplete(const struct drafting *of, const struct field_error *errors,
                              size_t count)
{
    struct problem problem = { .type = "invalid",
                               .title = problem_catalogue[PROBLEM_INVALID].problem.title,
                               .detail = "the draft is not complete",
                               .errors = errors,
                               .errors_count = count };
    struct gateway_reply reply = { .status = STATUS_INVALID, .problem = &problem };

    call_refuse_reply(&of->call, &reply);
}

static const struct order_submit_line *lines_of(struct arena *arena, const struct draft_body *body)
{
    struct order_submit_line *lines = arena_alloc(arena, body->lines_count * sizeof *lines);

    for (size_t i = 0; i < body->lines_count; i++) {
        const struct line_added *line = &body->lines[i];

        lines[i] = (struct order_submit_line){
            .sku = line->sku,
            .quantity = line->quantity,
            .unit_price_minor = line->unit_price_minor,
            .discount_minor = line->discount_minor,
            .has_discount_minor = line->has_discount_minor,
            .tax_minor = line->tax_minor,
            .has_tax_minor = line->has_tax_minor,
            .customization = line->customization,
        };
    }
    return lines;
}

/* Nothing is missing any more. */
static struct order_submit order_of(const struct drafting *of, const struct draft_body *body,
                                    const struct draft_submit *with)
{
    return (struct order_submit){
        .channel = body->channel,
        .currency = body->currency,
        .customer = *body->customer,
        .ship_to = *body->ship_to,
        .bill_to = body->bill_to,
        .lines = lines_of(of->call.request->ctx->arena, body),
        .lines_count = body->lines_count,
        .shipping = { .service = body->shipping->service,
                      .price_minor = body->shipping->price_minor },
        .payment = { .method =
                         with->payment_method != 0 ? with->payment_method : body->payment_method,
                     .token = with->token,
                     .return_url = with->return_url },
        .tax_mode = body->tax_mode,
        .total_minor = with->has_total_minor ? with->total_minor : body->total_minor,
        .has_ship_not_before = body->has_ship_not_before,
        .ship_not_before = body->ship_not_before,
        .note = body->note,
        .company = body->company,
        .purchase_order_number = body->purchase_order_number,
        .draft_id = of->draft_id,
    };
}

static void answer_submitted(const struct drafting *of, const struct gateway_reply *reply)
{
    const char *path =
        text_format(of->call.request->ctx->arena, "/v1/orders/%s", of->order_id.text);

    if (reply->status >= STATUS_PROBLEM) {
        answer_version(of, reply);
        call_refuse_reply(&of->call, reply);
        return;
    }
    struct http_fetched document = { .body = reply->body,
                                     .body_length = reply->body == NULL ? 0 : strlen(reply->body) };
    call_location(&of->call, path);
    call_answer(&of->call, (int)reply->status, &document);
}

static void answer_pending(const struct drafting *of)
{
    struct order_accepted accepted = { .id = of->order_id.text,
                                       .request_id = of->id.text,
                                       .status = ORDER_ACCEPTED_STATUS_PENDING };

    of->call.answer->status = STATUS_ACCEPTED;
    call_location(&of->call, of->path);
    order_accepted_encode(&accepted, &of->call.answer->body);
}

/* Somebody always waits, so that what is refused is heard: no order is made of it then. */
static void submit(const struct drafting *of, const struct order_submit *order)
{
    struct outgoing outgoing = outgoing_of(of, MESSAGE_ORDER_SUBMIT, order);
    struct gateway_reply reply;

    outgoing.channel = order->channel;
    outgoing.wait_s = outgoing.wait_s > 0 ? outgoing.wait_s : 1;
    switch (outgoing_send(&of->call, &outgoing, &reply)) {
    case SENT_REPLIED:
        answer_submitted(of, &reply);
        break;
    case SENT_SILENT:
        answer_pending(of);
        break;
    case SENT_NOT:
        break;
    }
}

/* The order that it is already. */
static void answer_order(const struct drafting *of)
{
    struct http_fetched document;
    struct order_glance glance;
    enum err err = call_glance(&of->call, of->order_id.text, &glance, &document);

    if (err) {
        http_problem_err(of->call.request, of->call.answer, err);
    } else {
        call_location(&of->call, text_format(of->call.request->ctx->arena, "/v1/orders/%s",
                                             of->order_id.text));
        call_answer(&of->call, STATUS_OK, &document);
    }
}

/* The draft as it is now; false, and answered, when there is none that the caller sees. */
static bool read_draft(const struct drafting *of, struct draft_seen *ret)
{
    struct arena *arena = of->call.request->ctx->arena;
    const char *channel = of->call.caller.channel;
    struct violations violations = { .count = 0 };
    struct http_fetched document = { .status = 0 };
    bool found = false;

    if (!read_from_orders(
            of,
            text_format(arena, "%s%s%s", of->path, channel[0] == '\0' ? "" : "?channel=", channel),
            &document, &found)) {
        return false;
    }
    if (!found) {
        call_refuse(&of->call, PROBLEM_NOT_FOUND, "nothing is known under this address");
        return false;
    }
    if (draft_seen_decode(arena, document.body, document.body_length, ret, &violations) != OK) {
        (void)err_set(of->call.request->ctx, ERR_FATAL, "the order service's draft does not fit");
        http_problem_err(of->call.request, of->call.answer, ERR_FATAL);
        return false;
    }
    return true;
}

/* The version that was read is the one that is submitted, where the caller means no other. */
static void submit_open(struct drafting *of, const struct draft_seen *draft,
                        const struct draft_submit *with)
{
    struct field_error missing[MISSING_MAX];
    struct violations violations = { .count = 0 };
    struct draft_body body;

    if (draft_body_decode(of->call.request->ctx->arena, draft->content, strlen(draft->content),
                          &body, &violations) != OK) {
        call_refuse_body(&of->call, &violations, ""); /* kept by an older version of this */
        return;
    }
    size_t count = find_missing(&body, with, missing);
    if (count > 0) {
        refuse_incomplete(of, missing, count);
        return;
    }
    if (of->precondition.text[0] == '\0') {
        (void)precondition_parse(
            text_format(of->call.request->ctx->arena, "\"%lld\"", (long long)draft->version), NULL,
            &of->precondition);
    }
    if (log_request(of, MESSAGE_ORDER_SUBMIT)) {
        const struct order_submit order = order_of(of, &body, with);

        submit(of, &order);
    }
}

static bool read_submission(const struct drafting *of, struct draft_submit *ret)
{
    const struct http_request *request = of->call.request;
    struct violations violations = { .count = 0 };
    bool empty = request->body_length == 0;

    if (draft_submit_decode(request->ctx->arena, empty ? "{}" : request->body,
                            empty ? strlen("{}") : request->body_length, ret, &violations) == OK) {
        return true;
    }
    call_refuse_body(&of->call, &violations, "");
    return false;
}

void answer_draft_submit(void *gateway, const struct http_request *request,
                         struct http_answer *answer)
{
    struct drafting of = { .call = { .gateway = gateway, .request = request, .answer = answer } };
    struct draft_submit with;
    struct draft_seen draft;

    if (!call_begin(&of.call, SCOPE_ORDERS_WRITE) || !read_draft_id(&of) ||
        (request->body_length > 0 && !call_is_json(&of.call)) || !read_submission(&of, &with) ||
        !read_precondition(&of) || !read_draft(&of, &draft)) {
        return;
    }
    if (draft.state == DRAFT_STATE_SUBMITTED) {
        answer_order(&of);
    } else if (draft.state != DRAFT_STATE_OPEN || draft.content == NULL) {
        call_refuse(&of.call, PROBLEM_CONFLICT, "the draft has expired, or was discarded");
    } else if (intake_admits(of.call.gateway->intake)) {
        submit_open(&of, &draft, &with);
    } else {
        call_refuse(&of.call, PROBLEM_OVERLOADED, "orders come faster than they are worked on");
    }
}
