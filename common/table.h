/* table.h - a table described as data, so that one piece of code loads and saves all of them.
 *
 * A description pairs the columns of a table with the members of a C struct.  The SQL store sends
 * and reads them as binary arrays in the order given here; the memory store copies them.  The SQL
 * of a table (load, insert, update, remove) is written by hand in .sql files: the description only
 * names the statements.  Pure: no I/O, no allocation; everything is const and shared by threads.
 */
#ifndef KERVAN_COMMON_TABLE_H
#define KERVAN_COMMON_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum column_kind {
    COLUMN_INT2,    /* int64_t in C */
    COLUMN_INT4,    /* int64_t in C */
    COLUMN_INT8,    /* int64_t in C */
    COLUMN_BOOL,    /* bool in C */
    COLUMN_TEXT,    /* const char *, NUL-terminated; NULL is SQL NULL */
    COLUMN_BYTES,   /* struct bytes; a NULL pointer is SQL NULL */
    COLUMN_INSTANT, /* int64_t milliseconds since 1970 UTC, timestamptz in SQL; 0 is SQL NULL */
    COLUMN_KIND_COUNT
};

struct bytes {
    const unsigned char *bytes;
    size_t length;
};

struct column {
    const char *name;
    enum column_kind kind;
    size_t offset; /* of the member in the row's struct */
};

#define COLUMN(row, member, column_kind)                                                           \
    {                                                                                              \
        .name = #member, .kind = (column_kind), .offset = offsetof(row, member)                    \
    }
#define COLUMN_COUNT(columns) (sizeof(columns) / sizeof((columns)[0]))

enum { TABLE_COLUMNS_MAX = 48, STATEMENT_NONE = -1 };

/* The load key is the first column, always; the identity of a row is its first `key_columns`. */
struct table {
    const char *name;
    const struct column *columns;
    size_t column_count; /* at most TABLE_COLUMNS_MAX */
    size_t key_columns;  /* at least 1 */
    size_t row_bytes;    /* sizeof the row's struct */
    bool shared;         /* written by several lanes: its load statement locks, in key order */
    /* Indexes into the service's statement table, or STATEMENT_NONE where it never happens.
     * load:   $1 = array of load keys; returns the columns in this order.
     * insert: one array a column in this order.    update: the same.
     * remove: one array a key column. */
    int load, insert, update, remove;
    bool runtime;           /* statements are the runtime's, not the service's */
    bool insert_again;      /* inserting what is there already changes nothing and is no error */
    bool remove_must_hit;   /* the remove statement raises P0K01 when a row is gone */
    bool numbered_by_store; /* the second column of a new row is given by the store, rising */
};

/* A value of a load key: a number (INT2, INT4, INT8, INSTANT) or a text or bytes. */
struct key {
    const char *text; /* NULL for a number; not owned */
    size_t length;    /* of text, in bytes */
    int64_t number;
};

static inline struct key key_number(int64_t number)
{
    return (struct key){ .number = number };
}
struct key key_text(const char *text);
struct key key_bytes(struct bytes bytes);

bool key_equal(struct key left, struct key right);
uint64_t key_hash(struct key key);
/* Order of key arrays and of locks: numbers by value, texts by bytes (as COLLATE "C"). */
int key_compare(struct key left, struct key right);

/* The value of column `index` of `row` as a key (all kinds but BOOL). */
struct key table_key(const struct table *table, const void *row, size_t index);
/* Whether the identities (first key columns) of two rows are equal. */
bool table_same_identity(const struct table *table, const void *left, const void *right);
/* Whether two rows say the same in every column. */
bool table_same_row(const struct table *table, const void *left, const void *right);
/* Orders rows by identity, so that writers of a shared table take locks in one order. */
int table_compare_identity(const struct table *table, const void *left, const void *right);

#endif
