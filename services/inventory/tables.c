/* tables.c - the inventory's tables as data: columns in the order of the statements beside. */
#include "services/inventory/tables.h"

#include "sql/inventory_sql.h"

static const struct column item_columns[] = {
    COLUMN(struct item_row, sku, COLUMN_TEXT),
    COLUMN(struct item_row, version, COLUMN_INT8),
    COLUMN(struct item_row, name, COLUMN_TEXT),
    COLUMN(struct item_row, unit, COLUMN_TEXT),
    COLUMN(struct item_row, product, COLUMN_TEXT),
    COLUMN(struct item_row, weight_grams, COLUMN_INT4),
    COLUMN(struct item_row, length_mm, COLUMN_INT4),
    COLUMN(struct item_row, width_mm, COLUMN_INT4),
    COLUMN(struct item_row, height_mm, COLUMN_INT4),
    COLUMN(struct item_row, origin_country, COLUMN_TEXT),
    COLUMN(struct item_row, customs_code, COLUMN_TEXT),
    COLUMN(struct item_row, backorder_allowed, COLUMN_BOOL),
    COLUMN(struct item_row, backorder_limit, COLUMN_INT4),
    COLUMN(struct item_row, reorder_point, COLUMN_INT4),
    COLUMN(struct item_row, reorder_quantity, COLUMN_INT4),
    COLUMN(struct item_row, active, COLUMN_BOOL),
    COLUMN(struct item_row, lot_tracked, COLUMN_BOOL),
    COLUMN(struct item_row, expires, COLUMN_BOOL),
    COLUMN(struct item_row, serial_tracked, COLUMN_BOOL),
    COLUMN(struct item_row, components, COLUMN_TEXT),
    COLUMN(struct item_row, minimum_shelf_life_days, COLUMN_INT2),
    COLUMN(struct item_row, available_day, COLUMN_INT4),
    COLUMN(struct item_row, preorder_limit, COLUMN_INT4),
};
const struct table item_table = {
    .name = "item",
    .columns = item_columns,
    .column_count = COLUMN_COUNT(item_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct item_row),
    .load = INVENTORY_SQL_ITEM_LOAD,
    .insert = INVENTORY_SQL_ITEM_INSERT,
    .update = INVENTORY_SQL_ITEM_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column item_barcode_columns[] = {
    COLUMN(struct item_barcode_row, sku, COLUMN_TEXT),
    COLUMN(struct item_barcode_row, position, COLUMN_INT2),
    COLUMN(struct item_barcode_row, barcode, COLUMN_TEXT),
};
const struct table item_barcode_table = {
    .name = "item_barcode",
    .columns = item_barcode_columns,
    .column_count = COLUMN_COUNT(item_barcode_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct item_barcode_row),
    .load = INVENTORY_SQL_ITEM_BARCODE_LOAD,
    .insert = INVENTORY_SQL_ITEM_BARCODE_INSERT,
    .update = INVENTORY_SQL_ITEM_BARCODE_UPDATE,
    .remove = INVENTORY_SQL_ITEM_BARCODE_REMOVE,
};

static const struct column item_pack_columns[] = {
    COLUMN(struct item_pack_row, sku, COLUMN_TEXT),
    COLUMN(struct item_pack_row, position, COLUMN_INT2),
    COLUMN(struct item_pack_row, unit, COLUMN_TEXT),
    COLUMN(struct item_pack_row, quantity, COLUMN_INT4),
    COLUMN(struct item_pack_row, barcode, COLUMN_TEXT),
};
const struct table item_pack_table = {
    .name = "item_pack",
    .columns = item_pack_columns,
    .column_count = COLUMN_COUNT(item_pack_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct item_pack_row),
    .load = INVENTORY_SQL_ITEM_PACK_LOAD,
    .insert = INVENTORY_SQL_ITEM_PACK_INSERT,
    .update = INVENTORY_SQL_ITEM_PACK_UPDATE,
    .remove = INVENTORY_SQL_ITEM_PACK_REMOVE,
};

static const struct column item_option_columns[] = {
    COLUMN(struct item_option_row, sku, COLUMN_TEXT),
    COLUMN(struct item_option_row, position, COLUMN_INT2),
    COLUMN(struct item_option_row, name, COLUMN_TEXT),
    COLUMN(struct item_option_row, value, COLUMN_TEXT),
};
const struct table item_option_table = {
    .name = "item_option",
    .columns = item_option_columns,
    .column_count = COLUMN_COUNT(item_option_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct item_option_row),
    .load = INVENTORY_SQL_ITEM_OPTION_LOAD,
    .insert = INVENTORY_SQL_ITEM_OPTION_INSERT,
    .update = INVENTORY_SQL_ITEM_OPTION_UPDATE,
    .remove = INVENTORY_SQL_ITEM_OPTION_REMOVE,
};

static const struct column item_substitute_columns[] = {
    COLUMN(struct item_substitute_row, sku, COLUMN_TEXT),
    COLUMN(struct item_substitute_row, position, COLUMN_INT2),
    COLUMN(struct item_substitute_row, substitute, COLUMN_TEXT),
};
const struct table item_substitute_table = {
    .name = "item_substitute",
    .columns = item_substitute_columns,
    .column_count = COLUMN_COUNT(item_substitute_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct item_substitute_row),
    .load = INVENTORY_SQL_ITEM_SUBSTITUTE_LOAD,
    .insert = INVENTORY_SQL_ITEM_SUBSTITUTE_INSERT,
    .update = INVENTORY_SQL_ITEM_SUBSTITUTE_UPDATE,
    .remove = INVENTORY_SQL_ITEM_SUBSTITUTE_REMOVE,
};

static const struct column bundle_use_columns[] = {
    COLUMN(struct bundle_use_row, component, COLUMN_TEXT),
    COLUMN(struct bundle_use_row, bundle, COLUMN_TEXT),
};
const struct table bundle_use_table = {
    .name = "bundle_use",
    .columns = bundle_use_columns,
    .column_count = COLUMN_COUNT(bundle_use_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct bundle_use_row),
    .load = INVENTORY_SQL_BUNDLE_USE_LOAD,
    .insert = INVENTORY_SQL_BUNDLE_USE_INSERT,
    .update = STATEMENT_NONE,
    .remove = INVENTORY_SQL_BUNDLE_USE_REMOVE,
};

static const struct column barcode_columns[] = {
    COLUMN(struct barcode_row, gtin, COLUMN_INT8),
    COLUMN(struct barcode_row, sku, COLUMN_TEXT),
};
const struct table barcode_table = {
    .name = "barcode",
    .columns = barcode_columns,
    .column_count = COLUMN_COUNT(barcode_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct barcode_row),
    .shared = true,
    .load = INVENTORY_SQL_BARCODE_LOAD,
    .insert = INVENTORY_SQL_BARCODE_INSERT,
    .update = INVENTORY_SQL_BARCODE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column location_columns[] = {
    COLUMN(struct location_row, network, COLUMN_INT2),
    COLUMN(struct location_row, code, COLUMN_TEXT),
    COLUMN(struct location_row, version, COLUMN_INT8),
    COLUMN(struct location_row, name, COLUMN_TEXT),
    COLUMN(struct location_row, kind, COLUMN_INT2),
    COLUMN(struct location_row, priority, COLUMN_INT2),
    COLUMN(struct location_row, active, COLUMN_BOOL),
    COLUMN(struct location_row, automatic, COLUMN_BOOL),
    COLUMN(struct location_row, address_name, COLUMN_TEXT),
    COLUMN(struct location_row, company, COLUMN_TEXT),
    COLUMN(struct location_row, line1, COLUMN_TEXT),
    COLUMN(struct location_row, line2, COLUMN_TEXT),
    COLUMN(struct location_row, city, COLUMN_TEXT),
    COLUMN(struct location_row, region, COLUMN_TEXT),
    COLUMN(struct location_row, postal_code, COLUMN_TEXT),
    COLUMN(struct location_row, country, COLUMN_TEXT),
    COLUMN(struct location_row, position_given, COLUMN_BOOL),
    COLUMN(struct location_row, latitude, COLUMN_INT4),
    COLUMN(struct location_row, longitude, COLUMN_INT4),
    COLUMN(struct location_row, parcel_cost_minor, COLUMN_INT8),
    COLUMN(struct location_row, orders_a_day, COLUMN_INT4),
    COLUMN(struct location_row, pieces_a_day, COLUMN_INT4),
    COLUMN(struct location_row, time_zone, COLUMN_TEXT),
    COLUMN(struct location_row, cut_off_minute, COLUMN_INT2),
    COLUMN(struct location_row, open_weekdays, COLUMN_INT2),
    COLUMN(struct location_row, holidays, COLUMN_TEXT),
    COLUMN(struct location_row, handling_days, COLUMN_INT2),
};
const struct table location_table = {
    .name = "location",
    .columns = location_columns,
    .column_count = COLUMN_COUNT(location_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct location_row),
    .load = INVENTORY_SQL_LOCATION_LOAD,
    .insert = INVENTORY_SQL_LOCATION_INSERT,
    .update = INVENTORY_SQL_LOCATION_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column stock_columns[] = {
    COLUMN(struct stock_row, sku, COLUMN_TEXT),
    COLUMN(struct stock_row, location, COLUMN_TEXT),
    COLUMN(struct stock_row, on_hand, COLUMN_INT4),
    COLUMN(struct stock_row, reserved, COLUMN_INT4),
    COLUMN(struct stock_row, owed, COLUMN_INT4),
    COLUMN(struct stock_row, safety, COLUMN_INT4),
    COLUMN(struct stock_row, damaged, COLUMN_INT4),
    COLUMN(struct stock_row, quality_control, COLUMN_INT4),
    COLUMN(struct stock_row, incoming, COLUMN_INT4),
    COLUMN(struct stock_row, version, COLUMN_INT8),
    COLUMN(struct stock_row, level_asked, COLUMN_BOOL),
    COLUMN(struct stock_row, lots, COLUMN_TEXT),
    COLUMN(struct stock_row, binned, COLUMN_INT4),
    COLUMN(struct stock_row, level_at, COLUMN_INSTANT),
};
const struct table stock_table = {
    .name = "stock",
    .columns = stock_columns,
    .column_count = COLUMN_COUNT(stock_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct stock_row),
    .shared = true,
    .load = INVENTORY_SQL_STOCK_LOAD,
    .insert = INVENTORY_SQL_STOCK_INSERT,
    .update = INVENTORY_SQL_STOCK_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column backorder_columns[] = {
    COLUMN(struct backorder_row, sku, COLUMN_TEXT),
    COLUMN(struct backorder_row, pieces, COLUMN_INT8),
    COLUMN(struct backorder_row, bundle, COLUMN_BOOL),
    COLUMN(struct backorder_row, in_bundles, COLUMN_INT4),
    COLUMN(struct backorder_row, held_until, COLUMN_INT4),
    COLUMN(struct backorder_row, buy_asked, COLUMN_BOOL),
};
const struct table backorder_table = {
    .name = "backorder",
    .columns = backorder_columns,
    .column_count = COLUMN_COUNT(backorder_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct backorder_row),
    .shared = true,
    .load = INVENTORY_SQL_BACKORDER_LOAD,
    .insert = INVENTORY_SQL_BACKORDER_INSERT,
    .update = INVENTORY_SQL_BACKORDER_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column claimant_columns[] = {
    COLUMN(struct claimant_row, sku, COLUMN_TEXT),
    COLUMN(struct claimant_row, location, COLUMN_TEXT),
    COLUMN(struct claimant_row, order_no, COLUMN_INT8),
    COLUMN(struct claimant_row, hold_no, COLUMN_INT2),
    COLUMN(struct claimant_row, quantity, COLUMN_INT8),
    COLUMN(struct claimant_row, reserved_at, COLUMN_INSTANT),
    COLUMN(struct claimant_row, order_id, COLUMN_BYTES),
    COLUMN(struct claimant_row, expected_day, COLUMN_INT4),
};
/* Counts as shared so that it is read when the stock is locked: then it fits what is reserved. */
const struct table claimant_table = {
    .name = "claimant",
    .columns = claimant_columns,
    .column_count = COLUMN_COUNT(claimant_columns),
    .key_columns = 4,
    .row_bytes = sizeof(struct claimant_row),
    .shared = true,
    .load = INVENTORY_SQL_CLAIMANT_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column ledger_columns[] = {
    COLUMN(struct ledger_row, sku, COLUMN_TEXT),
    COLUMN(struct ledger_row, location, COLUMN_TEXT),
    COLUMN(struct ledger_row, version, COLUMN_INT8),
    COLUMN(struct ledger_row, counter, COLUMN_INT2),
    COLUMN(struct ledger_row, kind, COLUMN_INT2),
    COLUMN(struct ledger_row, quantity, COLUMN_INT4),
    COLUMN(struct ledger_row, reason, COLUMN_INT2),
    COLUMN(struct ledger_row, order_no, COLUMN_INT8),
    COLUMN(struct ledger_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct ledger_row, request_id, COLUMN_TEXT),
    COLUMN(struct ledger_row, actor, COLUMN_TEXT),
    COLUMN(struct ledger_row, at, COLUMN_INSTANT),
};
const struct table ledger_table = {
    .name = "stock_ledger",
    .columns = ledger_columns,
    .column_count = COLUMN_COUNT(ledger_columns),
    .key_columns = 5,
    .row_bytes = sizeof(struct ledger_row),
    .load = STATEMENT_NONE,
    .insert = INVENTORY_SQL_LEDGER_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column lot_movement_columns[] = {
    COLUMN(struct lot_movement_row, sku, COLUMN_TEXT),
    COLUMN(struct lot_movement_row, location, COLUMN_TEXT),
    COLUMN(struct lot_movement_row, version, COLUMN_INT8),
    COLUMN(struct lot_movement_row, kind, COLUMN_INT2),
    COLUMN(struct lot_movement_row, lot, COLUMN_TEXT),
    COLUMN(struct lot_movement_row, on_hand, COLUMN_INT4),
    COLUMN(struct lot_movement_row, damaged, COLUMN_INT4),
    COLUMN(struct lot_movement_row, quality_control, COLUMN_INT4),
    COLUMN(struct lot_movement_row, expires_day, COLUMN_INT4),
    COLUMN(struct lot_movement_row, order_no, COLUMN_INT8),
    COLUMN(struct lot_movement_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct lot_movement_row, at, COLUMN_INSTANT),
};
const struct table lot_movement_table = {
    .name = "lot_movement",
    .columns = lot_movement_columns,
    .column_count = COLUMN_COUNT(lot_movement_columns),
    .key_columns = 5,
    .row_bytes = sizeof(struct lot_movement_row),
    .load = STATEMENT_NONE,
    .insert = INVENTORY_SQL_LOT_MOVEMENT_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column pick_holder_columns[] = {
    COLUMN(struct pick_holder_row, key, COLUMN_TEXT),
    COLUMN(struct pick_holder_row, order_no, COLUMN_INT8),
    COLUMN(struct pick_holder_row, pieces, COLUMN_INT8),
};
/* As claimants: read when the stock is locked. */
const struct table pick_holder_table = {
    .name = "pick_holder",
    .columns = pick_holder_columns,
    .column_count = COLUMN_COUNT(pick_holder_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct pick_holder_row),
    .shared = true,
    .load = INVENTORY_SQL_PICK_HOLDER_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column adjustment_columns[] = {
    COLUMN(struct adjustment_row, request_id, COLUMN_TEXT),
    COLUMN(struct adjustment_row, sku, COLUMN_TEXT),
    COLUMN(struct adjustment_row, location, COLUMN_TEXT),
    COLUMN(struct adjustment_row, version, COLUMN_INT8),
    COLUMN(struct adjustment_row, kind, COLUMN_INT2),
    COLUMN(struct adjustment_row, reason, COLUMN_INT2),
    COLUMN(struct adjustment_row, quantity_change, COLUMN_INT4),
    COLUMN(struct adjustment_row, condition_from, COLUMN_INT2),
    COLUMN(struct adjustment_row, condition_to, COLUMN_INT2),
    COLUMN(struct adjustment_row, quantity, COLUMN_INT4),
    COLUMN(struct adjustment_row, on_hand, COLUMN_INT4),
    COLUMN(struct adjustment_row, owed, COLUMN_INT4),
    COLUMN(struct adjustment_row, digest, COLUMN_BYTES),
    COLUMN(struct adjustment_row, note, COLUMN_TEXT),
    COLUMN(struct adjustment_row, actor, COLUMN_TEXT),
    COLUMN(struct adjustment_row, at, COLUMN_INSTANT),
};
const struct table adjustment_table = {
    .name = "adjustment",
    .columns = adjustment_columns,
    .column_count = COLUMN_COUNT(adjustment_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct adjustment_row),
    .load = INVENTORY_SQL_ADJUSTMENT_LOAD,
    .insert = INVENTORY_SQL_ADJUSTMENT_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column reservation_columns[] = {
    COLUMN(struct reservation_row, order_no, COLUMN_INT8),
    COLUMN(struct reservation_row, hold_no, COLUMN_INT2),
    COLUMN(struct reservation_row, state, COLUMN_INT2),
    COLUMN(struct reservation_row, reason, COLUMN_INT2),
    COLUMN(struct reservation_row, clock, COLUMN_INT8),
    COLUMN(struct reservation_row, expires_at, COLUMN_INSTANT),
    COLUMN(struct reservation_row, reserved_at, COLUMN_INSTANT),
    COLUMN(struct reservation_row, release_no, COLUMN_INT2),
    COLUMN(struct reservation_row, order_id, COLUMN_BYTES),
    COLUMN(struct reservation_row, sourcing, COLUMN_TEXT),
};
const struct table reservation_table = {
    .name = "reservation",
    .columns = reservation_columns,
    .column_count = COLUMN_COUNT(reservation_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct reservation_row),
    .load = INVENTORY_SQL_RESERVATION_LOAD,
    .insert = INVENTORY_SQL_RESERVATION_INSERT,
    .update = INVENTORY_SQL_RESERVATION_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column reservation_line_columns[] = {
    COLUMN(struct reservation_line_row, order_no, COLUMN_INT8),
    COLUMN(struct reservation_line_row, hold_no, COLUMN_INT2),
    COLUMN(struct reservation_line_row, line_no, COLUMN_INT2),
    COLUMN(struct reservation_line_row, part_no, COLUMN_INT2),
    COLUMN(struct reservation_line_row, state, COLUMN_INT2),
    COLUMN(struct reservation_line_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct reservation_line_row, release_no, COLUMN_INT2),
    COLUMN(struct reservation_line_row, quantity, COLUMN_INT4),
    COLUMN(struct reservation_line_row, available, COLUMN_INT4),
    COLUMN(struct reservation_line_row, sku, COLUMN_TEXT),
    COLUMN(struct reservation_line_row, location, COLUMN_TEXT),
    COLUMN(struct reservation_line_row, components, COLUMN_TEXT),
    COLUMN(struct reservation_line_row, expected_day, COLUMN_INT4),
};
const struct table reservation_line_table = {
    .name = "reservation_line",
    .columns = reservation_line_columns,
    .column_count = COLUMN_COUNT(reservation_line_columns),
    .key_columns = 4,
    .row_bytes = sizeof(struct reservation_line_row),
    .load = INVENTORY_SQL_RESERVATION_LINE_LOAD,
    .insert = INVENTORY_SQL_RESERVATION_LINE_INSERT,
    .update = INVENTORY_SQL_RESERVATION_LINE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column sourcing_policy_columns[] = {
    COLUMN(struct sourcing_policy_row, scope, COLUMN_TEXT),
    COLUMN(struct sourcing_policy_row, version, COLUMN_INT8),
};
const struct table inventory_policy_table = {
    .name = "sourcing_policy",
    .columns = sourcing_policy_columns,
    .column_count = COLUMN_COUNT(sourcing_policy_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct sourcing_policy_row),
    .load = INVENTORY_SQL_SOURCING_POLICY_LOAD,
    .insert = INVENTORY_SQL_SOURCING_POLICY_INSERT,
    .update = INVENTORY_SQL_SOURCING_POLICY_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column sourcing_rule_columns[] = {
    COLUMN(struct sourcing_rule_row, scope, COLUMN_TEXT),
    COLUMN(struct sourcing_rule_row, rule_no, COLUMN_INT4),
    COLUMN(struct sourcing_rule_row, kind, COLUMN_INT2),
    COLUMN(struct sourcing_rule_row, band_km, COLUMN_INT4),
    COLUMN(struct sourcing_rule_row, kinds, COLUMN_INT4),
    COLUMN(struct sourcing_rule_row, locations, COLUMN_TEXT),
    COLUMN(struct sourcing_rule_row, countries, COLUMN_TEXT),
    COLUMN(struct sourcing_rule_row, skus, COLUMN_TEXT),
    COLUMN(struct sourcing_rule_row, pieces, COLUMN_INT4),
    COLUMN(struct sourcing_rule_row, percent, COLUMN_INT2),
};
const struct table inventory_rule_table = {
    .name = "sourcing_rule",
    .columns = sourcing_rule_columns,
    .column_count = COLUMN_COUNT(sourcing_rule_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct sourcing_rule_row),
    .load = INVENTORY_SQL_SOURCING_RULE_LOAD,
    .insert = INVENTORY_SQL_SOURCING_RULE_INSERT,
    .update = STATEMENT_NONE,
    .remove = INVENTORY_SQL_SOURCING_RULE_REMOVE,
};

static const struct column channel_rule_columns[] = {
    COLUMN(struct channel_rule_row, network, COLUMN_INT4),
    COLUMN(struct channel_rule_row, rule.scope, COLUMN_TEXT),
    COLUMN(struct channel_rule_row, rule.rule_no, COLUMN_INT4),
    COLUMN(struct channel_rule_row, rule.kind, COLUMN_INT2),
    COLUMN(struct channel_rule_row, rule.band_km, COLUMN_INT4),
    COLUMN(struct channel_rule_row, rule.kinds, COLUMN_INT4),
    COLUMN(struct channel_rule_row, rule.locations, COLUMN_TEXT),
    COLUMN(struct channel_rule_row, rule.countries, COLUMN_TEXT),
    COLUMN(struct channel_rule_row, rule.skus, COLUMN_TEXT),
    COLUMN(struct channel_rule_row, rule.pieces, COLUMN_INT4),
    COLUMN(struct channel_rule_row, rule.percent, COLUMN_INT2),
};
const struct table channel_rule_table = {
    .name = "channel_rule",
    .columns = channel_rule_columns,
    .column_count = COLUMN_COUNT(channel_rule_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct channel_rule_row),
    .load = INVENTORY_SQL_CHANNEL_RULE_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column postal_areas_columns[] = {
    COLUMN(struct postal_areas_row, country, COLUMN_TEXT),
    COLUMN(struct postal_areas_row, version, COLUMN_INT8),
    COLUMN(struct postal_areas_row, areas, COLUMN_TEXT),
};
const struct table inventory_postal_table = {
    .name = "postal_areas",
    .columns = postal_areas_columns,
    .column_count = COLUMN_COUNT(postal_areas_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct postal_areas_row),
    .load = INVENTORY_SQL_POSTAL_AREAS_LOAD,
    .insert = INVENTORY_SQL_POSTAL_AREAS_INSERT,
    .update = INVENTORY_SQL_POSTAL_AREAS_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column location_work_columns[] = {
    COLUMN(struct location_work_row, location, COLUMN_TEXT),
    COLUMN(struct location_work_row, day, COLUMN_INT4),
    COLUMN(struct location_work_row, orders, COLUMN_INT4),
    COLUMN(struct location_work_row, pieces, COLUMN_INT8),
};
const struct table location_work_table = {
    .name = "location_work",
    .columns = location_work_columns,
    .column_count = COLUMN_COUNT(location_work_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct location_work_row),
    .shared = true,
    .load = INVENTORY_SQL_LOCATION_WORK_LOAD,
    .insert = INVENTORY_SQL_LOCATION_WORK_INSERT,
    .update = INVENTORY_SQL_LOCATION_WORK_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column sourcing_choice_columns[] = {
    COLUMN(struct sourcing_choice_row, order_id, COLUMN_BYTES),
    COLUMN(struct sourcing_choice_row, hold_no, COLUMN_INT2),
    COLUMN(struct sourcing_choice_row, clock, COLUMN_INT8),
    COLUMN(struct sourcing_choice_row, order_no, COLUMN_INT8),
    COLUMN(struct sourcing_choice_row, at, COLUMN_INSTANT),
    COLUMN(struct sourcing_choice_row, channel, COLUMN_TEXT),
    COLUMN(struct sourcing_choice_row, country, COLUMN_TEXT),
    COLUMN(struct sourcing_choice_row, proven, COLUMN_BOOL),
    COLUMN(struct sourcing_choice_row, rules, COLUMN_TEXT),
    COLUMN(struct sourcing_choice_row, items, COLUMN_TEXT),
    COLUMN(struct sourcing_choice_row, places, COLUMN_TEXT),
};
const struct table sourcing_choice_table = {
    .name = "sourcing_choice",
    .columns = sourcing_choice_columns,
    .column_count = COLUMN_COUNT(sourcing_choice_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct sourcing_choice_row),
    .load = STATEMENT_NONE,
    .insert = INVENTORY_SQL_SOURCING_CHOICE_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column what_if_columns[] = {
    COLUMN(struct what_if_row, name, COLUMN_TEXT),
    COLUMN(struct what_if_row, run, COLUMN_INT4),
    COLUMN(struct what_if_row, state, COLUMN_INT2),
    COLUMN(struct what_if_row, request_id, COLUMN_TEXT),
    COLUMN(struct what_if_row, asked_at, COLUMN_INSTANT),
    COLUMN(struct what_if_row, channel, COLUMN_TEXT),
    COLUMN(struct what_if_row, from_at, COLUMN_INSTANT),
    COLUMN(struct what_if_row, until_at, COLUMN_INSTANT),
    COLUMN(struct what_if_row, cursor_order, COLUMN_BYTES),
    COLUMN(struct what_if_row, cursor_hold, COLUMN_INT2),
    COLUMN(struct what_if_row, orders, COLUMN_INT8),
    COLUMN(struct what_if_row, changed, COLUMN_INT8),
    COLUMN(struct what_if_row, unserved, COLUMN_INT8),
    COLUMN(struct what_if_row, parcels_before, COLUMN_INT8),
    COLUMN(struct what_if_row, parcels_after, COLUMN_INT8),
    COLUMN(struct what_if_row, distance_before_km, COLUMN_INT8),
    COLUMN(struct what_if_row, distance_after_km, COLUMN_INT8),
    COLUMN(struct what_if_row, places, COLUMN_TEXT),
    COLUMN(struct what_if_row, examples, COLUMN_TEXT),
    COLUMN(struct what_if_row, examples_count, COLUMN_INT2),
};
const struct table what_if_table = {
    .name = "what_if",
    .columns = what_if_columns,
    .column_count = COLUMN_COUNT(what_if_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct what_if_row),
    .load = INVENTORY_SQL_WHAT_IF_LOAD,
    .insert = INVENTORY_SQL_WHAT_IF_INSERT,
    .update = INVENTORY_SQL_WHAT_IF_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column replayed_choice_columns[] = {
    COLUMN(struct replayed_choice_row, name, COLUMN_TEXT),
    COLUMN(struct replayed_choice_row, order_id, COLUMN_BYTES),
    COLUMN(struct replayed_choice_row, hold_no, COLUMN_INT2),
    COLUMN(struct replayed_choice_row, at, COLUMN_INSTANT),
    COLUMN(struct replayed_choice_row, channel, COLUMN_TEXT),
    COLUMN(struct replayed_choice_row, country, COLUMN_TEXT),
    COLUMN(struct replayed_choice_row, items, COLUMN_TEXT),
    COLUMN(struct replayed_choice_row, places, COLUMN_TEXT),
};
const struct table replayed_choice_table = {
    .name = "replayed_choice",
    .columns = replayed_choice_columns,
    .column_count = COLUMN_COUNT(replayed_choice_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct replayed_choice_row),
    .load = INVENTORY_SQL_REPLAYED_CHOICE_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column stock_moved_columns[] = {
    COLUMN(struct stock_moved_row, key, COLUMN_TEXT),
    COLUMN(struct stock_moved_row, moved, COLUMN_INT8),
    COLUMN(struct stock_moved_row, complete, COLUMN_BOOL),
};
/* Read when the stock is locked: then it fits what is on hand. */
const struct table stock_moved_table = {
    .name = "stock_moved",
    .columns = stock_moved_columns,
    .column_count = COLUMN_COUNT(stock_moved_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct stock_moved_row),
    .shared = true,
    .load = INVENTORY_SQL_STOCK_MOVED_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

const struct table *const inventory_tables[] = {
    &transfer_table,
    &transfer_line_table,
    &transfer_step_table,
    &purchase_order_table,
    &purchase_order_line_table,
    &purchase_order_receipt_table,
    &purchase_order_step_table,
    &purchase_document_table,
    &purchase_mail_table,
    &purchase_alert_table,
    &reservation_table,
    &reservation_line_table,
    &adjustment_table,
    &item_table,
    &item_barcode_table,
    &item_pack_table,
    &item_option_table,
    &item_substitute_table,
    &bundle_use_table,
    &location_table,
    &bin_table,
    &supplier_table,
    &supplier_item_table,
    &reorder_suggestion_table,
    &stock_buying_table,
    &count_sheet_table,
    &count_line_table,
    &count_step_table,
    &countable_table,
    &count_policy_table,
    &stock_watch_table,
    &stock_alert_table,
    &barcode_table,
    &inventory_policy_table,
    &inventory_rule_table,
    &channel_rule_table,
    &inventory_postal_table,
    &stock_table,
    &backorder_table,
    &purchase_gathering_table,
    &stock_bin_table,
    &location_work_table,
    &claimant_table,
    &transfer_claim_table,
    &stock_moved_table,
    &pick_holder_table,
    &demand_day_table,
    &incoming_day_table,
    &ledger_table,
    &lot_movement_table,
    &bin_ledger_table,
    &sourcing_choice_table,
    &what_if_table,
    &replayed_choice_table,
    NULL,
};
