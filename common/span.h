/* span.h - one piece of work of a trace: what it was, whose child, from when to when; and many of them as OTLP's JSON.
 *
 * A span is a plain value that its owner fills and hands over whole.  Texts are copied into it and cut
 * where there is no room; keys and never personal data: a span leaves the installation.  Pure.
 */
#ifndef KERVAN_COMMON_SPAN_H
#define KERVAN_COMMON_SPAN_H

#include "common/trace.h"

#include <stddef.h>
#include <stdint.h>

struct buffer;

/* As OTLP numbers them. */
enum span_kind { SPAN_SERVER = 2, SPAN_CLIENT = 3, SPAN_CONSUMER = 5 };

enum { SPAN_ATTRIBUTES_MAX = 12, SPAN_TEXT_BYTES = 480 };

struct span_attribute {
    const char *key; /* a constant */
    bool is_text;
    int64_t number; /* or where the text begins */
};

struct span {
    bool recorded;      /* else nobody wants it: filling it does nothing */
    struct trace trace; /* its own */
    unsigned char parent[SPAN_ID_BYTES];
    bool has_parent;
    enum span_kind kind;
    bool failed;
    int64_t start_ns, end_ns; /* since 1970 */
    struct span_attribute attributes[SPAN_ATTRIBUTES_MAX];
    size_t attribute_count;
    char text[SPAN_TEXT_BYTES]; /* the name, then texts of attributes, NUL-terminated */
    size_t text_length;
};

/* The name, once and first. */
void span_name(struct span *span, const char *word, const char *object);
/* NULL is left out, and so is what there is no place for. */
void span_text(struct span *span, const char *key, const char *text);
void span_number(struct span *span, const char *key, int64_t number);

/* Whose spans they are. */
struct span_source {
    const char *service, *instance;
};
/* The body of an OTLP export request. */
void spans_encode(const struct span_source *source, const struct span *spans, size_t count,
                  struct buffer *out);

#endif
