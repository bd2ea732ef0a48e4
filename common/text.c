/* text.c - comparing, formatting and reading small texts. */
#include "common/text.h"

#include "common/arena.h"

#include <stdio.h>
#include <string.h>

enum { DRAFT_BYTES = 256, TEXT_FORMAT_MAX = 64 * 1024 };

bool text_equal(const char *left, const char *right)
{
    if (left == NULL || right == NULL)
        return left == right;
    return strcmp(left, right) == 0;
}

bool text_is_among(const char *text, const char *const *texts, size_t count)
{
    size_t i = 0;

    while (i < count && !text_equal(text, texts[i]))
        i++;
    return i < count;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

const char *text_format(struct arena *arena, const char *format, ...)
{
    char draft[DRAFT_BYTES];
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(draft, sizeof draft, format, arguments);
    va_end(arguments);

    size_t size = length < 0 ? 1 : (size_t)length + 1;
    if (size > TEXT_FORMAT_MAX)
        size = TEXT_FORMAT_MAX;
    char *text = arena_alloc(arena, size);
    if (size <= sizeof draft) {
        memcpy(text, draft, size - 1);
    } else {
        (void)vsnprintf(text, size, format, again);
    }
    va_end(again);
    return text;
}

const char *text_join(struct arena *arena, const char *between, const char *const *texts,
                      size_t count)
{
    size_t between_length = strlen(between), length = 0, at = 0;

    for (size_t i = 0; i < count; i++) {
        length += texts[i] == NULL ? 0 : strlen(texts[i]) + between_length;
    }
    char *joined = arena_alloc(arena, length + 1);
    for (size_t i = 0; i < count; i++) {
        size_t text_length = texts[i] == NULL ? 0 : strlen(texts[i]);

        if (text_length > 0) {
            memcpy(joined + at, between, at > 0 ? between_length : 0);
            at += at > 0 ? between_length : 0;
            memcpy(joined + at, texts[i], text_length);
            at += text_length;
        }
    }
    joined[at] = '\0';
    return joined;
}

bool text_to_int(const char *text, int64_t *ret)
{
    bool negative = *text == '-';
    int64_t value = 0;

    text += negative;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        /* Counts away from zero on the negative side, where the range is one larger. */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *text - '0', &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *ret = negative ? value : -value;
    return true;
}

void text_hex(const unsigned char *bytes, size_t count, char *ret)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[2 * count] = '\0';
}

size_t text_sequence_length(const unsigned char *text)
{
    static const struct {
        unsigned char first_min, first_max, second_min, second_max;
        size_t length;
    } rows[] = {
        { 0x01, 0x7f, 0x00, 0xff, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (text[0] < rows[i].first_min || text[0] > rows[i].first_max)
            continue;
        if (text[1] < rows[i].second_min || text[1] > rows[i].second_max)
            return 0;
        for (size_t k = 2; k < rows[i].length; k++) {
            if ((text[k] & 0xc0) != 0x80) /* the NUL at the end is none either */
                return 0;
        }
        return rows[i].length;
    }
    return 0;
}

bool text_is_utf8(const char *text)
{
    while (*text != '\0') {
        size_t length = text_sequence_length((const unsigned char *)text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}
