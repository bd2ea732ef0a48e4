/* supplier.c - makes and checks the link, reads the order, and sends what the supplier says to the inventory. */
#include "services/gateway/supplier.h"

#include "common/arena.h"
#include "common/http_target.h"
#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "proto/inventory_codec.h"
#include "proto/registry.h"
#include "services/gateway/admin.h"
#include "services/gateway/identity.h"

#include <string.h>
#include <time.h>

enum {
    RATE_BURST_S = 5,
    WAIT_S = 5,
    FIELDS_MAX = 500,
    MESSAGE_BYTES_MAX = BODY_BYTES_MAX + 1024,
    STATUS_OK = 200,
    STATUS_CREATED = 201
};

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- The order -------------------------------------------------------------------------------- */

static enum err glance(const struct call *call, const char *id, struct purchase_glance *ret)
{
    struct ctx *ctx = call->request->ctx;
    struct violations violations = { .count = 0 };
    struct http_fetched document = { .status = 0 };

    if (strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-") !=
        strlen(id)) {
        return err_set(ctx, ERR_NOTFOUND, "no such purchase order");
    }
    enum err err = call_read(call, OWNER_INVENTORY,
                             text_format(ctx->arena, "/v1/purchase-orders/%s", id), &document);
    if (err) {
        return err;
    }
    if (document.status != STATUS_OK) {
        return err_set(ctx, ERR_NOTFOUND, "no such purchase order");
    }
    if (purchase_glance_decode(ctx->arena, document.body, document.body_length, ret, &violations) !=
        OK) {
        return err_set(ctx, ERR_FATAL, "the inventory's view does not fit: %s %s",
                       violations.items[0].pointer, violations.items[0].detail);
    }
    return OK;
}

bool supplier_may_answer(const struct purchase_glance *order)
{
    return order->state == PURCHASE_ORDER_STATE_SENT ||
           order->state == PURCHASE_ORDER_STATE_CONFIRMED ||
           order->state == PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED;
}

/* --- The link --------------------------------------------------------------------------------- */

enum problem_kind supplier_open(struct supplier_call *to)
{
    const struct http_request *request = to->call.request;
    const char *secret = to->call.gateway->settings.link_secret;
    int64_t per_second = to->call.gateway->settings.link_rate_per_second;

    if (!call_take_rate(&to->call, "peer", request->client_address,
                        (struct rate_limit){ per_second, RATE_BURST_S * per_second })) {
        return PROBLEM_RATE_LIMITED;
    }
    if (secret[0] == '\0' ||
        !supplier_token_read(request->ctx->arena, secret, http_path(request, "token"), &to->link)) {
        return PROBLEM_NOT_FOUND;
    }
    if (to->link.expires_at <= now_ms()) {
        return PROBLEM_LINK_EXPIRED;
    }
    enum err err = glance(&to->call, to->link.purchase_order_id, &to->order);
    if (err == ERR_NOTFOUND || (err == OK && to->order.state == PURCHASE_ORDER_STATE_DRAFT)) {
        return PROBLEM_NOT_FOUND;
    }
    if (err) {
        log_warning("a purchase order cannot be looked up",
                    LOG_TEXT("detail", request->ctx->detail));
    }
    return err == OK ? PROBLEM_COUNT : PROBLEM_UNAVAILABLE;
}

static void make_link(const struct call *call, const struct purchase_glance *order)
{
    struct arena *arena = call->request->ctx->arena;
    struct supplier_link_view view = { .expires_at = now_ms() + SUPPLIER_LINK_VALID_MS };
    const char *token =
        supplier_token(arena, call->gateway->settings.link_secret, order->id, view.expires_at);

    if (token == NULL || !supplier_may_answer(order)) {
        call_refuse(call, PROBLEM_CONFLICT,
                    "the supplier is asked from when the order is sent until all of it has come, "
                    "or nothing more does");
        return;
    }
    if (!admin_log(call, &(struct logged){ .action = "supplier.link", .subject = order->id })) {
        return;
    }
    view.path = text_format(arena, "/suppliers/%s", token);
    call->answer->status = STATUS_CREATED;
    http_answer_header(call->answer, "Cache-Control: no-store");
    supplier_link_view_encode(&view, &call->answer->body);
}

void answer_supplier_link(void *gateway, const struct http_request *request,
                          struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct purchase_glance order = { .version = 0 };

    if (!call_begin(&call, SCOPE_INVENTORY_WRITE)) {
        return;
    }
    if (call_is_bound(&call)) {
        call_refuse(&call, PROBLEM_FORBIDDEN, "this is for keys that are not bound to a channel");
        return;
    }
    if (call.gateway->settings.link_secret[0] == '\0') {
        call_refuse(&call, PROBLEM_UNAVAILABLE, "KERVAN_LINK_SECRET is not set");
        return;
    }
    enum err err = glance(&call, http_path(request, "purchase_order_id"), &order);
    if (err == ERR_NOTFOUND) {
        call_refuse(&call, PROBLEM_NOT_FOUND, "there is no purchase order with this id");
    } else if (err) {
        http_problem_err(request, answer, err);
    } else {
        make_link(&call, &order);
    }
}

/* --- The form --------------------------------------------------------------------------------- */

