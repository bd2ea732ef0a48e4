/* parts_in_order.h - for tests of what is written: it holds all these parts, each behind the one before. */
#ifndef KERVAN_TESTS_UNIT_PARTS_IN_ORDER_H
#define KERVAN_TESTS_UNIT_PARTS_IN_ORDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What begins where the part is found. */
static inline const char *part_found(const char *text, const char *part)
{
    const char *found = strstr(text, part);

    if (found == NULL) {
        fail_msg("no %s in\n%s", part, text);
    }
    return found;
}

static inline void assert_parts_in_order(const char *text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count && text != NULL; i++) {
        text = part_found(text, parts[i]);
    }
}

#endif
