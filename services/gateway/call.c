/* call.c - what every handler does: authenticate, refuse, ask an owner, answer. */
#include "services/gateway/call.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tracing.h"
#include "proto/gateway_codec.h"
#include "services/gateway/cors.h"
#include "services/gateway/rates.h"
#include "services/gateway/shopper_token.h"

#include <string.h>
#include <strings.h>

enum { OWNER_MS = 5000, STATUS_OK = 200, STATUS_NOT_FOUND = 404, STATUS_FAULT = 500 };

/* --- Refusing --------------------------------------------------------------------------------- */

static void refuse(const struct call *call, enum problem_kind kind,
                   const struct problem_words *words)
{
    const struct problem_type *problem = &problem_catalogue[kind].problem;

    if (kind == PROBLEM_UNAVAILABLE || kind == PROBLEM_OVERLOADED) {
        http_answer_header(call->answer, "Retry-After: 1");
    }
    http_problem(call->request, call->answer, problem, words);
}

void call_refuse(const struct call *call, enum problem_kind kind, const char *detail)
{
    refuse(call, kind, &(struct problem_words){ .detail = detail });
}

void call_refuse_parameter(const struct call *call, const char *name, const char *detail)
{
    const struct http_fault fault = { .pointer = name, .detail = detail };

    refuse(call, PROBLEM_INVALID_PARAMETER,
           &(struct problem_words){ .detail = text_format(call->request->ctx->arena,
                                                          "parameter \"%s\" %s", name, detail),
                                    .faults = &fault,
                                    .fault_count = 1 });
}

void call_refuse_body(const struct call *call, const struct violations *violations,
                      const char *prefix)
{
    struct http_fault *faults =
        arena_alloc(call->request->ctx->arena, (violations->count + 1) * sizeof *faults);

    for (size_t i = 0; i < violations->count; i++) {
        const char *pointer = violations->items[i].pointer;

        faults[i].pointer = text_starts_with(pointer, prefix) ? pointer + strlen(prefix) : pointer;
        faults[i].detail = violations->items[i].detail;
    }
    refuse(call, PROBLEM_VALIDATION,
           &(struct problem_words){ .detail = "correct what the errors point to",
                                    .faults = faults,
                                    .fault_count = violations->count });
}

/* What follows the last slash or hash of a problem's type; all of it where there is none. */
static const char *slug_of(const char *type)
{
    const char *slash = strrchr(type, '/'), *hash = strrchr(type, '#');
    const char *last = slash == NULL || (hash != NULL && hash > slash) ? hash : slash;

    return last == NULL ? type : last + 1;
}

void call_refuse_reply(const struct call *call, const struct gateway_reply *reply)
{
    const struct problem_entry *refused = &problem_catalogue[PROBLEM_REFUSED];
    struct problem_type said = { refused->problem.slug, refused->problem.title,
                                 (int)reply->status };
    struct problem_words words = { .detail = NULL };

    if (reply->problem != NULL) {
        struct http_fault *faults = arena_alloc(
            call->request->ctx->arena, (reply->problem->errors_count + 1) * sizeof *faults);

        for (size_t i = 0; i < reply->problem->errors_count; i++) {
            faults[i] = (struct http_fault){ reply->problem->errors[i].pointer,
                                             reply->problem->errors[i].detail };
        }
        said.slug = slug_of(reply->problem->type);
        said.title = reply->problem->title;
        words =
            (struct problem_words){ reply->problem->detail, faults, reply->problem->errors_count };
    }
    http_problem(call->request, call->answer, &said, &words);
}

/* --- Who and what ----------------------------------------------------------------------------- */

static void refuse_unknown(const struct call *call, const char *credentials)
{
    http_answer_header(call->answer,
                       credentials == NULL
                           ? "WWW-Authenticate: Bearer realm=\"kervan\""
                           : "WWW-Authenticate: Bearer realm=\"kervan\", error=\"invalid_token\"");
    call_refuse(call, PROBLEM_UNAUTHENTICATED,
                credentials == NULL ? "send the header Authorization: Bearer <API key>"
                                    : "the API key is not valid");
}

static void refuse_scope(const struct call *call, enum scope scope)
{
    struct arena *arena = call->request->ctx->arena;

    http_answer_header(call->answer, text_format(arena,
                                                 "WWW-Authenticate: Bearer realm=\"kervan\", "
                                                 "error=\"insufficient_scope\", scope=\"%s\"",
                                                 scope_names[scope]));
    call_refuse(call, PROBLEM_FORBIDDEN,
                text_format(arena, "the API key lacks the scope %s", scope_names[scope]));
}

bool call_take_rate(const struct call *call, const char *policy, const char *name,
                    struct rate_limit limit)
{
    struct arena *arena = call->request->ctx->arena;
    struct rate_verdict verdict = rates_take(call->gateway->rates, name, limit);
    int64_t window_s = (limit.burst + limit.per_second - 1) / limit.per_second;

