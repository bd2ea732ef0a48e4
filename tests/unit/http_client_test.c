/* http_client_test.c - calls against a server that answers, stays silent, cuts and resets. */
#include "common/http_client.h"

#include "tests/unit/sockets.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct bench {
    struct stub *stub;
    struct http_client *client;
    char url[128];
};

static int64_t now_ms(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void nap(int ms)
{
    (void)poll(NULL, 0, ms);
}

/* The server: what it does is in the path. */
static void answer_text(int fd, const char *status, const char *headers, const char *body)
{
    static const char *const format = "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s";
    size_t size = strlen(body) + 512;
    char *text = malloc(size);

    assert_non_null(text);
    (void)snprintf(text, size, format, status, strlen(body), headers, body);
    socket_write(fd, text);
    free(text);
}

static void answer_big(int fd)
{
    enum { SIZE = 1 << 20 };
    char *body = malloc(SIZE + 1);

    assert_non_null(body);
    memset(body, 'x', SIZE);
    body[SIZE] = '\0';
    answer_text(fd, "200 OK", "", body);
    free(body);
}

static void be_silent(const struct stub *stub)
{
    for (int i = 0; i < 500 && !atomic_load(&stub->closing); i++)
        nap(10);
}

/* Does what `request` wants; false when the connection is to be closed. */
static bool act(struct stub *stub, int fd, const char *request, int nth)
{
    bool ok = true;

    if (strstr(request, " /silent ") != NULL) {
        be_silent(stub);
        ok = false;
    } else if (strstr(request, " /reset ") != NULL || (strstr(request, " /once ") && nth > 1)) {
        socket_reset(fd);
        ok = false;
    } else if (strstr(request, " /cut ") != NULL) {
        socket_write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
        ok = false;
    } else if (strstr(request, " /big ") != NULL) {
        answer_big(fd);
    } else if (strstr(request, " /redirect ") != NULL) {
        answer_text(fd, "302 Found", "Location: /echo\r\n", "");
    } else if (strstr(request, " /later ") != NULL) {
        answer_text(fd, "503 Service Unavailable", "Retry-After: 7\r\n", "busy");
    } else if (strstr(request, " /slow ") != NULL) {
        nap(30);
        answer_text(fd, "200 OK", "", "slow");
    } else {
        answer_text(fd, "200 OK", "", request);
    }
    return ok;
}

static void serve_http(struct stub *stub, int fd)
{
    char request[4096];

    for (int nth = 1; socket_read_http(fd, request, sizeof request); nth++) {
        stub_request_begins(stub);
        bool more = act(stub, fd, request, nth);
        stub_request_ends(stub);
        if (!more)
            return;
    }
}

/* The tests' own words. */
static int open_bench(void **state)
{
    static struct bench bench;
    struct http_client_options options = { .calls_at_once_max = 8,
                                           .calls_a_host_max = 4,
                                           .body_bytes_max = 4096 };
    struct ctx ctx = { 0 };

    bench.stub = stub_open(serve_http);
    assert_int_equal(http_client_open(&ctx, &options, &bench.client), OK);
    *state = &bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    bench->client = http_client_close(bench->client);
    stub_close(bench->stub);
    return 0;
}

static struct http_call call_to(struct bench *bench, const char *method, const char *path)
{
    (void)snprintf(bench->url, sizeof bench->url, "http://127.0.0.1:%d%s", bench->stub->port, path);
    return (struct http_call){ .id = 42, .method = method, .url = bench->url, .timeout_ms = 5000 };
}

static struct http_end *wait_end(struct bench *bench)
{
    struct pollfd ready = { .fd = http_client_fd(bench->client), .events = POLLIN };

    assert_int_equal(poll(&ready, 1, 10000), 1);
    struct http_end *end = http_client_take(bench->client);
    assert_non_null(end);
    return end;
}

static struct http_end *make(struct bench *bench, const struct http_call *call)
{
    http_client_send(bench->client, call);
    struct http_end *end = wait_end(bench);
    assert_int_equal(end->id, call->id);
    return end;
}

static void assert_fate(struct bench *bench, const struct http_call *call, enum http_fate fate,
                        int64_t status)
{
    struct http_end *end = make(bench, call);

    if (end->fate != fate || end->status != status)
        fail_msg("fate %d status %lld (%s)", (int)end->fate, (long long)end->status, end->error);
    assert_int_equal(end->error[0] == '\0', fate == HTTP_ANSWERED);
    http_end_free(end);
}

static void sends_what_it_is_given(void **state)
{
    struct bench *bench = *state;
    const char *const headers[] = { "Content-Type: application/json", "Idempotency-Key: \"k1\"",
                                    NULL };
    char body[] = "{\"a\":1}";
    struct http_call call = call_to(bench, "PUT", "/echo");

    call.headers = headers;
    call.body = body;
    call.body_length = strlen(body);
    call.credentials = "user:pass";
    http_client_send(bench->client, &call);
    memset(body, '!', sizeof body - 1); /* everything was copied */
    struct http_end *end = wait_end(bench);
    assert_int_equal(end->fate, HTTP_ANSWERED);
    assert_int_equal(end->status, 200);
    assert_int_equal(end->body_length, strlen(end->body));
    assert_non_null(strstr(end->body, "PUT /echo HTTP/1.1\r\n"));
    assert_non_null(strstr(end->body, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(end->body, "Idempotency-Key: \"k1\"\r\n"));
    assert_non_null(strstr(end->body, "Authorization: Basic dXNlcjpwYXNz\r\n"));
    assert_non_null(strstr(end->body, "Content-Length: 7\r\n"));
    assert_null(strstr(end->body, "Expect:"));
    assert_non_null(strstr(end->body, "\r\n\r\n{\"a\":1}"));
    http_end_free(end);
}

static void every_method_goes_through(void **state)
{
    struct bench *bench = *state;
    static const char *const methods[] = { "GET", "POST", "DELETE", "PATCH" };

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct http_call call = call_to(bench, methods[i], "/echo");
        struct http_end *end = make(bench, &call);
        assert_int_equal(end->status, 200);
        assert_int_equal(strncmp(end->body, methods[i], strlen(methods[i])), 0);
        assert_null(strstr(end->body, "Content-Type"));
        http_end_free(end);
    }
}

static void connections_are_kept(void **state)
{
    struct bench *bench = *state;
    struct http_call call = call_to(bench, "POST", "/echo");

    call.body = "x";
    call.body_length = 1;
    for (int i = 0; i < 20; i++)
        assert_fate(bench, &call, HTTP_ANSWERED, 200);
    assert_int_equal(atomic_load(&bench->stub->connections), 1);
}

static void answers_are_told_as_they_are(void **state)
{
    struct bench *bench = *state;
    struct http_call call = call_to(bench, "GET", "/redirect");

    assert_fate(bench, &call, HTTP_ANSWERED, 302);
    call = call_to(bench, "GET", "/later");
    struct http_end *end = make(bench, &call);
    assert_int_equal(end->status, 503);
    assert_int_equal(end->retry_after_ms, 7000);
    assert_string_equal(end->body, "busy");
    http_end_free(end);
}

static void a_long_answer_is_cut(void **state)
{
    struct bench *bench = *state;
    struct http_call call = call_to(bench, "GET", "/big");
    struct http_end *end = make(bench, &call);

    assert_int_equal(end->fate, HTTP_ANSWERED);
    assert_int_equal(end->status, 200);
    assert_int_equal(end->body_length, 4096);
    assert_int_equal(strlen(end->body), 4096);
    assert_non_null(strstr(end->error, "cut"));
    http_end_free(end);
}

static void what_never_left_is_told_as_not_sent(void **state)
{
    struct bench *bench = *state;
    struct http_call call = call_to(bench, "POST", "/silent");
    static const char *const urls[] = { "http://127.0.0.1:1/", "http://nowhere.invalid/",
                                        "ftp://127.0.0.1/",    "smtp://127.0.0.1/",
                                        "not an address",      "http://127.0.0.1/a\r\nX: y" };

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        call.url = urls[i];
        assert_fate(bench, &call, HTTP_NOT_SENT, 0);
    }
    char url[64];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d/", bench->stub->port);
    call.url = url;
    call.timeout_ms = 300; /* the stub waits for HTTP, so the TLS handshake never ends */
    assert_fate(bench, &call, HTTP_NOT_SENT, 0);
    const char *const headers[] = { "X: a\r\nY: b", NULL };
    call = call_to(bench, "POST", "/echo");
    call.headers = headers;
    assert_fate(bench, &call, HTTP_NOT_SENT, 0);
    assert_int_equal(atomic_load(&bench->stub->requests), 0);
}

