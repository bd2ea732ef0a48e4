/* admin.c - what the handlers of channels and keys share, and their reads. */
#include "services/gateway/admin.h"

#include "common/arena.h"
#include "common/log.h"
#include "common/read_api.h"
#include "common/text.h"
#include "proto/types.h"
#include "sql/gateway_sql.h"

#include <string.h>

enum { FIRST_VERSION = 1 };

const struct read_route channel_list = {
    .statement = GATEWAY_SQL_READ_CHANNELS,
    .list = true,
    .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT },
                    { .name = "limit", .kind = READ_LIMIT } },
    .parameter_count = 2,
};
const struct read_route channel_document = {
    .statement = GATEWAY_SQL_READ_CHANNEL,
    .versioned = true,
    .parameters = { { .name = "code", .kind = READ_PATH_TEXT } },
    .parameter_count = 1,
};
const struct read_route key_list = {
    .statement = GATEWAY_SQL_READ_KEYS,
    .list = true,
    .parameters = { { .name = "channel", .kind = READ_QUERY_TEXT },
                    { .name = "cursor", .kind = READ_CURSOR_TEXT },
                    { .name = "limit", .kind = READ_LIMIT } },
    .parameter_count = 3,
};
const struct read_route key_document = {
    .statement = GATEWAY_SQL_READ_KEY,
    .parameters = { { .name = "id", .kind = READ_PATH_TEXT } },
    .parameter_count = 1,
};
const struct read_route audit_log_list = {
    .statement = GATEWAY_SQL_READ_AUDIT_LOG,
    .list = true,
    .parameters = { { .name = "subject", .kind = READ_QUERY_TEXT, .length_max = 128 },
                    { .name = "cursor", .kind = READ_CURSOR_INT },
                    { .name = "limit", .kind = READ_LIMIT } },
    .parameter_count = 3,
};

static const struct service own = {
    .name = "gateway",
    .statements = gateway_sql_statements,
    .statement_count = GATEWAY_SQL_COUNT,
};

bool admin_begin(struct call *call)
{
    if (!call_begin(call, SCOPE_ADMIN)) {
        return false;
    }
    if (call_is_bound(call)) {
        call_refuse(call, PROBLEM_FORBIDDEN,
                    "who administers has a key that is not bound to a channel");
        return false;
    }
    return true;
}

bool admin_run(const struct call *call, int statement, const struct pg_arguments *arguments,
               struct pg_result **ret)
{
    enum err err = read_pool_run(call->gateway->pool, call->request->ctx,
                                 &gateway_sql_statements[statement], arguments, ret);

    if (err) {
        http_problem_err(call->request, call->answer, err);
    }
    return err == OK;
}

bool admin_read_precondition(const struct call *call, struct admin_precondition *ret)
{
    const char *match = http_header(call->request, "If-Match");
    const char *none = http_header(call->request, "If-None-Match");
    size_t length = match == NULL ? 0 : strlen(match);

    *ret = (struct admin_precondition){ .given = match != NULL || none != NULL };
    if (none != NULL && (match != NULL || strcmp(none, "*") != 0)) {
        call_refuse(call, PROBLEM_PRECONDITION, "send If-Match: \"<version>\" or If-None-Match: *");
        return false;
    }
    if (match == NULL) {
        return true;
    }
    if (length < 3 || match[0] != '"' || match[length - 1] != '"') {
        call_refuse(call, PROBLEM_PRECONDITION, "If-Match wants the ETag of one version");
        return false;
    }
    const char *number = arena_copy_text(call->request->ctx->arena, match + 1, length - 2);
    if (!text_to_int(number, &ret->version) || ret->version < FIRST_VERSION) {
        ret->version = -1;
    }
    return true;
}

void admin_bind_rate(struct pg_arguments *arguments, const struct request_rate *rate)
{
    if (rate == NULL) {
        pg_argument_null(arguments);
        pg_argument_null(arguments);
    } else {
        pg_argument_int(arguments, COLUMN_INT4, rate->per_second);
        pg_argument_int(arguments, COLUMN_INT4, rate->burst);
    }
}

void admin_bind_who(const struct call *call, struct pg_arguments *arguments)
{
    pg_argument_text(arguments, call_actor(call));
    pg_argument_text(arguments, call->request->request_id);
}

bool admin_log(const struct call *call, const struct logged *logged)
{
    struct pg_arguments *arguments = pg_arguments_new(call->request->ctx->arena, 6);
    struct pg_result *result = NULL;

    pg_argument_text(arguments, call_actor(call));
    pg_argument_text(arguments, logged->action);
    pg_argument_text(arguments, logged->subject);
    pg_argument_text(arguments, logged->before);
    pg_argument_text(arguments, logged->after);
    pg_argument_text(arguments, logged->request_id);
    bool done = admin_run(call, GATEWAY_SQL_AUDIT_LOG_APPEND, arguments, &result);
    pg_result_free(result);
    return done;
}

void admin_tell(const struct call *call, const char *what, const char *subject)
{
    log_info(what, LOG_TEXT("subject", subject), LOG_TEXT("by", call_actor(call)),
             LOG_TEXT("request_id", call->request->request_id));
}

void answer_admin_read(void *service, const struct http_request *request,
                       struct http_answer *answer)
{
    struct gateway *gateway = service;
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct read_api api = { .service = &own, .pool = gateway->pool };

    if (admin_begin(&call)) {
        read_api_handle(&api, request, answer);
    }
}
