/* supply_tables.c - the tables of suppliers as data: columns in the order of supplier.sql. */
#include "services/inventory/tables.h"

#include "sql/inventory_sql.h"

static const struct column supplier_columns[] = {
    COLUMN(struct supplier_row, code, COLUMN_TEXT),
    COLUMN(struct supplier_row, version, COLUMN_INT8),
    COLUMN(struct supplier_row, name, COLUMN_TEXT),
    COLUMN(struct supplier_row, email, COLUMN_TEXT),
    COLUMN(struct supplier_row, language, COLUMN_TEXT),
    COLUMN(struct supplier_row, currency, COLUMN_TEXT),
    COLUMN(struct supplier_row, lead_time_days, COLUMN_INT4),
    COLUMN(struct supplier_row, location, COLUMN_TEXT),
    COLUMN(struct supplier_row, active, COLUMN_BOOL),
};
const struct table supplier_table = {
    .name = "supplier",
    .columns = supplier_columns,
    .column_count = COLUMN_COUNT(supplier_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct supplier_row),
    .load = INVENTORY_SQL_SUPPLIER_LOAD,
    .insert = INVENTORY_SQL_SUPPLIER_INSERT,
    .update = INVENTORY_SQL_SUPPLIER_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column supplier_item_columns[] = {
    COLUMN(struct supplier_item_row, sku, COLUMN_TEXT),
    COLUMN(struct supplier_item_row, supplier, COLUMN_TEXT),
    COLUMN(struct supplier_item_row, version, COLUMN_INT8),
    COLUMN(struct supplier_item_row, supplier_sku, COLUMN_TEXT),
    COLUMN(struct supplier_item_row, pack_size, COLUMN_INT4),
    COLUMN(struct supplier_item_row, minimum_quantity, COLUMN_INT4),
    COLUMN(struct supplier_item_row, price_minor, COLUMN_INT8),
    COLUMN(struct supplier_item_row, lead_time_days, COLUMN_INT4),
    COLUMN(struct supplier_item_row, priority, COLUMN_INT2),
    COLUMN(struct supplier_item_row, active, COLUMN_BOOL),
};
const struct table supplier_item_table = {
    .name = "supplier_item",
    .columns = supplier_item_columns,
    .column_count = COLUMN_COUNT(supplier_item_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct supplier_item_row),
    .load = INVENTORY_SQL_SUPPLIER_ITEM_LOAD,
    .insert = INVENTORY_SQL_SUPPLIER_ITEM_INSERT,
    .update = INVENTORY_SQL_SUPPLIER_ITEM_UPDATE,
    .remove = STATEMENT_NONE,
};
