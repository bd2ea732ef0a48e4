/* memory_database.c - a database in memory: made, copied, restored, and looked at by checkers. */
#include "common/memory_database.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct memory_database *allocate_database(void)
{
    struct memory_database *database = calloc(1, sizeof *database);

    if (database == NULL) {
        (void)fputs("no memory for the database in memory\n", stderr);
        abort();
    }
    return database;
}

struct memory_database *memory_database_new(int64_t lane_count)
{
    struct memory_database *database = allocate_database();

    assert(lane_count >= 1 && lane_count <= LANES_MAX);
    database->lane_count = lane_count;
    database->timeline = 1;
    for (size_t i = 0; i < LANES_MAX; i++) {
        database->lanes[i].lease_until = INT64_MIN;
    }
    return database;
}

static void free_tables(struct memory_database *database)
{
    for (size_t i = 0; i < database->table_count; i++) {
        memory_table_free(database->tables[i]);
    }
}

void memory_database_free(struct memory_database *database)
{
    if (database == NULL) {
        return;
    }
    free_tables(database);
    free(database);
}

void memory_database_set_time(struct memory_database *database, int64_t now)
{
    database->now = now;
}

void memory_database_want_code(struct memory_database *database, int64_t version)
{
    database->code_version_min = version;
}

void memory_database_lose_answer(struct memory_database *database, bool committed)
{
    database->lost_answer = committed ? ANSWER_LOST_AFTER_COMMIT : ANSWER_LOST_BEFORE_COMMIT;
}

struct memory_database *memory_database_copy(const struct memory_database *database)
{
    struct memory_database *copy = allocate_database();

    *copy = *database;
    for (size_t i = 0; i < copy->table_count; i++) {
        copy->tables[i] = memory_table_copy(database->tables[i]);
    }
    for (size_t i = 0; i < LANES_MAX; i++) {
        copy->lanes[i].locked_by = NULL; /* batches that are open leave no trace in a backup */
    }
    return copy;
}

void memory_database_restore(struct memory_database *database, const struct memory_database *copy)
{
    struct memory_database *restored = memory_database_copy(copy);

    restored->now = database->now;
    restored->timeline = database->timeline + 1;
    restored->processes = database->processes;
    restored->holders = database->holders;
    restored->lost_answer = ANSWER_COMES;
    free_tables(database);
    *database = *restored;
    free(restored);
}

struct memory_table *memory_database_table(struct memory_database *database,
                                           const struct table *table)
{
    for (size_t i = 0; i < database->table_count; i++) {
        if (memory_table_description(database->tables[i]) == table) {
            return database->tables[i];
        }
    }
    assert(database->table_count < MEMORY_TABLES_MAX);
    return database->tables[database->table_count++] = memory_table_new(table);
}

void memory_database_add(struct memory_database *database, const struct table *table,
                         const void *row)
{
    memory_table_put_numbered(memory_database_table(database, table), row);
}

void memory_database_derive(struct memory_database *database, const struct table *table,
                            memory_derive *derive)
{
    assert(database->view_count < MEMORY_VIEWS_MAX);
    database->views[database->view_count++] = (struct memory_view){ table, derive };
}

memory_derive *memory_database_view(const struct memory_database *database,
                                    const struct table *table)
{
    for (size_t i = 0; i < database->view_count; i++) {
        if (database->views[i].table == table) {
            return database->views[i].derive;
        }
    }
    return NULL;
}

void **memory_database_rows(struct memory_database *database, const struct table *table,
                            size_t *ret_count)
{
    return memory_table_all(memory_database_table(database, table), ret_count);
}

size_t memory_database_count(struct memory_database *database, const struct table *table)
{
    return memory_table_count(memory_database_table(database, table));
}

struct memory_slice memory_database_find(struct memory_database *database,
                                         const struct table *table, struct key load_key)
{
    const struct memory_group *group =
        memory_table_group(memory_database_table(database, table), load_key);

    return group == NULL ? (struct memory_slice){ NULL, 0 }
                         : (struct memory_slice){ group->rows, group->count };
}
