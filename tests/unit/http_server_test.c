/* http_server_test.c - the server as a peer sees it that speaks well, badly, slowly or too much. */
#include "common/http_server.h"

#include "common/arena.h"
#include "common/text.h"
#include "tests/unit/sockets.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { BODY_MAX = 2000, BODY_FAR_BEYOND = 4000, CONNECTIONS = 20, CONNECTIONS_OF_ALL = 40 };

struct bench {
    struct http_server *server;
    uint16_t port;
    atomic_int handling, released;
    char text[64 * 1024]; /* the last answer */
};

static int64_t now_ms(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Handlers. */
static void add(struct http_answer *answer, const char *name, const char *value)
{
    buffer_append_text(&answer->body, name);
    buffer_append_text(&answer->body, "=");
    buffer_append_text(&answer->body, value == NULL ? "(none)" : value);
    buffer_append_text(&answer->body, ";");
}

static void echo(void *service, const struct http_request *request, struct http_answer *answer)
{
    (void)service;
    answer->status = 200;
    answer->content_type = "text/plain";
    add(answer, "method", request->method);
    add(answer, "path", request->path);
    add(answer, "id", http_path(request, "id"));
    add(answer, "q", http_query(request, "q"));
    add(answer, "header", http_header(request, "x-TEST"));
    add(answer, "peer", request->client_address);
    add(answer, "data", request->route->data);
    add(answer, "body", request->body);
    if (strlen(request->body) != request->body_length)
        answer->status = 500;
}

static void slow(void *service, const struct http_request *request, struct http_answer *answer)
{
    struct bench *bench = service;

    (void)request;
    atomic_fetch_add(&bench->handling, 1);
    (void)poll(NULL, 0, 300);
    answer->status = 200;
    buffer_append_text(&answer->body, "\"done\"");
}

static void fail_with(void *service, const struct http_request *request, struct http_answer *answer)
{
    int64_t code = 0;

    (void)service;
    (void)text_to_int(http_path(request, "code"), &code);
    http_problem_err(request, answer, err_set(request->ctx, (enum err)code, "inner \"words\""));
}

static void find_faults(void *service, const struct http_request *request,
                        struct http_answer *answer)
{
    static const struct problem_type validation = { "validation", "Invalid request", 422 };
    const struct http_fault faults[] = { { "/lines/0/quantity", "must be positive" },
                                         { NULL, "the total does not add up" } };

    (void)service;
    http_problem(request, answer, &validation,
                 &(struct problem_words){ "two \"faults\"", faults, 2 });
}

static void no_answer(void *service, const struct http_request *request, struct http_answer *answer)
{
    (void)service, (void)request, (void)answer;
}

static void set_headers(void *service, const struct http_request *request,
                        struct http_answer *answer)
{
    (void)service, (void)request;
    answer->status = 204;
    http_answer_header(answer, "Location: /v1/orders/1");
    http_answer_header(answer, "Link: </a>");
    http_answer_header(answer, "link: </b>");
    http_answer_header(answer, "Cache-Control: max-age=60");
    http_answer_header(answer, "X-Bad: a\r\nX-Injected: b");
}

static int64_t read_stream(void *state, char *to, size_t size)
{
    int *left = state;

    if (*left < 0) {
        (void)poll(NULL, 0, 50);
        return 0;
    }
    return *left == 0 ? -1 : snprintf(to, size, "data: %d\n\n", (*left)--);
}

static struct bench *stream_bench; /* of the test that runs */

static void release_stream(void *state)
{
    free(state);
    atomic_fetch_add(&stream_bench->released, 1);
}

static void stream(void *service, const struct http_request *request, struct http_answer *answer)
{
    int *left = malloc(sizeof *left);

    (void)service;
    assert_non_null(left);
    *left = http_query(request, "endless") == NULL ? 3 : -1;
    answer->status = 200;
    answer->content_type = "text/event-stream";
    answer->stream = (struct http_stream){ read_stream, release_stream, left };
}

/* An upload: its bytes are summed and forgotten. */
struct sum {
    struct bench *bench;
    int64_t length, sum;
};

static void take_sum(void *state, const char *bytes, size_t length)
{
    struct sum *sum = state;

    for (size_t i = 0; i < length; i++)
        sum->sum += (unsigned char)bytes[i];
    sum->length += (int64_t)length;
    atomic_fetch_add(&sum->bench->handling, 1);
}

static void release_sum(void *state)
{
    free(state);
    atomic_fetch_add(&stream_bench->released, 1);
}

static void open_sum(void *service, const struct http_request *request, struct http_answer *answer,
                     struct http_upload *ret)
{
    static const struct problem_type unwelcome = { "unwelcome", "Not now", 409 };
    struct sum *sum = NULL;

    if (http_query(request, "refuse") != NULL) {
        http_problem(request, answer, &unwelcome, &(struct problem_words){ .detail = "no" });
        return;
    }
    sum = calloc(1, sizeof *sum);
    assert_non_null(sum);
    sum->bench = service;
    *ret = (struct http_upload){ take_sum, release_sum, sum };
}

static void tell_sum(void *service, const struct http_request *request, struct http_answer *answer)
{
    const struct sum *sum = request->upload;

    (void)service;
    answer->status = 200;
    buffer_append_int(&answer->body, sum->length);
    buffer_append_text(&answer->body, " ");
    buffer_append_int(&answer->body, sum->sum);
}

static const struct http_upload_route uploads[] = { { "/sum", open_sum } };
static const struct http_route routes[] = {
    { "POST", "/sum", tell_sum, NULL },       { "GET", "/echo", echo, "get" },
    { "POST", "/echo", echo, "post" },        { "GET", "/echo/:id", echo, NULL },
    { "GET", "/slow", slow, NULL },           { "GET", "/fail/:code", fail_with, NULL },
    { "GET", "/faults", find_faults, NULL },  { "GET", "/none", no_answer, NULL },
    { "PUT", "/headers", set_headers, NULL }, { "GET", "/stream", stream, NULL },
};

static struct http_server_options options_for(struct bench *bench)
{
    return (struct http_server_options){ .bind_address = "127.0.0.1",
                                         .body_bytes_max = BODY_MAX,
                                         .connections_max = CONNECTIONS_OF_ALL,
                                         .connections_a_peer_max = CONNECTIONS,
                                         .idle_timeout_ms = 1000,
                                         .arena_bytes_max = 1 << 20,
                                         .routes = routes,
                                         .route_count = sizeof routes / sizeof routes[0],
                                         .uploads = uploads,
                                         .upload_count = 1,
                                         .service = bench };
}

static int open_bench(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct ctx ctx = { 0 };

    assert_non_null(bench);
    stream_bench = bench;
    struct http_server_options options = options_for(bench);
    if (http_server_open(&ctx, &options, &bench->server) != OK)
        fail_msg("%s", ctx.detail);
    bench->port = (uint16_t)http_server_port(bench->server);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    bench->server = http_server_close(bench->server, 1000);
    free(bench);
    return 0;
}

/* Says `request` on a connection of its own, which the server is asked to close, and reads all. */
static const char *say(struct bench *bench, const char *request)
{
    int fd = socket_connect(bench->port);

    socket_write(fd, request);
    socket_read_all(fd, bench->text, sizeof bench->text);
    (void)close(fd);
    return bench->text;
}

static const char *get(struct bench *bench, const char *target)
{
    char request[512];

    (void)snprintf(request, sizeof request,
                   "GET %s HTTP/1.1\r\nHost: x\r\nX-Test: t\r\nConnection: close\r\n\r\n", target);
    return say(bench, request);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" is in:\n%s", part, text);
}

