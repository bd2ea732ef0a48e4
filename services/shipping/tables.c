/* tables.c - the tables of shipping as data: columns in the order of the statements beside. */
#include "services/shipping/tables.h"

#include "sql/shipping_sql.h"

static const struct column shipment_columns[] = {
    COLUMN(struct shipment_row, order_id, COLUMN_BYTES),
    COLUMN(struct shipment_row, shipment_no, COLUMN_INT2),
    COLUMN(struct shipment_row, order_no, COLUMN_INT8),
    COLUMN(struct shipment_row, state, COLUMN_INT2),
    COLUMN(struct shipment_row, reason, COLUMN_INT2),
    COLUMN(struct shipment_row, clock, COLUMN_INT8),
    COLUMN(struct shipment_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct shipment_row, location, COLUMN_TEXT),
    COLUMN(struct shipment_row, service, COLUMN_TEXT),
    COLUMN(struct shipment_row, currency, COLUMN_TEXT),
    COLUMN(struct shipment_row, value_minor, COLUMN_INT8),
    COLUMN(struct shipment_row, cash_on_delivery_minor, COLUMN_INT8),
    COLUMN(struct shipment_row, consignee, COLUMN_TEXT),
    COLUMN(struct shipment_row, to_country, COLUMN_TEXT),
    COLUMN(struct shipment_row, give_up_at, COLUMN_INSTANT),
    COLUMN(struct shipment_row, failure_stage, COLUMN_INT2),
    COLUMN(struct shipment_row, failure_code, COLUMN_TEXT),
    COLUMN(struct shipment_row, failed_at, COLUMN_INSTANT),
    COLUMN(struct shipment_row, shipped_at, COLUMN_INSTANT),
    COLUMN(struct shipment_row, delivered_at, COLUMN_INSTANT),
    COLUMN(struct shipment_row, changed_at, COLUMN_INSTANT),
};
const struct table shipment_table = {
    .name = "shipment",
    .columns = shipment_columns,
    .column_count = COLUMN_COUNT(shipment_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct shipment_row),
    .load = SHIPPING_SQL_SHIPMENT_LOAD,
    .insert = SHIPPING_SQL_SHIPMENT_INSERT,
    .update = SHIPPING_SQL_SHIPMENT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column shipment_parcel_columns[] = {
    COLUMN(struct parcel_row, order_no, COLUMN_INT8),
    COLUMN(struct parcel_row, shipment_no, COLUMN_INT2),
    COLUMN(struct parcel_row, parcel_no, COLUMN_INT2),
    COLUMN(struct parcel_row, state, COLUMN_INT2),
    COLUMN(struct parcel_row, pieces, COLUMN_INT4),
    COLUMN(struct parcel_row, weight_grams, COLUMN_INT4),
    COLUMN(struct parcel_row, length_mm, COLUMN_INT4),
    COLUMN(struct parcel_row, width_mm, COLUMN_INT4),
    COLUMN(struct parcel_row, height_mm, COLUMN_INT4),
    COLUMN(struct parcel_row, carrier_ref, COLUMN_TEXT),
    COLUMN(struct parcel_row, carrier, COLUMN_TEXT),
    COLUMN(struct parcel_row, service, COLUMN_TEXT),
    COLUMN(struct parcel_row, tracking_number, COLUMN_TEXT),
    COLUMN(struct parcel_row, label_url, COLUMN_TEXT),
    COLUMN(struct parcel_row, cost_minor, COLUMN_INT8),
    COLUMN(struct parcel_row, cost_currency, COLUMN_TEXT),
    COLUMN(struct parcel_row, tracking_status, COLUMN_INT2),
    COLUMN(struct parcel_row, tracked_at, COLUMN_INSTANT),
    COLUMN(struct parcel_row, estimated_at, COLUMN_INSTANT),
    COLUMN(struct parcel_row, moved_at, COLUMN_INSTANT),
    COLUMN(struct parcel_row, delivered_at, COLUMN_INSTANT),
    COLUMN(struct parcel_row, signed_by, COLUMN_TEXT),
    COLUMN(struct parcel_row, estimate_told_at, COLUMN_INSTANT),
};
const struct table shipment_parcel_table = {
    .name = "parcel",
    .columns = shipment_parcel_columns,
    .column_count = COLUMN_COUNT(shipment_parcel_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct parcel_row),
    .load = SHIPPING_SQL_PARCEL_LOAD,
    .insert = SHIPPING_SQL_PARCEL_INSERT,
    .update = SHIPPING_SQL_PARCEL_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column tracking_columns[] = {
    COLUMN(struct tracking_row, tracking_number, COLUMN_TEXT),
    COLUMN(struct tracking_row, order_id, COLUMN_BYTES),
    COLUMN(struct tracking_row, order_no, COLUMN_INT8),
    COLUMN(struct tracking_row, shipment_no, COLUMN_INT2),
    COLUMN(struct tracking_row, parcel_no, COLUMN_INT2),
};
const struct table tracking_table = {
    .name = "tracking",
    .columns = tracking_columns,
    .column_count = COLUMN_COUNT(tracking_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct tracking_row),
    .load = SHIPPING_SQL_TRACKING_LOAD,
    .insert = SHIPPING_SQL_TRACKING_INSERT,
    .update = SHIPPING_SQL_TRACKING_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column early_columns[] = {
    COLUMN(struct early_row, tracking_number, COLUMN_TEXT),
    COLUMN(struct early_row, event_id, COLUMN_TEXT),
    COLUMN(struct early_row, provider, COLUMN_TEXT),
    COLUMN(struct early_row, account, COLUMN_TEXT),
    COLUMN(struct early_row, body, COLUMN_TEXT),
    COLUMN(struct early_row, received_at, COLUMN_INSTANT),
};
const struct table early_table = {
    .name = "early_event",
    .columns = early_columns,
    .column_count = COLUMN_COUNT(early_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct early_row),
    .load = SHIPPING_SQL_EARLY_LOAD,
    .insert = SHIPPING_SQL_EARLY_INSERT,
    .update = STATEMENT_NONE,
    .remove = SHIPPING_SQL_EARLY_REMOVE,
};

static const struct column place_columns[] = {
    COLUMN(struct place_row, code, COLUMN_TEXT),
    COLUMN(struct place_row, clock, COLUMN_INT8),
    COLUMN(struct place_row, name, COLUMN_TEXT),
    COLUMN(struct place_row, company, COLUMN_TEXT),
    COLUMN(struct place_row, line1, COLUMN_TEXT),
    COLUMN(struct place_row, line2, COLUMN_TEXT),
    COLUMN(struct place_row, city, COLUMN_TEXT),
    COLUMN(struct place_row, region, COLUMN_TEXT),
    COLUMN(struct place_row, postal_code, COLUMN_TEXT),
    COLUMN(struct place_row, country, COLUMN_TEXT),
};
const struct table place_table = {
    .name = "place",
    .columns = place_columns,
    .column_count = COLUMN_COUNT(place_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct place_row),
    .load = SHIPPING_SQL_PLACE_LOAD,
    .insert = SHIPPING_SQL_PLACE_INSERT,
    .update = SHIPPING_SQL_PLACE_UPDATE,
    .remove = STATEMENT_NONE,
};

const struct table *const shipping_tables[] = {
    &shipment_table, &shipment_parcel_table, &tracking_table, &early_table, &place_table, NULL,
};
