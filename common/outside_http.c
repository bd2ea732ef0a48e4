/* outside_http.c - effects over real HTTP and SMTP: a stored request meets its target's address and secret. */
#include "common/outside.h"

#include "common/arena.h"
#include "common/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADERS_MAX = 16,
    CALLS_AT_ONCE_MAX = 256,
    CALLS_A_HOST_MAX = 64,
    ANSWER_BYTES_MAX = 1 << 20,
    SCRATCH_BYTES_MAX = 1 << 22
};

struct outside_http {
    struct outside outside;
    struct http_client *client;
    const struct outside_access *access;
    size_t access_count;
    struct arena *scratch; /* of one call */
};

static struct outside_http *http_of(struct outside *outside)
{
    return (struct outside_http *)outside;
}

/* The request's own header lines, then the secret one and the trace. */
static const char *const *list_headers(struct outside_http *http, const struct outside_call *call)
{
    const char **headers = arena_alloc(http->scratch, (HEADERS_MAX + 3) * sizeof *headers);
    const char *authorization = http->access[call->target].authorization;
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

static void outside_http_send(struct outside *outside, const struct outside_call *call)
{
    struct outside_http *http = http_of(outside);
    struct http_call out = {
        .id = call->id,
        .method = call->request.method,
        .body = call->request.body,
        .body_length = call->request.body_length,
        .timeout_ms = call->timeout_ms,
    };

    assert(call->target < http->access_count);
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

static struct http_end *outside_http_take(struct outside *outside)
{
    return http_client_take(http_of(outside)->client);
}

static int outside_http_descriptor(struct outside *outside)
{
    return http_client_fd(http_of(outside)->client);
}

static void outside_http_close(struct outside *outside)
{
    struct outside_http *http = http_of(outside);

    http_client_close(http->client);
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

    if (http == NULL) {
        return err_set(ctx, ERR_FATAL, "no memory for calls to the outside");
    }
    enum err err = http_client_open(ctx, &options, &http->client);
    if (err) {
        free(http);
        return err;
    }
    http->outside.operations = &operations;
    http->access = access;
    http->access_count = count;
    http->scratch = arena_new(SCRATCH_BYTES_MAX);
    *ret = &http->outside;
    return OK;
}
