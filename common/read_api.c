/* read_api.c - turns a request into a statement's parameters, and its rows into a document or a page. */
#include "common/read_api.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/cursor.h"
#include "common/http_target.h"
#include "common/id.h"
#include "common/instant.h"
#include "common/read_value.h"
#include "common/text.h"
#include "sql/runtime_sql.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    LIMIT_DEFAULT = 50,
    LIMIT_MAX = 200,
    ETAG_BYTES = 12,
    QUESTION_BYTES = 6,
    QUESTION_TEXT_MAX = 65536
};

static const struct problem_type bad_parameter = { .slug = "invalid-parameter",
                                                   .title = "A parameter is not valid",
                                                   .status = 400 };
static const struct problem_type not_found = { .slug = "not-found",
                                               .title = "There is no such thing",
                                               .status = 404 };

/* One request on its way to a statement. */
struct reading {
    const struct http_request *request;
    const struct read_route *route;
    struct pg_arguments *arguments;
    int64_t limit;
    const char *question; /* what a list is asked for, as its cursors know it; NULL: all there is */
    struct cursor cursor; /* nothing on the first page */
    size_t cursor_read;   /* parts bound so far */
    const char *fault;    /* what is wrong; NULL when nothing is */
    const char *fault_name;
};

static void refuse(struct reading *reading, const char *name, const char *detail)
{
    if (reading->fault == NULL) {
        reading->fault = detail;
        reading->fault_name = name;
    }
}

static const char *cursor_name(const struct read_route *route)
{
    return route->endless ? "after" : "cursor";
}

static bool is_asked_for(const struct read_parameter *parameter)
{
    switch (parameter->kind) {
    case READ_QUERY_TEXT:
    case READ_QUERY_DIGITS:
    case READ_QUERY_INT:
    case READ_QUERY_AMOUNT:
    case READ_QUERY_INSTANT:
    case READ_QUERY_ORDER_ID:
        return true;
    case READ_PATH_TEXT:
    case READ_PATH_ORDER_ID:
    case READ_NOTHING:
    case READ_LIMIT:
    case READ_CURSOR_INT:
    case READ_CURSOR_TEXT:
        break;
    }
    return false;
}

/* A short hash of the filters: where a page of other ones ended says nothing about these. */
static const char *question_of(const struct reading *reading)
{
    const struct read_route *route = reading->route;
    char hex[2 * QUESTION_BYTES + 1];
    unsigned char digest[SHA256_BYTES];
    struct buffer text;

    buffer_init(&text, QUESTION_TEXT_MAX);
    for (size_t i = 0; i < route->parameter_count; i++) {
        const struct read_parameter *parameter = &route->parameters[i];
        const char *value =
            is_asked_for(parameter) ? http_query(reading->request, parameter->name) : NULL;

        if (value != NULL) {
            buffer_append_text(&text, parameter->name);
            buffer_append_text(&text, "=");
            buffer_append_text(&text, value);
            buffer_append_text(&text, "\x1f");
        }
    }
    bool asked = text.length > 0;
    sha256(asked ? text.bytes : "", text.length, digest);
    buffer_release(&text);
    text_hex(digest, QUESTION_BYTES, hex);
    return asked ? text_format(reading->request->ctx->arena, "%s", hex) : NULL;
}

static size_t cursor_parts(const struct read_route *route)
{
    size_t count = 0;

    for (size_t i = 0; i < route->parameter_count; i++) {
        enum read_parameter_kind kind = route->parameters[i].kind;

        count += kind == READ_CURSOR_INT || kind == READ_CURSOR_TEXT;
    }
    return count;
}

/* What is asked of an endless list may change from page to page, its cursors are valid for ever. */
static bool is_bound_to_question(const struct read_route *route)
{
    return route->list && !route->endless && cursor_parts(route) < CURSOR_PARTS_MAX;
}

static void read_cursor(struct reading *reading)
{
    const char *name = cursor_name(reading->route);
    const char *text = http_query(reading->request, name);

    if (is_bound_to_question(reading->route)) {
        reading->question = question_of(reading);
    }
    if (text == NULL) {
        return;
    }
    if (!cursor_read(reading->request->ctx->arena, text, &reading->cursor)) {
        refuse(reading, name, "is not a cursor of this list");
    } else if (is_bound_to_question(reading->route) &&
               !text_equal(reading->cursor.parts[cursor_parts(reading->route)],
                           reading->question)) {
        refuse(reading, name, "is of a list with other filters");
    }
}

static const char *write_cursor(const struct reading *reading, const struct pg_result *result,
                                int row)
{
    struct cursor cursor = { { NULL } };
    size_t parts = reading->cursor_read;

    for (size_t part = 0; part < parts && part < CURSOR_PARTS_MAX; part++) {
        cursor.parts[part] = pg_text(result, row, (int)part + 1);
    }
    if (parts < CURSOR_PARTS_MAX) {
        cursor.parts[parts] = reading->question;
    }
    return cursor_write(reading->request->ctx->arena, &cursor);
}

