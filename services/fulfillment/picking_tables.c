/* picking_tables.c - tables of pick lists and scans as data: columns in the order of the statements in picking.sql. */
#include "services/fulfillment/picking_tables.h"

#include "sql/fulfillment_sql.h"

static const struct column pick_list_columns[] = {
    COLUMN(struct pick_list_row, list_id, COLUMN_TEXT),
    COLUMN(struct pick_list_row, version, COLUMN_INT8),
    COLUMN(struct pick_list_row, state, COLUMN_INT2),
    COLUMN(struct pick_list_row, location, COLUMN_TEXT),
    COLUMN(struct pick_list_row, picker, COLUMN_TEXT),
    COLUMN(struct pick_list_row, digest, COLUMN_BYTES),
    COLUMN(struct pick_list_row, scan_count, COLUMN_INT4),
    COLUMN(struct pick_list_row, made_at, COLUMN_INSTANT),
    COLUMN(struct pick_list_row, changed_at, COLUMN_INSTANT),
};
const struct table pick_list_table = {
    .name = "pick_list",
    .columns = pick_list_columns,
    .column_count = COLUMN_COUNT(pick_list_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct pick_list_row),
    .load = FULFILLMENT_SQL_PICK_LIST_LOAD,
    .insert = FULFILLMENT_SQL_PICK_LIST_INSERT,
    .update = FULFILLMENT_SQL_PICK_LIST_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column pick_list_line_columns[] = {
    COLUMN(struct pick_list_line_row, list_id, COLUMN_TEXT),
    COLUMN(struct pick_list_line_row, rank, COLUMN_INT2),
    COLUMN(struct pick_list_line_row, order_id, COLUMN_BYTES),
    COLUMN(struct pick_list_line_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct pick_list_line_row, order_no, COLUMN_INT8),
    COLUMN(struct pick_list_line_row, sku, COLUMN_TEXT),
    COLUMN(struct pick_list_line_row, quantity, COLUMN_INT4),
    COLUMN(struct pick_list_line_row, verified, COLUMN_INT4),
    COLUMN(struct pick_list_line_row, bin, COLUMN_TEXT),
    COLUMN(struct pick_list_line_row, zone, COLUMN_TEXT),
};
const struct table pick_list_line_table = {
    .name = "pick_list_line",
    .columns = pick_list_line_columns,
    .column_count = COLUMN_COUNT(pick_list_line_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct pick_list_line_row),
    .load = FULFILLMENT_SQL_PICK_LIST_LINE_LOAD,
    .insert = FULFILLMENT_SQL_PICK_LIST_LINE_INSERT,
    .update = FULFILLMENT_SQL_PICK_LIST_LINE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column pick_claim_columns[] = {
    COLUMN(struct pick_claim_row, order_id, COLUMN_BYTES),
    COLUMN(struct pick_claim_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct pick_claim_row, list_id, COLUMN_TEXT),
};
const struct table pick_claim_table = {
    .name = "pick_claim",
    .columns = pick_claim_columns,
    .column_count = COLUMN_COUNT(pick_claim_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct pick_claim_row),
    .shared = true,
    .load = FULFILLMENT_SQL_PICK_CLAIM_LOAD,
    .insert = FULFILLMENT_SQL_PICK_CLAIM_INSERT,
    .update = STATEMENT_NONE,
    .remove = FULFILLMENT_SQL_PICK_CLAIM_REMOVE,
};

static const struct column pick_scan_columns[] = {
    COLUMN(struct pick_scan_row, list_id, COLUMN_TEXT),
    COLUMN(struct pick_scan_row, scan_id, COLUMN_TEXT),
    COLUMN(struct pick_scan_row, scan_no, COLUMN_INT4),
    COLUMN(struct pick_scan_row, barcode, COLUMN_TEXT),
    COLUMN(struct pick_scan_row, sku, COLUMN_TEXT),
    COLUMN(struct pick_scan_row, quantity, COLUMN_INT4),
    COLUMN(struct pick_scan_row, bin, COLUMN_TEXT),
    COLUMN(struct pick_scan_row, taken, COLUMN_TEXT),
    COLUMN(struct pick_scan_row, actor, COLUMN_TEXT),
    COLUMN(struct pick_scan_row, scanned_at, COLUMN_INSTANT),
    COLUMN(struct pick_scan_row, undone, COLUMN_BOOL),
};
const struct table pick_scan_table = {
    .name = "pick_scan",
    .columns = pick_scan_columns,
    .column_count = COLUMN_COUNT(pick_scan_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct pick_scan_row),
    .load = FULFILLMENT_SQL_PICK_SCAN_LOAD,
    .insert = FULFILLMENT_SQL_PICK_SCAN_INSERT,
    .update = FULFILLMENT_SQL_PICK_SCAN_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column pickable_columns[] = {
    COLUMN(struct pickable_row, key, COLUMN_TEXT),
    COLUMN(struct pickable_row, rank, COLUMN_INT8),
    COLUMN(struct pickable_row, order_id, COLUMN_BYTES),
    COLUMN(struct pickable_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct pickable_row, order_no, COLUMN_INT8),
    COLUMN(struct pickable_row, sku, COLUMN_TEXT),
    COLUMN(struct pickable_row, quantity, COLUMN_INT8),
    COLUMN(struct pickable_row, bin, COLUMN_TEXT),
    COLUMN(struct pickable_row, zone, COLUMN_TEXT),
};
const struct table pickable_table = {
    .name = "pickable",
    .columns = pickable_columns,
    .column_count = COLUMN_COUNT(pickable_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct pickable_row),
    .load = FULFILLMENT_SQL_PICKABLE_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};
