/* tracing.c - spans are begun and ended by any thread, wait in a ring, and are sent by one thread of their own. */
#include "common/tracing.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/crypto.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/text.h"
#include "common/tracing_post.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BATCH_MAX = 512,
    BATCH_EVERY_MS = 1000,
    PAUSE_MS_FIRST = 1000,
    PAUSE_MS_MAX = 30000,
    BODY_BYTES_MAX = 4 << 20,
    URL_CHARACTERS = 4200,
    NS_A_MS = 1000000,
    NS_A_SECOND = 1000000000
};

/* The process has one collector, as it has one log. */
static struct {
    atomic_bool on;
    struct tracing_options options;
    struct tracing_post *post;
    struct buffer body; /* the thread's */
    int64_t pause_ms;   /* the thread's: 0 while the collector answers */
    struct metric *sent, *dropped;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct span *ring; /* under the mutex; the thread alone reads what is in it, and takes it out */
    size_t first, count;
    bool stopping;
} tracing;

bool tracing_is_on(void)
{
    return atomic_load_explicit(&tracing.on, memory_order_relaxed);
}

static int64_t now_ns(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_A_SECOND + now.tv_nsec;
}

/* --- Spans ------------------------------------------------------------------------------------ */

/* The first span of a trace, and whether it is kept: whoever comes later follows that. */
static struct trace begin_trace(void)
{
    struct trace trace = { .random_id = true };
    unsigned char bytes[TRACE_ID_BYTES + SPAN_ID_BYTES + 2];

    random_bytes(bytes, sizeof bytes);
    memcpy(trace.trace_id, bytes, TRACE_ID_BYTES);
    memcpy(trace.span_id, bytes + TRACE_ID_BYTES, SPAN_ID_BYTES);
    int64_t dice = 256 * bytes[sizeof bytes - 2] + bytes[sizeof bytes - 1];
    trace.sampled = dice * 100 < tracing.options.share_percent * 65536;
    return trace;
}

const char *tracing_begin(struct arena *arena, const char *parent, enum span_kind kind,
                          struct span *ret)
{
    struct trace trace;
    bool has_parent = trace_parse(parent, &trace);

    ret->recorded = false;
    if (!tracing_is_on() || (has_parent && !trace.sampled))
        return has_parent ? parent : NULL;
    *ret = (struct span){ .kind = kind, .has_parent = has_parent, .start_ns = now_ns() };
    if (has_parent) {
        memcpy(ret->parent, trace.span_id, SPAN_ID_BYTES);
        random_bytes(trace.span_id, SPAN_ID_BYTES);
    } else {
        trace = begin_trace();
    }
    ret->trace = trace;
    ret->recorded = trace.sampled;
    struct traceparent own = trace_format(&trace);
    return arena_copy_text(arena, own.text, TRACEPARENT_LENGTH);
}

void tracing_end(struct span *span)
{
    if (!span->recorded)
        return;
    span->end_ns = now_ns();
    (void)pthread_mutex_lock(&tracing.mutex);
    bool full = tracing.count == TRACING_QUEUE_MAX;
    if (!full) {
        tracing.ring[(tracing.first + tracing.count) % TRACING_QUEUE_MAX] = *span;
        if (++tracing.count == BATCH_MAX)
            (void)pthread_cond_signal(&tracing.wake);
    }
    (void)pthread_mutex_unlock(&tracing.mutex);
    if (full)
        metric_add(tracing.dropped, 1);
}

/* --- The thread ------------------------------------------------------------------------------- */

static void wait_until(const struct timespec *until)
{
    (void)pthread_cond_timedwait(&tracing.wake, &tracing.mutex, until);
}

static struct timespec after_ms(int64_t ms)
{
    struct timespec at = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t ns = at.tv_nsec + ms % 1000 * NS_A_MS;
    return (struct timespec){ .tv_sec = at.tv_sec + ms / 1000 + ns / NS_A_SECOND,
                              .tv_nsec = ns % NS_A_SECOND };
}

static bool is_past(const struct timespec *at)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > at->tv_sec || (now.tv_sec == at->tv_sec && now.tv_nsec >= at->tv_nsec);
}

/* How many spans from the ring's first on are to be sent now; 0 at the end. */
static size_t wait_for_spans(void)
{
    struct timespec until = after_ms(tracing.pause_ms > 0 ? tracing.pause_ms : BATCH_EVERY_MS);

    (void)pthread_mutex_lock(&tracing.mutex);
    while (!tracing.stopping && !is_past(&until) &&
           (tracing.pause_ms > 0 || tracing.count < BATCH_MAX))
        wait_until(&until);
    while (!tracing.stopping && tracing.count == 0) {
        until = after_ms(BATCH_EVERY_MS);
        wait_until(&until);
    }
    size_t count = tracing.count < BATCH_MAX ? tracing.count : BATCH_MAX;
    if (count > TRACING_QUEUE_MAX - tracing.first)
        count = TRACING_QUEUE_MAX - tracing.first;
    if (tracing.stopping && tracing.pause_ms > 0)
        count = 0; /* nobody listens */
    (void)pthread_mutex_unlock(&tracing.mutex);
    return count;
}