static void bind_text(struct reading *reading, const struct read_parameter *parameter,
                      const char *text)
{
    const char *fault = NULL;
    const char *value =
        parameter->kind == READ_QUERY_DIGITS
            ? read_value_digits(reading->request->ctx->arena, parameter, text, &fault)
            : read_value_text(parameter, text, &fault);

    if (fault != NULL) {
        refuse(reading, parameter->name, fault);
    }
    pg_argument_text(reading->arguments, value);
}

static void bind_int(struct reading *reading, const struct read_parameter *parameter,
                     const char *text)
{
    const char *fault = NULL;
    int64_t number = read_value_int(parameter, text, &fault);

    if (fault != NULL) {
        refuse(reading, parameter->name, fault);
    }
    if (text == NULL) {
        pg_argument_null(reading->arguments);
    } else {
        pg_argument_int(reading->arguments, COLUMN_INT8, number);
    }
}

static void bind_instant(struct reading *reading, const char *name, const char *text)
{
    int64_t instant = 0;

    if (text != NULL && !instant_parse(text, strlen(text), &instant)) {
        refuse(reading, name, "must be an instant as in 2026-01-31T12:00:00Z");
    }
    pg_argument_int(reading->arguments, COLUMN_INSTANT, instant);
}

static void bind_order_id(struct reading *reading, const char *name, const char *text, bool path)
{
    unsigned char *bytes = arena_alloc(reading->request->ctx->arena, ORDER_ID_BYTES);

    if (text == NULL) {
        pg_argument_null(reading->arguments);
        return;
    }
    if (!order_id_parse(text, bytes) && !path) {
        refuse(reading, name, "must be an order id");
    }
    pg_argument_bytes(reading->arguments, (struct bytes){ bytes, ORDER_ID_BYTES });
}

static void bind_limit(struct reading *reading)
{
    const char *text = http_query(reading->request, "limit");

    if (text != NULL &&
        (!text_to_int(text, &reading->limit) || reading->limit < 1 || reading->limit > LIMIT_MAX)) {
        refuse(reading, "limit", "must be from 1 to 200");
        reading->limit = 1;
    }
    pg_argument_int(reading->arguments, COLUMN_INT8, reading->limit + 1);
}

static void bind(struct reading *reading, const struct read_parameter *parameter)
{
    const struct http_request *request = reading->request;

    switch (parameter->kind) {
    case READ_PATH_TEXT:
        bind_text(reading, parameter, http_path(request, parameter->name));
        break;
    case READ_PATH_ORDER_ID:
        bind_order_id(reading, parameter->name, http_path(request, parameter->name), true);
        break;
    case READ_QUERY_TEXT:
    case READ_QUERY_DIGITS:
        bind_text(reading, parameter, http_query(request, parameter->name));
        break;
    case READ_QUERY_INT:
    case READ_QUERY_AMOUNT:
        bind_int(reading, parameter, http_query(request, parameter->name));
        break;
    case READ_QUERY_INSTANT:
        bind_instant(reading, parameter->name, http_query(request, parameter->name));
        break;
    case READ_QUERY_ORDER_ID:
        bind_order_id(reading, parameter->name, http_query(request, parameter->name), false);
        break;
    case READ_NOTHING:
        pg_argument_null(reading->arguments);
        break;
    case READ_LIMIT:
        bind_limit(reading);
        break;
    case READ_CURSOR_INT:
        bind_int(reading, parameter, reading->cursor.parts[reading->cursor_read++]);
        break;
    case READ_CURSOR_TEXT:
        bind_text(reading, parameter, reading->cursor.parts[reading->cursor_read++]);
        break;
    }
}

/* The bytes themselves.  A page that shows them runs nothing that may be in them. */
static void answer_content(const struct reading *reading, struct http_answer *answer,
                           const struct pg_result *result)
{
    struct arena *arena = reading->request->ctx->arena;
    const char *text = pg_text(result, 0, 0), *media_type = pg_text(result, 0, 2);
    char *packed = arena_alloc(arena, strlen(text) + 1);
    size_t packed_length = 0, length = 0;

    /* PostgreSQL breaks lines. */
    for (; *text != '\0'; text++) {
        packed[packed_length] = *text;
        packed_length += *text != '\n';
    }
    packed[packed_length] = '\0';
    const unsigned char *bytes = base64_decode(arena, packed, &length);
    assert(bytes != NULL);
    answer->status = 200;
    answer->content_type = arena_copy_text(arena, media_type, strlen(media_type));
    http_answer_header(answer, text_format(arena, "ETag: \"%s\"", pg_text(result, 0, 1)));
    buffer_append(&answer->body, bytes, length);
}

