/* base64.h - bytes as a message has them: RFC 4648 part 4, for rules, which know no library.  Pure, thread-safe. */
#ifndef KERVAN_COMMON_BASE64_H
#define KERVAN_COMMON_BASE64_H

#include <stddef.h>

struct arena;

/* With padding, in the arena.  The way back is in crypto.h. */
const char *base64_encode(struct arena *arena, const void *bytes, size_t length);

#endif
