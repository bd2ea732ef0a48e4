/* supply_tables.c - the tables of suppliers and of what is bought as data: columns in the order of supplier.sql and
 * purchase.sql. */
#include "services/inventory/tables.h"

#include "sql/inventory_sql.h"

static const struct column supplier_columns[] = {
    COLUMN(struct supplier_row, code, COLUMN_TEXT),
    COLUMN(struct supplier_row, version, COLUMN_INT8),
    COLUMN(struct supplier_row, name, COLUMN_TEXT),
    COLUMN(struct supplier_row, email, COLUMN_TEXT),
    COLUMN(struct supplier_row, language, COLUMN_TEXT),
    COLUMN(struct supplier_row, currency, COLUMN_TEXT),
    COLUMN(struct supplier_row, lead_time_days, COLUMN_INT4),
    COLUMN(struct supplier_row, location, COLUMN_TEXT),
    COLUMN(struct supplier_row, active, COLUMN_BOOL),
    COLUMN(struct supplier_row, buying, COLUMN_INT2),
    COLUMN(struct supplier_row, gather_minutes, COLUMN_INT2),
    COLUMN(struct supplier_row, address_name, COLUMN_TEXT),
    COLUMN(struct supplier_row, company, COLUMN_TEXT),
    COLUMN(struct supplier_row, line1, COLUMN_TEXT),
    COLUMN(struct supplier_row, line2, COLUMN_TEXT),
    COLUMN(struct supplier_row, city, COLUMN_TEXT),
    COLUMN(struct supplier_row, region, COLUMN_TEXT),
    COLUMN(struct supplier_row, postal_code, COLUMN_TEXT),
    COLUMN(struct supplier_row, country, COLUMN_TEXT),
};
const struct table supplier_table = {
    .name = "supplier",
    .columns = supplier_columns,
    .column_count = COLUMN_COUNT(supplier_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct supplier_row),
    .load = INVENTORY_SQL_SUPPLIER_LOAD,
    .insert = INVENTORY_SQL_SUPPLIER_INSERT,
    .update = INVENTORY_SQL_SUPPLIER_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column supplier_item_columns[] = {
    COLUMN(struct supplier_item_row, sku, COLUMN_TEXT),
    COLUMN(struct supplier_item_row, supplier, COLUMN_TEXT),
    COLUMN(struct supplier_item_row, version, COLUMN_INT8),
    COLUMN(struct supplier_item_row, supplier_sku, COLUMN_TEXT),
    COLUMN(struct supplier_item_row, pack_size, COLUMN_INT4),
    COLUMN(struct supplier_item_row, minimum_quantity, COLUMN_INT4),
    COLUMN(struct supplier_item_row, price_minor, COLUMN_INT8),
    COLUMN(struct supplier_item_row, lead_time_days, COLUMN_INT4),
    COLUMN(struct supplier_item_row, priority, COLUMN_INT2),
    COLUMN(struct supplier_item_row, active, COLUMN_BOOL),
    COLUMN(struct supplier_item_row, service_percent, COLUMN_INT2),
    COLUMN(struct supplier_item_row, cover_days, COLUMN_INT2),
    COLUMN(struct supplier_item_row, buying, COLUMN_INT2),
};
const struct table supplier_item_table = {
    .name = "supplier_item",
    .columns = supplier_item_columns,
    .column_count = COLUMN_COUNT(supplier_item_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct supplier_item_row),
    .load = INVENTORY_SQL_SUPPLIER_ITEM_LOAD,
    .insert = INVENTORY_SQL_SUPPLIER_ITEM_INSERT,
    .update = INVENTORY_SQL_SUPPLIER_ITEM_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column purchase_gathering_columns[] = {
    COLUMN(struct purchase_gathering_row, supplier, COLUMN_TEXT),
    COLUMN(struct purchase_gathering_row, buying, COLUMN_INT2),
    COLUMN(struct purchase_gathering_row, round, COLUMN_INT8),
    COLUMN(struct purchase_gathering_row, location, COLUMN_TEXT),
    COLUMN(struct purchase_gathering_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct purchase_gathering_row, gathers_until, COLUMN_INSTANT),
    COLUMN(struct purchase_gathering_row, items, COLUMN_INT4),
};
const struct table purchase_gathering_table = {
    .name = "purchase_gathering",
    .columns = purchase_gathering_columns,
    .column_count = COLUMN_COUNT(purchase_gathering_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct purchase_gathering_row),
    .shared = true,
    .load = INVENTORY_SQL_PURCHASE_GATHERING_LOAD,
    .insert = INVENTORY_SQL_PURCHASE_GATHERING_INSERT,
    .update = INVENTORY_SQL_PURCHASE_GATHERING_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column stock_buying_columns[] = {
    COLUMN(struct stock_buying_row, sku, COLUMN_TEXT),
    COLUMN(struct stock_buying_row, supplier, COLUMN_TEXT),
    COLUMN(struct stock_buying_row, buying, COLUMN_INT2),
    COLUMN(struct stock_buying_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct stock_buying_row, pieces, COLUMN_INT4),
    COLUMN(struct stock_buying_row, dismissed, COLUMN_INT8),
};
const struct table stock_buying_table = {
    .name = "stock_buying",
    .columns = stock_buying_columns,
    .column_count = COLUMN_COUNT(stock_buying_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct stock_buying_row),
    .load = INVENTORY_SQL_STOCK_BUYING_LOAD,
    .insert = INVENTORY_SQL_STOCK_BUYING_INSERT,
    .update = INVENTORY_SQL_STOCK_BUYING_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column purchase_order_columns[] = {
    COLUMN(struct purchase_order_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct purchase_order_row, version, COLUMN_INT8),
    COLUMN(struct purchase_order_row, state, COLUMN_INT2),
    COLUMN(struct purchase_order_row, supplier, COLUMN_TEXT),
    COLUMN(struct purchase_order_row, location, COLUMN_TEXT),
    COLUMN(struct purchase_order_row, currency, COLUMN_TEXT),
    COLUMN(struct purchase_order_row, lead_time_days, COLUMN_INT4),
    COLUMN(struct purchase_order_row, expected_day, COLUMN_INT4),
    COLUMN(struct purchase_order_row, reference, COLUMN_TEXT),
    COLUMN(struct purchase_order_row, requested_at, COLUMN_INSTANT),
    COLUMN(struct purchase_order_row, changed_at, COLUMN_INSTANT),
    COLUMN(struct purchase_order_row, buying, COLUMN_INT2),
    COLUMN(struct purchase_order_row, gathers_until, COLUMN_INSTANT),
};
const struct table purchase_order_table = {
    .name = "purchase_order",
    .columns = purchase_order_columns,
    .column_count = COLUMN_COUNT(purchase_order_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct purchase_order_row),
    .load = INVENTORY_SQL_PURCHASE_ORDER_LOAD,
    .insert = INVENTORY_SQL_PURCHASE_ORDER_INSERT,
    .update = INVENTORY_SQL_PURCHASE_ORDER_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column purchase_order_line_columns[] = {
    COLUMN(struct purchase_order_line_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct purchase_order_line_row, sku, COLUMN_TEXT),
    COLUMN(struct purchase_order_line_row, location, COLUMN_TEXT),
    COLUMN(struct purchase_order_line_row, supplier_sku, COLUMN_TEXT),
    COLUMN(struct purchase_order_line_row, quantity, COLUMN_INT4),
    COLUMN(struct purchase_order_line_row, price_minor, COLUMN_INT8),
    COLUMN(struct purchase_order_line_row, outstanding, COLUMN_INT4),
    COLUMN(struct purchase_order_line_row, received, COLUMN_INT4),
    COLUMN(struct purchase_order_line_row, damaged, COLUMN_INT4),
    COLUMN(struct purchase_order_line_row, undelivered, COLUMN_INT4),
    COLUMN(struct purchase_order_line_row, over, COLUMN_INT4),
    COLUMN(struct purchase_order_line_row, expected_day, COLUMN_INT4),
};
const struct table purchase_order_line_table = {
    .name = "purchase_order_line",
    .columns = purchase_order_line_columns,
    .column_count = COLUMN_COUNT(purchase_order_line_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct purchase_order_line_row),
    .load = INVENTORY_SQL_PURCHASE_ORDER_LINE_LOAD,
    .insert = INVENTORY_SQL_PURCHASE_ORDER_LINE_INSERT,
    .update = INVENTORY_SQL_PURCHASE_ORDER_LINE_UPDATE,
    .remove = INVENTORY_SQL_PURCHASE_ORDER_LINE_REMOVE,
};

static const struct column purchase_order_receipt_columns[] = {
    COLUMN(struct purchase_order_receipt_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct purchase_order_receipt_row, request_id, COLUMN_TEXT),
    COLUMN(struct purchase_order_receipt_row, sku, COLUMN_TEXT),
    COLUMN(struct purchase_order_receipt_row, quantity, COLUMN_INT4),
    COLUMN(struct purchase_order_receipt_row, damaged, COLUMN_INT4),
    COLUMN(struct purchase_order_receipt_row, over, COLUMN_INT4),
    COLUMN(struct purchase_order_receipt_row, at, COLUMN_INSTANT),
};
const struct table purchase_order_receipt_table = {
    .name = "purchase_order_receipt",
    .columns = purchase_order_receipt_columns,
    .column_count = COLUMN_COUNT(purchase_order_receipt_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct purchase_order_receipt_row),
    .load = STATEMENT_NONE,
    .insert = INVENTORY_SQL_PURCHASE_ORDER_RECEIPT_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column purchase_order_step_columns[] = {
    COLUMN(struct purchase_order_step_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct purchase_order_step_row, request_id, COLUMN_TEXT),
    COLUMN(struct purchase_order_step_row, kind, COLUMN_INT2),
    COLUMN(struct purchase_order_step_row, reason, COLUMN_INT2),
    COLUMN(struct purchase_order_step_row, digest, COLUMN_BYTES),
    COLUMN(struct purchase_order_step_row, note, COLUMN_TEXT),
    COLUMN(struct purchase_order_step_row, actor, COLUMN_TEXT),
    COLUMN(struct purchase_order_step_row, at, COLUMN_INSTANT),
};
const struct table purchase_order_step_table = {
    .name = "purchase_order_step",
    .columns = purchase_order_step_columns,
    .column_count = COLUMN_COUNT(purchase_order_step_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct purchase_order_step_row),
    .load = INVENTORY_SQL_PURCHASE_ORDER_STEP_LOAD,
    .insert = INVENTORY_SQL_PURCHASE_ORDER_STEP_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column purchase_document_columns[] = {
    COLUMN(struct purchase_document_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct purchase_document_row, name, COLUMN_TEXT),
    COLUMN(struct purchase_document_row, media_type, COLUMN_TEXT),
    COLUMN(struct purchase_document_row, sha256, COLUMN_BYTES),
    COLUMN(struct purchase_document_row, content, COLUMN_BYTES),
    COLUMN(struct purchase_document_row, made_at, COLUMN_INSTANT),
};
const struct table purchase_document_table = {
    .name = "purchase_document",
    .columns = purchase_document_columns,
    .column_count = COLUMN_COUNT(purchase_document_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct purchase_document_row),
    .load = INVENTORY_SQL_PURCHASE_DOCUMENT_LOAD,
    .insert = INVENTORY_SQL_PURCHASE_DOCUMENT_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column purchase_mail_columns[] = {
    COLUMN(struct purchase_mail_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct purchase_mail_row, mail_no, COLUMN_INT4),
    COLUMN(struct purchase_mail_row, email, COLUMN_TEXT),
    COLUMN(struct purchase_mail_row, request_id, COLUMN_TEXT),
    COLUMN(struct purchase_mail_row, state, COLUMN_INT2),
    COLUMN(struct purchase_mail_row, reason, COLUMN_INT2),
    COLUMN(struct purchase_mail_row, attempts, COLUMN_INT4),
    COLUMN(struct purchase_mail_row, asked_at, COLUMN_INSTANT),
    COLUMN(struct purchase_mail_row, changed_at, COLUMN_INSTANT),
};
const struct table purchase_mail_table = {
    .name = "purchase_mail",
    .columns = purchase_mail_columns,
    .column_count = COLUMN_COUNT(purchase_mail_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct purchase_mail_row),
    .load = INVENTORY_SQL_PURCHASE_MAIL_LOAD,
    .insert = INVENTORY_SQL_PURCHASE_MAIL_INSERT,
    .update = INVENTORY_SQL_PURCHASE_MAIL_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column purchase_alert_columns[] = {
    COLUMN(struct purchase_alert_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct purchase_alert_row, version, COLUMN_INT8),
    COLUMN(struct purchase_alert_row, supplier, COLUMN_TEXT),
    COLUMN(struct purchase_alert_row, state, COLUMN_INT2),
    COLUMN(struct purchase_alert_row, times, COLUMN_INT4),
    COLUMN(struct purchase_alert_row, mail_no, COLUMN_INT4),
    COLUMN(struct purchase_alert_row, email, COLUMN_TEXT),
    COLUMN(struct purchase_alert_row, reason, COLUMN_INT2),
    COLUMN(struct purchase_alert_row, opened_at, COLUMN_INSTANT),
    COLUMN(struct purchase_alert_row, closed_at, COLUMN_INSTANT),
    COLUMN(struct purchase_alert_row, acknowledged_at, COLUMN_INSTANT),
    COLUMN(struct purchase_alert_row, acknowledged_by, COLUMN_TEXT),
    COLUMN(struct purchase_alert_row, note, COLUMN_TEXT),
};
const struct table purchase_alert_table = {
    .name = "purchase_alert",
    .columns = purchase_alert_columns,
    .column_count = COLUMN_COUNT(purchase_alert_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct purchase_alert_row),
    .load = INVENTORY_SQL_PURCHASE_ALERT_LOAD,
    .insert = INVENTORY_SQL_PURCHASE_ALERT_INSERT,
    .update = INVENTORY_SQL_PURCHASE_ALERT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column reorder_suggestion_columns[] = {
    COLUMN(struct reorder_suggestion_row, sku, COLUMN_TEXT),
    COLUMN(struct reorder_suggestion_row, location, COLUMN_TEXT),
    COLUMN(struct reorder_suggestion_row, supplier, COLUMN_TEXT),
    COLUMN(struct reorder_suggestion_row, method, COLUMN_INT2),
    COLUMN(struct reorder_suggestion_row, demand_milli, COLUMN_INT8),
    COLUMN(struct reorder_suggestion_row, deviation_milli, COLUMN_INT8),
    COLUMN(struct reorder_suggestion_row, lead_time_days, COLUMN_INT4),
    COLUMN(struct reorder_suggestion_row, service_percent, COLUMN_INT2),
    COLUMN(struct reorder_suggestion_row, reorder_point, COLUMN_INT4),
    COLUMN(struct reorder_suggestion_row, order_up_to, COLUMN_INT4),
    COLUMN(struct reorder_suggestion_row, position, COLUMN_INT8),
    COLUMN(struct reorder_suggestion_row, quantity, COLUMN_INT4),
    COLUMN(struct reorder_suggestion_row, reviewed_at, COLUMN_INSTANT),
};
const struct table reorder_suggestion_table = {
    .name = "reorder_suggestion",
    .columns = reorder_suggestion_columns,
    .column_count = COLUMN_COUNT(reorder_suggestion_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct reorder_suggestion_row),
    .load = INVENTORY_SQL_REORDER_SUGGESTION_LOAD,
    .insert = INVENTORY_SQL_REORDER_SUGGESTION_INSERT,
    .update = INVENTORY_SQL_REORDER_SUGGESTION_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column incoming_day_columns[] = {
    COLUMN(struct incoming_day_row, sku, COLUMN_TEXT),
    COLUMN(struct incoming_day_row, day, COLUMN_INT4),
    COLUMN(struct incoming_day_row, purchase_order_id, COLUMN_TEXT),
    COLUMN(struct incoming_day_row, pieces, COLUMN_INT8),
};
/* Read when the stock is locked. */
const struct table incoming_day_table = {
    .name = "incoming_day",
    .columns = incoming_day_columns,
    .column_count = COLUMN_COUNT(incoming_day_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct incoming_day_row),
    .shared = true,
    .load = INVENTORY_SQL_INCOMING_DAY_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column demand_day_columns[] = {
    COLUMN(struct demand_day_row, sku, COLUMN_TEXT),
    COLUMN(struct demand_day_row, location, COLUMN_TEXT),
    COLUMN(struct demand_day_row, day, COLUMN_INT4),
    COLUMN(struct demand_day_row, pieces, COLUMN_INT8),
    COLUMN(struct demand_day_row, came, COLUMN_INT8),
};
/* Read when the stock is locked. */
const struct table demand_day_table = {
    .name = "demand_day",
    .columns = demand_day_columns,
    .column_count = COLUMN_COUNT(demand_day_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct demand_day_row),
    .shared = true,
    .load = INVENTORY_SQL_DEMAND_DAY_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};
