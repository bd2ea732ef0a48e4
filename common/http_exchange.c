/* http_exchange.c - one request: is it whole, whose is it, and how its answer goes out.
 *
 * A body that is too long comes with one byte more than is allowed, and is refused here.
 */
#include "common/http_exchange.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/http_target.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/text.h"
#include "common/tracing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ANSWER_BYTES_MAX = 64 << 20,
    REQUEST_ID_LENGTH_MAX = 64,
    STREAM_BLOCK_BYTES = 16 * 1024,
    TARGET_BYTES_MAX = 8 * 1024, /* of the request line; the library itself ends at 32 KiB of all */
    STATUS_FAULT = 500,
    HEADERS_MAX = 64,
    HEADER_BYTES_MAX = 16 * 1024
};

/* One request and its answer. */
struct http_exchange {
    struct http_server *server;
    struct ctx ctx;
    struct http_request request;
    struct http_target target;
    struct http_answer answer;
    const char *head_fault; /* why the request cannot be trusted to be one; NULL: it can */
    bool must_close;        /* what follows on the connection cannot be trusted */
    struct span span;
    const struct http_upload_route *upload_route; /* NULL: the body came before all else */
    struct http_upload upload;
    int64_t start_us;
};

static int64_t monotonic_us(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

const char *http_path(const struct http_request *request, const char *name)
{
    return http_pair_find(request->target->parameters, request->target->parameter_count, name);
}

const char *http_query(const struct http_request *request, const char *name)
{
    return http_pair_find(request->target->query, request->target->query_count, name);
}

const char *http_header(const struct http_request *request, const char *name)
{
    const struct _u_request *native = request->native;

    return u_map_get_case(native->map_header, name);
}

void http_answer_header(struct http_answer *answer, const char *line)
{
    size_t count = 0;

    while (answer->headers[count] != NULL)
        count++;
    assert(count + 1 < sizeof answer->headers / sizeof answer->headers[0]);
    answer->headers[count] = line;
}

static bool is_request_id(const char *text)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = text == NULL ? 0 : strspn(text, allowed);

    return length > 0 && length <= REQUEST_ID_LENGTH_MAX && text[length] == '\0';
}

static const char *request_id_of(const struct http_request *request)
{
    const char *given = http_header(request, "X-Request-Id");
    unsigned char bytes[16];
    char hex[2 * sizeof bytes + 1];

    if (is_request_id(given))
        return given;
    random_bytes(bytes, sizeof bytes);
    text_hex(bytes, sizeof bytes, hex);
    return text_format(request->ctx->arena, "req_%s", hex);
}

/* Refusals of the server itself. */
static void refuse(struct http_exchange *exchange, const struct problem_type *problem,
                   const char *detail)
{
    http_problem(&exchange->request, &exchange->answer, problem,
                 &(struct problem_words){ .detail = detail });
}

