/* base64.h - bytes as a message has them: RFC 4648 part 4, for rules, which know no library.  Pure, thread-safe. */
#ifndef KERVAN_COMMON_BASE64_H
#define KERVAN_COMMON_BASE64_H

#include "common/table.h"

struct arena;

/* In the arena. */
const char *base64_of(struct arena *arena, struct bytes bytes);

#endif
