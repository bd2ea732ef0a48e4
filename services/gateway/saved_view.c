/* saved_view.c - GET, PUT and DELETE of saved views, and their use. */
#include "services/gateway/saved_view.h"

#include "common/arena.h"
#include "common/http_target.h"
#include "common/read_api.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "services/gateway/admin.h"
#include "services/gateway/reads.h"
#include "sql/gateway_sql.h"

#include <string.h>

enum {
    VIEWS_OF_A_KEY_MAX = 100,
    FILTERS_MAX = 24,
    NAME_LENGTH_MAX = 64,
    STATUS_OK = 200,
    STATUS_CREATED = 201,
    STATUS_BAD_REQUEST = 400
};

const struct read_route saved_view_list = {
    .statement = GATEWAY_SQL_READ_SAVED_VIEWS,
    .list = true,
    .closed = true,
    .parameters = { { .name = "caller", .kind = READ_PATH_TEXT },
                    { .name = "channel_of_caller", .kind = READ_PATH_TEXT },
                    { .name = "cursor", .kind = READ_CURSOR_TEXT },
                    { .name = "cursor", .kind = READ_CURSOR_TEXT },
                    { .name = "limit", .kind = READ_LIMIT } },
    .parameter_count = 5,
};
const struct read_route saved_view_document = {
    .statement = GATEWAY_SQL_READ_SAVED_VIEW,
    .versioned = true,
    .parameters = { { .name = "caller", .kind = READ_PATH_TEXT },
                    { .name = "channel_of_caller", .kind = READ_PATH_TEXT },
                    { .name = "name", .kind = READ_PATH_TEXT } },
    .parameter_count = 3,
};

static const struct service own = {
    .name = "gateway",
    .statements = gateway_sql_statements,
    .statement_count = GATEWAY_SQL_COUNT,
};

static const char *channel_of(const struct call *call)
{
    return call_is_bound(call) ? call->caller.channel : NULL;
}

/* The first arguments of every statement: who asks. */
static void bind_caller(const struct call *call, struct pg_arguments *arguments)
{
    pg_argument_text(arguments, call->caller.key_id);
    pg_argument_text(arguments, channel_of(call));
}

/* --- Showing ---------------------------------------------------------------------------------- */

/* The read API binds what the address says; here it says who asks, too. */
void answer_saved_view_read(void *service, const struct http_request *request,
                            struct http_answer *answer)
{
    struct gateway *gateway = service;
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct read_api api = { .service = &own, .pool = gateway->pool };
    struct http_target target = *request->target;
    struct http_request asked = *request;

    if (!call_begin(&call, SCOPE_ORDERS_READ)) {
        return;
    }
    target.parameters[target.parameter_count++] =
        (struct http_pair){ "caller", call.caller.key_id };
    target.parameters[target.parameter_count++] =
        (struct http_pair){ "channel_of_caller", channel_of(&call) };
    asked.target = &target;
    read_api_handle(&api, &asked, answer);
}

/* --- Filters ---------------------------------------------------------------------------------- */

/* What is wrong with a filter before anybody asks the order service; NULL: nothing. */
static const char *fault_of(const char *name, const char *kind)
{
    static const char *const no_filters[] = { "cursor", "limit", "detail", "view" };
    static const char *const of_people[] = { "customer_name", "email", "email_prefix", "phone" };

    if (text_is_among(name, no_filters, sizeof no_filters / sizeof no_filters[0])) {
        return "is no filter";
    }
    if (text_is_among(name, of_people, sizeof of_people / sizeof of_people[0])) {
        return "looks for a person and is not saved; send it beside the view";
    }
    if (!text_equal(kind, "string") && !text_equal(kind, "number") &&
        !text_equal(kind, "boolean")) {
        return "must be a text, an integer, true or false";
    }
    return NULL;
}

static void refuse_filter(const struct call *call, const char *name, const char *detail)
{
    struct violations violations = { .count = 0 };

    violations_add(&violations, text_format(call->request->ctx->arena, "/filters/%.100s", name),
                   "filters", detail);
    call_refuse_body(call, &violations, "");
}

/* False, and answered, when one of the rows can be no filter. */
static bool take_pairs(const struct call *call, const struct pg_result *result,
                       struct http_pair *pairs)
{
    struct arena *arena = call->request->ctx->arena;

    for (int row = 0; row < pg_row_count(result); row++) {
        const char *name = pg_text(result, row, 0),
                   *fault = fault_of(name, pg_text(result, row, 2));

        if (fault == NULL && row == FILTERS_MAX) {
            fault = "is one filter too many";
        }
        if (fault != NULL) {
            refuse_filter(call, name, fault);
            return false;
        }
        pairs[row] = (struct http_pair){ text_format(arena, "%s", name),
                                         text_format(arena, "%s", pg_text(result, row, 1)) };
    }
    return true;
}

