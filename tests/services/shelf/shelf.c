/* shelf.c - the tables of shelf.h as data. */
#include "tests/services/shelf/shelf.h"

#include "sql/shelf_sql.h"

static const struct column slip_columns[] = {
    COLUMN(struct slip_row, order_no, COLUMN_INT8),
    COLUMN(struct slip_row, line, COLUMN_INT4),
    COLUMN(struct slip_row, note, COLUMN_TEXT),
    COLUMN(struct slip_row, body, COLUMN_BYTES),
    COLUMN(struct slip_row, packed_at, COLUMN_INSTANT),
    COLUMN(struct slip_row, fragile, COLUMN_BOOL),
    COLUMN(struct slip_row, boxes, COLUMN_INT2),
};
const struct table slip_table = {
    .name = "slip",
    .columns = slip_columns,
    .column_count = COLUMN_COUNT(slip_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct slip_row),
    .load = SHELF_SQL_SLIP_LOAD,
    .insert = SHELF_SQL_SLIP_INSERT,
    .update = SHELF_SQL_SLIP_UPDATE,
    .remove = SHELF_SQL_SLIP_REMOVE,
};

static const struct column shelf_columns[] = {
    COLUMN(struct shelf_row, sku, COLUMN_TEXT),
    COLUMN(struct shelf_row, held, COLUMN_INT8),
};
const struct table shelf_table = {
    .name = "shelf",
    .columns = shelf_columns,
    .column_count = COLUMN_COUNT(shelf_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct shelf_row),
    .shared = true,
    .load = SHELF_SQL_SHELF_LOAD,
    .insert = SHELF_SQL_SHELF_INSERT,
    .update = SHELF_SQL_SHELF_UPDATE,
    .remove = STATEMENT_NONE,
};

const struct table *const shelf_tables[] = { &slip_table, &shelf_table, NULL };
