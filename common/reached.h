/* reached.h - which cells of a rule's table were looked up: counted by the simulation, nothing in any other build. */
#ifndef KERVAN_COMMON_REACHED_H
#define KERVAN_COMMON_REACHED_H

#include <stdbool.h>
#include <stddef.h>

/* What rows or columns of a table are called: the names as one text, "A, B", and the number of each. */
struct reached_names {
    const char *text;
    const int *numbers;
    size_t count;
};

/* Of the members of an enum, in any order. */
/* clang-format off */
#ifdef KERVAN_COVERAGE
#define REACHED_NUMBERS(...) ((const int[]){ __VA_ARGS__ })
#define REACHED_NAMES(...) { \
    .text = #__VA_ARGS__, \
    .numbers = REACHED_NUMBERS(__VA_ARGS__), \
    .count = sizeof REACHED_NUMBERS(__VA_ARGS__) / sizeof(int) }
#else
#define REACHED_NAMES(...) { NULL, NULL, 0 }
#endif
/* clang-format on */

/* A table of state and input, and which of its cells say anything. */
struct reached_table {
    const char *name;
    int rows, columns;
    bool (*has)(int row, int column);
    struct reached_names row_names, column_names;
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
