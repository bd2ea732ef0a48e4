/* coverage.c - counts what common/reached.h tells, and holds it against what unreachable.c declares. */
#ifndef KERVAN_COVERAGE
#define KERVAN_COVERAGE /* this file counts in every build that has it */
#endif
#include "tests/sim/coverage.h"

#include "common/reached.h"
#include "tests/sim/unreachable.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_MAX = 32, ROWS_MAX = 40, COLUMNS_MAX = 48 };

struct cell {
    uint32_t times;
    bool told;                         /* that it was reached against its declaration */
    const struct unreachable *because; /* it cannot be reached; NULL: it can */
};

struct counted {
    const struct reached_table *table;
    struct cell cells[ROWS_MAX][COLUMNS_MAX];
};

struct sum {
    int reached, missed, declared;
};

struct name {
    const char *text;
    int length;
};

static struct counted counted[TABLES_MAX];
static int table_count;

/* --- Names ----------------------------------------------------------------------------------------- */

/* That of a row or column; its number where it has no name. */
static struct name name_of(const struct reached_names *names, int number)
{
    const char *at = names->text;

    for (size_t i = 0; i < names->count; i++) {
        size_t length = strcspn(at, ",");

        if (names->numbers[i] == number) {
            return (struct name){ at, (int)length };
        }
        at += length + strspn(at + length, ", ");
    }
    return (struct name){ "(no name)", (int)strlen("(no name)") };
}

static bool lists(const char *list, struct name name)
{
    if (strcmp(list, "*") == 0) {
        return true;
    }
    for (const char *at = list; *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");

        if (length == (size_t)name.length && strncmp(at, name.text, length) == 0) {
            return true;
        }
        at += length;
    }
    return false;
}

/* --- Declarations ---------------------------------------------------------------------------------- */

static bool is_declared(const struct unreachable *one, const struct reached_table *table, int row,
                        int column)
{
    return table->has(row, column) && lists(one->rows, name_of(&table->row_names, row)) &&
           lists(one->columns, name_of(&table->column_names, column));
}

static void declare(struct counted *of, const struct unreachable *one)
{
    int found = 0;

    for (int i = 0; i < of->table->rows * of->table->columns; i++) {
        int row = i / of->table->columns, column = i % of->table->columns;

        if (is_declared(one, of->table, row, column)) {
            of->cells[row][column].because = one;
            found++;
        }
    }
    if (found == 0) {
        (void)fprintf(stderr, "sim: no cell is declared by: %s: %s, %s\n", one->table, one->rows,
                      one->columns);
        abort();
    }
}

/* --- Counts ---------------------------------------------------------------------------------------- */

static struct counted *add_table(const struct reached_table *table)
{
    if (table_count == TABLES_MAX || table->rows > ROWS_MAX || table->columns > COLUMNS_MAX) {
        (void)fprintf(stderr, "sim: no room to count %s\n", table->name);
        abort();
    }
    struct counted *added = &counted[table_count++];
    added->table = table;
    for (size_t i = 0; i < unreachable_count; i++) {
        if (strcmp(unreachables[i].table, table->name) == 0) {
            declare(added, &unreachables[i]);
        }
    }
    return added;
}

static struct counted *counted_of(const struct reached_table *table)
{
    for (int i = 0; i < table_count; i++) {
        if (counted[i].table == table) {
            return &counted[i];
        }
    }
    return add_table(table);
}

void reached(const struct reached_table *table, int row, int column)
{
    counted_of(table)->cells[row][column].times++;
}

/* --- The report ------------------------------------------------------------------------------------ */

static struct cell *cell_of(struct counted *of, int number)
{
    int row = number / of->table->columns, column = number % of->table->columns;

    return of->table->has(row, column) ? &of->cells[row][column] : NULL;
}

static void print_name(const struct counted *of, int number)
{
    struct name row = name_of(&of->table->row_names, number / of->table->columns);
    struct name column = name_of(&of->table->column_names, number % of->table->columns);

    printf("%s: %.*s, %.*s", of->table->name, row.length, row.text, column.length, column.text);
}

static int64_t contradictions_of(struct counted *of, uint64_t world)
{
    int64_t found = 0;

    for (int i = 0; i < of->table->rows * of->table->columns; i++) {
        struct cell *cell = cell_of(of, i);

        if (cell == NULL || cell->because == NULL || cell->times == 0 || cell->told) {
            continue;
        }
        cell->told = true;
        found++;
        printf("seed %" PRIu64 ": unreachable (", world);
        print_name(of, i);
        printf("): it was reached, and is declared not to be: %s\n", cell->because->why);
    }
    return found;
}

int64_t coverage_contradictions(uint64_t world)
{
    int64_t found = 0;

    for (int i = 0; i < table_count; i++) {
        found += contradictions_of(&counted[i], world);
    }
    return found;
}

static struct sum sum_of(struct counted *of)
{
    struct sum sum = { 0 };

    for (int i = 0; i < of->table->rows * of->table->columns; i++) {
        const struct cell *cell = cell_of(of, i);

        if (cell != NULL) {
            sum.declared += cell->because != NULL;
            sum.reached += cell->because == NULL && cell->times > 0;
            sum.missed += cell->because == NULL && cell->times == 0;
        }
    }
    return sum;
}

static void print_table(struct counted *of, struct sum sum)
{
    printf("%s: %d of %d reachable cells reached, %d declared unreachable\n", of->table->name,
           sum.reached, sum.reached + sum.missed, sum.declared);
    for (int i = 0; i < of->table->rows * of->table->columns; i++) {
        const struct cell *cell = cell_of(of, i);

        if (cell != NULL && cell->because == NULL && cell->times == 0) {
            printf("  not reached: ");
            print_name(of, i);
            printf("\n");
        }
    }
}

void coverage_print(bool all)
{
    struct sum total = { 0 };

    for (int i = 0; i < table_count; i++) {
        struct sum sum = sum_of(&counted[i]);

        total.reached += sum.reached;
        total.missed += sum.missed;
        total.declared += sum.declared;
        if (all) {
            print_table(&counted[i], sum);
        }
    }
    printf("coverage: %d of %d reachable cells of %d tables reached, %d declared unreachable; "
           "%d reachable cells were not reached%s\n",
           total.reached, total.reached + total.missed, table_count, total.declared, total.missed,
           total.missed > 0 && !all ? ": --coverage names them" : "");
}
