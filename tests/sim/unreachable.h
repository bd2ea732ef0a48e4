/* unreachable.h - cells of the rules' tables that a system without defects never looks up, and why. */
#ifndef KERVAN_TESTS_SIM_UNREACHABLE_H
#define KERVAN_TESTS_SIM_UNREACHABLE_H

#include <stddef.h>

/* Every cell of these rows and columns: names as the table has them, with spaces between; "*": all. */
struct unreachable {
    const char *table, *rows, *columns, *why;
};

extern const struct unreachable unreachables[];
extern const size_t unreachable_count;

#endif
