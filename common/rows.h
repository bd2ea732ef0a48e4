/* rows.h - the rows that a batch has loaded, and what the rules did to them.
 *
 * A store fills it before rules run; rules find, insert, change and remove rows in memory; the
 * store writes the difference afterwards, one statement a table and kind of change.  Everything
 * lives in the arena given at birth.  Pure, not thread-safe: one batch, one thread.
 */
#ifndef KERVAN_COMMON_ROWS_H
#define KERVAN_COMMON_ROWS_H

#include "common/table.h"

struct arena;
struct rows;

enum row_change { ROW_CLEAN, ROW_INSERTED, ROW_UPDATED, ROW_REMOVED };

struct rows *rows_new(struct arena *arena);
/* Where rows live: what a rule makes for a column lives there too. */
struct arena *rows_arena(const struct rows *rows);

/* For the store: a row as it is in the database, copied (columns of text and bytes are not).
 * An identity that a rule inserted before it was loaded stays as the rule has it; where inserting again is no
 * error, it counts as stored from then on. */
void *rows_put_stored(struct rows *rows, const struct table *table, const void *row);

/* Marks a load key (copied) as asked for; returns false when it was already.  Rules may only look up what was asked for. */
bool rows_want(struct rows *rows, const struct table *table, struct key load_key);
/* The load keys asked for and not yet loaded, sorted by key_compare, in the arena; then counted as loaded. */
const struct key *rows_take_wanted(struct rows *rows, const struct table *table, size_t *ret_count);

/* Live rows with this load key, oldest first; NULL-terminated, valid until the next insert into `table`.
 * A list is not changed by removals: a caller may remove the rows that it walks over.
 * Asserts that the key was wanted: a rule that reads what was not loaded is a programming error. */
void **rows_list(const struct rows *rows, const struct table *table, struct key load_key);
/* How many rows a list has before its NULL. */
size_t rows_count(void *const *list);
/* The one live row with this load key (the first), or NULL. */
void *rows_find(const struct rows *rows, const struct table *table, struct key load_key);

/* A new row, copied; its load key counts as wanted from now on.  Returns the copy, to be changed freely.
 * Asserts that its identity is new or was removed, or that inserting again is no error: then nothing changes.
 * In a table that the store numbers, a second column of 0 is no identity yet: any number of such rows is fine. */
void *rows_insert(struct rows *rows, const struct table *table, const void *row);
/* Says that `row` (from this set) was changed.  Its key columns must not have been. */
void rows_update(struct rows *rows, const struct table *table, void *row);
void rows_remove(struct rows *rows, const struct table *table, void *row);

/* For the store: rows with this change, sorted by identity when the table is shared, else in order of the change. */
void **rows_changed(const struct rows *rows, const struct table *table, enum row_change change,
                    size_t *ret_count);
/* The tables that hold any row or wanted key, in order of first mention. */
const struct table *const *rows_tables(const struct rows *rows, size_t *ret_count);

#endif