    http_answer_header(call->answer,
                       text_format(arena, "RateLimit-Policy: \"%s\";q=%lld;w=%lld", policy,
                                   (long long)limit.burst, (long long)window_s));
    http_answer_header(call->answer,
                       text_format(arena, "RateLimit: \"%s\";r=%lld;t=%lld", policy,
                                   (long long)verdict.remaining, (long long)verdict.next_second_s));
    if (!verdict.allowed) {
        http_answer_header(call->answer, text_format(arena, "Retry-After: %lld",
                                                     (long long)verdict.next_second_s));
    }
    return verdict.allowed;
}

struct rate_limit call_rate(const struct call *call)
{
    const struct gateway_settings *settings = &call->gateway->settings;

    return call->caller.rate.per_second != 0
               ? call->caller.rate
               : (struct rate_limit){ settings->rate_per_second, settings->rate_burst };
}

/* False, and answered, when the key asks more often than it may. */
static bool take_rate(const struct call *call)
{
    struct rate_limit limit = call_rate(call);

    if (call_take_rate(call, "key", call->caller.key_id, limit)) {
        return true;
    }
    call_refuse(call, PROBLEM_RATE_LIMITED,
                text_format(call->request->ctx->arena,
                            "the key may ask %lld times a second, and %lld times at once",
                            (long long)limit.per_second, (long long)limit.burst));
    return false;
}

/* Who has these credentials; false, and answered, when nobody or nobody knows. */
static bool find_caller(struct call *call, const char *header, const char *credentials)
{
    struct ctx *ctx = call->request->ctx;
    enum err err = credentials == NULL
                       ? ERR_NOTFOUND
                       : access_find(call->gateway->access, ctx, credentials, &call->caller);

    cors_allow(call->gateway->cors, call->request, call->answer,
               err == OK ? call->caller.channel : NULL);
    if (err == ERR_NOTFOUND && credentials != NULL &&
        text_starts_with(credentials, SHOPPER_TOKEN_PREFIX)) {
        call_refuse(call, PROBLEM_FORBIDDEN, "a shopper's token reads /v1/me/orders alone");
    } else if (err == ERR_NOTFOUND) {
        refuse_unknown(call, header);
    } else if (err) {
        http_problem_err(call->request, call->answer, err);
    }
    return err == OK;
}

bool call_begin(struct call *call, enum scope scope)
{
    const char *header = http_header(call->request, "Authorization");

    if (!find_caller(call, header, bearer_credentials(header)) || !take_rate(call)) {
        return false;
    }
    if ((call->caller.scopes & UINT32_C(1) << scope) == 0) {
        refuse_scope(call, scope);
        return false;
    }
    return true;
}

bool call_is_bound(const struct call *call)
{
    return call->caller.channel[0] != '\0';
}

bool call_sees_all_channels(const struct call *call)
{
    if (call_is_bound(call)) {
        call_refuse(call, PROBLEM_FORBIDDEN,
                    "this is not divided by channels; use a key that is not bound to one");
        return false;
    }
    return true;
}

const char *call_actor(const struct call *call)
{
    return call->actor != NULL
               ? call->actor
               : text_format(call->request->ctx->arena, "key:%s", call->caller.key_id);
}

const char *call_principal(const struct call *call)
{
    return call_is_bound(call)
               ? text_format(call->request->ctx->arena, "channel:%s", call->caller.channel)
               : call_actor(call);
}

bool call_may_submit_to(const struct call *call, const char *channel)
{
    struct ctx *ctx = call->request->ctx;
    bool exists = true;

    if (call_is_bound(call)) {
        if (text_equal(channel, call->caller.channel)) {
            return true;
        }
        call_refuse(call, PROBLEM_CHANNEL,
                    text_format(ctx->arena, "the API key submits to channel \"%s\" only",
                                call->caller.channel));
        return false;
    }
    enum err err = access_channel(call->gateway->access, ctx, channel, &exists);
    if (err) {
        http_problem_err(call->request, call->answer, err);
    } else if (!exists) {
        call_refuse(call, PROBLEM_CHANNEL, "there is no such channel");
    }
    return err == OK && exists;
}

bool call_is_type(const struct call *call, const char *media_type)
{
    const char *type = http_header(call->request, "Content-Type");
    size_t length = strlen(media_type);

    if (type == NULL || strncasecmp(type, media_type, length) != 0 ||
        (type[length] != '\0' && strchr("; \t", type[length]) == NULL)) {
        call_refuse(call, PROBLEM_MEDIA_TYPE,
                    text_format(call->request->ctx->arena, "send Content-Type: %s", media_type));
        return false;
    }
    return true;
}

bool call_is_json(const struct call *call)
{
    return call_is_type(call, "application/json");
}

bool call_has_json(const struct call *call)
{
    if (!call_is_json(call)) {
        return false;
    }
    if (http_header(call->request, "If-Match") != NULL ||
        http_header(call->request, "If-None-Match") != NULL) {
        call_refuse(call, PROBLEM_PRECONDITION, "leave If-Match and If-None-Match out");
        return false;
    }
    return true;
}

/* --- Owners ----------------------------------------------------------------------------------- */

