/* instant.h - points in time as int64_t milliseconds since 1970-01-01T00:00:00Z.  Pure, thread-safe. */
#ifndef KERVAN_COMMON_INSTANT_H
#define KERVAN_COMMON_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct instant_text {
    char text[25]; /* "2026-11-22T09:54:58.123Z" */
};

/* RFC 3339, UTC, milliseconds.  Years 1970 to 9999. */
struct instant_text instant_format(int64_t instant_ms);
/* RFC 3339 with any offset and up to nine fraction digits (cut to ms); false when it is not that. */
bool instant_parse(const char *text, size_t length, int64_t *ret_ms);

enum { INSTANT_BYTES = 8 };
/* Big-endian, so that bytes sort as instants of our time do. */
void instant_pack(int64_t instant_ms, unsigned char ret[INSTANT_BYTES]);
int64_t instant_unpack(const unsigned char bytes[INSTANT_BYTES]);

#endif