static bool fits_method(const struct http_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* The row for the request, or NULL; *ret_allowed names the methods of the path then. */
static const struct http_route *find_route(struct http_exchange *exchange, const char **ret_allowed)
{
    const struct http_server_options *options = &exchange->server->options;
    struct arena *arena = exchange->ctx.arena;
    const char *allowed = NULL;

    for (size_t i = 0; i < options->route_count; i++) {
        const struct http_route *route = &options->routes[i];
        if (!http_target_fits(&exchange->target, route->pattern, arena))
            continue;
        if (fits_method(route, exchange->request.method))
            return route;
        if (strcmp(route->method, "OPTIONS") == 0) /* fits many paths, and says nothing of them */
            continue;
        if (allowed == NULL || strstr(allowed, route->method) == NULL) {
            allowed = allowed == NULL ? route->method
                                      : text_format(arena, "%s, %s", allowed, route->method);
        }
    }
    *ret_allowed = allowed;
    return NULL;
}

static void route_request(struct http_exchange *exchange)
{
    static const struct problem_type unknown = { "not-found", "Not found", 404 };
    static const struct problem_type wrong_method = { "method-not-allowed", "Method not allowed",
                                                      405 };
    struct http_server *server = exchange->server;
    const char *allowed = NULL;
    const struct http_route *route = find_route(exchange, &allowed);

    if (route == NULL && allowed == NULL) {
        refuse(exchange, &unknown, "nothing is found under this path");
        return;
    }
    if (route == NULL) {
        refuse(exchange, &wrong_method, text_format(exchange->ctx.arena, "use %s", allowed));
        http_answer_header(&exchange->answer,
                           text_format(exchange->ctx.arena, "Allow: %s", allowed));
        return;
    }
    int64_t start_us = monotonic_us();
    exchange->request.route = route;
    route->handle(server->options.service, &exchange->request, &exchange->answer);
    metric_observe(server->seconds[route - server->options.routes],
                   (double)(monotonic_us() - start_us) / 1e6);
}

/* Names and values of all headers stay below a limit, and so does their number. */
static bool has_few_headers(const struct _u_request *native)
{
    const char **names = u_map_enum_keys(native->map_header);
    size_t count = 0, bytes = 0;

    for (; names[count] != NULL; count++) {
        bytes += strlen(names[count]) + (size_t)u_map_get_length(native->map_header, names[count]);
    }
    return count <= HEADERS_MAX && bytes <= HEADER_BYTES_MAX;
}

/* False when it was refused: it is no request that can be trusted, or too much of one. */
static bool check_request(struct http_exchange *exchange)
{
    static const struct problem_type malformed = { "malformed", "Malformed request", 400 };
    static const struct problem_type too_large = { "too-large", "Request too large", 413 };
    static const struct problem_type long_target = { "uri-too-long", "Address too long", 414 };
    static const struct problem_type long_head = { "headers-too-large", "Too many headers", 431 };
    const struct http_server_options *options = &exchange->server->options;
    const struct _u_request *native = exchange->request.native;

    if (exchange->head_fault != NULL) {
        exchange->must_close = true;
        refuse(exchange, &malformed, exchange->head_fault);
    } else if ((int64_t)native->binary_body_length > options->body_bytes_max) {
        exchange->must_close = true;
        refuse(exchange, &too_large,
               text_format(exchange->ctx.arena, "a body may have %lld bytes",
                           (long long)options->body_bytes_max));
    } else if (strlen(native->http_url) > TARGET_BYTES_MAX) {
        refuse(exchange, &long_target, "path and query may have 8192 bytes");
    } else if (!has_few_headers(native)) {
        refuse(exchange, &long_head, "64 headers of 16384 bytes together are allowed");
    } else if (http_target_parse(&exchange->ctx, native->http_url, &exchange->target) != OK) {
        refuse(exchange, &malformed, exchange->ctx.detail);
    }
    return exchange->answer.status == 0;
}

static void answer_request(struct http_exchange *exchange)
{
    const struct _u_request *native = exchange->request.native;
    const char *body = native->binary_body == NULL ? "" : native->binary_body;

    exchange->request.body = arena_copy_text(exchange->ctx.arena, body, native->binary_body_length);
    exchange->request.body_length = native->binary_body_length;
    route_request(exchange);
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    }
    return false;
}

/* A line break in a value would write headers of its own; such a line is left out, and told. */
static void write_header(struct http_exchange *exchange, struct _u_map *headers, const char *line)
{
    const char *colon = strchr(line, ':');

    assert(colon != NULL);
    const char *name = arena_copy_text(exchange->ctx.arena, line, (size_t)(colon - line));
    const char *value = colon + 1 + strspn(colon + 1, " ");
    const char *before = u_map_get_case(headers, name);

    if (has_control(line)) {
        log_error("answer header left out: it holds a control character", LOG_TEXT("name", name));
        return;
    }
    if (before != NULL)
        value = text_format(exchange->ctx.arena, "%s, %s", before, value);
    (void)u_map_put(headers, name, value);
}

