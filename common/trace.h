/* trace.h - W3C Trace Context: the trace that a piece of work belongs to, and the span it is.
 *
 * The header `traceparent` is "00-<32 hex>-<16 hex>-<2 hex>", lower case, neither id all zero.  A later
 * version is read as far as it looks like this one, and written as this one.  Pure, thread-safe.
 */
#ifndef KERVAN_COMMON_TRACE_H
#define KERVAN_COMMON_TRACE_H

#include <stdbool.h>

enum { TRACE_ID_BYTES = 16, SPAN_ID_BYTES = 8, TRACEPARENT_LENGTH = 55 };

struct trace {
    unsigned char trace_id[TRACE_ID_BYTES], span_id[SPAN_ID_BYTES];
    bool sampled;   /* somebody keeps this trace */
    bool random_id; /* of the trace id's last 7 bytes is known that they are random */
};

struct traceparent {
    char text[TRACEPARENT_LENGTH + 1];
};

/* False, and *ret as it was, for NULL and whatever is no traceparent. */
bool trace_parse(const char *traceparent, struct trace *ret);
bool trace_is_valid(const char *traceparent);
struct traceparent trace_format(const struct trace *trace);

#endif
