/* transfer_tables.c - the tables of transfers as data: columns in the order of transfer.sql. */
#include "services/inventory/tables.h"

#include "sql/inventory_sql.h"

static const struct column transfer_columns[] = {
    COLUMN(struct transfer_row, transfer_id, COLUMN_TEXT),
    COLUMN(struct transfer_row, version, COLUMN_INT8),
    COLUMN(struct transfer_row, state, COLUMN_INT2),
    COLUMN(struct transfer_row, source, COLUMN_TEXT),
    COLUMN(struct transfer_row, destination, COLUMN_TEXT),
    COLUMN(struct transfer_row, requested_at, COLUMN_INSTANT),
    COLUMN(struct transfer_row, changed_at, COLUMN_INSTANT),
};
const struct table transfer_table = {
    .name = "transfer",
    .columns = transfer_columns,
    .column_count = COLUMN_COUNT(transfer_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct transfer_row),
    .load = INVENTORY_SQL_TRANSFER_LOAD,
    .insert = INVENTORY_SQL_TRANSFER_INSERT,
    .update = INVENTORY_SQL_TRANSFER_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column transfer_line_columns[] = {
    COLUMN(struct transfer_line_row, transfer_id, COLUMN_TEXT),
    COLUMN(struct transfer_line_row, sku, COLUMN_TEXT),
    COLUMN(struct transfer_line_row, source, COLUMN_TEXT),
    COLUMN(struct transfer_line_row, destination, COLUMN_TEXT),
    COLUMN(struct transfer_line_row, quantity, COLUMN_INT4),
    COLUMN(struct transfer_line_row, held, COLUMN_INT4),
    COLUMN(struct transfer_line_row, shipped, COLUMN_INT4),
    COLUMN(struct transfer_line_row, in_transit, COLUMN_INT4),
    COLUMN(struct transfer_line_row, received, COLUMN_INT4),
    COLUMN(struct transfer_line_row, damaged, COLUMN_INT4),
    COLUMN(struct transfer_line_row, lost, COLUMN_INT4),
    COLUMN(struct transfer_line_row, lots, COLUMN_TEXT),
};
const struct table transfer_line_table = {
    .name = "transfer_line",
    .columns = transfer_line_columns,
    .column_count = COLUMN_COUNT(transfer_line_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct transfer_line_row),
    .load = INVENTORY_SQL_TRANSFER_LINE_LOAD,
    .insert = INVENTORY_SQL_TRANSFER_LINE_INSERT,
    .update = INVENTORY_SQL_TRANSFER_LINE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column transfer_step_columns[] = {
    COLUMN(struct transfer_step_row, transfer_id, COLUMN_TEXT),
    COLUMN(struct transfer_step_row, request_id, COLUMN_TEXT),
    COLUMN(struct transfer_step_row, kind, COLUMN_INT2),
    COLUMN(struct transfer_step_row, digest, COLUMN_BYTES),
    COLUMN(struct transfer_step_row, note, COLUMN_TEXT),
    COLUMN(struct transfer_step_row, actor, COLUMN_TEXT),
    COLUMN(struct transfer_step_row, at, COLUMN_INSTANT),
};
const struct table transfer_step_table = {
    .name = "transfer_step",
    .columns = transfer_step_columns,
    .column_count = COLUMN_COUNT(transfer_step_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct transfer_step_row),
    .load = INVENTORY_SQL_TRANSFER_STEP_LOAD,
    .insert = INVENTORY_SQL_TRANSFER_STEP_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

/* As claimants: read when the stock is locked. */
static const struct column transfer_claim_columns[] = {
    COLUMN(struct transfer_claim_row, sku, COLUMN_TEXT),
    COLUMN(struct transfer_claim_row, location, COLUMN_TEXT),
    COLUMN(struct transfer_claim_row, transfer_id, COLUMN_TEXT),
    COLUMN(struct transfer_claim_row, quantity, COLUMN_INT4),
};
const struct table transfer_claim_table = {
    .name = "transfer_claim",
    .columns = transfer_claim_columns,
    .column_count = COLUMN_COUNT(transfer_claim_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct transfer_claim_row),
    .shared = true,
    .load = INVENTORY_SQL_TRANSFER_CLAIM_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};
