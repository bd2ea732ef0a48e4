/* status.c - is the process alive, can it serve, and its figures. */
#include "services/gateway/call.h"

#include "common/metrics.h"
#include "sql/gateway_sql.h"

enum { STATUS_OK = 200, STATUS_NOT_READY = 503 };

void answer_health(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    (void)gateway;
    (void)request;
    answer->status = STATUS_OK;
    buffer_append_text(&answer->body, "{\"status\":\"ok\"}");
}

static bool database_answers(struct gateway *gateway, struct ctx *ctx)
{
    bool unused = false;

    return access_channel(gateway->access, ctx, "", &unused) == OK;
}

static void append_check(struct buffer *body, const char *name, bool passed)
{
    buffer_append_json_string(body, name);
    buffer_append_text(body, passed ? ":true" : ":false");
}

/* The services behind are not asked: without one of them the others can be reached all the same. */
void answer_ready(void *service, const struct http_request *request, struct http_answer *answer)
{
    struct gateway *gateway = service;
    bool database = database_answers(gateway, request->ctx);
    bool broker = !request_writer_is_away(gateway->writer);
    bool replies = reply_reader_is_ready(gateway->reader);
    bool serving = !atomic_load(&gateway->draining);
    bool ready = database && broker && replies && serving;
    struct buffer *body = &answer->body;

    answer->status = ready ? STATUS_OK : STATUS_NOT_READY;
    buffer_append_text(body, ready ? "{\"status\":\"ok\",\"checks\":{"
                                   : "{\"status\":\"failing\",\"checks\":{");
    append_check(body, "database", database);
    buffer_append_text(body, ",");
    append_check(body, "broker", broker);
    buffer_append_text(body, ",");
    append_check(body, "replies", replies);
    buffer_append_text(body, ",");
    append_check(body, "serving", serving);
    buffer_append_text(body, "}}");
}

void answer_metrics(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    (void)gateway;
    (void)request;
    answer->status = STATUS_OK;
    answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&answer->body);
}