static void what_may_have_acted_is_told_as_unknown(void **state)
{
    struct bench *bench = *state;
    static const char *const paths[] = { "/silent", "/reset", "/cut" };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct http_call call = call_to(bench, "POST", paths[i]);
        call.body = "x";
        call.body_length = 1;
        call.timeout_ms = 300;
        int64_t start_ms = now_ms();
        assert_fate(bench, &call, HTTP_UNKNOWN, 0);
        assert_true(now_ms() - start_ms < 1000);
    }
}

/* The server closes the kept connection without an answer: it may have acted on what it read. */
static void nothing_is_sent_twice(void **state)
{
    struct bench *bench = *state;
    struct http_call call = call_to(bench, "POST", "/once");

    call.body = "x";
    call.body_length = 1;
    assert_fate(bench, &call, HTTP_ANSWERED, 200);
    assert_fate(bench, &call, HTTP_UNKNOWN, 0);
    assert_int_equal(atomic_load(&bench->stub->requests), 2);
    call.body_length = 0; /* nothing to rewind, so it takes a connection of its own */
    assert_fate(bench, &call, HTTP_ANSWERED, 200);
    assert_fate(bench, &call, HTTP_ANSWERED, 200);
    assert_int_equal(atomic_load(&bench->stub->requests), 4);
}

