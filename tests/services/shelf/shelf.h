/* shelf.h - the tables of a service that exists only to test stores: slips of a lane, shelves shared by all. */
#ifndef KERVAN_TESTS_SERVICES_SHELF_H
#define KERVAN_TESTS_SERVICES_SHELF_H

#include "common/table.h"

/* One of every kind of column. */
struct slip_row {
    int64_t order_no, line;
    const char *note;
    struct bytes body;
    int64_t packed_at;
    bool fragile;
    int64_t boxes;
};

struct shelf_row {
    const char *sku;
    int64_t held;
};

extern const struct table slip_table, shelf_table;
extern const struct table *const shelf_tables[]; /* NULL-terminated */

#endif
