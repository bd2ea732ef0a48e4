/* admin_channel.c - POST /v1/channels makes a channel, PUT /v1/channels/{code} also replaces the version that If-Match names. */
#include "services/gateway/admin.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "sql/gateway_sql.h"

#include <string.h>

enum { STATUS_OK = 200, STATUS_CREATED = 201, ORIGINS_BYTES_MAX = 8192 };

static bool read_settings(const struct call *call, struct channel_settings *ret)
{
    const struct http_request *request = call->request;
    struct violations violations = { .count = 0 };

    if (channel_settings_decode(request->ctx->arena, request->body, request->body_length, ret,
                                &violations) == OK) {
        return true;
    }
    call_refuse_body(call, &violations, "");
    return false;
}

static const char *joined_origins(const struct call *call, const struct channel_settings *settings)
{
    struct buffer text;

    buffer_init(&text, ORIGINS_BYTES_MAX);
    for (size_t i = 0; i < settings->origins_count; i++) {
        buffer_append_text(&text, i > 0 ? " " : "");
        buffer_append_text(&text, settings->origins[i]);
    }
    const char *joined =
        arena_copy_text(call->request->ctx->arena, text.length > 0 ? text.bytes : "", text.length);
    buffer_release(&text);
    return joined;
}

/* What is there now, beside where it is. */
static void show(const struct call *call, const char *code, bool made,
                 const struct pg_result *result)
{
    struct arena *arena = call->request->ctx->arena;

    call->answer->status = made ? STATUS_CREATED : STATUS_OK;
    http_answer_header(call->answer, text_format(arena, "ETag: \"%s\"", pg_text(result, 0, 1)));
    call_location(call, text_format(arena, "/v1/channels/%s", code));
    buffer_append_text(&call->answer->body, pg_text(result, 0, 0));
    admin_tell(call, made ? "channel made" : "channel changed", code);
}

static void answer_put(const struct call *call, const struct admin_precondition *precondition,
                       const struct pg_result *result)
{
    if (pg_row_count(result) == 0 && !precondition->given) {
        call_refuse(call, PROBLEM_PRECONDITION_REQUIRED,
                    "the channel is there: send If-Match with its ETag to replace it");
    } else if (pg_row_count(result) == 0) {
        call_refuse(call, PROBLEM_STALE, "the channel has another version, or is not there");
    } else {
        show(call, http_path(call->request, "code"), precondition->version == 0, result);
    }
}

/* In place of this version, 0: of none.  False, and answered, when it cannot be written. */
static bool write_channel(const struct call *call, const char *code,
                          const struct channel_settings *settings, int64_t version,
                          struct pg_result **ret)
{
    struct pg_arguments *arguments = pg_arguments_new(call->request->ctx->arena, 9);

    pg_argument_text(arguments, code);
    pg_argument_text(arguments, settings->name);
    pg_argument_bool(arguments, !settings->has_active || settings->active);
    pg_argument_text(arguments, joined_origins(call, settings));
    admin_bind_rate(arguments, settings->rate_limit);
    pg_argument_int(arguments, COLUMN_INT8, version);
    admin_bind_who(call, arguments);
    return admin_run(call, GATEWAY_SQL_CHANNEL_PUT, arguments, ret);
}

static void put(const struct call *call, const struct channel_settings *settings,
                const struct admin_precondition *precondition)
{
    struct pg_result *result = NULL;

    if (write_channel(call, http_path(call->request, "code"), settings, precondition->version,
                      &result)) {
        answer_put(call, precondition, result);
        pg_result_free(result);
    }
}

static void make(const struct call *call, const struct channel_new *channel)
{
    const struct channel_settings settings = { .name = channel->name,
                                               .has_active = channel->has_active,
                                               .active = channel->active,
                                               .origins = channel->origins,
                                               .origins_count = channel->origins_count,
                                               .rate_limit = channel->rate_limit };
    struct pg_result *result = NULL;

    if (!write_channel(call, channel->code, &settings, 0, &result)) {
        return;
    }
    if (pg_row_count(result) == 0) {
        call_location(call,
                      text_format(call->request->ctx->arena, "/v1/channels/%s", channel->code));
        call_refuse(call, PROBLEM_CONFLICT,
                    "there is a channel of this code; PUT with If-Match replaces it");
    } else {
        show(call, channel->code, true, result);
    }
    pg_result_free(result);
}

/* The same form as in the schema, which the table checks, too. */
static bool is_code(const char *code)
{
    size_t length = strlen(code);

    return length <= CHANNEL_LENGTH_MAX && code[0] != '-' &&
           strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

void answer_channel_put(void *gateway, const struct http_request *request,
                        struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct channel_settings settings;
    struct admin_precondition precondition;

    if (!admin_begin(&call) || !call_is_json(&call)) {
        return;
    }
    if (!is_code(http_path(request, "code"))) {
        call_refuse(&call, PROBLEM_NOT_FOUND, "nothing can be under this address");
    } else if (read_settings(&call, &settings) && admin_read_precondition(&call, &precondition)) {
        put(&call, &settings, &precondition);
    }
}

void answer_channel_make(void *gateway, const struct http_request *request,
                         struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct violations violations = { .count = 0 };
    struct channel_new channel;

    if (!admin_begin(&call) || !call_has_json(&call)) {
        return;
    }
    if (channel_new_decode(request->ctx->arena, request->body, request->body_length, &channel,
                           &violations) == OK) {
        make(&call, &channel);
    } else {
        call_refuse_body(&call, &violations, "");
    }
}
