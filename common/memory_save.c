/* memory_save.c - writes what a batch changed into a database in memory, all of it or nothing. */
#include "common/memory_database.h"
#include "common/runtime_tables.h"
#include "common/sql.h"
#include "common/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct table *const runtime_tables[] = {
    &timer_table,  &effect_table, &input_table,         &parked_table, &operator_request_table,
    &outbox_table, &stream_table, &read_position_table, NULL,
};

static bool is_in(const struct table *const *list, const struct table *table)
{
    while (*list != NULL && *list != table) {
        list++;
    }
    return *list != NULL;
}

/* Whether the store knows the table: rows of another one would be lost. */
static bool is_listed(const struct store_options *options, const struct table *table)
{
    return is_in(options->tables, table) || is_in(runtime_tables, table);
}

static bool same_bytes(struct bytes left, struct bytes right)
{
    if (left.bytes == NULL || right.bytes == NULL) {
        return left.bytes == right.bytes;
    }
    return left.length == right.length && memcmp(left.bytes, right.bytes, left.length) == 0;
}

static bool same_value(const struct column *column, const void *left_row, const void *right_row)
{
    const void *left = (const char *)left_row + column->offset;
    const void *right = (const char *)right_row + column->offset;

    switch (column->kind) {
    case COLUMN_BOOL:
        return *(const bool *)left == *(const bool *)right;
    case COLUMN_TEXT:
        return text_equal(*(const char *const *)left, *(const char *const *)right);
    case COLUMN_BYTES:
        return same_bytes(*(const struct bytes *)left, *(const struct bytes *)right);
    case COLUMN_INT2:
    case COLUMN_INT4:
    case COLUMN_INT8:
    case COLUMN_INSTANT:
    case COLUMN_KIND_COUNT:
        break;
    }
    return *(const int64_t *)left == *(const int64_t *)right;
}

/* Whether an UPDATE says "column = ...", and not of a table as in "table.column = ...". */
static bool sets(const char *update, const char *column)
{
    size_t length = strlen(column);

    for (const char *at = strstr(update, column); at != NULL; at = strstr(at + length, column)) {
        const char *behind = at + length + strspn(at + length, " \n");

        if (isspace((unsigned char)at[-1]) && *behind == '=') {
            return true;
        }
    }
    return false;
}

/* The UPDATEs are written by hand: PostgreSQL would forget a column that one of them leaves out. */
static void check_update(const struct store_options *options, const struct table *table,
                         const void *stored, const void *changed)
{
    if (options->statements == NULL || table->runtime || stored == NULL) {
        return;
    }
    for (size_t i = table->key_columns; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];

        if (!same_value(column, stored, changed) &&
            !sets(options->statements[table->update].text, column->name)) {
            (void)fprintf(stderr, "%s does not set %s, which changed\n",
                          options->statements[table->update].name, column->name);
            abort();
        }
    }
}

/* A row that must be there is gone, or one that must not be there is. */
static enum err check_table(struct ctx *ctx, const struct memory_table *memory,
                            const struct store_options *options, const struct rows *rows)
{
    const struct table *table = memory_table_description(memory);
    size_t count = 0;

    void **changed = rows_changed(rows, table, ROW_REMOVED, &count);
    assert(count == 0 || table->remove != STATEMENT_NONE);
    for (size_t i = 0; i < count && table->remove_must_hit; i++) {
        if (memory_table_find(memory, changed[i]) == NULL) {
            return err_set(ctx, ERR_CONFLICT, "a row of \"%s\" was gone", table->name);
        }
    }
    changed = rows_changed(rows, table, ROW_INSERTED, &count);
    assert(count == 0 || table->insert != STATEMENT_NONE);
    for (size_t i = 0; i < count && !table->insert_again && !table->numbered_by_store; i++) {
        if (memory_table_find(memory, changed[i]) != NULL) {
            return err_set(ctx, table->runtime ? ERR_CONFLICT : ERR_RULE,
                           "a row of \"%s\" is there already", table->name);
        }
    }
    changed = rows_changed(rows, table, ROW_UPDATED, &count);
    assert(count == 0 || table->update != STATEMENT_NONE);
    for (size_t i = 0; i < count; i++) {
        check_update(options, table, memory_table_find(memory, changed[i]), changed[i]);
    }
    return OK;
}

static void insert_row(struct memory_table *memory, const struct table *table, const void *row)
{
    if (table->numbered_by_store) {
        memory_table_put_numbered(memory, row);
    } else if (memory_table_find(memory, row) == NULL) { /* else it may be inserted again */
        memory_table_put(memory, row);
    }
}

static void write_table(struct memory_database *database, const struct rows *rows,
                        const struct table *table)
{
    struct memory_table *memory = memory_database_table(database, table);
    size_t count = 0;

    void **changed = rows_changed(rows, table, ROW_REMOVED, &count);
    for (size_t i = 0; i < count; i++) {
        (void)memory_table_remove(memory, changed[i]);
    }
    changed = rows_changed(rows, table, ROW_UPDATED, &count);
    for (size_t i = 0; i < count; i++) { /* an UPDATE that finds no row does nothing */
        if (memory_table_find(memory, changed[i]) != NULL) {
            memory_table_put(memory, changed[i]);
        }
    }
    changed = rows_changed(rows, table, ROW_INSERTED, &count);
    for (size_t i = 0; i < count; i++) {
        insert_row(memory, table, changed[i]);
    }
}

enum err memory_check_rows(struct memory_database *database, struct ctx *ctx,
                           const struct store_options *options, const struct rows *rows)
{
    size_t count = 0;
    const struct table *const *tables = rows_tables(rows, &count);
    enum err err = OK;

    for (size_t i = 0; i < count && !err; i++) {
        assert(is_listed(options, tables[i]) && "a table that the store does not save");
        err = check_table(ctx, memory_database_table(database, tables[i]), options, rows);
    }
    return err;
}

void memory_write_rows(struct memory_database *database, const struct rows *rows)
{
    size_t count = 0;
    const struct table *const *tables = rows_tables(rows, &count);

    for (size_t i = 0; i < count; i++) {
        write_table(database, rows, tables[i]);
    }
}
