/* text.c - growing bytes, JSON strings and instants, and memory that is kept. */
#define _GNU_SOURCE /* getrandom */
#include "tests/bench/outside/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { FIRST_CAPACITY = 4096, BLOCK = 1 << 20, ALIGNMENT = 16, MARK_BYTES = 6 };

static void make_room(struct text *text, size_t more)
{
    size_t wanted = text->length + more;

    if (wanted <= text->capacity) {
        return;
    }
    size_t capacity = text->capacity == 0 ? FIRST_CAPACITY : text->capacity;
    while (capacity < wanted) {
        capacity *= 2;
    }
    char *bytes = realloc(text->bytes, capacity);
    if (bytes == NULL) {
        abort();
    }
    text->bytes = bytes;
    text->capacity = capacity;
}

void text_add(struct text *text, const void *bytes, size_t length)
{
    if (length > 0) {
        make_room(text, length);
        memcpy(text->bytes + text->length, bytes, length);
        text->length += length;
    }
}

void text_add_text(struct text *text, const char *more)
{
    text_add(text, more, strlen(more));
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;

    make_room(text, FIRST_CAPACITY / 2);
    va_start(arguments, format);
    int length =
        vsnprintf(text->bytes + text->length, text->capacity - text->length, format, arguments);
    va_end(arguments);
    if (length < 0) {
        abort();
    }
    if ((size_t)length >= text->capacity - text->length) {
        make_room(text, (size_t)length + 1);
        va_start(arguments, format);
        (void)vsnprintf(text->bytes + text->length, text->capacity - text->length, format,
                        arguments);
        va_end(arguments);
    }
    text->length += (size_t)length;
}

static void add_escaped(struct text *text, unsigned char byte)
{
    if (byte == '"' || byte == '\\') {
        const char escaped[] = { '\\', (char)byte };

        text_add(text, escaped, sizeof escaped);
    } else {
        text_format(text, "\\u%04x", byte);
    }
}

void text_add_json(struct text *text, const char *value)
{
    if (value == NULL) {
        text_add_text(text, "null");
        return;
    }
    const char *plain = value;
    text_add(text, "\"", 1);
    for (const char *at = value; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;

        if (byte < ' ' || byte == '"' || byte == '\\') {
            text_add(text, plain, (size_t)(at - plain));
            add_escaped(text, byte);
            plain = at + 1;
        }
    }
    text_add_text(text, plain);
    text_add(text, "\"", 1);
}

void text_add_instant(struct text *text, int64_t second)
{
    static int64_t shown = -1;
    static char said[64];
    static size_t length;

    if (second != shown) {
        const time_t at = (time_t)second;
        struct tm parts = { 0 };

        (void)gmtime_r(&at, &parts);
        length = strftime(said, sizeof said, "\"%Y-%m-%dT%H:%M:%SZ\"", &parts);
        shown = second;
    }
    text_add(text, said, length);
}

void text_drop(struct text *text, size_t length)
{
    if (length > 0 && length < text->length) {
        memmove(text->bytes, text->bytes + length, text->length - length);
    }
    text->length -= length;
}

void text_release(struct text *text)
{
    free(text->bytes);
    *text = (struct text){ .bytes = NULL };
}

void *keep(size_t size)
{
    static char *block;
    static size_t left;
    size_t wanted = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

    if (wanted > left) {
        left = wanted > BLOCK ? wanted : BLOCK;
        block = calloc(1, left);
        if (block == NULL) {
            abort();
        }
    }
    void *found = block;
    block += wanted;
    left -= wanted;
    return found;
}

char *keep_bytes(const char *bytes, size_t length)
{
    char *copy = keep(length + 1);

    memcpy(copy, bytes, length);
    return copy;
}

const char *keep_given(const char *text)
{
    return text == NULL || *text == '\0' ? NULL : keep_bytes(text, strlen(text));
}

int64_t now_second(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

const char *start_mark(void)
{
    static char mark[2 * MARK_BYTES + 1];
    unsigned char bytes[MARK_BYTES];

    if (mark[0] == '\0') {
        if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
            abort();
        }
        for (size_t i = 0; i < sizeof bytes; i++) {
            (void)snprintf(mark + 2 * i, 3, "%02x", bytes[i]);
        }
    }
    return mark;
}
