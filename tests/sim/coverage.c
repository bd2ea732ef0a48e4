/* coverage.c - counts what common/reached.h tells. */
#ifndef KERVAN_COVERAGE
#define KERVAN_COVERAGE /* this file counts in every build that has it */
#endif
#include "tests/sim/coverage.h"

#include "common/reached.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { TABLES_MAX = 32, ROWS_MAX = 40, COLUMNS_MAX = 48 };

struct counted {
    const struct reached_table *table;
    uint32_t times[ROWS_MAX][COLUMNS_MAX];
};

static struct counted counted[TABLES_MAX];
static int table_count;

static struct counted *counted_of(const struct reached_table *table)
{
    int i = 0;

    while (i < table_count && counted[i].table != table) {
        i++;
    }
    if (i == TABLES_MAX || table->rows > ROWS_MAX || table->columns > COLUMNS_MAX) {
        (void)fprintf(stderr, "sim: no room to count %s\n", table->name);
        abort();
    }
    table_count = i < table_count ? table_count : i + 1;
    counted[i].table = table;
    return &counted[i];
}

void reached(const struct reached_table *table, int row, int column)
{
    counted_of(table)->times[row][column]++;
}

/* 0: it need not be; 1: reached; -1: not. */
static int state_of(const struct counted *of, int cell)
{
    int row = cell / of->table->columns, column = cell % of->table->columns;

    if (!of->table->has(row, column)) {
        return 0;
    }
    return of->times[row][column] > 0 ? 1 : -1;
}

static void print_table(const struct counted *of, bool all)
{
    int cells = of->table->rows * of->table->columns, there = 0, seen = 0;

    for (int cell = 0; cell < cells; cell++) {
        there += state_of(of, cell) != 0;
        seen += state_of(of, cell) == 1;
    }
    printf("%s: %d of %d cells reached\n", of->table->name, seen, there);
    for (int cell = 0; all && cell < cells; cell++) {
        if (state_of(of, cell) == -1) {
            printf("  not reached: state %d, input %d\n", cell / of->table->columns,
                   cell % of->table->columns);
        }
    }
}

void coverage_print(bool all)
{
    for (int i = 0; i < table_count; i++) {
        print_table(&counted[i], all);
    }
}
