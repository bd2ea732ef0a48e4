/* buffer.c - bytes that grow up to a maximum given at birth. */
#include "common/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CAPACITY_MIN = 256,
    INT64_TEXT_MAX = 20, /* -9223372036854775808 */
};

void buffer_init(struct buffer *buffer, size_t bytes_max)
{
    *buffer = (struct buffer){ .bytes_max = bytes_max };
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->bytes);
    buffer_init(buffer, buffer->bytes_max);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->overflowed = false;
}

/* Room for `needed` bytes in all, which the caller found to be at most bytes_max. */
static void grow(struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity < CAPACITY_MIN ? CAPACITY_MIN : buffer->capacity;

    while (capacity < needed)
        capacity *= 2;
    if (capacity > buffer->bytes_max)
        capacity = buffer->bytes_max;

    char *bytes = realloc(buffer->bytes, capacity);

    if (bytes == NULL) {
        (void)fprintf(stderr, "buffer: the machine has no memory left (%zu bytes)\n", capacity);
        abort();
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (buffer->overflowed || length == 0)
        return;
    if (length > buffer->bytes_max - buffer->length) {
        buffer->overflowed = true;
        return;
    }
    if (length > buffer->capacity - buffer->length)
        grow(buffer, buffer->length + length);
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_int(struct buffer *buffer, int64_t value)
{
    char text[INT64_TEXT_MAX];
    char *start = text + sizeof text;
    /* Negating in unsigned arithmetic is defined for INT64_MIN too. */
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        *--start = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--start = '-';
    buffer_append(buffer, start, (size_t)(text + sizeof text - start));
}

static void append_escape(struct buffer *buffer, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char short_escapes[] = { ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                          ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't' };
    char escape[] = "\\u0000";

    if (byte < sizeof short_escapes && short_escapes[byte] != 0) {
        escape[1] = short_escapes[byte];
        buffer_append(buffer, escape, 2);
        return;
    }
    escape[4] = hex[byte >> 4];
    escape[5] = hex[byte & 15];
    buffer_append(buffer, escape, 6);
}

void buffer_append_json_bytes(struct buffer *buffer, const char *text, size_t length)
{
    const char *chunk = text;
    const char *end = text + length;

    buffer_append(buffer, "\"", 1);
    for (const char *at = text; at < end; at++) {
        unsigned char byte = (unsigned char)*at;

        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        buffer_append(buffer, chunk, (size_t)(at - chunk));
        append_escape(buffer, byte);
        chunk = at + 1;
    }
    buffer_append(buffer, chunk, (size_t)(end - chunk));
    buffer_append(buffer, "\"", 1);
}

void buffer_append_json_string(struct buffer *buffer, const char *text)
{
    buffer_append_json_bytes(buffer, text, strlen(text));
}
