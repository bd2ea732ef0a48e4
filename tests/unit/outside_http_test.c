/* outside_http_test.c - what a call to the outside carries: its own headers, the target's secret, its trace. */
#include "common/outside.h"

#include "common/arena.h"
#include "tests/unit/sockets.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

enum { PATIENCE_MS = 10000, REQUEST_BYTES = 4096 };

static char request[REQUEST_BYTES];

static void answer(struct stub *stub, int fd)
{
    (void)stub;
    if (socket_read_http(fd, request, sizeof request)) {
        socket_write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
}

static void call(uint16_t port, const char *trace)
{
    char url[64];
    struct ctx ctx = { .arena = arena_new(1 << 16) };
    struct outside_access access = { .base_url = url, .authorization = "Bearer secret" };
    struct outside *outside = NULL;

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
    assert_int_equal(outside_http_open(&ctx, &access, 1, &outside), OK);
    outside->operations->send(
        outside, &(struct outside_call){ .id = 1,
                                         .request = { .method = "POST",
                                                      .path = "/v1/things",
                                                      .headers = "Idempotency-Key: k-1\n",
                                                      .body = "x",
                                                      .body_length = 1 },
                                         .key = "k-1",
                                         .trace = trace,
                                         .timeout_ms = PATIENCE_MS });
    struct pollfd ready = { .fd = outside->operations->descriptor(outside), .events = POLLIN };
    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    struct http_end *end = outside->operations->take(outside);
    assert_non_null(end);
    assert_int_equal(end->status, 200);
    http_end_free(end);
    outside->operations->close(outside);
    arena_free(ctx.arena);
}

static void a_call_carries_its_trace(void **state)
{
    struct stub *stub = stub_open(answer);

    (void)state;
    call(stub->port, TRACE);
    assert_non_null(strstr(request, "\r\ntraceparent: " TRACE "\r\n"));
    assert_non_null(strstr(request, "\r\nAuthorization: Bearer secret\r\n"));
    assert_non_null(strstr(request, "\r\nIdempotency-Key: k-1\r\n"));
    call(stub->port, NULL);
    assert_null(strstr(request, "traceparent"));
    stub_close(stub);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_call_carries_its_trace) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