static void write_headers(struct http_exchange *exchange, struct _u_map *headers)
{
    struct http_answer *answer = &exchange->answer;
    bool has_content =
        answer->body.length > 0 || answer->content_type != NULL || answer->stream.read != NULL;

    for (size_t i = 0; answer->headers[i] != NULL; i++)
        write_header(exchange, headers, answer->headers[i]);
    if (has_content) {
        (void)u_map_put(headers, "Content-Type",
                        answer->content_type == NULL ? "application/json" : answer->content_type);
        (void)u_map_put(headers, "X-Content-Type-Options", "nosniff");
    }
    if (u_map_get_case(headers, "Cache-Control") == NULL)
        (void)u_map_put(headers, "Cache-Control", "no-store");
    (void)u_map_put(headers, "X-Request-Id", exchange->request.request_id);
    if (exchange->must_close || atomic_load(&exchange->server->closing))
        (void)u_map_put(headers, "Connection", "close");
}

/* A stream on its way out, alone: the exchange that began it is gone. */
struct outgoing {
    struct http_stream stream;
    struct http_server *server;
};

static ssize_t on_stream(void *argument, uint64_t offset, char *to, size_t size)
{
    struct outgoing *outgoing = argument;
    int64_t count = 0;

    (void)offset;
    while (count == 0 && !atomic_load(&outgoing->server->closing))
        count = outgoing->stream.read(outgoing->stream.state, to, size);
    if (count > 0)
        return (ssize_t)count;
    return count < -1 ? U_STREAM_ERROR : U_STREAM_END;
}

static void on_stream_end(void *argument)
{
    struct outgoing *outgoing = argument;

    if (outgoing->stream.release != NULL)
        outgoing->stream.release(outgoing->stream.state);
    free(outgoing);
}

static bool write_stream(struct http_exchange *exchange, struct _u_response *response)
{
    struct http_answer *answer = &exchange->answer;
    struct outgoing *outgoing = malloc(sizeof *outgoing);

    if (outgoing == NULL)
        return false;
    *outgoing = (struct outgoing){ answer->stream, exchange->server };
    return ulfius_set_stream_response(response, (unsigned int)answer->status, on_stream,
                                      on_stream_end, U_STREAM_SIZE_UNKNOWN, STREAM_BLOCK_BYTES,
                                      outgoing) == U_OK;
}

static void write_answer(struct http_exchange *exchange, struct _u_response *response)
{
    struct http_answer *answer = &exchange->answer;

    if (answer->status == 0 || answer->body.overflowed) {
        (void)err_set(&exchange->ctx, ERR_FATAL, "%s",
                      answer->status == 0 ? "the handler gave no answer"
                                          : "the answer is too large");
        answer->body.overflowed = false;
        http_problem_err(&exchange->request, answer, ERR_FATAL);
    }
    write_headers(exchange, response->map_header);
    response->status = answer->status;
    if (answer->stream.read != NULL && write_stream(exchange, response))
        return;
    response->binary_body = answer->body.bytes; /* handed over: both sides use malloc and free */
    response->binary_body_length = answer->body.length;
    answer->body = (struct buffer){ 0 };
}

static void tell(const struct http_exchange *exchange, int64_t start_us)
{
    int status = exchange->answer.status;
    const struct http_route *route = exchange->request.route;
    enum log_level level = status >= STATUS_FAULT ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG;

    if (status / 100 < HTTP_STATUS_CLASSES)
        metric_add(exchange->server->answers[status / 100], 1);
    LOG(level, "answered", LOG_TEXT("method", exchange->request.method),
        LOG_TEXT("route", route == NULL ? "none" : route->pattern), LOG_INT("status", status),
        LOG_INT("took_us", monotonic_us() - start_us),
        LOG_TEXT("request_id", exchange->request.request_id));
}

/* Whoever looks after the process asks every few seconds: nobody wants to see that in a trace. */
static bool is_care(const char *path)
{
    return text_equal(path, "/healthz") || text_equal(path, "/readyz") ||
           text_equal(path, "/metrics");
}

