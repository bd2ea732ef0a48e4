/* base64.c - three bytes are four digits. */
#include "common/base64.h"

#include "common/arena.h"

#include <stdint.h>

enum { GROUP_BYTES = 3, GROUP_DIGITS = 4, DIGIT_BITS = 6, DIGIT_MASK = 63, BYTE_BITS = 8 };

/* One to three bytes as four digits. */
static void put_group(const unsigned char *from, size_t length, char ret[GROUP_DIGITS])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t three = 0;

    for (size_t i = 0; i < GROUP_BYTES; i++) {
        three = three << BYTE_BITS | (i < length ? from[i] : 0U);
    }
    for (size_t i = GROUP_DIGITS; i > 0; i--, three >>= DIGIT_BITS) {
        ret[i - 1] = (char)(i - 1 > length ? '=' : digits[three & DIGIT_MASK]);
    }
}

const char *base64_encode(struct arena *arena, const void *bytes, size_t length)
{
    size_t groups = (length + GROUP_BYTES - 1) / GROUP_BYTES;
    char *text = arena_alloc(arena, groups * GROUP_DIGITS + 1);

    for (size_t i = 0; i < groups; i++) {
        size_t from = i * GROUP_BYTES, left = length - from;

        put_group((const unsigned char *)bytes + from, left < GROUP_BYTES ? left : GROUP_BYTES,
                  text + i * GROUP_DIGITS);
    }
    text[groups * GROUP_DIGITS] = '\0';
    return text;
}
