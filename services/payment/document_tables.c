/* document_tables.c - tables of invoices and credit notes as data: columns in the order of the statements beside. */
#include "services/payment/document_rows.h"

#include "sql/payment_sql.h"

static const struct column document_columns[] = {
    COLUMN(struct document_row, order_no, COLUMN_INT8),
    COLUMN(struct document_row, document_no, COLUMN_INT2),
    COLUMN(struct document_row, kind, COLUMN_INT2),
    COLUMN(struct document_row, subject_no, COLUMN_INT2),
    COLUMN(struct document_row, payment_no, COLUMN_INT2),
    COLUMN(struct document_row, series, COLUMN_TEXT),
    COLUMN(struct document_row, serial, COLUMN_INT8),
    COLUMN(struct document_row, number, COLUMN_TEXT),
    COLUMN(struct document_row, amount_minor, COLUMN_INT8),
    COLUMN(struct document_row, tax_minor, COLUMN_INT8),
    COLUMN(struct document_row, currency, COLUMN_TEXT),
    COLUMN(struct document_row, order_id, COLUMN_BYTES),
    COLUMN(struct document_row, issued_at, COLUMN_INSTANT),
};
const struct table document_table = {
    .name = "document",
    .columns = document_columns,
    .column_count = COLUMN_COUNT(document_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct document_row),
    .load = PAYMENT_SQL_DOCUMENT_LOAD,
    .insert = PAYMENT_SQL_DOCUMENT_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column tax_columns[] = {
    COLUMN(struct document_tax_row, order_no, COLUMN_INT8),
    COLUMN(struct document_tax_row, document_no, COLUMN_INT2),
    COLUMN(struct document_tax_row, tax_no, COLUMN_INT2),
    COLUMN(struct document_tax_row, category, COLUMN_INT2),
    COLUMN(struct document_tax_row, rate_ppm, COLUMN_INT4),
    COLUMN(struct document_tax_row, amount_minor, COLUMN_INT8),
    COLUMN(struct document_tax_row, tax_minor, COLUMN_INT8),
};
const struct table document_tax_table = {
    .name = "document_tax",
    .columns = tax_columns,
    .column_count = COLUMN_COUNT(tax_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct document_tax_row),
    .load = PAYMENT_SQL_DOCUMENT_TAX_LOAD,
    .insert = PAYMENT_SQL_DOCUMENT_TAX_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column file_columns[] = {
    COLUMN(struct document_file_row, order_no, COLUMN_INT8),
    COLUMN(struct document_file_row, document_no, COLUMN_INT2),
    COLUMN(struct document_file_row, name, COLUMN_TEXT),
    COLUMN(struct document_file_row, media_type, COLUMN_TEXT),
    COLUMN(struct document_file_row, content, COLUMN_BYTES),
    COLUMN(struct document_file_row, made_at, COLUMN_INSTANT),
};
const struct table document_file_table = {
    .name = "document_file",
    .columns = file_columns,
    .column_count = COLUMN_COUNT(file_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct document_file_row),
    .load = PAYMENT_SQL_DOCUMENT_FILE_LOAD,
    .insert = PAYMENT_SQL_DOCUMENT_FILE_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
    .insert_again = true,
};

static const struct column series_columns[] = {
    COLUMN(struct document_series_row, code, COLUMN_TEXT),
    COLUMN(struct document_series_row, year, COLUMN_INT2),
    COLUMN(struct document_series_row, last, COLUMN_INT8),
};
const struct table document_series_table = {
    .name = "document_series",
    .columns = series_columns,
    .column_count = COLUMN_COUNT(series_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct document_series_row),
    .shared = true,
    .load = PAYMENT_SQL_DOCUMENT_SERIES_LOAD,
    .insert = PAYMENT_SQL_DOCUMENT_SERIES_INSERT,
    .update = PAYMENT_SQL_DOCUMENT_SERIES_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column mail_columns[] = {
    COLUMN(struct document_mail_row, order_no, COLUMN_INT8),
    COLUMN(struct document_mail_row, document_no, COLUMN_INT2),
    COLUMN(struct document_mail_row, mail_no, COLUMN_INT4),
    COLUMN(struct document_mail_row, name, COLUMN_TEXT),
    COLUMN(struct document_mail_row, email, COLUMN_TEXT),
    COLUMN(struct document_mail_row, language, COLUMN_TEXT),
    COLUMN(struct document_mail_row, with_xml, COLUMN_BOOL),
    COLUMN(struct document_mail_row, request_id, COLUMN_TEXT),
    COLUMN(struct document_mail_row, state, COLUMN_INT2),
    COLUMN(struct document_mail_row, reason, COLUMN_INT2),
    COLUMN(struct document_mail_row, attempts, COLUMN_INT4),
    COLUMN(struct document_mail_row, asked_at, COLUMN_INSTANT),
    COLUMN(struct document_mail_row, changed_at, COLUMN_INSTANT),
};
const struct table document_mail_table = {
    .name = "document_mail",
    .columns = mail_columns,
    .column_count = COLUMN_COUNT(mail_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct document_mail_row),
    .load = PAYMENT_SQL_DOCUMENT_MAIL_LOAD,
    .insert = PAYMENT_SQL_DOCUMENT_MAIL_INSERT,
    .update = PAYMENT_SQL_DOCUMENT_MAIL_UPDATE,
    .remove = STATEMENT_NONE,
};
