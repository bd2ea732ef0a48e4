/* cursor.h - where a list goes on: opaque to callers, and as good after inserts as before.
 *
 * The lower-case hex of "c1" and of each part behind a unit separator (0x1f).  Pure.
 */
#ifndef KERVAN_COMMON_CURSOR_H
#define KERVAN_COMMON_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { CURSOR_PARTS_MAX = 8, CURSOR_LENGTH_MAX = 512 };

struct cursor {
    const char *parts[CURSOR_PARTS_MAX]; /* UTF-8 in the arena; NULL behind the last one */
};

/* Parts hold no unit separator; a NULL ends them early. */
const char *cursor_write(struct arena *arena, const struct cursor *cursor);
/* False, and *ret as it was, when this is no cursor; text that was not written here may well be one. */
bool cursor_read(struct arena *arena, const char *text, struct cursor *ret);

#endif