static void a_handler_sees_the_request(void **state)
{
    const char *answer = get(*state, "/echo/A%2FB%20%C3%A7?q=1+2&q=3");

    assert_has(answer, "HTTP/1.1 200 OK\r\n");
    assert_has(answer, "Content-Type: text/plain\r\n");
    assert_has(answer, "Cache-Control: no-store\r\n");
    assert_has(answer, "X-Content-Type-Options: nosniff\r\n");
    assert_has(answer, "method=GET;");
    assert_has(answer, "id=A/B ç;");
    assert_has(answer, "q=1 2;");
    assert_has(answer, "header=t;");
    assert_has(answer, "peer=127.0.0.1;");
    assert_has(answer, "data=(none);");
    assert_has(get(*state, "/echo"), "q=(none);");
    assert_has(get(*state, "/echo"), "data=get;");
    answer =
        say(*state, "GET /echo HTTP/1.1\r\nHost: x\r\nX-Test: a\r\nX-Bad: \xff\r\nX-Test: b\r\n"
                    "Connection: close\r\n\r\n");
    assert_has(answer, "header=a,b;");
}

static void post(char *ret, size_t size, const char *type, size_t length)
{
    int head = snprintf(ret, size,
                        "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                        "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                        type, length);

    memset(ret + head, 'b', length);
    ret[(size_t)head + length] = '\0';
}