/* The members of a JSON object; false, and answered, when one can be no filter. */
static bool read_pairs(struct call *call, const char *filters)
{
    struct arena *arena = call->request->ctx->arena;
    struct http_pair *pairs = arena_alloc(arena, FILTERS_MAX * sizeof *pairs);
    struct pg_arguments *arguments = pg_arguments_new(arena, 1);
    struct pg_result *result = NULL;

    pg_argument_text(arguments, filters);
    if (!admin_run(call, GATEWAY_SQL_FILTER_PAIRS, arguments, &result)) {
        return false;
    }
    bool fits = take_pairs(call, result, pairs);
    call->view = pairs;
    call->view_count = fits ? (size_t)pg_row_count(result) : 0;
    pg_result_free(result);
    return fits;
}

/* Says which filter the order service does not take. */
static void refuse_as_owner(const struct call *call, const struct http_fetched *said)
{
    struct violations violations = { .count = 0 };
    struct owner_problem problem;

    if (owner_problem_decode(call->request->ctx->arena, said->body, said->body_length, &problem,
                             &violations) == OK) {
        refuse_filter(call, problem.errors[0].pointer, problem.errors[0].detail);
        return;
    }
    (void)err_set(call->request->ctx, ERR_FATAL, "the order service answers %lld to filters",
                  (long long)said->status);
    http_problem_err(call->request, call->answer, ERR_FATAL);
}

/* The list itself is asked, for one order: so a filter is good when it is saved if it is good when it is used. */
static bool owner_takes(const struct call *call)
{
    struct http_fetched page = { .status = 0 };
    const char *path = read_filters_path(call, "/v1/orders", "limit=1");

    if (path == NULL) {
        refuse_filter(call, "", "are too long");
        return false;
    }
    enum err err = call_read(call, OWNER_ORDER, path, &page);
    if (err) {
        http_problem_err(call->request, call->answer, err);
    } else if (page.status != STATUS_OK) {
        refuse_as_owner(call, &page);
    }
    return err == OK && page.status == STATUS_OK;
}

/* False, and answered, when a bound key asks for another channel than its own. */
static bool is_of_own_channel(const struct call *call)
{
    const char *channel = http_pair_find(call->view, call->view_count, "channel");

    if (call_is_bound(call) && channel != NULL && !text_equal(channel, call->caller.channel)) {
        call_refuse(call, PROBLEM_CHANNEL, "the API key sees its own channel only");
        return false;
    }
    return true;
}

/* --- Saving ----------------------------------------------------------------------------------- */

static void show_saved(const struct call *call, const char *name, bool made,
                       const struct pg_result *result)
{
    struct arena *arena = call->request->ctx->arena;

    call->answer->status = made ? STATUS_CREATED : STATUS_OK;
    http_answer_header(call->answer, text_format(arena, "ETag: \"%s\"", pg_text(result, 0, 2)));
    call_location(call, text_format(arena, "/v1/views/%s", name));
    buffer_append_text(&call->answer->body, pg_text(result, 0, 1));
    admin_tell(call, made ? "view saved" : "view changed", name);
}

static void answer_put(const struct call *call, const struct admin_precondition *precondition,
                       const struct pg_result *result)
{
    const char *outcome = pg_row_count(result) > 0 ? pg_text(result, 0, 0) : NULL;

    if (outcome == NULL && !precondition->given) {
        call_refuse(call, PROBLEM_PRECONDITION_REQUIRED,
                    "the view is there: send If-Match with its ETag to replace it");
    } else if (outcome == NULL) {
        call_refuse(call, PROBLEM_STALE, "the view has another version, or is not there");
    } else if (text_equal(outcome, "taken")) {
        call_refuse(call, PROBLEM_CONFLICT, "another key shares a view of this name");
    } else if (text_equal(outcome, "full")) {
        call_refuse(call, PROBLEM_CONFLICT,
                    text_format(call->request->ctx->arena, "a key keeps %d views at most",
                                VIEWS_OF_A_KEY_MAX));
    } else {
        show_saved(call, http_path(call->request, "name"), precondition->version == 0, result);
    }
}

static void save(const struct call *call, const struct saved_view_settings *settings,
                 const struct admin_precondition *precondition)
{
    struct pg_arguments *arguments = pg_arguments_new(call->request->ctx->arena, 10);
    struct pg_result *result = NULL;

    bind_caller(call, arguments);
    pg_argument_text(arguments, http_path(call->request, "name"));
    pg_argument_text(arguments, settings->title == NULL ? "" : settings->title);
    pg_argument_bool(arguments, settings->has_shared && settings->shared);
    pg_argument_text(arguments, settings->filters);
    pg_argument_int(arguments, COLUMN_INT8, precondition->version);
    pg_argument_int(arguments, COLUMN_INT8, VIEWS_OF_A_KEY_MAX);
    admin_bind_who(call, arguments);
    enum err err =
        read_pool_run(call->gateway->pool, call->request->ctx,
                      &gateway_sql_statements[GATEWAY_SQL_SAVED_VIEW_PUT], arguments, &result);
    if (err == ERR_RULE) { /* saved_view_shared_once: another was a moment earlier */
        call_refuse(call, PROBLEM_CONFLICT, "another key shares a view of this name");
    } else if (err) {
        http_problem_err(call->request, call->answer, err);
    } else {
        answer_put(call, precondition, result);
        pg_result_free(result);
    }
}