/* Strong: of the version where the statement gives one, else of the document's bytes. */
static const char *etag_of(const struct reading *reading, const struct pg_result *result)
{
    struct arena *arena = reading->request->ctx->arena;
    const char *document = pg_text(result, 0, 0);
    unsigned char digest[SHA256_BYTES];
    char hex[2 * ETAG_BYTES + 1];

    if (reading->route->versioned) {
        return text_format(arena, "ETag: \"%s\"", pg_text(result, 0, 1));
    }
    sha256(document, strlen(document), digest);
    text_hex(digest, ETAG_BYTES, hex);
    return text_format(arena, "ETag: \"%s\"", hex);
}

static void answer_document(const struct reading *reading, struct http_answer *answer,
                            const struct pg_result *result)
{
    const struct http_request *request = reading->request;

    if (pg_row_count(result) == 0 || pg_is_null(result, 0, 0)) {
        http_problem(request, answer, &not_found,
                     &(struct problem_words){ .detail = "nothing is known under this address" });
        return;
    }
    if (reading->route->content) {
        answer_content(reading, answer, result);
        return;
    }
    answer->status = 200;
    http_answer_header(answer, etag_of(reading, result));
    buffer_append_text(&answer->body, pg_text(result, 0, 0));
}

/* The cursor of a row, or of none: JSON. */
static void append_next(const struct reading *reading, struct http_answer *answer,
                        const struct pg_result *result, int row)
{
    if (row < 0) {
        buffer_append_text(&answer->body, "null");
        return;
    }
    buffer_append_json_string(&answer->body, write_cursor(reading, result, row));
}

static void answer_page(const struct reading *reading, struct http_answer *answer,
                        const struct pg_result *result)
{
    int rows = pg_row_count(result);
    bool has_place = rows > 0 && pg_is_null(result, rows - 1, 0);
    int items = rows - (has_place ? 1 : 0);
    int shown = items > (int)reading->limit ? (int)reading->limit : items;

    answer->status = 200;
    buffer_append_text(&answer->body, "{\"items\":[");
    for (int row = 0; row < shown; row++) {
        buffer_append_text(&answer->body, row > 0 ? "," : "");
        buffer_append_text(&answer->body, pg_text(result, row, 0));
    }
    buffer_append_text(&answer->body, "],\"next\":");
    append_next(reading, answer, result, items > shown ? shown - 1 : has_place ? rows - 1 : -1);
    buffer_append_text(&answer->body, "}");
}

static void run(struct read_api *api, struct reading *reading, struct http_answer *answer)
{
    struct ctx *ctx = reading->request->ctx;
    struct pg_result *result = NULL;
    const struct sql_statement *statements =
        reading->route->runtime ? runtime_sql_statements : api->service->statements;
    enum err err = read_pool_run(api->pool, ctx, &statements[reading->route->statement],
                                 reading->arguments, &result);

    if (err) {
        http_problem_err(reading->request, answer, err == ERR_RULE ? ERR_INPUT : err);
    } else if (reading->route->list) {
        answer_page(reading, answer, result);
    } else {
        answer_document(reading, answer, result);
    }
    pg_result_free(result);
}

static bool is_named(const struct read_route *route, const char *name)
{
    for (size_t i = 0; i < route->parameter_count; i++) {
        if (route->parameters[i].kind != READ_NOTHING &&
            text_equal(route->parameters[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Who misspells a filter would see what was to be left out. */
static void refuse_unknown(struct reading *reading)
{
    const struct http_target *target = reading->request->target;

    for (size_t i = 0; i < target->query_count; i++) {
        if (!is_named(reading->route, target->query[i].name)) {
            refuse(reading, target->query[i].name, "is not known here");
        }
    }
}

static void answer_fault(const struct reading *reading, struct http_answer *answer)
{
    struct http_fault fault = { .pointer = reading->fault_name, .detail = reading->fault };
    struct problem_words words = {
        .detail = text_format(reading->request->ctx->arena, "parameter \"%s\" %s",
                              reading->fault_name, reading->fault),
        .faults = &fault,
        .fault_count = 1,
    };

    http_problem(reading->request, answer, &bad_parameter, &words);
}

void read_api_handle(void *api, const struct http_request *request, struct http_answer *answer)
{
    const struct read_route *route = request->route->data;
    struct reading reading = {
        .request = request,
        .route = route,
        .arguments = pg_arguments_new(request->ctx->arena, route->parameter_count),
        .limit = LIMIT_DEFAULT,
    };

    read_cursor(&reading);
    for (size_t i = 0; i < route->parameter_count; i++) {
        bind(&reading, &route->parameters[i]);
    }
    if (route->closed) {
        refuse_unknown(&reading);
    }
    if (reading.fault != NULL) {
        answer_fault(&reading, answer);
        return;
    }
    run(api, &reading, answer);
}
