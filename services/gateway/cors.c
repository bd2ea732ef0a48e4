/* cors.c - the origins of all channels as one text, and the headers that follow from it. */
#include "services/gateway/cors.h"

#include "common/arena.h"
#include "common/pg.h"
#include "common/read_api.h"
#include "common/text.h"
#include "common/waiting.h"
#include "services/gateway/call.h"
#include "sql/gateway_sql.h"

#include <pthread.h>
#include <string.h>

enum {
    FRESH_MS = 3000,
    ORIGIN_LENGTH_MAX = 200,
    LINES_BYTES_MAX = 16 << 20,
    STATUS_NO_CONTENT = 204
};

struct cors {
    struct read_pool *pool;
    pthread_mutex_t mutex;
    struct arena *memory; /* of the lines */
    const char *lines;    /* "\norigin code\n..."; NULL before the first look */
    int64_t known_at;     /* monotonic ms */
};

struct cors *cors_new(struct arena *memory, struct read_pool *pool)
{
    struct cors *cors = arena_alloc(memory, sizeof *cors);

    cors->pool = pool;
    cors->memory = arena_new(LINES_BYTES_MAX);
    (void)pthread_mutex_init(&cors->mutex, NULL);
    return cors;
}

/* While the database is away, what was known goes on being so. */
static void refresh(struct cors *cors, struct ctx *ctx)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    struct pg_result *result = NULL;

    if (read_pool_run(cors->pool, ctx, &gateway_sql_statements[GATEWAY_SQL_CHANNEL_ORIGINS],
                      arguments, &result) != OK) {
        return;
    }
    const char *lines = pg_text(result, 0, 0);
    (void)pthread_mutex_lock(&cors->mutex);
    arena_reset(cors->memory);
    cors->lines = arena_copy_text(cors->memory, lines, strlen(lines));
    cors->known_at = monotonic_ms();
    (void)pthread_mutex_unlock(&cors->mutex);
    pg_result_free(result);
}

static bool is_listed(struct cors *cors, struct ctx *ctx, const char *origin, const char *channel)
{
    const char *line = channel == NULL ? text_format(ctx->arena, "\n%s ", origin)
                                       : text_format(ctx->arena, "\n%s %s\n", origin, channel);

    (void)pthread_mutex_lock(&cors->mutex);
    bool stale = cors->lines == NULL || monotonic_ms() - cors->known_at >= FRESH_MS;
    (void)pthread_mutex_unlock(&cors->mutex);
    if (stale) {
        refresh(cors, ctx);
    }
    (void)pthread_mutex_lock(&cors->mutex);
    bool listed = cors->lines != NULL && strstr(cors->lines, line) != NULL;
    (void)pthread_mutex_unlock(&cors->mutex);
    return listed;
}

/* The page's origin where it is allowed, else NULL. */
static const char *allowed_origin(struct cors *cors, const struct http_request *request,
                                  const char *channel)
{
    const char *origin = http_header(request, "Origin");

    if (origin == NULL || strlen(origin) > ORIGIN_LENGTH_MAX || strchr(origin, ' ') != NULL ||
        !is_listed(cors, request->ctx, origin, channel)) {
        return NULL;
    }
    return origin;
}

void cors_allow(struct cors *cors, const struct http_request *request, struct http_answer *answer,
                const char *channel)
{
    const char *origin = allowed_origin(cors, request, channel);

    if (origin == NULL) {
        return;
    }
    http_answer_header(answer,
                       text_format(request->ctx->arena, "Access-Control-Allow-Origin: %s", origin));
    http_answer_header(answer, "Access-Control-Expose-Headers: ETag, Link, Location, RateLimit, "
                               "RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id");
    http_answer_header(answer, "Vary: Origin");
}

void answer_preflight(void *service, const struct http_request *request, struct http_answer *answer)
{
    struct gateway *gateway = service;
    const struct call call = { .gateway = gateway, .request = request, .answer = answer };

    if (allowed_origin(gateway->cors, request, NULL) == NULL) {
        call_refuse(&call, PROBLEM_FORBIDDEN, "no channel lists the page's origin");
        return;
    }
    answer->status = STATUS_NO_CONTENT;
    cors_allow(gateway->cors, request, answer, NULL);
    http_answer_header(answer, "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE");
    http_answer_header(answer, "Access-Control-Allow-Headers: Authorization, Content-Type, "
                               "Idempotency-Key, If-Match, If-None-Match, Prefer, traceparent, "
                               "X-Request-Id");
    http_answer_header(answer, "Access-Control-Max-Age: 600");
}
