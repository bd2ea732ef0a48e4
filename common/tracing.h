/* tracing.h - spans of this process, and their way to a collector: OTLP over HTTP, JSON.
 *
 * Off until tracing_start was told of a collector; then a trace that comes in goes out unchanged, and
 * nothing is made.  On, each hop is a span of its own, unless whoever began the trace said that nobody
 * keeps it.  Spans wait in a bounded queue for a thread that sends them in batches; when the collector is
 * away or slow they are dropped and counted, and nobody ever waits for it.  Thread-safe between start and stop.
 */
#ifndef KERVAN_COMMON_TRACING_H
#define KERVAN_COMMON_TRACING_H

#include "common/err.h"
#include "common/span.h"

struct arena;

enum { TRACING_QUEUE_MAX = 2048 };

struct tracing_options {
    const char *url;           /* of the collector, /v1/traces is added; "" or NULL: none */
    const char *authorization; /* value of the header Authorization; "" or NULL: none is sent */
    const char *service, *instance;
    int64_t share_percent; /* of traces begun here that are kept */
};

/* Texts must live until the stop.  ERR_RETRY when there is no memory or thread, ERR_FATAL when the URL is none. */
enum err tracing_start(struct ctx *ctx, const struct tracing_options *options) MUST_USE;
/* Sends what waits, for at most two seconds.  No other thread may use it then. */
void tracing_stop(void);
bool tracing_is_on(void);

/* Begins a span as the next step of `parent` (a traceparent, or NULL; a malformed one counts as none), with the present time.  What it
 * returns goes on to whatever follows from this work: the span's own traceparent in the arena, or `parent` where
 * nothing is recorded; NULL when tracing is off and there is no valid parent. */
const char *tracing_begin(struct arena *arena, const char *parent, enum span_kind kind,
                          struct span *ret);
/* Ends it now, and hands it over. */
void tracing_end(struct span *span);

#endif