static void take_out(size_t count)
{
    (void)pthread_mutex_lock(&tracing.mutex);
    tracing.first = (tracing.first + count) % TRACING_QUEUE_MAX;
    tracing.count -= count;
    (void)pthread_mutex_unlock(&tracing.mutex);
}

static void be_patient(int64_t asked_ms)
{
    if (tracing.pause_ms == 0)
        log_warning("the collector of traces does not take them", LOG_NOTHING);
    int64_t pause_ms = tracing.pause_ms == 0 ? PAUSE_MS_FIRST : 2 * tracing.pause_ms;

    if (asked_ms > pause_ms)
        pause_ms = asked_ms;
    tracing.pause_ms = pause_ms < PAUSE_MS_MAX ? pause_ms : PAUSE_MS_MAX;
}

static void send_spans(size_t count)
{
    const struct span_source source = { tracing.options.service, tracing.options.instance };
    int64_t asked_ms = 0;

    buffer_clear(&tracing.body);
    spans_encode(&source, tracing.ring + tracing.first, count, &tracing.body);
    enum post_outcome outcome =
        tracing.body.overflowed
            ? POST_REFUSED
            : tracing_post_send(tracing.post, tracing.body.bytes, tracing.body.length, &asked_ms);
    if (outcome == POST_LATER) {
        be_patient(asked_ms);
        return;
    }
    if (tracing.pause_ms > 0)
        log_info("the collector of traces takes them again", LOG_NOTHING);
    tracing.pause_ms = 0;
    metric_add(outcome == POST_DONE ? tracing.sent : tracing.dropped, (int64_t)count);
    take_out(count);
}

static void *run(void *unused)
{
    size_t count;

    (void)unused;
    while ((count = wait_for_spans()) > 0)
        send_spans(count);
    return NULL;
}

/* --- Life ------------------------------------------------------------------------------------- */

static void register_metrics(void)
{
    static const char name[] = "kervan_spans_total", help[] = "Spans of traces, by their fate";

    tracing.sent = metric_register(METRIC_COUNTER, name, "fate=\"sent\"", help);
    tracing.dropped = metric_register(METRIC_COUNTER, name, "fate=\"dropped\"", help);
}

/* The base URL may end with a slash. */
static struct tracing_post *open_post(struct ctx *ctx, const struct tracing_options *options)
{
    size_t length = strlen(options->url);

    while (length > 0 && options->url[length - 1] == '/')
        length--;
    return tracing_post_open(text_format(ctx->arena, "%.*s/v1/traces", (int)length, options->url),
                             options->authorization);
}

static bool start_thread(void)
{
    pthread_condattr_t attributes;
    sigset_t all, before;

    (void)pthread_mutex_init(&tracing.mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&tracing.wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&tracing.thread, NULL, run, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}

enum err tracing_start(struct ctx *ctx, const struct tracing_options *options)
{
    if (options->url == NULL || options->url[0] == '\0')
        return OK;
    tracing.options = *options;
    tracing.first = tracing.count = 0;
    tracing.pause_ms = 0;
    tracing.stopping = false;
    buffer_init(&tracing.body, BODY_BYTES_MAX);
    register_metrics();
    tracing.post = open_post(ctx, options);
    if (tracing.post == NULL) {
        return err_set(ctx, ERR_FATAL, "\"%s\" is no http:// or https:// URL of a collector",
                       options->url);
    }
    tracing.ring = calloc(TRACING_QUEUE_MAX, sizeof *tracing.ring);
    if (tracing.ring == NULL || !start_thread()) {
        tracing_post_close(tracing.post);
        free(tracing.ring);
        return err_set(ctx, ERR_RETRY, "no memory or thread for tracing");
    }
    atomic_store(&tracing.on, true);
    return OK;
}

void tracing_stop(void)
{
    if (!tracing_is_on())
        return;
    atomic_store(&tracing.on, false);
    (void)pthread_mutex_lock(&tracing.mutex);
    tracing.stopping = true;
    (void)pthread_cond_signal(&tracing.wake);
    (void)pthread_mutex_unlock(&tracing.mutex);
    (void)pthread_join(tracing.thread, NULL);
    metric_add(tracing.dropped, (int64_t)tracing.count);
    tracing_post_close(tracing.post);
    buffer_release(&tracing.body);
    free(tracing.ring);
    (void)pthread_cond_destroy(&tracing.wake);
    (void)pthread_mutex_destroy(&tracing.mutex);
}
