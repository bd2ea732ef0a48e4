/* customer_erasure.c - asks the order service which orders there are, and the others what they have left of each. */
#include "services/gateway/customer_erasure.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/order_codec.h"
#include "services/gateway/keepers.h"

enum { STATUS_OK = 200, STATUS_NOT_FOUND = 404 };

/* What the order service has done itself, in `ret`. */
static bool read_erasure(const struct call *call, struct customer_erasure *ret)
{
    struct arena *arena = call->request->ctx->arena;
    const char *path =
        text_format(arena, "/v1/customers/%s/erasure", http_path(call->request, "customer_id"));
    struct violations violations = { .count = 0 };
    struct http_fetched document = { .status = 0 };

    if (!keeper_is_customer_id(http_path(call->request, "customer_id"))) {
        call_refuse(call, PROBLEM_NOT_FOUND, "nothing is known under this address");
        return false;
    }
    if (!keeper_ask(call, OWNER_ORDER, path, &document)) {
        return false;
    }
    if (document.status == STATUS_NOT_FOUND) {
        call_refuse(call, PROBLEM_NOT_FOUND, "nobody asked that this customer be erased");
        return false;
    }
    if (customer_erasure_decode(arena, document.body, document.body_length, ret, &violations) !=
        OK) {
        call_refuse(call, PROBLEM_INTERNAL, "the order service's view does not fit");
        return false;
    }
    return true;
}

/* Names who has something left of the order; of one that is not erased yet nobody is asked. */
static bool look_at(const struct call *call, struct customer_erasure_order *order, bool *left)
{
    struct arena *arena = call->request->ctx->arena;
    const char **names = arena_alloc(arena, (keeper_count + 1) * sizeof *names);

    order->left_at = names;
    if (!order->has_erased_at) {
        names[order->left_at_count++] = "order";
    }
    for (size_t i = 0; order->has_erased_at && i < keeper_count; i++) {
        struct http_fetched kept = { .status = 0 };

        if (!keeper_ask(call, keepers[i].owner,
                        text_format(arena, "/v1/orders/%s/personal/left", order->id), &kept)) {
            return false;
        }
        if (kept.status == STATUS_OK) {
            names[order->left_at_count++] = keepers[i].name;
        }
    }
    *left = *left || order->left_at_count > 0;
    return true;
}

static bool look_everywhere(const struct call *call, struct customer_erasure *erasure)
{
    struct customer_erasure_order *orders =
        arena_alloc(call->request->ctx->arena, (erasure->orders_count + 1) * sizeof *orders);
    bool left = false;

    for (size_t i = 0; i < erasure->orders_count; i++) {
        orders[i] = erasure->orders[i];
        if (!look_at(call, &orders[i], &left)) {
            return false;
        }
    }
    erasure->orders = orders;
    erasure->state = left ? CUSTOMER_ERASURE_STATE_ERASING : CUSTOMER_ERASURE_STATE_ERASED;
    return true;
}

static bool may_look(const struct call *call)
{
    if (!call_is_bound(call)) {
        return true;
    }
    call_refuse(call, PROBLEM_FORBIDDEN, "this is for keys that are not bound to a channel");
    return false;
}

void answer_customer_erasure(void *gateway, const struct http_request *request,
                             struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct customer_erasure erasure;

    if (call_begin(&call, SCOPE_CUSTOMERS_READ) && may_look(&call) &&
        read_erasure(&call, &erasure) && look_everywhere(&call, &erasure)) {
        customer_erasure_encode(&erasure, &answer->body);
        answer->status = STATUS_OK;
        http_answer_header(answer, "Cache-Control: no-store");
    }
}
