/* violation.c - collects what is wrong with a message, each with a JSON Pointer to it. */
#include "proto/violation.h"

#include "common/card_number.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct pointer_text {
    char *bytes;
    size_t length;
    size_t bytes_max; /* the last one is kept for the NUL */
};

/* Appends whole or not at all: a cut pointer ends between two characters. */
static bool append(struct pointer_text *text, const char *bytes, size_t length)
{
    if (length >= text->bytes_max - text->length)
        return false;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    return true;
}

static size_t character_length(const char *at, const char *end)
{
    size_t length = 1;

    while (at + length < end && ((unsigned char)at[length] & 0xC0) == 0x80)
        length++;
    return length;
}

static void append_name(struct pointer_text *text, const struct path *path)
{
    const char *end = path->name + path->name_length;

    if (has_card_number(path->name, path->name_length)) {
        (void)append(text, "(card number)", strlen("(card number)"));
        return;
    }

    for (const char *at = path->name; at < end;) {
        size_t length = character_length(at, end);
        bool fits = *at == '~'   ? append(text, "~0", 2)
                    : *at == '/' ? append(text, "~1", 2)
                                 : append(text, at, length);

        if (!fits)
            return;
        at += length;
    }
}

static void append_path(struct pointer_text *text, const struct path *path)
{
    const struct path *steps[JSON_DEPTH_MAX + 1];
    size_t count = 0;

    for (; path != NULL && count < JSON_DEPTH_MAX + 1; path = path->parent)
        steps[count++] = path;
    while (count-- > 0) {
        char index[24];

        (void)append(text, "/", 1);
        if (steps[count]->name != NULL) {
            append_name(text, steps[count]);
            continue;
        }
        int length = snprintf(index, sizeof index, "%zu", steps[count]->index);
        (void)append(text, index, (size_t)length);
    }
    text->bytes[text->length] = '\0';
}

static struct violation *next_item(struct violations *violations)
{
    violations->found++;
    return violations->count < VIOLATIONS_MAX ? &violations->items[violations->count++] : NULL;
}

void violate(struct violations *violations, const struct path *path, const char *keyword,
             const char *format, ...)
{
    struct violation *item = next_item(violations);
    va_list arguments;

    if (item == NULL)
        return;
    struct pointer_text pointer = { .bytes = item->pointer, .bytes_max = sizeof item->pointer };

    append_path(&pointer, path);
    item->keyword = keyword;
    va_start(arguments, format);
    (void)vsnprintf(item->detail, sizeof item->detail, format, arguments);
    va_end(arguments);
}

void violations_clear(struct violations *violations)
{
    violations->count = 0;
    violations->found = 0;
}

void violations_add(struct violations *violations, const char *pointer, const char *keyword,
                    const char *detail)
{
    struct violation *item = next_item(violations);

    if (item == NULL)
        return;
    item->keyword = keyword;
    (void)snprintf(item->pointer, sizeof item->pointer, "%s", pointer);
    (void)snprintf(item->detail, sizeof item->detail, "%s", detail);
}
