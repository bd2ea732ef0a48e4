/* text.h - small helpers for NUL-terminated text.  Pure, thread-safe. */
#ifndef KERVAN_COMMON_TEXT_H
#define KERVAN_COMMON_TEXT_H

#include "common/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* Equal texts; NULL equals NULL only. */
bool text_equal(const char *left, const char *right);
/* Whether one of `texts` is equal; none of them is NULL. */
bool text_is_among(const char *text, const char *const *texts, size_t count);
bool text_starts_with(const char *text, const char *prefix);

/* printf into the arena; cut at 64 KiB. */
const char *text_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* Those of `texts` that say something, in the arena, with `between` between them; NULL says nothing. */
const char *text_join(struct arena *arena, const char *between, const char *const *texts,
                      size_t count);
#define TEXT_JOIN(arena, between, ...)                                                             \
    text_join(arena, between, (const char *const[]){ __VA_ARGS__ },                                \
              sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

/* Decimal digits with an optional minus, the whole text, within int64; false otherwise. */
bool text_to_int(const char *text, int64_t *ret);
/* UTF-8 as of RFC 3629: no overlong sequences, no surrogates. */
/* Length of the sequence that a text begins with; 0 when it begins with none. */
size_t text_sequence_length(const unsigned char *text);
bool text_is_utf8(const char *text);
/* Lower-case hex of `count` bytes into `ret` (2 * count + 1 characters). */
void text_hex(const unsigned char *bytes, size_t count, char *ret);

#endif