static void bounds_hold_and_a_stuck_host_stops_no_other(void **state)
{
    struct bench *bench = *state;
    struct stub *other = stub_open(serve_http);
    struct http_call call = call_to(bench, "GET", "/slow");
    char url[64];

    for (call.id = 0; call.id < 40; call.id++)
        http_client_send(bench->client, &call);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/echo", other->port);
    call.url = url;
    http_client_send(bench->client, &call);
    assert_int_equal(http_client_under_way(bench->client), 41);
    int64_t place = -1;
    for (int i = 0; i < 41; i++) {
        struct http_end *end = wait_end(bench);
        assert_int_equal(end->fate, HTTP_ANSWERED);
        if (end->id == 40)
            place = i;
        http_end_free(end);
    }
    assert_in_range(place, 0, 8); /* it was given last */
    assert_int_equal(http_client_under_way(bench->client), 0);
    assert_int_equal(atomic_load(&bench->stub->under_way_max), 4);
    assert_null(http_client_take(bench->client));
    struct pollfd ready = { .fd = http_client_fd(bench->client), .events = POLLIN };
    assert_int_equal(poll(&ready, 1, 0), 0);
    stub_close(other);
}

static void *send_fifty(void *argument)
{
    struct bench *bench = argument;
    char url[64];
    struct http_call call = { .method = "GET", .url = url, .timeout_ms = 5000 };

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/echo", bench->stub->port);
    for (int i = 0; i < 50; i++)
        http_client_send(bench->client, &call);
    return NULL;
}

static void many_threads_may_send(void **state)
{
    struct bench *bench = *state;
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_fifty, bench), 0);
    for (int i = 0; i < 200; i++) {
        struct http_end *end = wait_end(bench);
        assert_int_equal(end->fate, HTTP_ANSWERED);
        http_end_free(end);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&bench->stub->requests), 200);
}

static void closing_cuts_what_is_under_way(void **state)
{
    struct bench *bench = *state;
    struct http_call call = call_to(bench, "GET", "/silent");

    for (int i = 0; i < 10; i++)
        http_client_send(bench->client, &call);
    while (atomic_load(&bench->stub->requests) < 4)
        nap(1);
    int64_t start_ms = now_ms();
    bench->client = http_client_close(bench->client);
    assert_true(now_ms() - start_ms < 500);
}

#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(sends_what_it_is_given),
        BENCH_TEST(every_method_goes_through),
        BENCH_TEST(connections_are_kept),
        BENCH_TEST(answers_are_told_as_they_are),
        BENCH_TEST(a_long_answer_is_cut),
        BENCH_TEST(what_never_left_is_told_as_not_sent),
        BENCH_TEST(what_may_have_acted_is_told_as_unknown),
        BENCH_TEST(nothing_is_sent_twice),
        BENCH_TEST(bounds_hold_and_a_stuck_host_stops_no_other),
        BENCH_TEST(many_threads_may_send),
        BENCH_TEST(closing_cuts_what_is_under_way),
    };

    return cmocka_run_group_tests_name("http_client", tests, NULL, NULL);
}
