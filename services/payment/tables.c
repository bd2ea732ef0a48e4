/* tables.c - the payment service's tables as data: columns in the order of the statements beside. */
#include "services/payment/tables.h"

#include "services/payment/account_code.h"
#include "services/payment/bank_tables.h"
#include "services/payment/dispute_tables.h"
#include "services/payment/document_rows.h"
#include "sql/payment_sql.h"

static const struct column payment_columns[] = {
    COLUMN(struct payment_row, order_no, COLUMN_INT8),
    COLUMN(struct payment_row, payment_no, COLUMN_INT2),
    COLUMN(struct payment_row, state, COLUMN_INT2),
    COLUMN(struct payment_row, method, COLUMN_INT2),
    COLUMN(struct payment_row, heard, COLUMN_INT2),
    COLUMN(struct payment_row, void_reason, COLUMN_INT2),
    COLUMN(struct payment_row, expiring, COLUMN_BOOL),
    COLUMN(struct payment_row, declined, COLUMN_BOOL),
    COLUMN(struct payment_row, retryable, COLUMN_BOOL),
    COLUMN(struct payment_row, void_count, COLUMN_INT2),
    COLUMN(struct payment_row, poll_count, COLUMN_INT2),
    COLUMN(struct payment_row, event_count, COLUMN_INT4),
    COLUMN(struct payment_row, clock, COLUMN_INT8),
    COLUMN(struct payment_row, amount_minor, COLUMN_INT8),
    COLUMN(struct payment_row, received_minor, COLUMN_INT8),
    COLUMN(struct payment_row, authorized_minor, COLUMN_INT8),
    COLUMN(struct payment_row, capturing_minor, COLUMN_INT8),
    COLUMN(struct payment_row, captured_minor, COLUMN_INT8),
    COLUMN(struct payment_row, released_minor, COLUMN_INT8),
    COLUMN(struct payment_row, refunding_minor, COLUMN_INT8),
    COLUMN(struct payment_row, refunded_minor, COLUMN_INT8),
    COLUMN(struct payment_row, currency, COLUMN_TEXT),
    COLUMN(struct payment_row, provider_ref, COLUMN_TEXT),
    COLUMN(struct payment_row, code, COLUMN_TEXT),
    COLUMN(struct payment_row, action_url, COLUMN_TEXT),
    COLUMN(struct payment_row, reference, COLUMN_TEXT),
    COLUMN(struct payment_row, action_expires_at, COLUMN_INSTANT),
    COLUMN(struct payment_row, changed_at, COLUMN_INSTANT),
    COLUMN(struct payment_row, answered_at, COLUMN_INSTANT),
    COLUMN(struct payment_row, ended_at, COLUMN_INSTANT),
    COLUMN(struct payment_row, order_id, COLUMN_BYTES),
    COLUMN(struct payment_row, company, COLUMN_TEXT),
    COLUMN(struct payment_row, net_days, COLUMN_INT4),
    COLUMN(struct payment_row, provider, COLUMN_TEXT),
    COLUMN(struct payment_row, hold_ref, COLUMN_TEXT),
    COLUMN(struct payment_row, disputed_minor, COLUMN_INT8),
    COLUMN(struct payment_row, lost_minor, COLUMN_INT8),
};
const struct table payment_table = {
    .name = "payment",
    .columns = payment_columns,
    .column_count = COLUMN_COUNT(payment_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct payment_row),
    .load = PAYMENT_SQL_PAYMENT_LOAD,
    .insert = PAYMENT_SQL_PAYMENT_INSERT,
    .update = PAYMENT_SQL_PAYMENT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column order_columns[] = {
    COLUMN(struct payment_order_row, order_id, COLUMN_BYTES),
    COLUMN(struct payment_order_row, order_no, COLUMN_INT8),
    COLUMN(struct payment_order_row, company, COLUMN_TEXT),
};
const struct table payment_order_table = {
    .name = "payment_order",
    .columns = order_columns,
    .column_count = COLUMN_COUNT(order_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct payment_order_row),
    .insert_again = true,
    .load = PAYMENT_SQL_ORDER_LOAD,
    .insert = PAYMENT_SQL_ORDER_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column capture_columns[] = {
    COLUMN(struct capture_row, order_no, COLUMN_INT8),
    COLUMN(struct capture_row, capture_no, COLUMN_INT2),
    COLUMN(struct capture_row, payment_no, COLUMN_INT2),
    COLUMN(struct capture_row, state, COLUMN_INT2),
    COLUMN(struct capture_row, final, COLUMN_BOOL),
    COLUMN(struct capture_row, amount_minor, COLUMN_INT8),
    COLUMN(struct capture_row, code, COLUMN_TEXT),
    COLUMN(struct capture_row, at, COLUMN_INSTANT),
    COLUMN(struct capture_row, ended_at, COLUMN_INSTANT),
    COLUMN(struct capture_row, provider_ref, COLUMN_TEXT),
    COLUMN(struct capture_row, disputed_minor, COLUMN_INT8),
};
const struct table capture_table = {
    .name = "payment_capture",
    .columns = capture_columns,
    .column_count = COLUMN_COUNT(capture_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct capture_row),
    .load = PAYMENT_SQL_CAPTURE_LOAD,
    .insert = PAYMENT_SQL_CAPTURE_INSERT,
    .update = PAYMENT_SQL_CAPTURE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column refund_columns[] = {
    COLUMN(struct refund_row, order_no, COLUMN_INT8),
    COLUMN(struct refund_row, refund_no, COLUMN_INT2),
    COLUMN(struct refund_row, payment_no, COLUMN_INT2),
    COLUMN(struct refund_row, state, COLUMN_INT2),
    COLUMN(struct refund_row, reason, COLUMN_INT2),
    COLUMN(struct refund_row, failure_heard, COLUMN_BOOL),
    COLUMN(struct refund_row, amount_minor, COLUMN_INT8),
    COLUMN(struct refund_row, provider_ref, COLUMN_TEXT),
    COLUMN(struct refund_row, code, COLUMN_TEXT),
    COLUMN(struct refund_row, at, COLUMN_INSTANT),
    COLUMN(struct refund_row, ended_at, COLUMN_INSTANT),
    COLUMN(struct refund_row, capture_no, COLUMN_INT2),
};
const struct table refund_table = {
    .name = "payment_refund",
    .columns = refund_columns,
    .column_count = COLUMN_COUNT(refund_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct refund_row),
    .load = PAYMENT_SQL_REFUND_LOAD,
    .insert = PAYMENT_SQL_REFUND_INSERT,
    .update = PAYMENT_SQL_REFUND_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column event_columns[] = {
    COLUMN(struct event_row, order_no, COLUMN_INT8),
    COLUMN(struct event_row, payment_no, COLUMN_INT2),
    COLUMN(struct event_row, event_no, COLUMN_INT4),
    COLUMN(struct event_row, kind, COLUMN_INT2),
    COLUMN(struct event_row, operation, COLUMN_INT2),
    COLUMN(struct event_row, operation_no, COLUMN_INT2),
    COLUMN(struct event_row, amount_minor, COLUMN_INT8),
    COLUMN(struct event_row, code, COLUMN_TEXT),
    COLUMN(struct event_row, who, COLUMN_TEXT),
    COLUMN(struct event_row, at, COLUMN_INSTANT),
};
const struct table event_table = {
    .name = "payment_event",
    .columns = event_columns,
    .column_count = COLUMN_COUNT(event_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct event_row),
    .load = STATEMENT_NONE,
    .insert = PAYMENT_SQL_EVENT_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column request_columns[] = {
    COLUMN(struct request_row, order_no, COLUMN_INT8),
    COLUMN(struct request_row, request_id, COLUMN_TEXT),
    COLUMN(struct request_row, payment_no, COLUMN_INT2),
    COLUMN(struct request_row, subject_id, COLUMN_TEXT),
    COLUMN(struct request_row, actor, COLUMN_TEXT),
    COLUMN(struct request_row, note, COLUMN_TEXT),
    COLUMN(struct request_row, digest, COLUMN_BYTES),
    COLUMN(struct request_row, at, COLUMN_INSTANT),
};
const struct table request_table = {
    .name = "payment_request",
    .columns = request_columns,
    .column_count = COLUMN_COUNT(request_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct request_row),
    .load = PAYMENT_SQL_REQUEST_LOAD,
    .insert = PAYMENT_SQL_REQUEST_INSERT,
    .update = PAYMENT_SQL_REQUEST_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column webhook_columns[] = {
    COLUMN(struct webhook_row, order_no, COLUMN_INT8),
    COLUMN(struct webhook_row, event_id, COLUMN_TEXT),
    COLUMN(struct webhook_row, seen_at, COLUMN_INSTANT),
};
const struct table webhook_seen_table = {
    .name = "webhook_seen",
    .columns = webhook_columns,
    .column_count = COLUMN_COUNT(webhook_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct webhook_row),
    .load = PAYMENT_SQL_WEBHOOK_LOAD,
    .insert = PAYMENT_SQL_WEBHOOK_INSERT,
    .update = STATEMENT_NONE,
    .remove = PAYMENT_SQL_WEBHOOK_REMOVE,
};

static const struct column transfer_columns[] = {
    COLUMN(struct transfer_row, bank_reference, COLUMN_TEXT),
    COLUMN(struct transfer_row, order_no, COLUMN_INT8),
    COLUMN(struct transfer_row, payment_no, COLUMN_INT2),
    COLUMN(struct transfer_row, amount_minor, COLUMN_INT8),
    COLUMN(struct transfer_row, late, COLUMN_BOOL),
    COLUMN(struct transfer_row, received_at, COLUMN_INSTANT),
    COLUMN(struct transfer_row, at, COLUMN_INSTANT),
    COLUMN(struct transfer_row, kind, COLUMN_INT2),
    COLUMN(struct transfer_row, line_id, COLUMN_TEXT),
};
const struct table transfer_table = {
    .name = "payment_transfer",
    .columns = transfer_columns,
    .column_count = COLUMN_COUNT(transfer_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct transfer_row),
    .shared = true,
    .load = PAYMENT_SQL_TRANSFER_LOAD,
    .insert = PAYMENT_SQL_TRANSFER_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column credit_columns[] = {
    COLUMN(struct credit_row, company, COLUMN_TEXT),
    COLUMN(struct credit_row, version, COLUMN_INT8),
    COLUMN(struct credit_row, currency, COLUMN_TEXT),
    COLUMN(struct credit_row, limit_minor, COLUMN_INT8),
    COLUMN(struct credit_row, net_days, COLUMN_INT4),
    COLUMN(struct credit_row, active, COLUMN_BOOL),
    COLUMN(struct credit_row, held_minor, COLUMN_INT8),
    COLUMN(struct credit_row, receivable_minor, COLUMN_INT8),
    COLUMN(struct credit_row, excess_minor, COLUMN_INT8),
    COLUMN(struct credit_row, changed_at, COLUMN_INSTANT),
};
const struct table credit_table = {
    .name = "credit",
    .columns = credit_columns,
    .column_count = COLUMN_COUNT(credit_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct credit_row),
    .shared = true,
    .load = PAYMENT_SQL_CREDIT_LOAD,
    .insert = PAYMENT_SQL_CREDIT_INSERT,
    .update = PAYMENT_SQL_CREDIT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column credit_waiter_columns[] = {
    COLUMN(struct credit_waiter_row, company, COLUMN_TEXT),
    COLUMN(struct credit_waiter_row, order_no, COLUMN_INT8),
    COLUMN(struct credit_waiter_row, payment_no, COLUMN_INT2),
    COLUMN(struct credit_waiter_row, amount_minor, COLUMN_INT8),
    COLUMN(struct credit_waiter_row, since, COLUMN_INSTANT),
    COLUMN(struct credit_waiter_row, order_id, COLUMN_BYTES),
};
const struct table credit_waiter_table = {
    .name = "credit_waiter",
    .columns = credit_waiter_columns,
    .column_count = COLUMN_COUNT(credit_waiter_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct credit_waiter_row),
    .load = PAYMENT_SQL_CREDIT_WAITER_LOAD,
    .insert = PAYMENT_SQL_CREDIT_WAITER_INSERT,
    .update = PAYMENT_SQL_CREDIT_WAITER_UPDATE,
    .remove = PAYMENT_SQL_CREDIT_WAITER_REMOVE,
};

/* Who waits is read when the account is locked: whoever finds room has seen all who came before. */
const struct table *const payment_tables[] = {
    &payment_order_table,   &payment_table,
    &capture_table,         &refund_table,
    &dispute_table,         &evidence_table,
    &dispute_watch_table,   &event_table,
    &request_table,         &webhook_seen_table,
    &account_code_table,    &bank_account_table,
    &bank_line_table, /* before what is locked behind it: its keys are known first */
    &bank_line_event_table, &transfer_table,
    &credit_table,          &credit_waiter_table,
    &document_table,        &document_tax_table,
    &document_file_table,   &document_series_table,
    &document_mail_table,   NULL,
};
