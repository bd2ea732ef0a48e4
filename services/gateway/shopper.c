/* shopper.c - makes tokens for storefronts' shoppers, and shows the orders of who brings one. */
#include "services/gateway/shopper.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "services/gateway/api_key.h"
#include "services/gateway/call.h"
#include "services/gateway/cors.h"
#include "services/gateway/reads.h"
#include "services/gateway/shopper_token.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    VALID_DEFAULT_MS = 15 * 60 * 1000,
    RATE_BURST_S = 5, /* so many seconds' worth at once */
    STATUS_OK = 200,
    STATUS_CREATED = 201
};

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Making --------------------------------------------------------------------------------------- */

/* False, and answered, when the body says what no token can be. */
static bool read_wish(const struct call *call, struct shopper_token_new *ret)
{
    const struct http_request *request = call->request;
    struct violations violations = { .count = 0 };

    *ret = (struct shopper_token_new){ .has_valid_ms = false };
    if (request->body_length == 0) {
        return true;
    }
    if (!call_has_json(call)) {
        return false;
    }
    enum err err = shopper_token_new_decode(request->ctx->arena, request->body,
                                            request->body_length, ret, &violations);
    if (err) {
        call_refuse_body(call, &violations, "");
    }
    return err == OK;
}

/* False, and answered, when nobody goes by the id among the orders that the key sees. */
static bool customer_is_there(const struct call *call, const char *customer_id)
{
    struct arena *arena = call->request->ctx->arena;
    struct http_fetched document = { .status = 0 };
    unsigned char bytes[ORDER_ID_BYTES];
    bool is_id = text_starts_with(customer_id, "cus_") &&
                 order_id_parse(text_format(arena, "ord_%s", customer_id + strlen("cus_")), bytes);
    const char *path = text_format(arena, "/v1/customers/%s%s%s", customer_id,
                                   call_is_bound(call) ? "?channel=" : "", call->caller.channel);
    enum err err = is_id ? call_read(call, OWNER_ORDER, path, &document) : OK;

    if (err) {
        http_problem_err(call->request, call->answer, err);
    } else if (document.status != STATUS_OK) {
        call_refuse(call, PROBLEM_NOT_FOUND, "nothing is known under this address");
    }
    return err == OK && document.status == STATUS_OK;
}

static void make_token(const struct call *call, const struct shopper_claim *claim)
{
    struct arena *arena = call->request->ctx->arena;
    struct shopper_token_view view = {
        .token = shopper_token(arena, call->gateway->settings.link_secret, claim),
        .expires_at = claim->expires_at,
    };

    if (view.token == NULL) {
        call_refuse(call, PROBLEM_NOT_FOUND, "nothing is known under this address");
        return;
    }
    call->answer->status = STATUS_CREATED;
    http_answer_header(call->answer, "Cache-Control: no-store");
    shopper_token_view_encode(&view, &call->answer->body);
}

void answer_shopper_token(void *gateway, const struct http_request *request,
                          struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct shopper_token_new wish;
    const char *customer_id = http_path(request, "customer_id");

    if (!call_begin(&call, SCOPE_CUSTOMERS_TOKENS) || !read_wish(&call, &wish)) {
        return;
    }
    if (call.gateway->settings.link_secret[0] == '\0') {
        call_refuse(&call, PROBLEM_UNAVAILABLE, "KERVAN_LINK_SECRET is not set");
        return;
    }
    if (customer_is_there(&call, customer_id)) {
        make_token(&call, &(struct shopper_claim){
                              .customer_id = customer_id,
                              .expires_at =
                                  now_ms() + (wish.has_valid_ms ? wish.valid_ms : VALID_DEFAULT_MS),
                              .channel = call.caller.channel });
    }
}

/* --- Reading -------------------------------------------------------------------------------------- */

static void refuse_token(const struct call *call, const char *detail)
{
    http_answer_header(call->answer,
                       "WWW-Authenticate: Bearer realm=\"kervan\", error=\"invalid_token\"");
    call_refuse(call, PROBLEM_UNAUTHENTICATED, detail);
}

static bool take_rate(const struct call *call, const char *customer_id)
{
    int64_t per_second = call->gateway->settings.link_rate_per_second;

    if (call_take_rate(call, "shopper", customer_id,
                       (struct rate_limit){ per_second, RATE_BURST_S * per_second })) {
        return true;
    }
    call_refuse(call, PROBLEM_RATE_LIMITED, "the shopper asks too often");
    return false;
}

/* Who asks; false, and answered, when it is not known. */
static bool shopper_begin(const struct call *call, struct shopper_claim *ret)
{
    const struct http_request *request = call->request;
    const char *credentials = bearer_credentials(http_header(request, "Authorization"));
    const char *secret = call->gateway->settings.link_secret;
    bool is_valid = credentials != NULL && secret[0] != '\0' &&
                    shopper_token_read(request->ctx->arena, secret, credentials, ret);

    cors_allow(call->gateway->cors, request, call->answer, is_valid ? ret->channel : NULL);
    if (!is_valid) {
        refuse_token(call, "send the header Authorization: Bearer <token of a shopper>");
        return false;
    }
    if (ret->expires_at <= now_ms()) {
        refuse_token(call, "the token has expired");
        return false;
    }
    return take_rate(call, ret->customer_id);
}

static void pass_on(struct call *call, const struct shopper_claim *claim, const char *path_end)
{
    struct arena *arena = call->request->ctx->arena;
    struct http_fetched document = { .status = 0 };

    /* The channel of a list is forced on it as it is for a key. */
    (void)snprintf(call->caller.channel, sizeof call->caller.channel, "%s", claim->channel);
    const char *path = read_list_path(
        call, text_format(arena, "/v1/shoppers/%s/orders%s", claim->customer_id, path_end), NULL);
    if (path == NULL) {
        call_refuse(call, PROBLEM_INVALID_PARAMETER, "the query is too long");
        return;
    }
    enum err err = call_read(call, OWNER_ORDER, path, &document);
    document.link = NULL; /* it leads to the owner's address */
    if (err) {
        http_problem_err(call->request, call->answer, err);
    } else {
        http_answer_header(call->answer, "Cache-Control: no-store");
        call_answer(call, (int)document.status, &document);
    }
}

void answer_my_orders(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct shopper_claim claim;

    if (!shopper_begin(&call, &claim)) {
        return;
    }
    if (http_query(request, "channel") != NULL) {
        call_refuse_parameter(&call, "channel", "is not known here");
        return;
    }
    pass_on(&call, &claim, "");
}

void answer_my_order(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    const char *order_id = http_path(request, "id");
    unsigned char bytes[ORDER_ID_BYTES];
    struct shopper_claim claim;

    if (!shopper_begin(&call, &claim)) {
        return;
    }
    if (!order_id_parse(order_id, bytes) || http_query(request, "channel") != NULL) {
        call_refuse(&call, PROBLEM_NOT_FOUND, "nothing is known under this address");
        return;
    }
    pass_on(&call, &claim, text_format(request->ctx->arena, "/%s", order_id));
}
