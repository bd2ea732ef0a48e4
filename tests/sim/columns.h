/* columns.h - rows by the names of their columns, as anybody outside a service sees them.
 *
 * The simulation judges services whose structs it does not know: a column is found once, and read ever after.
 */
#ifndef KERVAN_TESTS_SIM_COLUMNS_H
#define KERVAN_TESTS_SIM_COLUMNS_H

#include "common/id.h"
#include "tests/sim/services.h"

enum { COLUMNS_MAX = 16 };

/* Some columns of a table, in the order that they were asked for. */
struct view {
    const struct table *table;
    size_t offsets[COLUMNS_MAX];
};

/* `names`: separated by spaces; ends the program when one is missing. */
struct view view_of(enum service_index service, const char *table, const char *names);
/* The same, found at the first call: `view` is static. */
const struct view *view_once(struct view *view, enum service_index service, const char *table,
                             const char *names);
int64_t view_int(const struct view *view, const void *row, size_t column);
bool view_bool(const struct view *view, const void *row, size_t column);
const char *view_text(const struct view *view, const void *row, size_t column);
struct bytes view_bytes(const struct view *view, const void *row, size_t column);
/* All rows; borrowed until the next change. */
void **view_rows(struct sim *sim, enum service_index service, const struct view *view,
                 size_t *ret_count);
/* Rows with one load key. */
struct memory_slice view_find(struct sim *sim, enum service_index service, const struct view *view,
                              struct key load_key);

#endif
