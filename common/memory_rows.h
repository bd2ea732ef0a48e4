/* memory_rows.h - the rows of one table in memory, by load key and in order of identity.
 *
 * A stored row never changes: a change puts another in its place.  So a copy of a table shares its
 * rows with the original, and costs little.  For store_memory.c and memory_database.c; not thread-safe.
 */
#ifndef KERVAN_COMMON_MEMORY_ROWS_H
#define KERVAN_COMMON_MEMORY_ROWS_H

#include "common/table.h"

struct arena;
struct memory_table;

/* Rows with one load key, in order of identity. */
struct memory_group {
    struct key key;
    uint64_t hash; /* of the key */
    const void **rows;
    size_t count, capacity;
    const void
        *locked_by; /* the session that loaded it from a shared table, until its batch ends */
};

struct memory_table *memory_table_new(const struct table *table);
/* The same rows, without locks. */
struct memory_table *memory_table_copy(const struct memory_table *original);
void memory_table_free(struct memory_table *memory);
const struct table *memory_table_description(const struct memory_table *memory);

/* The group of a load key, or NULL when there never was one. */
struct memory_group *memory_table_group(const struct memory_table *memory, struct key load_key);
/* The row of the same identity as `row`, or NULL. */
const void *memory_table_find(const struct memory_table *memory, const void *row);
/* Stores a copy of `row`, with its texts and bytes, in the place of the one with its identity if there is any. */
void memory_table_put(struct memory_table *memory, const void *row);
/* The same for a new row of a table that the store numbers: it gets the next number. */
void memory_table_put_numbered(struct memory_table *memory, const void *row);
/* False when there is none of this identity. */
bool memory_table_remove(struct memory_table *memory, const void *row);
/* All rows in order of identity, NULL-terminated; borrowed until the next change or call. */
void **memory_table_all(struct memory_table *memory, size_t *ret_count);

size_t memory_table_count(const struct memory_table *memory);

/* A copy in the arena, with its texts and bytes. */
void *memory_row_copy(const struct table *table, const void *row, struct arena *arena);

#endif
