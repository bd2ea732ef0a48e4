/* tables.c - fulfillment's tables as data: columns in the order of the statements beside. */
#include "services/fulfillment/tables.h"

#include "services/fulfillment/picking_tables.h"
#include "sql/fulfillment_sql.h"

static const struct column fulfillment_columns[] = {
    COLUMN(struct fulfillment_row, order_id, COLUMN_BYTES),
    COLUMN(struct fulfillment_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct fulfillment_row, order_no, COLUMN_INT8),
    COLUMN(struct fulfillment_row, state, COLUMN_INT2),
    COLUMN(struct fulfillment_row, reason, COLUMN_INT2),
    COLUMN(struct fulfillment_row, clock, COLUMN_INT8),
    COLUMN(struct fulfillment_row, location, COLUMN_TEXT),
    COLUMN(struct fulfillment_row, shipping_service, COLUMN_TEXT),
    COLUMN(struct fulfillment_row, ship_to, COLUMN_TEXT),
    COLUMN(struct fulfillment_row, note, COLUMN_TEXT),
    COLUMN(struct fulfillment_row, opened_at, COLUMN_INSTANT),
    COLUMN(struct fulfillment_row, changed_at, COLUMN_INSTANT),
    COLUMN(struct fulfillment_row, change_no, COLUMN_INT2),
    COLUMN(struct fulfillment_row, order_hold, COLUMN_INT2),
    COLUMN(struct fulfillment_row, place_hold, COLUMN_INT2),
    COLUMN(struct fulfillment_row, place_note, COLUMN_TEXT),
    COLUMN(struct fulfillment_row, priority, COLUMN_INT2),
    COLUMN(struct fulfillment_row, hand_over_by, COLUMN_INSTANT),
    COLUMN(struct fulfillment_row, promised_by, COLUMN_INSTANT),
};
const struct table fulfillment_table = {
    .name = "fulfillment",
    .columns = fulfillment_columns,
    .column_count = COLUMN_COUNT(fulfillment_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct fulfillment_row),
    .load = FULFILLMENT_SQL_FULFILLMENT_LOAD,
    .insert = FULFILLMENT_SQL_FULFILLMENT_INSERT,
    .update = FULFILLMENT_SQL_FULFILLMENT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column line_columns[] = {
    COLUMN(struct line_row, order_no, COLUMN_INT8),
    COLUMN(struct line_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct line_row, line_no, COLUMN_INT2),
    COLUMN(struct line_row, sku, COLUMN_TEXT),
    COLUMN(struct line_row, quantity, COLUMN_INT4),
    COLUMN(struct line_row, customization, COLUMN_TEXT),
    COLUMN(struct line_row, components, COLUMN_TEXT),
};
const struct table line_table = {
    .name = "fulfillment_line",
    .columns = line_columns,
    .column_count = COLUMN_COUNT(line_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct line_row),
    .load = FULFILLMENT_SQL_LINE_LOAD,
    .insert = FULFILLMENT_SQL_LINE_INSERT,
    .update = FULFILLMENT_SQL_LINE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column parcel_columns[] = {
    COLUMN(struct parcel_row, order_no, COLUMN_INT8),
    COLUMN(struct parcel_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct parcel_row, parcel_no, COLUMN_INT2),
    COLUMN(struct parcel_row, weight_grams, COLUMN_INT4),
    COLUMN(struct parcel_row, length_mm, COLUMN_INT4),
    COLUMN(struct parcel_row, width_mm, COLUMN_INT4),
    COLUMN(struct parcel_row, height_mm, COLUMN_INT4),
};
const struct table packed_parcel_table = {
    .name = "parcel",
    .columns = parcel_columns,
    .column_count = COLUMN_COUNT(parcel_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct parcel_row),
    .load = FULFILLMENT_SQL_PARCEL_LOAD,
    .insert = FULFILLMENT_SQL_PARCEL_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column parcel_line_columns[] = {
    COLUMN(struct parcel_line_row, order_no, COLUMN_INT8),
    COLUMN(struct parcel_line_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct parcel_line_row, parcel_no, COLUMN_INT2),
    COLUMN(struct parcel_line_row, line_no, COLUMN_INT2),
    COLUMN(struct parcel_line_row, quantity, COLUMN_INT4),
};
const struct table packed_line_table = {
    .name = "parcel_line",
    .columns = parcel_line_columns,
    .column_count = COLUMN_COUNT(parcel_line_columns),
    .key_columns = 4,
    .row_bytes = sizeof(struct parcel_line_row),
    .load = FULFILLMENT_SQL_PARCEL_LINE_LOAD,
    .insert = FULFILLMENT_SQL_PARCEL_LINE_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column shortage_columns[] = {
    COLUMN(struct shortage_row, order_no, COLUMN_INT8),
    COLUMN(struct shortage_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct shortage_row, report, COLUMN_TEXT),
    COLUMN(struct shortage_row, line_no, COLUMN_INT2),
    COLUMN(struct shortage_row, quantity, COLUMN_INT4),
    COLUMN(struct shortage_row, reason, COLUMN_INT2),
    COLUMN(struct shortage_row, components, COLUMN_TEXT),
};
const struct table shortage_table = {
    .name = "shortage",
    .columns = shortage_columns,
    .column_count = COLUMN_COUNT(shortage_columns),
    .key_columns = 4,
    .row_bytes = sizeof(struct shortage_row),
    .load = FULFILLMENT_SQL_SHORTAGE_LOAD,
    .insert = FULFILLMENT_SQL_SHORTAGE_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column place_columns[] = {
    COLUMN(struct place_row, code, COLUMN_TEXT),
    COLUMN(struct place_row, clock, COLUMN_INT8),
    COLUMN(struct place_row, automatic, COLUMN_BOOL),
    COLUMN(struct place_row, verify_pick, COLUMN_BOOL),
};
const struct table place_table = {
    .name = "place",
    .columns = place_columns,
    .column_count = COLUMN_COUNT(place_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct place_row),
    .load = FULFILLMENT_SQL_PLACE_LOAD,
    .insert = FULFILLMENT_SQL_PLACE_INSERT,
    .update = FULFILLMENT_SQL_PLACE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column item_columns[] = {
    COLUMN(struct item_row, sku, COLUMN_TEXT),
    COLUMN(struct item_row, version, COLUMN_INT8),
    COLUMN(struct item_row, weight_grams, COLUMN_INT4),
    COLUMN(struct item_row, barcodes, COLUMN_TEXT),
};
const struct table item_table = {
    .name = "item",
    .columns = item_columns,
    .column_count = COLUMN_COUNT(item_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct item_row),
    .load = FULFILLMENT_SQL_ITEM_LOAD,
    .insert = FULFILLMENT_SQL_ITEM_INSERT,
    .update = FULFILLMENT_SQL_ITEM_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column bin_columns[] = {
    COLUMN(struct bin_row, id, COLUMN_TEXT),   COLUMN(struct bin_row, location, COLUMN_TEXT),
    COLUMN(struct bin_row, code, COLUMN_TEXT), COLUMN(struct bin_row, clock, COLUMN_INT8),
    COLUMN(struct bin_row, zone, COLUMN_TEXT), COLUMN(struct bin_row, pick_order, COLUMN_INT4),
};
const struct table place_bin_table = {
    .name = "bin",
    .columns = bin_columns,
    .column_count = COLUMN_COUNT(bin_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct bin_row),
    .load = FULFILLMENT_SQL_BIN_LOAD,
    .insert = FULFILLMENT_SQL_BIN_INSERT,
    .update = FULFILLMENT_SQL_BIN_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column bin_stock_columns[] = {
    COLUMN(struct bin_stock_row, sku, COLUMN_TEXT),
    COLUMN(struct bin_stock_row, location, COLUMN_TEXT),
    COLUMN(struct bin_stock_row, bin, COLUMN_TEXT),
    COLUMN(struct bin_stock_row, clock, COLUMN_INT8),
    COLUMN(struct bin_stock_row, quantity, COLUMN_INT4),
};
const struct table bin_stock_table = {
    .name = "bin_stock",
    .columns = bin_stock_columns,
    .column_count = COLUMN_COUNT(bin_stock_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct bin_stock_row),
    .load = FULFILLMENT_SQL_BIN_STOCK_LOAD,
    .insert = FULFILLMENT_SQL_BIN_STOCK_INSERT,
    .update = FULFILLMENT_SQL_BIN_STOCK_UPDATE,
    .remove = STATEMENT_NONE,
};

const struct table *const fulfillment_tables[] = {
    &fulfillment_table, &line_table,           &packed_parcel_table,
    &packed_line_table, &shortage_table,       &place_table,
    &item_table,        &place_bin_table,      &bin_stock_table,
    &pick_list_table,   &pick_list_line_table, &pick_scan_table,
    &pickable_table,    &pick_claim_table,     NULL,
};
