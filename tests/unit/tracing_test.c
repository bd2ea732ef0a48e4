/* tracing_test.c - traces continued and begun, and spans on their way to a collector that takes them, is slow, or away. */
#include "common/tracing.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/text.h"
#include "tests/unit/sockets.h"

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

#define PARENT   "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define UNWANTED "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

enum { BODY_BYTES_MAX = 2 << 20, PATIENCE_MS = 10000 };

static struct ctx ctx;
static atomic_int status_now; /* of the collector; 0: it keeps its callers waiting */
static atomic_int spans_seen;
static atomic_bool well_formed;

static int64_t now_ms(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void collect(struct stub *stub, int fd)
{
    char *request = malloc(BODY_BYTES_MAX);
    char answer[128];

    assert_non_null(request);
    while (!atomic_load(&stub->closing) && socket_read_http(fd, request, BODY_BYTES_MAX)) {
        int status = atomic_load(&status_now);

        stub_request_begins(stub);
        while (status == 0 && !atomic_load(&stub->closing)) {
            (void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
        }
        atomic_store(&well_formed,
                     strstr(request, "POST /v1/traces HTTP/1.1\r\n") == request &&
                         strstr(request, "\r\nContent-Type: application/json\r\n") != NULL &&
                         strstr(request, "\r\nAuthorization: Bearer key\r\n") != NULL);
        for (const char *at = request; status == 200 && (at = strstr(at, "\"traceId\"")) != NULL;
             at++) {
            atomic_fetch_add(&spans_seen, 1);
        }
        (void)snprintf(answer, sizeof answer, "HTTP/1.1 %d Said\r\nContent-Length: 2\r\n\r\n{}",
                       status);
        socket_write(fd, answer);
        stub_request_ends(stub);
    }
    free(request);
}

static double spans(const char *fate)
{
    return metric_value(metric_register(METRIC_COUNTER, "kervan_spans_total", fate,
                                        "Spans of traces, by their fate"));
}

static double sent(void)
{
    return spans("fate=\"sent\"");
}

static double dropped(void)
{
    return spans("fate=\"dropped\"");
}

static void start(uint16_t port, int64_t share_percent)
{
    static char url[64];
    const struct tracing_options options = { .url = url,
                                             .authorization = "Bearer key",
                                             .service = "order",
                                             .instance = "order-1",
                                             .share_percent = share_percent };

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
    assert_int_equal(tracing_start(&ctx, &options), OK);
    assert_true(tracing_is_on());
}

static void work(int count)
{
    for (int i = 0; i < count; i++) {
        struct span span;

        assert_non_null(tracing_begin(ctx.arena, PARENT, SPAN_CONSUMER, &span));
        span_name(&span, "process", "order.events");
        tracing_end(&span);
        arena_reset(ctx.arena);
    }
}

static void without_a_collector_a_trace_goes_on_unchanged(void **state)
{
    struct span span;

    (void)state;
    assert_int_equal(tracing_start(&ctx, &(struct tracing_options){ .url = "" }), OK);
    assert_false(tracing_is_on());
    assert_ptr_equal(tracing_begin(ctx.arena, PARENT, SPAN_SERVER, &span), PARENT);
    assert_false(span.recorded);
    assert_null(tracing_begin(ctx.arena, NULL, SPAN_SERVER, &span));
    assert_null(tracing_begin(ctx.arena, "nonsense", SPAN_SERVER, &span));
    tracing_end(&span);
    tracing_stop();
}

static void a_hop_is_a_child_of_what_came(void **state)
{
    struct stub *stub = stub_open(collect);
    struct span span, unwanted;

    (void)state;
    start(stub->port, 100);
    const char *own = tracing_begin(ctx.arena, PARENT, SPAN_SERVER, &span);
    assert_true(span.recorded && span.has_parent && trace_is_valid(own));
    assert_memory_equal(own, PARENT, 36);
    assert_memory_not_equal(own + 36, &PARENT[36], 16);
    assert_string_equal(own + 52, "-01");
    assert_int_equal(span.parent[0], 0xb7);
    /* Whoever began the trace does not keep it. */
    assert_ptr_equal(tracing_begin(ctx.arena, UNWANTED, SPAN_SERVER, &unwanted), UNWANTED);
    assert_false(unwanted.recorded);
    tracing_stop();
    stub_close(stub);
}

static void what_is_malformed_begins_a_new_trace(void **state)
{
    static const char *const parents[] = {
        NULL, "", "nonsense", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"
    };
    struct stub *stub = stub_open(collect);
    char before[TRACEPARENT_LENGTH + 1] = "";

    (void)state;
    start(stub->port, 100);
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
        struct span span;
        const char *own = tracing_begin(ctx.arena, parents[i], SPAN_SERVER, &span);

        assert_true(trace_is_valid(own) && span.recorded && !span.has_parent);
        assert_string_equal(own + 52, "-03"); /* kept, and random */
        assert_memory_not_equal(own + 3, before + 3, 32);
        memcpy(before, own, sizeof before);
    }
    tracing_stop();
    stub_close(stub);
}

static void only_a_share_of_new_traces_is_kept(void **state)
{
    struct stub *stub = stub_open(collect);
    int kept = 0;

    (void)state;
    start(stub->port, 20);
    for (int i = 0; i < 2000; i++) {
        struct span span;
        const char *own = tracing_begin(ctx.arena, NULL, SPAN_SERVER, &span);

        assert_int_equal(span.recorded, own[54] == '3');
        kept += span.recorded ? 1 : 0;
        arena_reset(ctx.arena);
    }
    assert_in_range(kept, 300, 500); /* 5.6 standard deviations */
    tracing_stop();
    stub_close(stub);
}

static void spans_arrive(void **state)
{
    struct stub *stub = stub_open(collect);
    double sent_before = sent(), dropped_before = dropped();

    (void)state;
    atomic_store(&status_now, 200);
    atomic_store(&spans_seen, 0);
    start(stub->port, 100);
    work(1500);
    tracing_stop(); /* sends what waits */
    assert_int_equal(atomic_load(&spans_seen), 1500);
    assert_true(atomic_load(&well_formed));
    assert_true(sent() == sent_before + 1500 && dropped() == dropped_before);
    stub_close(stub);
}

static void what_the_collector_refuses_is_dropped(void **state)
{
    struct stub *stub = stub_open(collect);
    double sent_before = sent(), dropped_before = dropped();

    (void)state;
    atomic_store(&status_now, 400);
    start(stub->port, 100);
    work(10);
    tracing_stop();
    assert_true(sent() == sent_before && dropped() == dropped_before + 10);
    stub_close(stub);
}

/* More than the queue holds: the rest is dropped and counted, and whoever works is not held up. */
static void nobody_waits_for_a_collector_that_is_away(void **state)
{
    double sent_before = sent(), dropped_before = dropped();
    struct stub *stub = stub_open(collect);
    uint16_t port = stub->port;

    (void)state;
    stub_close(stub);
    start(port, 100);
    int64_t began_ms = now_ms();
    work(TRACING_QUEUE_MAX + 1000);
    assert_true(now_ms() - began_ms < 2000);
    assert_true(dropped() == dropped_before + 1000);
    tracing_stop();
    assert_true(now_ms() - began_ms < 5000);
    assert_true(sent() == sent_before);
    assert_true(dropped() == dropped_before + TRACING_QUEUE_MAX + 1000);
}

static void nobody_waits_for_a_collector_that_hangs(void **state)
{
    struct stub *stub = stub_open(collect);

    (void)state;
    atomic_store(&status_now, 0);
    start(stub->port, 100);
    int64_t began_ms = now_ms();
    work(1000); /* a batch is on its way */
    tracing_stop();
    assert_in_range(now_ms() - began_ms, 0, PATIENCE_MS / 2);
    stub_close(stub);
}

static void busy_is_asked_again(void **state)
{
    struct stub *stub = stub_open(collect);
    double sent_before = sent();
    int64_t until_ms = now_ms() + PATIENCE_MS;

    (void)state;
    atomic_store(&status_now, 503);
    start(stub->port, 100);
    work(512); /* a batch goes at once */
    while (atomic_load(&stub->requests) == 0 && now_ms() < until_ms) {
        (void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    }
    atomic_store(&status_now, 200);
    while (sent() < sent_before + 512 && now_ms() < until_ms) {
        (void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    }
    assert_true(sent() == sent_before + 512);
    tracing_stop();
    stub_close(stub);
}

static void an_address_that_is_none_ends_the_start(void **state)
{
    const struct tracing_options options = { .url = "collector:4318",
                                             .service = "order",
                                             .instance = "order-1" };

    (void)state;
    assert_int_equal(tracing_start(&ctx, &options), ERR_FATAL);
    assert_non_null(strstr(ctx.detail, "collector:4318"));
    assert_false(tracing_is_on());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_collector_a_trace_goes_on_unchanged),
        cmocka_unit_test(a_hop_is_a_child_of_what_came),
        cmocka_unit_test(what_is_malformed_begins_a_new_trace),
        cmocka_unit_test(only_a_share_of_new_traces_is_kept),
        cmocka_unit_test(spans_arrive),
        cmocka_unit_test(what_the_collector_refuses_is_dropped),
        cmocka_unit_test(nobody_waits_for_a_collector_that_is_away),
        cmocka_unit_test(nobody_waits_for_a_collector_that_hangs),
        cmocka_unit_test(busy_is_asked_again),
        cmocka_unit_test(an_address_that_is_none_ends_the_start),
    };

    log_init("tracing_test", "test", LOG_LEVEL_ERROR);
    ctx.arena = arena_new(1 << 20);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
