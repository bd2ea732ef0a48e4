/* outside_http.c - effects over real HTTP and SMTP: a stored request meets its target's address and secret.
 *
 * Where a target wants access tokens, calls wait until there is one: it is asked for by a call of its own, whose
 * id is negative.
 */
#include "common/outside.h"

#include "common/arena.h"
#include "common/outside_token.h"
#include "common/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    HEADERS_MAX = 16,
    CALLS_AT_ONCE_MAX = 256,
    CALLS_A_HOST_MAX = 64,
    ANSWER_BYTES_MAX = 1 << 20,
    SCRATCH_BYTES_MAX = 1 << 22,
    TOKEN_TIMEOUT_MS = 10000,
    STATUS_UNAUTHORIZED = 401
};

struct outside_http {
    struct outside outside;
    struct http_client *client;
    const struct outside_access *access;
    size_t access_count;
    struct outside_token *tokens; /* one a target */
    struct arena *scratch;        /* of one call */
};

static struct outside_http *http_of(struct outside *outside)
{
    return (struct outside_http *)outside;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The target's secret, or the token that it gave for it. */
static const char *authorization_of(const struct outside_http *http, size_t target)
{
    const struct outside_access *access = &http->access[target];

    return access->token_path == NULL ? access->authorization
                                      : outside_token_value(&http->tokens[target], now_ms());
}

/* The request's own header lines, then the secret one and the trace. */
static const char *const *list_headers(struct outside_http *http, const struct outside_call *call)
{
    const char **headers = arena_alloc(http->scratch, (HEADERS_MAX + 3) * sizeof *headers);
    const char *authorization = authorization_of(http, call->target);
    const char *line = call->request.headers == NULL ? "" : call->request.headers;
    size_t count = 0;

    while (*line != '\0' && count < HEADERS_MAX) {
        size_t length = strcspn(line, "\n");

        headers[count++] = arena_copy_text(http->scratch, line, length);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    if (authorization != NULL && authorization[0] != '\0') {
        headers[count++] = text_format(http->scratch, "Authorization: %s", authorization);
    }
    if (call->trace != NULL) {
        headers[count++] = text_format(http->scratch, "traceparent: %s", call->trace);
    }
    return headers;
}

/* For a mail the path is "from to". */
static void address_mail(struct outside_http *http, const struct outside_call *call,
                         struct http_call *ret)
{
    const char *space = strchr(call->request.path, ' ');

    assert(space != NULL);
    ret->url = http->access[call->target].base_url;
    ret->mail_from =
        arena_copy_text(http->scratch, call->request.path, (size_t)(space - call->request.path));
    ret->mail_to = space + 1;
}

static void send_now(struct outside_http *http, const struct outside_call *call)
{
    struct http_call out = {
        .id = call->id,
        .method = call->request.method,
        .body = call->request.body,
        .body_length = call->request.body_length,
        .timeout_ms = call->timeout_ms,
    };

    arena_reset(http->scratch);
    if (text_equal(call->request.method, "MAIL")) {
        address_mail(http, call, &out);
    } else {
        out.url = text_format(http->scratch, "%s%s", http->access[call->target].base_url,
                              call->request.path);
        out.headers = list_headers(http, call);
    }
    http_client_send(http->client, &out);
}

/* --- Access tokens ----------------------------------------------------------------------------- */

static void ask_for_token(struct outside_http *http, size_t target)
{
    static const char form[] = "grant_type=client_credentials";
    const struct outside_access *access = &http->access[target];

    arena_reset(http->scratch);
    const char *const headers[] = {
        "Content-Type: application/x-www-form-urlencoded",
        text_format(http->scratch, "Authorization: %s",
                    access->authorization == NULL ? "" : access->authorization),
        NULL,
    };
    const struct http_call call = {
        .id = -(int64_t)target - 1,
        .method = "POST",
        .url = text_format(http->scratch, "%s%s", access->base_url, access->token_path),
        .headers = headers,
        .body = form,
        .body_length = sizeof form - 1,
        .timeout_ms = TOKEN_TIMEOUT_MS,
    };

    http->tokens[target].asked = true;
    http_client_send(http->client, &call);
}

static void outside_http_send(struct outside *outside, const struct outside_call *call)
{
    struct outside_http *http = http_of(outside);

    assert(call->target < http->access_count);
    if (http->access[call->target].token_path == NULL ||
        authorization_of(http, call->target) != NULL) {
        send_now(http, call);
        return;
    }
    outside_token_wait(&http->tokens[call->target], call);
    if (!http->tokens[call->target].asked) {
        ask_for_token(http, call->target);
    }
}

/* What waited goes out with the token, or on to the next try where there is none. */
static void token_ended(struct outside_http *http, struct http_end *end)
{
    struct outside_token *token = &http->tokens[-end->id - 1];
    struct waiting_call *waiting = NULL;

    token->asked = false;
    if (!outside_token_take(token, end, now_ms())) {
        token->refused = end;
        return;
    }
    http_end_free(end);
    while ((waiting = outside_token_next(token)) != NULL) {
        send_now(http, &waiting->call);
        outside_token_free_call(waiting);
    }
}

/* The end of a call that could not be made for want of a token: surely nothing of it was sent. */
static struct http_end *end_without_token(struct outside_token *token)
{
    struct waiting_call *waiting = outside_token_next(token);
    struct http_end *end = NULL;

    if (waiting == NULL) {
        http_end_free(token->refused);
        token->refused = NULL;
        return NULL;
    }
    end = calloc(1, sizeof *end);
    if (end == NULL) {
        abort();
    }
    end->id = waiting->call.id;
    end->fate = HTTP_NOT_SENT;
    end->retry_after_ms = token->refused->retry_after_ms;
    (void)snprintf(end->error, sizeof end->error, "no access token: %d %.120s",
                   (int)token->refused->status, token->refused->error);
    outside_token_free_call(waiting);
    return end;
}

static struct http_end *take_without_token(struct outside_http *http)
{
    struct http_end *end = NULL;

    for (size_t i = 0; i < http->access_count && end == NULL; i++) {
        if (http->tokens[i].refused != NULL) {
            end = end_without_token(&http->tokens[i]);
        }
    }
    return end;
}

static void doubt_tokens(struct outside_http *http)
{
    for (size_t i = 0; i < http->access_count; i++) {
        outside_token_doubt(&http->tokens[i], now_ms());
    }
}

static struct http_end *outside_http_take(struct outside *outside)
{
    struct outside_http *http = http_of(outside);
    struct http_end *end = take_without_token(http);

    while (end == NULL && (end = http_client_take(http->client)) != NULL && end->id < 0) {
        token_ended(http, end);
        end = take_without_token(http);
    }
    if (end != NULL && end->fate == HTTP_ANSWERED && end->status == STATUS_UNAUTHORIZED) {
        doubt_tokens(http);
    }
    return end;
}

static int outside_http_descriptor(struct outside *outside)
{
    return http_client_fd(http_of(outside)->client);
}

static void outside_http_close(struct outside *outside)
{
    struct outside_http *http = http_of(outside);

    http_client_close(http->client);
    for (size_t i = 0; i < http->access_count; i++) {
        outside_token_release(&http->tokens[i]);
    }
    free(http->tokens);
    arena_free(http->scratch);
    free(http);
}

static const struct outside_operations operations = {
    .send = outside_http_send,
    .take = outside_http_take,
    .descriptor = outside_http_descriptor,
    .close = outside_http_close,
};

enum err outside_http_open(struct ctx *ctx, const struct outside_access *access, size_t count,
                           struct outside **ret)
{
    struct http_client_options options = {
        .calls_at_once_max = CALLS_AT_ONCE_MAX,
        .calls_a_host_max = CALLS_A_HOST_MAX,
        .body_bytes_max = ANSWER_BYTES_MAX,
    };
    struct outside_http *http = calloc(1, sizeof *http);
    struct outside_token *tokens = calloc(count + 1, sizeof *tokens);

    if (http == NULL || tokens == NULL) {
        free(http);
        free(tokens);
        return err_set(ctx, ERR_FATAL, "no memory for calls to the outside");
    }
    enum err err = http_client_open(ctx, &options, &http->client);
    if (err) {
        free(http);
        free(tokens);
        return err;
    }
    http->tokens = tokens;
    http->outside.operations = &operations;
    http->access = access;
    http->access_count = count;
    http->scratch = arena_new(SCRATCH_BYTES_MAX);
    *ret = &http->outside;
    return OK;
}
