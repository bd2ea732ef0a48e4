/* cursor.c - cursors of lists, to and from hex. */
#include "common/cursor.h"

#include "common/arena.h"
#include "common/text.h"

#include <string.h>

#define PREFIX    "c1"
#define SEPARATOR '\x1f'

const char *cursor_write(struct arena *arena, const struct cursor *cursor)
{
    const char *plain = PREFIX;

    for (size_t i = 0; i < CURSOR_PARTS_MAX && cursor->parts[i] != NULL; i++) {
        plain = text_format(arena, "%s%c%s", plain, SEPARATOR, cursor->parts[i]);
    }
    char *hex = arena_alloc(arena, 2 * strlen(plain) + 1);
    text_hex((const unsigned char *)plain, strlen(plain), hex);
    return hex;
}

static int hex_digit(char character)
{
    const char *digits = "0123456789abcdef";
    const char *at = character == '\0' ? NULL : strchr(digits, character);

    return at == NULL ? -1 : (int)(at - digits);
}

/* NULL when it is not the hex of a text. */
static char *from_hex(struct arena *arena, const char *hex, size_t length)
{
    char *plain = arena_alloc(arena, length + 1);

    for (size_t i = 0; i < length; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            return NULL;
        }
        plain[i] = (char)(high * 16 + low);
    }
    return text_is_utf8(plain) ? plain : NULL;
}

bool cursor_read(struct arena *arena, const char *text, struct cursor *ret)
{
    struct cursor cursor = { { NULL } };
    size_t length = strlen(text), parts = 0;
    char *plain =
        length > CURSOR_LENGTH_MAX || length % 2 != 0 ? NULL : from_hex(arena, text, length / 2);

    if (plain == NULL || !text_starts_with(plain, PREFIX) || plain[strlen(PREFIX)] != SEPARATOR) {
        return false;
    }
    for (char *at = plain + strlen(PREFIX); at != NULL; parts++) {
        if (parts == CURSOR_PARTS_MAX) {
            return false;
        }
        *at = '\0';
        cursor.parts[parts] = at + 1;
        at = strchr(at + 1, SEPARATOR);
    }
    *ret = cursor;
    return true;
}