static void begin_span(struct http_exchange *exchange)
{
    struct http_request *request = &exchange->request;

    if (!is_care(request->path)) {
        request->trace = tracing_begin(exchange->ctx.arena, http_header(request, "traceparent"),
                                       SPAN_SERVER, &exchange->span);
    }
}

/* The route's pattern, never the path: that may hold secrets. */
static void end_span(struct http_exchange *exchange)
{
    const struct http_route *route = exchange->request.route;
    const char *pattern = route == NULL ? NULL : route->pattern;
    const char *method =
        route == NULL ? "_OTHER" : route->method; /* a stranger's may be anything */
    struct span *span = &exchange->span;

    span_name(span, method, pattern == NULL ? "unknown" : pattern);
    span_text(span, "http.request.method", method);
    span_text(span, "http.route", pattern);
    span_text(span, "kervan.request_id", exchange->request.request_id);
    span_number(span, "http.response.status_code", exchange->answer.status);
    span->failed = exchange->answer.status >= STATUS_FAULT;
    tracing_end(span);
}

struct http_exchange *http_exchange_begin(struct http_server *server,
                                          const struct http_arrival *arrival,
                                          const struct _u_request *native)
{
    struct arena *arena = arena_new((size_t)server->options.arena_bytes_max);
    struct http_exchange *exchange = arena_alloc(arena, sizeof *exchange);

    exchange->server = server;
    exchange->head_fault = arrival->head_fault;
    exchange->start_us = monotonic_us();
    exchange->ctx.arena = arena;
    exchange->request = (struct http_request){
        .ctx = &exchange->ctx,
        .method = native->http_verb,
        .path = native->url_path,
        .body = "",
        .client_address = arrival->connection == NULL ? "" : arrival->connection->address,
        .target = &exchange->target,
        .native = native,
    };
    exchange->request.request_id = request_id_of(&exchange->request);
    begin_span(exchange);
    buffer_init(&exchange->answer.body, ANSWER_BYTES_MAX);
    return exchange;
}

static void release(struct http_exchange *exchange)
{
    if (exchange->upload.release != NULL)
        exchange->upload.release(exchange->upload.state);
    buffer_release(&exchange->answer.body);
    arena_free(exchange->ctx.arena); /* the exchange is in it */
}

void http_exchange_end(struct http_exchange *exchange, struct _u_response *response)
{
    bool was_refused = exchange->answer.status != 0;

    if (!was_refused && (exchange->upload_route != NULL || check_request(exchange)))
        answer_request(exchange);
    write_answer(exchange, response);
    tell(exchange, exchange->start_us);
    end_span(exchange);
    release(exchange);
}

/* --- Uploads ---------------------------------------------------------------------------------- */

static const struct http_upload_route *upload_route_of(const struct http_server *server,
                                                       const struct _u_request *native)
{
    const struct http_server_options *options = &server->options;

    for (size_t i = 0; i < options->upload_count; i++) {
        if (strcmp(native->http_verb, "POST") == 0 &&
            strcmp(native->url_path, options->uploads[i].path) == 0)
            return &options->uploads[i];
    }
    return NULL;
}

bool http_exchange_is_upload(const struct http_server *server, const struct _u_request *native)
{
    return upload_route_of(server, native) != NULL;
}

bool http_exchange_open(struct http_exchange *exchange)
{
    exchange->upload_route = upload_route_of(exchange->server, exchange->request.native);
    if (check_request(exchange)) {
        exchange->upload_route->open(exchange->server->options.service, &exchange->request,
                                     &exchange->answer, &exchange->upload);
        exchange->request.upload = exchange->upload.state;
    }
    return exchange->upload.take != NULL;
}

void http_exchange_take(struct http_exchange *exchange, const char *bytes, size_t length)
{
    if (exchange->upload.take != NULL)
        exchange->upload.take(exchange->upload.state, bytes, length);
}

void http_exchange_abandon(struct http_exchange *exchange)
{
    span_name(&exchange->span, "POST", exchange->upload_route->path);
    exchange->span.failed = true;
    tracing_end(&exchange->span);
    release(exchange);
}
