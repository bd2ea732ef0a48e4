/* span.c - spans filled, and encoded as OTLP's JSON (ids in hex, 64-bit numbers as text, enums as numbers). */
#include "common/span.h"

#include "common/buffer.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum { STATUS_ERROR = 2 };

/* Where the copy begins; -1 when there is no room.  UTF-8 is never cut, so that it stays UTF-8. */
static int64_t keep(struct span *span, const char *text)
{
    size_t length = strlen(text), at = span->text_length;

    if (length >= SPAN_TEXT_BYTES - at)
        return -1;
    memcpy(span->text + at, text, length + 1);
    span->text_length += length + 1;
    return (int64_t)at;
}

void span_name(struct span *span, const char *word, const char *object)
{
    char name[128];

    if (!span->recorded)
        return;
    (void)snprintf(name, sizeof name, "%s %s", word, object);
    span->text_length = 0;
    (void)keep(span, name);
}

static void add(struct span *span, struct span_attribute attribute)
{
    if (span->attribute_count < SPAN_ATTRIBUTES_MAX)
        span->attributes[span->attribute_count++] = attribute;
}

void span_text(struct span *span, const char *key, const char *text)
{
    int64_t at = span->recorded && text != NULL ? keep(span, text) : -1;

    if (at >= 0)
        add(span, (struct span_attribute){ .key = key, .is_text = true, .number = at });
}

void span_number(struct span *span, const char *key, int64_t number)
{
    if (span->recorded)
        add(span, (struct span_attribute){ .key = key, .number = number });
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void append_text_attribute(struct buffer *out, const char *key, const char *text)
{
    buffer_append_text(out, "{\"key\":");
    buffer_append_json_string(out, key);
    buffer_append_text(out, ",\"value\":{\"stringValue\":");
    buffer_append_json_string(out, text);
    buffer_append_text(out, "}}");
}

static void append_attribute(struct buffer *out, const struct span *span,
                             const struct span_attribute *attribute)
{
    if (attribute->is_text) {
        append_text_attribute(out, attribute->key, span->text + attribute->number);
        return;
    }
    buffer_append_text(out, "{\"key\":");
    buffer_append_json_string(out, attribute->key);
    buffer_append_text(out, ",\"value\":{\"intValue\":\"");
    buffer_append_int(out, attribute->number);
    buffer_append_text(out, "\"}}");
}

static void append_id(struct buffer *out, const char *member, const unsigned char *id, size_t bytes)
{
    char hex[2 * TRACE_ID_BYTES + 1];

    text_hex(id, bytes, hex);
    buffer_append_text(out, member);
    buffer_append_text(out, hex);
    buffer_append_text(out, "\"");
}

static void append_span(struct buffer *out, const struct span *span)
{
    append_id(out, "{\"traceId\":\"", span->trace.trace_id, TRACE_ID_BYTES);
    append_id(out, ",\"spanId\":\"", span->trace.span_id, SPAN_ID_BYTES);
    if (span->has_parent)
        append_id(out, ",\"parentSpanId\":\"", span->parent, SPAN_ID_BYTES);
    buffer_append_text(out, ",\"name\":");
    buffer_append_json_string(out, span->text);
    buffer_append_text(out, ",\"kind\":");
    buffer_append_int(out, span->kind);
    buffer_append_text(out, ",\"startTimeUnixNano\":\"");
    buffer_append_int(out, span->start_ns);
    buffer_append_text(out, "\",\"endTimeUnixNano\":\"");
    buffer_append_int(out, span->end_ns);
    buffer_append_text(out, "\",\"attributes\":[");
    for (size_t i = 0; i < span->attribute_count; i++) {
        buffer_append_text(out, i == 0 ? "" : ",");
        append_attribute(out, span, &span->attributes[i]);
    }
    buffer_append_text(out, "],\"status\":{");
    if (span->failed) {
        buffer_append_text(out, "\"code\":");
        buffer_append_int(out, STATUS_ERROR);
    }
    buffer_append_text(out, "}}");
}

void spans_encode(const struct span_source *source, const struct span *spans, size_t count,
                  struct buffer *out)
{
    buffer_append_text(out, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
    append_text_attribute(out, "service.name", source->service);
    buffer_append_text(out, ",");
    append_text_attribute(out, "service.namespace", "kervan");
    buffer_append_text(out, ",");
    append_text_attribute(out, "service.instance.id", source->instance);
    buffer_append_text(out, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"kervan\"},\"spans\":[");
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(out, i == 0 ? "" : ",");
        append_span(out, &spans[i]);
    }
    buffer_append_text(out, "]}]}]}");
}
