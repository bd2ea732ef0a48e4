/* tables.c - the notification service's tables as data: columns in the order of the statements beside. */
#include "services/notification/tables.h"

#include "sql/notification_sql.h"

static const struct column contact_columns[] = {
    COLUMN(struct contact_row, order_no, COLUMN_INT8),
    COLUMN(struct contact_row, clock, COLUMN_INT8),
    COLUMN(struct contact_row, order_id, COLUMN_BYTES),
    COLUMN(struct contact_row, channel, COLUMN_TEXT),
    COLUMN(struct contact_row, name, COLUMN_TEXT),
    COLUMN(struct contact_row, email, COLUMN_TEXT),
    COLUMN(struct contact_row, locale, COLUMN_TEXT),
    COLUMN(struct contact_row, channel_order_ref, COLUMN_TEXT),
    COLUMN(struct contact_row, silenced, COLUMN_INT8),
};
const struct table customer_contact_table = {
    .name = "contact",
    .columns = contact_columns,
    .column_count = COLUMN_COUNT(contact_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct contact_row),
    .load = NOTIFICATION_SQL_CONTACT_LOAD,
    .insert = NOTIFICATION_SQL_CONTACT_INSERT,
    .update = NOTIFICATION_SQL_CONTACT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column customer_message_columns[] = {
    COLUMN(struct customer_message_row, order_no, COLUMN_INT8),
    COLUMN(struct customer_message_row, kind, COLUMN_INT2),
    COLUMN(struct customer_message_row, event_no, COLUMN_INT8),
    COLUMN(struct customer_message_row, state, COLUMN_INT2),
    COLUMN(struct customer_message_row, reason, COLUMN_INT2),
    COLUMN(struct customer_message_row, attempts, COLUMN_INT4),
    COLUMN(struct customer_message_row, line_count, COLUMN_INT4),
    COLUMN(struct customer_message_row, clock, COLUMN_INT8),
    COLUMN(struct customer_message_row, happened_at, COLUMN_INSTANT),
    COLUMN(struct customer_message_row, changed_at, COLUMN_INSTANT),
    COLUMN(struct customer_message_row, total_minor, COLUMN_INT8),
    COLUMN(struct customer_message_row, shipping_price_minor, COLUMN_INT8),
    COLUMN(struct customer_message_row, tax_minor, COLUMN_INT8),
    COLUMN(struct customer_message_row, currency, COLUMN_TEXT),
    COLUMN(struct customer_message_row, carrier, COLUMN_TEXT),
    COLUMN(struct customer_message_row, tracking_number, COLUMN_TEXT),
    COLUMN(struct customer_message_row, amount_minor, COLUMN_INT8),
    COLUMN(struct customer_message_row, until_at, COLUMN_INSTANT),
    COLUMN(struct customer_message_row, awaited, COLUMN_INT2),
    COLUMN(struct customer_message_row, reference, COLUMN_TEXT),
    COLUMN(struct customer_message_row, url, COLUMN_TEXT),
    COLUMN(struct customer_message_row, promised_earliest, COLUMN_INT4),
    COLUMN(struct customer_message_row, promised_latest, COLUMN_INT4),
};
const struct table customer_message_table = {
    .name = "customer_message",
    .columns = customer_message_columns,
    .column_count = COLUMN_COUNT(customer_message_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct customer_message_row),
    .load = NOTIFICATION_SQL_CUSTOMER_MESSAGE_LOAD,
    .insert = NOTIFICATION_SQL_CUSTOMER_MESSAGE_INSERT,
    .update = NOTIFICATION_SQL_CUSTOMER_MESSAGE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column early_line_columns[] = {
    COLUMN(struct early_line_row, order_no, COLUMN_INT8),
    COLUMN(struct early_line_row, kind, COLUMN_INT2),
    COLUMN(struct early_line_row, event_no, COLUMN_INT8),
    COLUMN(struct early_line_row, line_no, COLUMN_INT2),
    COLUMN(struct early_line_row, quantity, COLUMN_INT4),
    COLUMN(struct early_line_row, price_minor, COLUMN_INT8),
    COLUMN(struct early_line_row, sku, COLUMN_TEXT),
};
const struct table early_line_table = {
    .name = "early_line",
    .columns = early_line_columns,
    .column_count = COLUMN_COUNT(early_line_columns),
    .key_columns = 4,
    .row_bytes = sizeof(struct early_line_row),
    .load = NOTIFICATION_SQL_EARLY_LINE_LOAD,
    .insert = NOTIFICATION_SQL_EARLY_LINE_INSERT,
    .update = STATEMENT_NONE,
    .remove = NOTIFICATION_SQL_EARLY_LINE_REMOVE,
};

static const struct column share_columns[] = {
    COLUMN(struct share_row, order_no, COLUMN_INT8),
    COLUMN(struct share_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct share_row, canceled, COLUMN_BOOL),
};
const struct table share_table = {
    .name = "share",
    .columns = share_columns,
    .column_count = COLUMN_COUNT(share_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct share_row),
    .load = NOTIFICATION_SQL_SHARE_LOAD,
    .insert = NOTIFICATION_SQL_SHARE_INSERT,
    .update = NOTIFICATION_SQL_SHARE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column supplier_message_columns[] = {
    COLUMN(struct supplier_message_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct supplier_message_row, mail_no, COLUMN_INT4),
    COLUMN(struct supplier_message_row, supplier, COLUMN_TEXT),
    COLUMN(struct supplier_message_row, state, COLUMN_INT2),
    COLUMN(struct supplier_message_row, reason, COLUMN_INT2),
    COLUMN(struct supplier_message_row, attempts, COLUMN_INT4),
    COLUMN(struct supplier_message_row, asked_at, COLUMN_INSTANT),
    COLUMN(struct supplier_message_row, changed_at, COLUMN_INSTANT),
};
const struct table supplier_message_table = {
    .name = "supplier_message",
    .columns = supplier_message_columns,
    .column_count = COLUMN_COUNT(supplier_message_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct supplier_message_row),
    .load = NOTIFICATION_SQL_SUPPLIER_MESSAGE_LOAD,
    .insert = NOTIFICATION_SQL_SUPPLIER_MESSAGE_INSERT,
    .update = NOTIFICATION_SQL_SUPPLIER_MESSAGE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column invoice_message_columns[] = {
    COLUMN(struct invoice_message_row, order_no, COLUMN_INT8),
    COLUMN(struct invoice_message_row, document_no, COLUMN_INT2),
    COLUMN(struct invoice_message_row, mail_no, COLUMN_INT4),
    COLUMN(struct invoice_message_row, state, COLUMN_INT2),
    COLUMN(struct invoice_message_row, reason, COLUMN_INT2),
    COLUMN(struct invoice_message_row, attempts, COLUMN_INT4),
    COLUMN(struct invoice_message_row, asked_at, COLUMN_INSTANT),
    COLUMN(struct invoice_message_row, changed_at, COLUMN_INSTANT),
};
const struct table invoice_message_table = {
    .name = "invoice_message",
    .columns = invoice_message_columns,
    .column_count = COLUMN_COUNT(invoice_message_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct invoice_message_row),
    .load = NOTIFICATION_SQL_INVOICE_MESSAGE_LOAD,
    .insert = NOTIFICATION_SQL_INVOICE_MESSAGE_INSERT,
    .update = NOTIFICATION_SQL_INVOICE_MESSAGE_UPDATE,
    .remove = STATEMENT_NONE,
};

const struct table *const notification_tables[] = {
    &customer_contact_table,
    &customer_message_table,
    &early_line_table,
    &share_table,
    &supplier_message_table,
    &invoice_message_table,
    NULL,
};
