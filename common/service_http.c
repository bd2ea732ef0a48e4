/* service_http.c - the HTTP side of a service: is it alive, is it ready, its figures, its reads. */
#include "common/service_parts.h"

#include "common/metrics.h"
#include "sql/runtime_sql.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONNECTIONS_MAX = 256,
    IDLE_TIMEOUT_MS = 60000,
    BODY_BYTES_MAX = 65536,
    REQUEST_ARENA_BYTES = 1 << 26,
    ANSWER_BYTES_MAX = 1 << 25,
    STALLED_MS = 10000
};

static const struct read_route audit_document = { .statement = RUNTIME_SQL_AUDIT_DOCUMENT,
                                                  .runtime = true };
/* The gateway asks for a run under a name of its own, and again how far it is. */
static const struct read_route audit_run_asked = {
    .statement = RUNTIME_SQL_AUDIT_RUN_ASK,
    .runtime = true,
    .parameters = { { .name = "name", .kind = READ_PATH_TEXT },
                    { .name = "actor", .kind = READ_QUERY_TEXT } },
    .parameter_count = 2,
};
static const struct read_route audit_run_shown = {
    .statement = RUNTIME_SQL_AUDIT_RUN_SHOW,
    .runtime = true,
    .parameters = { { .name = "name", .kind = READ_PATH_TEXT } },
    .parameter_count = 1,
};

static void answer_health(void *service, const struct http_request *request,
                          struct http_answer *answer)
{
    (void)service;
    (void)request;
    answer->status = 200;
    buffer_append_text(&answer->body, "{\"status\":\"ok\"}");
}

static void append_check(struct buffer *body, const char *name, bool passed)
{
    buffer_append_json_string(body, name);
    buffer_append_text(body, passed ? ":true," : ":false,");
}

static bool database_answers(struct process *process, struct ctx *ctx)
{
    struct pg_result *result = NULL;
    enum err err =
        read_pool_run(process->reads.pool, ctx, &runtime_sql_statements[RUNTIME_SQL_READY],
                      pg_arguments_new(ctx->arena, 0), &result);

    pg_result_free(result);
    return err == OK;
}

static void answer_ready(void *service, const struct http_request *request,
                         struct http_answer *answer)
{
    struct process *process = service;
    struct worker_status status = worker_status(process->worker);
    bool database = database_answers(process, request->ctx);
    bool moving = clock_monotonic_ms(NULL) - status.last_step_at < STALLED_MS;
    bool lanes = status.lanes_active == status.lanes_held &&
                 (status.lanes_held > 0 || status.instances_live > 1);
    bool ready = database && moving && lanes && !process->draining;

    answer->status = ready ? 200 : 503;
    buffer_append_text(&answer->body, "{");
    append_check(&answer->body, "database", database);
    append_check(&answer->body, "lanes", lanes);
    append_check(&answer->body, "moving", moving);
    append_check(&answer->body, "draining", process->draining);
    buffer_append_text(&answer->body,
                       ready ? "\"status\":\"ready\"}" : "\"status\":\"not ready\"}");
}

/* For the gateway, which refuses new orders while a service is late and gets later. */
static void answer_lateness(void *service, const struct http_request *request,
                            struct http_answer *answer)
{
    const struct process *process = service;

    (void)request;
    answer->status = 200;
    buffer_append_text(&answer->body, "{\"late_ms\":");
    buffer_append_int(&answer->body, worker_status(process->worker).late_ms);
    buffer_append_text(&answer->body, "}");
}

static void answer_metrics(void *service, const struct http_request *request,
                           struct http_answer *answer)
{
    (void)service;
    (void)request;
    answer->status = 200;
    answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&answer->body);
}

static const struct http_route own_routes[] = {
    { "GET", "/healthz", answer_health, NULL },
    { "GET", "/readyz", answer_ready, NULL },
    { "GET", "/metrics", answer_metrics, NULL },
    { "GET", "/v1/lateness", answer_lateness, NULL },
    { "GET", "/v1/audit", read_api_handle, &audit_document },
    { "POST", "/v1/audit/runs/:name", read_api_handle, &audit_run_asked },
    { "GET", "/v1/audit/runs/:name", read_api_handle, &audit_run_shown },
};
enum { OWN_ROUTES = sizeof own_routes / sizeof own_routes[0] };

enum err service_http_open(struct ctx *ctx, struct process *process)
{
    const struct service *service = process->service;
    static const struct read_routes none = { NULL, 0 };
    const struct read_routes *reads = service->reads == NULL ? &none : service->reads;
    struct http_route *routes = calloc(OWN_ROUTES + reads->count, sizeof *routes);

    if (routes == NULL) {
        return err_set(ctx, ERR_FATAL, "no memory for routes");
    }
    memcpy(routes, own_routes, sizeof own_routes);
    for (size_t i = 0; i < reads->count; i++) {
        routes[OWN_ROUTES + i] =
            (struct http_route){ "GET", reads->rows[i].pattern, read_api_handle, &reads->rows[i] };
    }
    process->routes = routes;
    struct http_server_options options = {
        .port = process->settings.http_port,
        .bind_address = process->settings.http_bind,
        .body_bytes_max = BODY_BYTES_MAX,
        .connections_max = CONNECTIONS_MAX,
        .connections_a_peer_max = CONNECTIONS_MAX,
        .idle_timeout_ms = IDLE_TIMEOUT_MS,
        .arena_bytes_max = REQUEST_ARENA_BYTES,
        .routes = routes,
        .route_count = OWN_ROUTES + reads->count,
        .service = process,
    };
    return http_server_open(ctx, &options, &process->http);
}
