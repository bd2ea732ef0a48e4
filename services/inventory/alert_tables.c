/* alert_tables.c - the tables of stock alerts as data: columns in the order of alert.sql. */
#include "services/inventory/tables.h"

#include "sql/inventory_sql.h"

static const struct column stock_watch_columns[] = {
    COLUMN(struct stock_watch_row, sku, COLUMN_TEXT),
    COLUMN(struct stock_watch_row, location, COLUMN_TEXT),
    COLUMN(struct stock_watch_row, version, COLUMN_INT8),
    COLUMN(struct stock_watch_row, low_set, COLUMN_INT4),
    COLUMN(struct stock_watch_row, slow_days, COLUMN_INT2),
    COLUMN(struct stock_watch_row, excess_days, COLUMN_INT2),
    COLUMN(struct stock_watch_row, reorder_point, COLUMN_INT4),
    COLUMN(struct stock_watch_row, band, COLUMN_INT2),
    COLUMN(struct stock_watch_row, sellable, COLUMN_INT4),
    COLUMN(struct stock_watch_row, better_since, COLUMN_INSTANT),
    COLUMN(struct stock_watch_row, timer_set, COLUMN_BOOL),
    COLUMN(struct stock_watch_row, look_at, COLUMN_INSTANT),
    COLUMN(struct stock_watch_row, demand_milli, COLUMN_INT8),
    COLUMN(struct stock_watch_row, counted_at, COLUMN_INSTANT),
    COLUMN(struct stock_watch_row, expiring_days, COLUMN_INT2),
};
const struct table stock_watch_table = {
    .name = "stock_watch",
    .columns = stock_watch_columns,
    .column_count = COLUMN_COUNT(stock_watch_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct stock_watch_row),
    .load = INVENTORY_SQL_STOCK_WATCH_LOAD,
    .insert = INVENTORY_SQL_STOCK_WATCH_INSERT,
    .update = INVENTORY_SQL_STOCK_WATCH_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column stock_alert_columns[] = {
    COLUMN(struct stock_alert_row, sku, COLUMN_TEXT),
    COLUMN(struct stock_alert_row, location, COLUMN_TEXT),
    COLUMN(struct stock_alert_row, kind, COLUMN_INT2),
    COLUMN(struct stock_alert_row, version, COLUMN_INT8),
    COLUMN(struct stock_alert_row, state, COLUMN_INT2),
    COLUMN(struct stock_alert_row, times, COLUMN_INT4),
    COLUMN(struct stock_alert_row, opened_at, COLUMN_INSTANT),
    COLUMN(struct stock_alert_row, closed_at, COLUMN_INSTANT),
    COLUMN(struct stock_alert_row, available, COLUMN_INT4),
    COLUMN(struct stock_alert_row, threshold, COLUMN_INT4),
    COLUMN(struct stock_alert_row, cover_days, COLUMN_INT4),
    COLUMN(struct stock_alert_row, excess, COLUMN_INT4),
    COLUMN(struct stock_alert_row, transfer_to, COLUMN_TEXT),
    COLUMN(struct stock_alert_row, transfer_quantity, COLUMN_INT4),
    COLUMN(struct stock_alert_row, acknowledged_at, COLUMN_INSTANT),
    COLUMN(struct stock_alert_row, acknowledged_by, COLUMN_TEXT),
    COLUMN(struct stock_alert_row, note, COLUMN_TEXT),
};
const struct table stock_alert_table = {
    .name = "stock_alert",
    .columns = stock_alert_columns,
    .column_count = COLUMN_COUNT(stock_alert_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct stock_alert_row),
    .load = INVENTORY_SQL_STOCK_ALERT_LOAD,
    .insert = INVENTORY_SQL_STOCK_ALERT_INSERT,
    .update = INVENTORY_SQL_STOCK_ALERT_UPDATE,
    .remove = STATEMENT_NONE,
};
