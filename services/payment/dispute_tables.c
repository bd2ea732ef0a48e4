/* dispute_tables.c - the rows of disputes as data: columns in the order of the statements of dispute.sql. */
#include "services/payment/dispute_tables.h"

#include "sql/payment_sql.h"

static const struct column dispute_columns[] = {
    COLUMN(struct dispute_row, order_no, COLUMN_INT8),
    COLUMN(struct dispute_row, dispute_no, COLUMN_INT2),
    COLUMN(struct dispute_row, payment_no, COLUMN_INT2),
    COLUMN(struct dispute_row, provider, COLUMN_TEXT),
    COLUMN(struct dispute_row, provider_ref, COLUMN_TEXT),
    COLUMN(struct dispute_row, capture_no, COLUMN_INT2),
    COLUMN(struct dispute_row, state, COLUMN_INT2),
    COLUMN(struct dispute_row, reason, COLUMN_TEXT),
    COLUMN(struct dispute_row, amount_minor, COLUMN_INT8),
    COLUMN(struct dispute_row, lost_minor, COLUMN_INT8),
    COLUMN(struct dispute_row, withdrawn_minor, COLUMN_INT8),
    COLUMN(struct dispute_row, reinstated_minor, COLUMN_INT8),
    COLUMN(struct dispute_row, fee_minor, COLUMN_INT8),
    COLUMN(struct dispute_row, due_at, COLUMN_INSTANT),
    COLUMN(struct dispute_row, answer, COLUMN_INT2),
    COLUMN(struct dispute_row, answered, COLUMN_BOOL),
    COLUMN(struct dispute_row, answer_count, COLUMN_INT2),
    COLUMN(struct dispute_row, poll_count, COLUMN_INT2),
    COLUMN(struct dispute_row, code, COLUMN_TEXT),
    COLUMN(struct dispute_row, opened_at, COLUMN_INSTANT),
    COLUMN(struct dispute_row, changed_at, COLUMN_INSTANT),
    COLUMN(struct dispute_row, closed_at, COLUMN_INSTANT),
};
const struct table dispute_table = {
    .name = "payment_dispute",
    .columns = dispute_columns,
    .column_count = COLUMN_COUNT(dispute_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct dispute_row),
    .load = PAYMENT_SQL_DISPUTE_LOAD,
    .insert = PAYMENT_SQL_DISPUTE_INSERT,
    .update = PAYMENT_SQL_DISPUTE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column evidence_columns[] = {
    COLUMN(struct evidence_row, order_no, COLUMN_INT8),
    COLUMN(struct evidence_row, dispute_no, COLUMN_INT2),
    COLUMN(struct evidence_row, tracking_number, COLUMN_TEXT),
    COLUMN(struct evidence_row, carrier, COLUMN_TEXT),
    COLUMN(struct evidence_row, shipped_at, COLUMN_INSTANT),
    COLUMN(struct evidence_row, delivered_at, COLUMN_INSTANT),
    COLUMN(struct evidence_row, delivery_proof, COLUMN_TEXT),
    COLUMN(struct evidence_row, product_description, COLUMN_TEXT),
    COLUMN(struct evidence_row, customer_communication, COLUMN_TEXT),
    COLUMN(struct evidence_row, refund_policy, COLUMN_TEXT),
    COLUMN(struct evidence_row, refund_refusal, COLUMN_TEXT),
    COLUMN(struct evidence_row, explanation, COLUMN_TEXT),
};
const struct table evidence_table = {
    .name = "dispute_evidence",
    .columns = evidence_columns,
    .column_count = COLUMN_COUNT(evidence_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct evidence_row),
    .load = PAYMENT_SQL_EVIDENCE_LOAD,
    .insert = PAYMENT_SQL_EVIDENCE_INSERT,
    .update = PAYMENT_SQL_EVIDENCE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column dispute_watch_columns[] = {
    COLUMN(struct dispute_watch_row, provider, COLUMN_TEXT),
    COLUMN(struct dispute_watch_row, looked_at, COLUMN_INSTANT),
    COLUMN(struct dispute_watch_row, asked_at, COLUMN_INSTANT),
    COLUMN(struct dispute_watch_row, wanted_at, COLUMN_INSTANT),
    COLUMN(struct dispute_watch_row, watching, COLUMN_BOOL),
};
const struct table dispute_watch_table = {
    .name = "dispute_watch",
    .columns = dispute_watch_columns,
    .column_count = COLUMN_COUNT(dispute_watch_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct dispute_watch_row),
    .load = PAYMENT_SQL_DISPUTE_WATCH_LOAD,
    .insert = PAYMENT_SQL_DISPUTE_WATCH_INSERT,
    .update = PAYMENT_SQL_DISPUTE_WATCH_UPDATE,
    .remove = STATEMENT_NONE,
};
