/* customer_export.c - asks the order service for a customer's orders, and the others for what they keep of each. */
#include "services/gateway/customer_export.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "services/gateway/admin.h"
#include "services/gateway/keepers.h"

#include <string.h>

enum { STATUS_OK = 200, STATUS_NOT_FOUND = 404, PAGE_LIMIT = 50 };

struct customer_export_call {
    struct call call;
    const char *customer_id;
    const char *channel; /* NULL: all */
    size_t order_count;
};

/* The owner's path, of the channel that is meant. */
static const char *path_of(const struct customer_export_call *of, const char *end,
                           const char *query)
{
    return text_format(
        of->call.request->ctx->arena, "/v1/customers/%s%s?%s%s%s", of->customer_id, end,
        of->channel == NULL ? "" : "channel=", of->channel == NULL ? "" : of->channel, query);
}

static void append_field(struct buffer *body, const char *name, const char *document)
{
    buffer_append_text(body, "\"");
    buffer_append_text(body, name);
    buffer_append_text(body, "\":");
    buffer_append_text(body, document);
}

/* What the order service says, and what each keeper has under the order's id. */
static bool append_order(struct customer_export_call *of, const char *document)
{
    struct arena *arena = of->call.request->ctx->arena;
    struct buffer *body = &of->call.answer->body;
    struct violations violations = { .count = 0 };
    struct personal_order order;

    if (personal_order_decode(arena, document, strlen(document), &order, &violations) != OK) {
        call_refuse(&of->call, PROBLEM_INTERNAL, "the order service's view does not fit");
        return false;
    }
    buffer_append_text(body, of->order_count++ == 0 ? "{" : ",{");
    append_field(body, "order", document);
    for (size_t i = 0; i < keeper_count; i++) {
        struct http_fetched kept = { .status = 0 };

        if (!keeper_ask(&of->call, keepers[i].owner,
                        text_format(arena, "/v1/orders/%s/personal", order.id), &kept)) {
            return false;
        }
        if (kept.status == STATUS_OK) {
            buffer_append_text(body, ",");
            append_field(body, keepers[i].name, kept.body);
        }
    }
    buffer_append_text(body, "}");
    return true;
}

static bool append_page(struct customer_export_call *of, const struct http_fetched *fetched,
                        const char **ret_next)
{
    struct violations violations = { .count = 0 };
    struct order_page page = { .items_count = 0 };

    if (order_page_decode(of->call.request->ctx->arena, fetched->body, fetched->body_length, &page,
                          &violations) != OK) {
        call_refuse(&of->call, PROBLEM_INTERNAL, "the order service's list does not fit");
        return false;
    }
    for (size_t i = 0; i < page.items_count; i++) {
        if (of->order_count == EXPORT_ORDERS_MAX) {
            call_refuse(&of->call, PROBLEM_CONFLICT,
                        "there are more than 2,000 orders; export them a channel at a time");
            return false;
        }
        if (!append_order(of, page.items[i])) {
            return false;
        }
    }
    *ret_next = page.next;
    return true;
}

static bool append_orders(struct customer_export_call *of)
{
    const char *next = "";

    while (next != NULL) {
        struct http_fetched page = { .status = 0 };
        const char *query = text_format(of->call.request->ctx->arena, "%slimit=%d%s%s",
                                        of->channel == NULL ? "" : "&", PAGE_LIMIT,
                                        next[0] == '\0' ? "" : "&cursor=", next);

        if (!keeper_ask(&of->call, OWNER_ORDER, path_of(of, "/personal", query), &page) ||
            !append_page(of, &page, &next)) {
            return false;
        }
    }
    return true;
}

/* A document of the order service about the customer: "" for who it is. */
static bool append_head(const struct customer_export_call *of, const char *name, const char *end)
{
    struct http_fetched document = { .status = 0 };

    if (!keeper_ask(&of->call, OWNER_ORDER, path_of(of, end, ""), &document)) {
        return false;
    }
    if (document.status == STATUS_NOT_FOUND) {
        call_refuse(&of->call, PROBLEM_NOT_FOUND, "nothing is known under this address");
        return false;
    }
    append_field(&of->call.answer->body, name, document.body);
    buffer_append_text(&of->call.answer->body, ",");
    return true;
}

static bool write_document(struct customer_export_call *of)
{
    struct buffer *body = &of->call.answer->body;

    buffer_append_text(body, "{");
    if (!append_head(of, "customer", "") || !append_head(of, "traces", "/traces")) {
        return false;
    }
    buffer_append_text(body, "\"orders\":[");
    if (!append_orders(of)) {
        return false;
    }
    buffer_append_text(body, "]}");
    return true;
}

/* The channel of a bound key, or the one that is asked for.  False, and answered, when it is another's. */
static bool read_channel(struct customer_export_call *of)
{
    const char *asked = http_query(of->call.request, "channel");
    const char *channel = call_is_bound(&of->call) ? of->call.caller.channel : asked;

    if (call_is_bound(&of->call) && asked != NULL && !text_equal(asked, channel)) {
        call_refuse(&of->call, PROBLEM_CHANNEL, "the API key sees its own channel only");
        return false;
    }
    if (channel != NULL &&
        strspn(channel, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(channel)) {
        call_refuse_parameter(&of->call, "channel", "is no code of a channel");
        return false;
    }
    of->channel = channel;
    return true;
}

void answer_customer_export(void *gateway, const struct http_request *request,
                            struct http_answer *answer)
{
    struct customer_export_call of = {
        .call = { .gateway = gateway, .request = request, .answer = answer },
        .customer_id = http_path(request, "customer_id"),
    };

    if (!call_begin(&of.call, SCOPE_CUSTOMERS_READ) || !read_channel(&of)) {
        return;
    }
    if (!keeper_is_customer_id(of.customer_id)) {
        call_refuse(&of.call, PROBLEM_NOT_FOUND, "nothing is known under this address");
        return;
    }
    if (admin_log(&of.call, &(struct logged){ .action = "customer.exported",
                                              .subject = of.customer_id,
                                              .request_id = request->request_id }) &&
        write_document(&of)) {
        answer->status = STATUS_OK;
        http_answer_header(answer, "Cache-Control: no-store");
    }
}