/* Each pair is decoded as one of a query. */
bool supplier_form_read(const struct http_request *request, struct supplier_form *ret)
{
    struct ctx *ctx = request->ctx;
    struct http_pair *fields = arena_alloc(ctx->arena, FIELDS_MAX * sizeof *fields);
    const char *at = request->body;

    *ret = (struct supplier_form){ fields, 0 };
    if (strlen(at) != request->body_length || strchr(at, '?') != NULL) {
        return false;
    }
    while (*at != '\0') {
        size_t length = strcspn(at, "&");
        struct http_target target;

        if (ret->count == FIELDS_MAX ||
            http_target_parse(ctx, text_format(ctx->arena, "/?%.*s", (int)length, at), &target) !=
                OK ||
            target.query_count != 1) {
            return false;
        }
        fields[ret->count++] = target.query[0];
        at += length + (at[length] == '&');
    }
    return ret->count > 0;
}

const char *supplier_form_find(const struct supplier_form *form, const char *name)
{
    return http_pair_find(form->fields, form->count, name);
}

static void append_field(struct buffer *text, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        buffer_append_text(text, text->bytes[text->length - 1] == '{' ? "\"" : ",\"");
        buffer_append_text(text, name);
        buffer_append_text(text, "\":");
        buffer_append_json_string(text, value);
    }
}

/* As JSON; the decoder says what is wrong with a number. */
static void append_lines(struct buffer *text, const struct supplier_call *of,
                         const struct supplier_form *form)
{
    struct arena *arena = of->call.request->ctx->arena;

    for (size_t i = 0; i < of->order.lines_count; i++) {
        const char *quantity = supplier_form_find(form, text_format(arena, "quantity.%zu", i));
        const char *day = supplier_form_find(form, text_format(arena, "day.%zu", i));

        buffer_append_text(text, i == 0 ? ",\"lines\":[{" : ",{");
        append_field(text, "sku", of->order.lines[i].sku);
        append_field(text, "expected_on", day);
        if (quantity != NULL && quantity[0] != '\0') {
            buffer_append_text(text, ",\"quantity\":");
            buffer_append_text(text, strspn(quantity, "0123456789") == strlen(quantity) ? quantity
                                                                                        : "null");
        }
        buffer_append_text(text, "}");
    }
    buffer_append_text(text, of->order.lines_count > 0 ? "]" : "");
}

static bool is_decline(const struct supplier_form *form)
{
    return text_equal(supplier_form_find(form, "do"), "decline");
}

/* A purchase_confirm or purchase_decline; NULL: it says nothing that could be one. */
static const void *message_of(const struct supplier_call *of, const struct supplier_form *form)
{
    struct arena *arena = of->call.request->ctx->arena;
    struct violations violations = { .count = 0 };
    bool declines = is_decline(form);
    void *message = arena_alloc(arena, declines ? sizeof(struct purchase_decline)
                                                : sizeof(struct purchase_confirm));
    struct buffer text;

    buffer_init(&text, MESSAGE_BYTES_MAX);
    buffer_append_text(&text, "{");
    append_field(&text, "purchase_order_id", of->order.id);
    buffer_append_text(&text, ",\"body\":{");
    append_field(&text, declines ? "reason" : "reference",
                 supplier_form_find(form, declines ? "reason" : "reference"));
    if (!declines) {
        struct buffer lines;

        buffer_init(&lines, MESSAGE_BYTES_MAX);
        append_lines(&lines, of, form);
        size_t skip = text.bytes[text.length - 1] == '{' && lines.length > 0;
        buffer_append(&text, lines.bytes + skip, lines.length - skip);
        buffer_release(&lines);
    }
    buffer_append_text(&text, "}}");
    enum err err =
        declines ? purchase_decline_decode(arena, text.bytes, text.length, message, &violations)
                 : purchase_confirm_decode(arena, text.bytes, text.length, message, &violations);
    buffer_release(&text);
    return err == OK ? message : NULL;
}

/* The audit log knows of it before the inventory does. */
static enum sent send_for(const struct supplier_call *of, const struct outgoing *outgoing,
                          struct gateway_reply *ret)
{
    struct call call = of->call;
    const struct logged logged = { .action = message_infos[outgoing->type].type,
                                   .subject = of->order.id,
                                   .request_id = outgoing->id };

    call.actor = text_format(call.request->ctx->arena, "supplier:%s", of->order.supplier);
    return admin_log(&call, &logged) ? outgoing_send(&call, outgoing, ret) : SENT_NOT;
}

enum supplier_said supplier_send(const struct supplier_call *of, const struct supplier_form *form,
                                 enum sent *ret_sent, struct gateway_reply *ret)
{
    const char *version = supplier_form_find(form, "version");
    bool known = is_decline(form) || text_equal(supplier_form_find(form, "do"), "confirm");
    const void *message = known ? message_of(of, form) : NULL;

    if (message == NULL || version == NULL || version[0] == '\0' ||
        strspn(version, "0123456789") != strlen(version) || strlen(version) > 15) {
        return SUPPLIER_UNCLEAR;
    }
    struct request_id id = request_id_of(&(struct request_name){ "supplier", "POST", of->order.id,
                                                                 version, of->call.request->body });
    struct outgoing outgoing = {
        .owner = OWNER_INVENTORY,
        .type = is_decline(form) ? MESSAGE_PURCHASE_DECLINE : MESSAGE_PURCHASE_CONFIRM,
        .message = message,
        .key = of->order.id,
        .id = id.text,
        .precondition = version,
        .wait_s = WAIT_S,
    };
    *ret_sent = send_for(of, &outgoing, ret);
    return SUPPLIER_SENT;
}