static void a_body_arrives_raw_whatever_its_type(void **state)
{
    static const char *const types[] = { "application/json", "application/x-www-form-urlencoded",
                                         "multipart/form-data; boundary=b" };
    char request[BODY_MAX + 512];

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        post(request, sizeof request, types[i], 5);
        const char *answer = say(*state, request);
        assert_has(answer, "200 OK");
        assert_has(answer, "body=bbbbb;");
        assert_has(answer, "data=post;");
    }
}

static void a_body_too_long_is_refused_never_cut(void **state)
{
    char request[BODY_FAR_BEYOND + 512];

    post(request, sizeof request, "text/plain", BODY_MAX);
    assert_has(say(*state, request), "200 OK");
    post(request, sizeof request, "text/plain", BODY_MAX + 1);
    assert_has(say(*state, request), "HTTP/1.1 413");
    post(request, sizeof request, "text/plain", BODY_FAR_BEYOND);
    const char *answer = say(*state, request);
    assert_has(answer, "HTTP/1.1 413");
    assert_has(answer, "Connection: close");
    assert_has(answer, "/docs/problems#too-large");
    assert_has(answer, "2000 bytes");
}

static void a_chunked_body_counts_alike(void **state)
{
    assert_has(say(*state, "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
               "body=abcde;");
}

static void a_chunked_body_too_long_is_refused(void **state)
{
    char request[BODY_FAR_BEYOND + 512];
    int head = snprintf(request, sizeof request,
                        "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
                        BODY_MAX + 1);

    memset(request + head, 'b', BODY_MAX + 1);
    (void)snprintf(request + head + BODY_MAX + 1, sizeof request - (size_t)head - BODY_MAX - 1,
                   "\r\n0\r\n\r\n");
    assert_has(say(*state, request), "HTTP/1.1 413");
}

/* `name` and so many bytes of value, or as many headers. */
static void head_of(char *ret, size_t size, size_t target_bytes, size_t headers, size_t value_bytes)
{
    int used = snprintf(ret, size, "GET /echo?q=");

    memset(ret + used, 'q', target_bytes);
    used += (int)target_bytes;
    used +=
        snprintf(ret + used, size - (size_t)used, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    for (size_t i = 0; i < headers; i++) {
        used +=
            snprintf(ret + used, size - (size_t)used, "X-H%zu: %0*d\r\n", i, (int)value_bytes, 0);
    }
    (void)snprintf(ret + used, size - (size_t)used, "\r\n");
}

static void addresses_and_headers_have_limits(void **state)
{
    static const struct {
        size_t target_bytes, headers, value_bytes;
        const char *status;
    } cases[] = {
        { 8000, 1, 1, "HTTP/1.1 200" },   { 8193, 1, 1, "HTTP/1.1 414" },
        { 10, 60, 100, "HTTP/1.1 200" },  { 10, 65, 1, "HTTP/1.1 431" },
        { 10, 10, 1700, "HTTP/1.1 431" }, { 40000, 1, 1, "HTTP/1.1 414" },
        { 10, 20, 3000, "HTTP/1.1 431" },
    };
    static char request[80 * 1024];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        head_of(request, sizeof request, cases[i].target_bytes, cases[i].headers,
                cases[i].value_bytes);
        assert_has(say(*state, request), cases[i].status);
    }
}

static void a_length_told_twice_is_refused(void **state)
{
    static const char *const heads[] = { "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                         "Content-Length: 3\r\nContent-Length: 4\r\n",
                                         "Content-Length: 3\r\nContent-Length: 3\r\n",
                                         "Content-Length: -3\r\n",
                                         "Content-Length: 3x\r\n",
                                         "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
                                         "Transfer-Encoding : chunked\r\n",
                                         "Content-Length : 3\r\n",
                                         "Host: y\r\n",
                                         "X-Control: a\x01b\r\n" };
    char request[512];

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        (void)snprintf(request, sizeof request,
                       "POST /echo HTTP/1.1\r\nHost: x\r\n%s\r\n3\r\nabc\r\n0\r\n\r\n", heads[i]);
        const char *answer = say(*state, request); /* ends: the server closes */
        assert_has(answer, "HTTP/1.1 400");
        assert_has_not(answer, "200 OK");
    }
}

