/* pattern.c - counts and matches characters of UTF-8 text that was checked before. */
#include "proto/pattern.h"

size_t text_characters(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static bool class_has(const struct pattern_item *item, unsigned char byte)
{
    if (byte >= 0x80)
        return item->others;
    return (item->ascii[byte >> 5] >> (byte & 31) & 1) != 0;
}

static const char *next_character(const char *at, const char *end)
{
    do {
        at++;
    } while (at < end && ((unsigned char)*at & 0xC0) == 0x80);
    return at;
}

/* Greedy is right: the generator refuses a pattern in which taking less could help. */
bool pattern_matches(const struct pattern *pattern, const char *text, size_t length)
{
    const char *end = text + length;

    for (size_t i = 0; i < pattern->count; i++) {
        const struct pattern_item *item = &pattern->items[i];
        uint32_t taken = 0;

        while (taken < item->max && text < end && class_has(item, (unsigned char)*text)) {
            text = next_character(text, end);
            taken++;
        }
        if (taken < item->min)
            return false;
    }
    return text == end;
}