/* The same form as in the schema, which the table checks, too. */
static bool is_name(const char *name)
{
    size_t length = strlen(name);

    return length <= NAME_LENGTH_MAX && name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static bool read_settings(const struct call *call, struct saved_view_settings *ret)
{
    const struct http_request *request = call->request;
    struct violations violations = { .count = 0 };

    if (saved_view_settings_decode(request->ctx->arena, request->body, request->body_length, ret,
                                   &violations) == OK) {
        return true;
    }
    call_refuse_body(call, &violations, "");
    return false;
}

void answer_saved_view_put(void *gateway, const struct http_request *request,
                           struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct admin_precondition precondition;
    struct saved_view_settings settings;

    if (!call_begin(&call, SCOPE_ORDERS_READ) || !call_is_json(&call)) {
        return;
    }
    if (!is_name(http_path(request, "name"))) {
        call_refuse(&call, PROBLEM_NOT_FOUND, "nothing can be under this address");
    } else if (read_settings(&call, &settings) && admin_read_precondition(&call, &precondition) &&
               read_pairs(&call, settings.filters) && is_of_own_channel(&call) &&
               owner_takes(&call)) {
        save(&call, &settings, &precondition);
    }
}

/* --- Removing --------------------------------------------------------------------------------- */

static void answer_removal(const struct call *call, const struct pg_result *result)
{
    const char *outcome = pg_row_count(result) > 0 ? pg_text(result, 0, 0) : NULL;
    const char *name = http_path(call->request, "name");

    if (outcome == NULL) {
        call_refuse(call, PROBLEM_NOT_FOUND, "no view has this name");
    } else if (text_equal(outcome, "others")) {
        call_refuse(call, PROBLEM_FORBIDDEN, "another key shares this view; it alone removes it");
    } else if (text_equal(outcome, "stale")) {
        call_refuse(call, PROBLEM_STALE, "the view has another version");
    } else {
        call->answer->status = STATUS_OK;
        buffer_append_text(&call->answer->body, pg_text(result, 0, 1));
        admin_tell(call, "view removed", name);
    }
}

static void remove_view(const struct call *call, const struct admin_precondition *precondition)
{
    struct pg_arguments *arguments = pg_arguments_new(call->request->ctx->arena, 7);
    bool administers = (call->caller.scopes & UINT32_C(1) << SCOPE_ADMIN) != 0;
    struct pg_result *result = NULL;

    bind_caller(call, arguments);
    pg_argument_text(arguments, http_path(call->request, "name"));
    pg_argument_bool(arguments, administers);
    if (precondition->given) {
        pg_argument_int(arguments, COLUMN_INT8, precondition->version);
    } else {
        pg_argument_null(arguments);
    }
    admin_bind_who(call, arguments);
    if (admin_run(call, GATEWAY_SQL_SAVED_VIEW_REMOVE, arguments, &result)) {
        answer_removal(call, result);
        pg_result_free(result);
    }
}

void answer_saved_view_remove(void *gateway, const struct http_request *request,
                              struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct admin_precondition precondition;

    if (!call_begin(&call, SCOPE_ORDERS_READ)) {
        return;
    }
    if (http_header(request, "If-None-Match") != NULL) {
        call_refuse(&call, PROBLEM_PRECONDITION, "leave If-None-Match out");
    } else if (admin_read_precondition(&call, &precondition)) {
        remove_view(&call, &precondition);
    }
}

/* --- Using ------------------------------------------------------------------------------------ */

static void take_view(struct call *call, const struct pg_result *result)
{
    struct arena *arena = call->request->ctx->arena;
    size_t count = pg_is_null(result, 0, 0) ? 0 : (size_t)pg_row_count(result);
    struct http_pair *pairs = arena_alloc(arena, (count + 1) * sizeof *pairs);

    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct http_pair){ text_format(arena, "%s", pg_text(result, (int)i, 0)),
                                       text_format(arena, "%s", pg_text(result, (int)i, 1)) };
    }
    call->view = pairs;
    call->view_count = count;
}

bool saved_view_apply(struct call *call)
{
    const char *name = http_query(call->request, "view");
    struct pg_arguments *arguments = pg_arguments_new(call->request->ctx->arena, 3);
    struct pg_result *result = NULL;

    if (name == NULL) {
        return true;
    }
    bind_caller(call, arguments);
    pg_argument_text(arguments, name);
    if (!admin_run(call, GATEWAY_SQL_SAVED_VIEW_PAIRS, arguments, &result)) {
        return false;
    }
    bool is_seen = pg_row_count(result) > 0;
    if (is_seen) {
        take_view(call, result);
    } else {
        call_refuse_parameter(call, "view", "names no view that the key sees");
    }
    pg_result_free(result);
    return is_seen;
}