static void unknown_paths_and_methods_are_problems(void **state)
{
    const char *answer = get(*state, "/nowhere");

    assert_has(answer, "HTTP/1.1 404");
    assert_has(answer, "Content-Type: application/problem+json\r\n");
    assert_has(answer,
               "{\"type\":\"/docs/problems#not-found\",\"title\":\"Not found\",\"status\":404,");
    answer = say(*state, "DELETE /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_has(answer, "HTTP/1.1 405");
    assert_has(answer, "Allow: GET, POST\r\n");
    assert_has(get(*state, "/echo/%zz"), "HTTP/1.1 400");
    assert_has(get(*state, "/echo?a=%00"), "HTTP/1.1 400");
}

static void head_goes_to_get_and_has_no_body(void **state)
{
    const char *answer = say(*state, "HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assert_has(answer, "HTTP/1.1 200 OK\r\n");
    assert_has(answer, "Content-Length: ");
    assert_has_not(answer, "method=");
}

static const char *with_id(struct bench *bench, const char *id)
{
    char request[512];

    (void)snprintf(
        request, sizeof request,
        "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: %s\r\n\r\n", id);
    return say(bench, request);
}

static void every_answer_has_a_request_id(void **state)
{
    const char *answer = with_id(*state, "abc-1.2_3");

    assert_has(answer, "X-Request-Id: abc-1.2_3\r\n");
    assert_has(answer, "\"request_id\":\"abc-1.2_3\"");
    answer = with_id(*state, "not \"well\" formed");
    assert_has(answer, "X-Request-Id: req_");
    assert_has_not(answer, "well");
    char first[64], *id = strstr(get(*state, "/echo"), "X-Request-Id: req_");
    assert_non_null(id);
    (void)snprintf(first, sizeof first, "%.50s", id);
    assert_int_equal(strcspn(first, "\r"), strlen("X-Request-Id: req_") + 32);
    assert_has_not(get(*state, "/echo"), first);
}

static void faults_are_listed(void **state)
{
    const char *answer = get(*state, "/faults");

    assert_has(answer, "HTTP/1.1 422");
    assert_has(answer, "\"detail\":\"two \\\"faults\\\"\"");
    assert_has(answer,
               "\"errors\":[{\"detail\":\"must be positive\",\"pointer\":\"/lines/0/quantity\"},"
               "{\"detail\":\"the total does not add up\"}]}");
}

static void each_error_code_has_its_problem(void **state)
{
    static const struct {
        const char *status;
        enum err err;
        bool tells;
    } rows[] = {
        { "400", ERR_INPUT, true },     { "404", ERR_NOTFOUND, true }, { "422", ERR_RULE, true },
        { "409", ERR_CONFLICT, false }, { "503", ERR_RETRY, false },   { "500", ERR_FATAL, false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char target[32], status[32];
        (void)snprintf(target, sizeof target, "/fail/%d", (int)rows[i].err);
        (void)snprintf(status, sizeof status, "HTTP/1.1 %s", rows[i].status);
        const char *answer = get(*state, target);
        assert_has(answer, status);
        assert_int_equal(strstr(answer, "inner") != NULL, rows[i].tells);
        assert_int_equal(strstr(answer, "Retry-After: 1\r\n") != NULL, rows[i].err == ERR_RETRY);
    }
    assert_has(get(*state, "/none"), "HTTP/1.1 500");
}

static void headers_go_out_as_given_but_for_broken_ones(void **state)
{
    const char *answer =
        say(*state, "PUT /headers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assert_has(answer, "HTTP/1.1 204");
    assert_has(answer, "Location: /v1/orders/1\r\n");
    assert_has(answer, "</a>, </b>\r\n");
    assert_has(answer, "Cache-Control: max-age=60\r\n");
    assert_has_not(answer, "no-store");
    assert_has_not(answer, "X-Injected");
    assert_has(answer, "X-Request-Id: ");
    assert_has_not(answer, "Content-Type");
}

static void connections_are_kept(void **state)
{
    struct bench *bench = *state;
    int fd = socket_connect(bench->port);

    for (int i = 0; i < 5; i++) {
        socket_write(fd, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(socket_read_http(fd, bench->text, sizeof bench->text));
        assert_has(bench->text, "method=GET;");
    }
    (void)close(fd);
}

static void an_upload_is_taken_as_it_comes(void **state)
{
    struct bench *bench = *state;
    int fd = socket_connect(bench->port);
    char piece[10 * BODY_MAX + 1];

    memset(piece, 'a', sizeof piece - 1);
    piece[sizeof piece - 1] = '\0';
    socket_write(fd, "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n");
    socket_write(fd, piece);
    for (int i = 0; i < 2000 && atomic_load(&bench->handling) == 0; i++)
        (void)poll(NULL, 0, 1);
    assert_true(atomic_load(&bench->handling) > 0); /* long before its end */
    (void)poll(NULL, 0, 1500);                      /* longer than silence may last elsewhere */
    socket_write(fd, piece);
    assert_true(socket_read_http(fd, bench->text, sizeof bench->text));
    assert_has(bench->text, "40000 3880000");
    assert_int_equal(atomic_load(&bench->released), 1);
    (void)close(fd);
}

static void an_upload_may_be_refused_at_its_head(void **state)
{
    const char *answer =
        say(*state, "POST /sum?refuse=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    "Content-Length: 5\r\n\r\nabcde");

    assert_has(answer, "409");
    assert_has(answer, "unwelcome");
    answer = say(*state, "POST /sum HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_has(answer, "0 0");
    assert_has(get(*state, "/sum"), "405");
}

static void an_upload_whose_sender_goes_is_released(void **state)
{
    struct bench *bench = *state;
    int fd = socket_connect(bench->port);

    socket_write(fd, "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\nabc");
    for (int i = 0; i < 2000 && atomic_load(&bench->handling) == 0; i++)
        (void)poll(NULL, 0, 1);
    assert_int_equal(atomic_load(&bench->released), 0);
    (void)close(fd);
    for (int i = 0; i < 2000 && atomic_load(&bench->released) == 0; i++)
        (void)poll(NULL, 0, 1);
    assert_int_equal(atomic_load(&bench->released), 1);
    assert_has(get(bench, "/echo"), "200 OK");
}

static void a_stream_is_written_as_it_comes(void **state)
{
    struct bench *bench = *state;
    const char *answer = get(bench, "/stream");

    assert_has(answer, "Content-Type: text/event-stream\r\n");
    assert_has(answer, "data: 3\n\n");
    assert_has(answer, "data: 1\n\n");
    for (int i = 0; i < 1000 && atomic_load(&bench->released) == 0; i++)
        (void)poll(NULL, 0, 1);
    assert_int_equal(atomic_load(&bench->released), 1);
}

static void a_silent_connection_is_closed(void **state)
{
    struct bench *bench = *state;
    int fd = socket_connect(bench->port);
    int64_t start_ms = now_ms();

    socket_write(fd, "GET /echo HTTP/1.1\r\n"); /* and no more */
    socket_read_all(fd, bench->text, sizeof bench->text);
    assert_true(now_ms() - start_ms < 5000);
    (void)close(fd);
}

static void a_peer_has_only_so_many_connections(void **state)
{
    struct bench *bench = *state;
    int fds[CONNECTIONS];

    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = socket_connect(bench->port);
        socket_write(fds[i], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(socket_read_http(fds[i], bench->text, sizeof bench->text));
    }
    assert_string_equal(get(bench, "/echo"), ""); /* closed at once */
    (void)close(fds[0]);
    int64_t start_ms = now_ms();
    while (get(bench, "/echo")[0] == '\0') /* until the server has seen it go */
        assert_true(now_ms() - start_ms < 5000);
    assert_has(bench->text, "200 OK");
    for (int i = 1; i < CONNECTIONS; i++)
        (void)close(fds[i]);
}

static void *close_server(void *argument)
{
    struct bench *bench = argument;

    bench->server = http_server_close(bench->server, 2000);
    return NULL;
}

static void closing_lets_requests_be_answered(void **state)
{
    struct bench *bench = *state;
    int fd = socket_connect(bench->port), idle = socket_connect(bench->port);
    int endless = socket_connect(bench->port);
    pthread_t closer;

    socket_write(endless, "GET /stream?endless=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(socket_read_to(endless, "\r\n\r\n", bench->text, sizeof bench->text));
    socket_write(fd, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 2000 && atomic_load(&bench->handling) == 0; i++)
        (void)poll(NULL, 0, 1);
    int64_t start_ms = now_ms();
    assert_int_equal(pthread_create(&closer, NULL, close_server, bench), 0);
    while (socket_can_connect(bench->port)) { /* refused long before the answer is ready */
        assert_true(now_ms() - start_ms < 200);
        (void)poll(NULL, 0, 5); /* the kernel has room for some hundred that nobody takes */
    }
    socket_read_all(fd, bench->text, sizeof bench->text); /* to the end: the server closes */
    assert_has(bench->text, "200 OK");
    assert_has(bench->text, "Connection: close");
    assert_has(bench->text, "\"done\"");
    assert_int_equal(pthread_join(closer, NULL), 0);
    assert_true(now_ms() - start_ms < 1500);
    assert_int_equal(atomic_load(&bench->released), 1);
    assert_false(socket_can_connect(bench->port));
    (void)close(fd), (void)close(idle), (void)close(endless);
}

static void a_taken_port_is_told(void **state)
{
    struct bench *bench = *state;
    struct http_server_options options = options_for(bench);
    struct http_server *server = NULL;
    struct ctx ctx = { 0 };

    options.port = bench->port;
    assert_int_equal(http_server_open(&ctx, &options, &server), ERR_FATAL);
    assert_has(ctx.detail, "cannot listen on port");
    options.bind_address = "localhost";
    assert_int_equal(http_server_open(&ctx, &options, &server), ERR_FATAL);
    assert_null(server);
}

struct asker {
    struct bench *bench;
    int good;
};

static void *ask_often(void *argument)
{
    struct asker *asker = argument;
    char text[4096];
    int fd = socket_connect(asker->bench->port);

    for (int i = 0; i < 100; i++) {
        socket_write(fd, "GET /echo/7 HTTP/1.1\r\nHost: x\r\n\r\n");
        asker->good += socket_read_http(fd, text, sizeof text) && strstr(text, "id=7;") != NULL;
    }
    (void)close(fd);
    return NULL;
}

static void many_peers_are_answered_at_once(void **state)
{
    pthread_t threads[CONNECTIONS];
    struct asker askers[CONNECTIONS];

    for (int i = 0; i < CONNECTIONS; i++) {
        askers[i] = (struct asker){ .bench = *state };
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &askers[i]), 0);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(askers[i].good, 100);
    }
}

#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_handler_sees_the_request),
        BENCH_TEST(a_body_arrives_raw_whatever_its_type),
        BENCH_TEST(a_body_too_long_is_refused_never_cut),
        BENCH_TEST(a_chunked_body_counts_alike),
        BENCH_TEST(a_chunked_body_too_long_is_refused),
        BENCH_TEST(addresses_and_headers_have_limits),
        BENCH_TEST(a_length_told_twice_is_refused),
        BENCH_TEST(unknown_paths_and_methods_are_problems),
        BENCH_TEST(head_goes_to_get_and_has_no_body),
        BENCH_TEST(every_answer_has_a_request_id),
        BENCH_TEST(faults_are_listed),
        BENCH_TEST(each_error_code_has_its_problem),
        BENCH_TEST(headers_go_out_as_given_but_for_broken_ones),
        BENCH_TEST(connections_are_kept),
        BENCH_TEST(an_upload_is_taken_as_it_comes),
        BENCH_TEST(an_upload_may_be_refused_at_its_head),
        BENCH_TEST(an_upload_whose_sender_goes_is_released),
        BENCH_TEST(a_stream_is_written_as_it_comes),
        BENCH_TEST(a_silent_connection_is_closed),
        BENCH_TEST(a_peer_has_only_so_many_connections),
        BENCH_TEST(closing_lets_requests_be_answered),
        BENCH_TEST(a_taken_port_is_told),
        BENCH_TEST(many_peers_are_answered_at_once),
    };

    return cmocka_run_group_tests_name("http_server", tests, NULL, NULL);
}
