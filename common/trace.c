/* trace.c - a traceparent read and written. */
#include "common/trace.h"

#include "common/text.h"

#include <string.h>

enum { FLAG_SAMPLED = 1, FLAG_RANDOM = 2, SPAN_AT = 36, FLAGS_AT = 53 };

static int digit_of(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = character == '\0' ? NULL : strchr(digits, character);

    return found == NULL ? -1 : (int)(found - digits);
}

/* `count` bytes of lower-case hex; false when they are not that. */
static bool read_hex(const char *text, unsigned char *ret, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        ret[i] = (unsigned char)(16 * high + low);
    }
    return true;
}

static bool is_zero(const unsigned char *bytes, size_t count)
{
    unsigned char any = 0;

    for (size_t i = 0; i < count; i++)
        any |= bytes[i];
    return any == 0;
}

/* Of version 00 nothing follows; of a later one something may, behind a dash. */
static bool has_form(const char *text)
{
    size_t length = strlen(text);

    if (length < TRACEPARENT_LENGTH || text[2] != '-' || text[SPAN_AT - 1] != '-' ||
        text[FLAGS_AT - 1] != '-') {
        return false;
    }
    return length == TRACEPARENT_LENGTH ||
           (strncmp(text, "00", 2) != 0 && text[TRACEPARENT_LENGTH] == '-');
}

bool trace_parse(const char *traceparent, struct trace *ret)
{
    struct trace trace = { .sampled = false };
    unsigned char version = 0, flags = 0;

    if (traceparent == NULL || !has_form(traceparent) || !read_hex(traceparent, &version, 1) ||
        version == 0xff || !read_hex(traceparent + 3, trace.trace_id, TRACE_ID_BYTES) ||
        !read_hex(traceparent + SPAN_AT, trace.span_id, SPAN_ID_BYTES) ||
        !read_hex(traceparent + FLAGS_AT, &flags, 1) || is_zero(trace.trace_id, TRACE_ID_BYTES) ||
        is_zero(trace.span_id, SPAN_ID_BYTES)) {
        return false;
    }
    trace.sampled = (flags & FLAG_SAMPLED) != 0;
    trace.random_id = (flags & FLAG_RANDOM) != 0;
    *ret = trace;
    return true;
}

bool trace_is_valid(const char *traceparent)
{
    struct trace unused;

    return trace_parse(traceparent, &unused);
}

struct traceparent trace_format(const struct trace *trace)
{
    struct traceparent ret = { .text = "00-" };
    unsigned char flags =
        (unsigned char)((trace->sampled ? FLAG_SAMPLED : 0) | (trace->random_id ? FLAG_RANDOM : 0));

    text_hex(trace->trace_id, TRACE_ID_BYTES, ret.text + 3);
    ret.text[SPAN_AT - 1] = '-';
    text_hex(trace->span_id, SPAN_ID_BYTES, ret.text + SPAN_AT);
    ret.text[FLAGS_AT - 1] = '-';
    text_hex(&flags, 1, ret.text + FLAGS_AT);
    return ret;
}
