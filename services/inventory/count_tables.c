/* count_tables.c - the tables of count sheets as data: columns in the order of count.sql. */
#include "services/inventory/tables.h"

#include "sql/inventory_sql.h"

static const struct column count_sheet_columns[] = {
    COLUMN(struct count_sheet_row, sheet_id, COLUMN_TEXT),
    COLUMN(struct count_sheet_row, version, COLUMN_INT8),
    COLUMN(struct count_sheet_row, state, COLUMN_INT2),
    COLUMN(struct count_sheet_row, location, COLUMN_TEXT),
    COLUMN(struct count_sheet_row, selection, COLUMN_INT2),
    COLUMN(struct count_sheet_row, blind, COLUMN_BOOL),
    COLUMN(struct count_sheet_row, tolerance_pieces, COLUMN_INT4),
    COLUMN(struct count_sheet_row, tolerance_percent, COLUMN_INT2),
    COLUMN(struct count_sheet_row, round, COLUMN_INT4),
    COLUMN(struct count_sheet_row, last_sku, COLUMN_TEXT),
    COLUMN(struct count_sheet_row, requested_at, COLUMN_INSTANT),
    COLUMN(struct count_sheet_row, changed_at, COLUMN_INSTANT),
};
const struct table count_sheet_table = {
    .name = "count_sheet",
    .columns = count_sheet_columns,
    .column_count = COLUMN_COUNT(count_sheet_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct count_sheet_row),
    .load = INVENTORY_SQL_COUNT_SHEET_LOAD,
    .insert = INVENTORY_SQL_COUNT_SHEET_INSERT,
    .update = INVENTORY_SQL_COUNT_SHEET_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column count_line_columns[] = {
    COLUMN(struct count_line_row, sheet_id, COLUMN_TEXT),
    COLUMN(struct count_line_row, sku, COLUMN_TEXT),
    COLUMN(struct count_line_row, location, COLUMN_TEXT),
    COLUMN(struct count_line_row, state, COLUMN_INT2),
    COLUMN(struct count_line_row, round, COLUMN_INT4),
    COLUMN(struct count_line_row, asked_at, COLUMN_INSTANT),
    COLUMN(struct count_line_row, counted, COLUMN_INT4),
    COLUMN(struct count_line_row, counted_at, COLUMN_INSTANT),
    COLUMN(struct count_line_row, counted_by, COLUMN_TEXT),
    COLUMN(struct count_line_row, compared, COLUMN_BOOL),
    COLUMN(struct count_line_row, expected, COLUMN_INT4),
    COLUMN(struct count_line_row, above_tolerance, COLUMN_BOOL),
    COLUMN(struct count_line_row, booked, COLUMN_INT4),
    COLUMN(struct count_line_row, refused, COLUMN_TEXT),
    COLUMN(struct count_line_row, lots, COLUMN_TEXT),
};
const struct table count_line_table = {
    .name = "count_line",
    .columns = count_line_columns,
    .column_count = COLUMN_COUNT(count_line_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct count_line_row),
    .load = INVENTORY_SQL_COUNT_LINE_LOAD,
    .insert = INVENTORY_SQL_COUNT_LINE_INSERT,
    .update = INVENTORY_SQL_COUNT_LINE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column count_step_columns[] = {
    COLUMN(struct count_step_row, sheet_id, COLUMN_TEXT),
    COLUMN(struct count_step_row, request_id, COLUMN_TEXT),
    COLUMN(struct count_step_row, kind, COLUMN_INT2),
    COLUMN(struct count_step_row, digest, COLUMN_BYTES),
    COLUMN(struct count_step_row, note, COLUMN_TEXT),
    COLUMN(struct count_step_row, actor, COLUMN_TEXT),
    COLUMN(struct count_step_row, at, COLUMN_INSTANT),
};
const struct table count_step_table = {
    .name = "count_step",
    .columns = count_step_columns,
    .column_count = COLUMN_COUNT(count_step_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct count_step_row),
    .load = INVENTORY_SQL_COUNT_STEP_LOAD,
    .insert = INVENTORY_SQL_COUNT_STEP_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column countable_columns[] = {
    COLUMN(struct countable_row, key, COLUMN_TEXT),
    COLUMN(struct countable_row, sku, COLUMN_TEXT),
};
const struct table countable_table = {
    .name = "countable",
    .columns = countable_columns,
    .column_count = COLUMN_COUNT(countable_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct countable_row),
    .load = INVENTORY_SQL_COUNTABLE_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column count_policy_columns[] = {
    COLUMN(struct count_policy_row, location, COLUMN_TEXT),
    COLUMN(struct count_policy_row, version, COLUMN_INT8),
    COLUMN(struct count_policy_row, basis, COLUMN_INT2),
    COLUMN(struct count_policy_row, days, COLUMN_INT2),
    COLUMN(struct count_policy_row, a_percent, COLUMN_INT2),
    COLUMN(struct count_policy_row, b_percent, COLUMN_INT2),
    COLUMN(struct count_policy_row, a_days, COLUMN_INT2),
    COLUMN(struct count_policy_row, b_days, COLUMN_INT2),
    COLUMN(struct count_policy_row, c_days, COLUMN_INT2),
};
const struct table count_policy_table = {
    .name = "count_policy",
    .columns = count_policy_columns,
    .column_count = COLUMN_COUNT(count_policy_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct count_policy_row),
    .load = INVENTORY_SQL_COUNT_POLICY_LOAD,
    .insert = INVENTORY_SQL_COUNT_POLICY_INSERT,
    .update = INVENTORY_SQL_COUNT_POLICY_UPDATE,
    .remove = STATEMENT_NONE,
};
