/* bin_tables.c - rows of bins, of what lies in them, and of its ledger. */
#include "services/inventory/tables.h"
#include "sql/inventory_sql.h"

static const struct column bin_columns[] = {
    COLUMN(struct bin_row, id, COLUMN_TEXT),   COLUMN(struct bin_row, location, COLUMN_TEXT),
    COLUMN(struct bin_row, code, COLUMN_TEXT), COLUMN(struct bin_row, version, COLUMN_INT8),
    COLUMN(struct bin_row, zone, COLUMN_TEXT), COLUMN(struct bin_row, pick_order, COLUMN_INT4),
    COLUMN(struct bin_row, kind, COLUMN_INT2), COLUMN(struct bin_row, active, COLUMN_BOOL),
};
const struct table bin_table = {
    .name = "bin",
    .columns = bin_columns,
    .column_count = COLUMN_COUNT(bin_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct bin_row),
    .load = INVENTORY_SQL_BIN_LOAD,
    .insert = INVENTORY_SQL_BIN_INSERT,
    .update = INVENTORY_SQL_BIN_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column stock_bin_columns[] = {
    COLUMN(struct stock_bin_row, sku, COLUMN_TEXT),
    COLUMN(struct stock_bin_row, location, COLUMN_TEXT),
    COLUMN(struct stock_bin_row, bin, COLUMN_TEXT),
    COLUMN(struct stock_bin_row, quantity, COLUMN_INT4),
};
/* Counts as shared so that it is read when the stock is locked: whoever changes it holds that lock. */
const struct table stock_bin_table = {
    .name = "stock_bin",
    .columns = stock_bin_columns,
    .column_count = COLUMN_COUNT(stock_bin_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct stock_bin_row),
    .shared = true,
    .load = INVENTORY_SQL_STOCK_BIN_LOAD,
    .insert = INVENTORY_SQL_STOCK_BIN_INSERT,
    .update = INVENTORY_SQL_STOCK_BIN_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column bin_ledger_columns[] = {
    COLUMN(struct bin_ledger_row, sku, COLUMN_TEXT),
    COLUMN(struct bin_ledger_row, location, COLUMN_TEXT),
    COLUMN(struct bin_ledger_row, version, COLUMN_INT8),
    COLUMN(struct bin_ledger_row, bin, COLUMN_TEXT),
    COLUMN(struct bin_ledger_row, kind, COLUMN_INT2),
    COLUMN(struct bin_ledger_row, quantity, COLUMN_INT4),
    COLUMN(struct bin_ledger_row, order_no, COLUMN_INT8),
    COLUMN(struct bin_ledger_row, request_id, COLUMN_TEXT),
    COLUMN(struct bin_ledger_row, actor, COLUMN_TEXT),
    COLUMN(struct bin_ledger_row, at, COLUMN_INSTANT),
};
const struct table bin_ledger_table = {
    .name = "bin_ledger",
    .columns = bin_ledger_columns,
    .column_count = COLUMN_COUNT(bin_ledger_columns),
    .key_columns = 4,
    .row_bytes = sizeof(struct bin_ledger_row),
    .load = STATEMENT_NONE,
    .insert = INVENTORY_SQL_BIN_LEDGER_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};