/* A call that is a span of its own, so that the owner's part in a trace shows. */
static enum err fetch(const struct call *call, enum owner owner,
                      const struct http_fetch_request *asked, struct http_fetched *ret)
{
    struct ctx *ctx = call->request->ctx;
    struct span span;
    const char *trace = tracing_begin(ctx->arena, call->request->trace, SPAN_CLIENT, &span);
    const char *const headers[] = {
        text_format(ctx->arena, "X-Request-Id: %s", call->request->request_id),
        trace == NULL ? NULL : text_format(ctx->arena, "traceparent: %s", trace),
        NULL,
    };
    const struct http_fetch_request request = {
        .url = asked->url, .headers = headers, .timeout_ms = OWNER_MS, .post = asked->post
    };
    enum err err = http_fetch(call->gateway->fetcher, ctx, &request, ret);

    span_name(&span, asked->post ? "ask" : "read", owners[owner].name);
    span_text(&span, "peer.service", owners[owner].name);
    span_text(&span, "http.request.method", asked->post ? "POST" : "GET");
    if (!err) {
        span_number(&span, "http.response.status_code", ret->status);
    }
    span.failed = err || ret->status >= STATUS_FAULT;
    tracing_end(&span);
    return err;
}

/* `asked` holds the path in the place of the URL. */
static enum err ask_owner(const struct call *call, enum owner owner,
                          struct http_fetch_request asked, struct http_fetched *ret)
{
    struct ctx *ctx = call->request->ctx;
    const char *base = call->gateway->settings.owner_api[owner];

    if (base[0] == '\0') {
        return err_set(ctx, ERR_RETRY, "the %s service is not installed: %s is not set",
                       owners[owner].name, owners[owner].api_setting);
    }
    asked.url = text_format(ctx->arena, "%s%s", base, asked.url);
    enum err err = fetch(call, owner, &asked, ret);
    if (err) {
        char why[sizeof ctx->detail];

        memcpy(why, ctx->detail, sizeof why);
        return err_set(ctx, err, "the %s service: %.400s", owners[owner].name, why);
    }
    if (ret->status >= STATUS_FAULT) {
        return err_set(ctx, ERR_RETRY, "the %s service answers %lld", owners[owner].name,
                       (long long)ret->status);
    }
    return OK;
}

enum err call_read(const struct call *call, enum owner owner, const char *path,
                   struct http_fetched *ret)
{
    return ask_owner(call, owner, (struct http_fetch_request){ .url = path }, ret);
}

enum err call_post(const struct call *call, enum owner owner, const char *path,
                   struct http_fetched *ret)
{
    return ask_owner(call, owner, (struct http_fetch_request){ .url = path, .post = true }, ret);
}

enum err call_glance(const struct call *call, const char *order_id, struct order_glance *ret,
                     struct http_fetched *ret_document)
{
    struct ctx *ctx = call->request->ctx;
    struct violations violations = { .count = 0 };
    struct http_fetched document = { .status = 0 };
    unsigned char bytes[ORDER_ID_BYTES];

    if (!order_id_parse(order_id, bytes)) {
        return err_set(ctx, ERR_NOTFOUND, "no such order");
    }
    enum err err =
        call_read(call, OWNER_ORDER,
                  text_format(ctx->arena, "/v1/orders/%.*s", ORDER_ID_LENGTH, order_id), &document);
    if (err) {
        return err;
    }
    if (document.status != STATUS_OK) {
        return err_set(ctx, ERR_NOTFOUND, "no such order");
    }
    if (order_glance_decode(ctx->arena, document.body, document.body_length, ret, &violations) !=
        OK) {
        return err_set(ctx, ERR_FATAL, "the order service's view does not fit: %s %s",
                       violations.items[0].pointer, violations.items[0].detail);
    }
    if (call_is_bound(call) && !text_equal(ret->channel, call->caller.channel)) {
        return err_set(ctx, ERR_NOTFOUND, "no such order"); /* nor is it told that there is one */
    }
    if (ret_document != NULL) {
        *ret_document = document;
    }
    return OK;
}

bool call_may_see(const struct call *call, const char *id)
{
    struct order_glance glance;

    if (!call_is_bound(call)) {
        return true;
    }
    enum err err = call_glance(call, id, &glance, NULL);
    if (err == ERR_NOTFOUND) {
        call_refuse(call, PROBLEM_NOT_FOUND, "nothing is known under this address");
    } else if (err) {
        http_problem_err(call->request, call->answer, err);
    }
    return err == OK;
}

/* --- Answering -------------------------------------------------------------------------------- */

void call_answer(const struct call *call, int status, const struct http_fetched *document)
{
    struct arena *arena = call->request->ctx->arena;

    call->answer->status = status;
    call->answer->content_type = document->content_type;
    buffer_clear(&call->answer->body);
    buffer_append(&call->answer->body, document->body, document->body_length);
    if (document->etag != NULL) {
        http_answer_header(call->answer, text_format(arena, "ETag: %s", document->etag));
    }
    if (document->link != NULL) {
        http_answer_header(call->answer, text_format(arena, "Link: %s", document->link));
    }
}

void call_location(const struct call *call, const char *path)
{
    http_answer_header(call->answer, text_format(call->request->ctx->arena, "Location: %s", path));
}
