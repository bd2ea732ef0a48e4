/* reached.h - which cells of a rule's table were looked up: counted by the simulation, nothing in any other build. */
#ifndef KERVAN_COMMON_REACHED_H
#define KERVAN_COMMON_REACHED_H

#include <stdbool.h>

/* A table of state and input, and which of its cells say anything. */
struct reached_table {
    const char *name;
    int rows, columns;
    bool (*has)(int row, int column);
};

#ifdef KERVAN_COVERAGE
void reached(const struct reached_table *table, int row, int column);
#else
static inline void reached(const struct reached_table *table, int row, int column)
{
    (void)table;
    (void)row;
    (void)column;
}
#endif

#endif
