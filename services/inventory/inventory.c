/* inventory.c - what the inventory takes, what decides, what it keeps and shows. */
#include "services/inventory/inventory.h"

#include "common/issuer.h"
#include "proto/registry.h"
#include "services/inventory/adjustment.h"
#include "services/inventory/alert.h"
#include "services/inventory/api.h"
#include "services/inventory/audit.h"
#include "services/inventory/bin.h"
#include "services/inventory/booking.h"
#include "services/inventory/bundle_level.h"
#include "services/inventory/buying.h"
#include "services/inventory/catalog.h"
#include "services/inventory/claim.h"
#include "services/inventory/condition.h"
#include "services/inventory/count_policy.h"
#include "services/inventory/count_sheet.h"
#include "services/inventory/document_maker.h"
#include "services/inventory/expected.h"
#include "services/inventory/import.h"
#include "services/inventory/item.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_watch.h"
#include "services/inventory/pick.h"
#include "services/inventory/postal.h"
#include "services/inventory/preorder.h"
#include "services/inventory/purchase.h"
#include "services/inventory/purchase_alert.h"
#include "services/inventory/purchase_document.h"
#include "services/inventory/purchase_gather.h"
#include "services/inventory/purchase_mail.h"
#include "services/inventory/reorder.h"
#include "services/inventory/reservation.h"
#include "services/inventory/settle.h"
#include "services/inventory/sourcing_policy.h"
#include "services/inventory/supplier.h"
#include "services/inventory/tables.h"
#include "services/inventory/transfer.h"
#include "services/inventory/watch.h"
#include "services/inventory/what_if.h"
#include "sql/inventory_sql.h"

static const struct broker_topic consumed[] = {
    { .name = "inventory.commands", .numbered = true, .requests = "order.requests" },
    { .name = "inventory.requests" },
};

static const struct broker_topic published[] = {
    { .name = "inventory.events", .numbered = true },
    { .name = "item.state", .numbered = true },
    { .name = "stock.levels", .numbered = true },
    { .name = "order.requests" },
    { .name = "notification.requests" },
    { .name = "gateway.replies", .partitions = PARTITIONS_ANY },
};

static const struct message_handler messages[] = {
    { MESSAGE_INVENTORY_RESERVE, reserve_need, reserve_need_shared, on_reserve, NULL },
    { MESSAGE_INVENTORY_RELEASE, reservation_need, release_need_shared, on_release, NULL },
    { MESSAGE_INVENTORY_CONSUME, reservation_need, consume_need_shared, on_consume, NULL },
    { MESSAGE_STOCK_GIVE_UP, give_up_need, give_up_need_shared, on_give_up, NULL },
    { MESSAGE_STOCK_EXPECT, NULL, expect_need_shared, on_expect, NULL },
    { MESSAGE_STOCK_EXPECT_ON, reservation_need, NULL, on_expect_on, NULL },
    { MESSAGE_STOCK_ALLOT, reservation_need, allot_need_shared, on_allot, NULL },
    { MESSAGE_ITEM_PUT, item_put_need, item_put_need_shared, on_item_put, item_put_lane_key },
    { MESSAGE_ITEM_IMPORT, item_import_need, item_import_need_shared, on_item_import,
      item_import_lane_key },
    { MESSAGE_LOCATION_PUT, NULL, location_put_need_shared, on_location_put,
      location_put_lane_key },
    { MESSAGE_BIN_PUT, bin_put_need, bin_put_need_shared, on_bin_put, bin_put_lane_key },
    { MESSAGE_STOCK_BIN_MOVE, booking_need, bin_move_need_shared, on_bin_move, bin_move_lane_key },
    { MESSAGE_INVENTORY_PICK, NULL, NULL, on_inventory_pick, NULL },
    { MESSAGE_STOCK_BIN_TAKE, bin_take_need, bin_take_need_shared, on_bin_take, NULL },
    { MESSAGE_SOURCING_PUT, sourcing_put_need, NULL, on_sourcing_put, sourcing_put_lane_key },
    { MESSAGE_SOURCING_WHAT_IF, what_if_need, NULL, on_what_if, what_if_lane_key },
    { MESSAGE_POSTAL_AREAS_PUT, postal_areas_put_need, NULL, on_postal_areas_put,
      postal_areas_put_lane_key },
    { MESSAGE_SUPPLIER_PUT, supplier_put_need, supplier_put_need_shared, on_supplier_put,
      supplier_put_lane_key },
    { MESSAGE_SUPPLIER_ITEM_PUT, supplier_item_put_need, NULL, on_supplier_item_put,
      supplier_item_put_lane_key },
    { MESSAGE_PURCHASE_ORDER_DRAFT, purchase_need, purchase_need_shared, on_purchase,
      purchase_lane_key },
    { MESSAGE_PURCHASE_SEND, purchase_need, purchase_need_shared, on_purchase, purchase_lane_key },
    { MESSAGE_PURCHASE_CONFIRM, purchase_need, purchase_need_shared, on_purchase,
      purchase_lane_key },
    { MESSAGE_PURCHASE_RECEIVE, purchase_need, purchase_need_shared, on_purchase,
      purchase_lane_key },
    { MESSAGE_PURCHASE_CLOSE, purchase_need, purchase_need_shared, on_purchase, purchase_lane_key },
    { MESSAGE_PURCHASE_CANCEL, purchase_need, purchase_need_shared, on_purchase,
      purchase_lane_key },
    { MESSAGE_PURCHASE_DECLINE, purchase_need, purchase_need_shared, on_purchase,
      purchase_lane_key },
    { MESSAGE_PURCHASE_SUGGESTED, purchase_need, purchase_need_shared, on_purchase,
      purchase_lane_key },
    { MESSAGE_PURCHASE_MAILED, purchase_mailed_need, NULL, on_purchase_mailed,
      purchase_mailed_lane_key },
    { MESSAGE_PURCHASE_ALERT_ACKNOWLEDGE, purchase_alert_acknowledge_need, NULL,
      on_purchase_alert_acknowledge, purchase_alert_acknowledge_lane_key },
    { MESSAGE_REORDER_REVIEW, reorder_review_need, reorder_review_need_shared, on_reorder_review,
      reorder_review_lane_key },
    { MESSAGE_STOCK_ADJUST, booking_need, stock_adjust_need_shared, on_stock_adjust,
      stock_adjust_lane_key },
    { MESSAGE_STOCK_MOVE, booking_need, stock_move_need_shared, on_stock_move,
      stock_move_lane_key },
    { MESSAGE_STOCK_PICK, booking_need, stock_pick_need_shared, on_stock_pick,
      stock_pick_lane_key },
    { MESSAGE_STOCK_SAFETY, booking_need, stock_safety_need_shared, on_stock_safety,
      stock_safety_lane_key },
    { MESSAGE_STOCK_ALERT_ACKNOWLEDGE, stock_alert_acknowledge_need,
      stock_alert_acknowledge_need_shared, on_stock_alert_acknowledge,
      stock_alert_acknowledge_lane_key },
    { MESSAGE_STOCK_ALERT_LEVELS_PUT, stock_alert_levels_put_need,
      stock_alert_levels_put_need_shared, on_stock_alert_levels_put,
      stock_alert_levels_put_lane_key },
    { MESSAGE_STOCK_COUNT_SHEET, count_need, count_need_shared, on_count, count_lane_key },
    { MESSAGE_COUNT_POLICY_PUT, count_policy_put_need, count_policy_put_need_shared,
      on_count_policy_put, count_policy_put_lane_key },
    { MESSAGE_STOCK_COUNT_ENTER, count_need, count_need_shared, on_count, count_lane_key },
    { MESSAGE_STOCK_COUNT_SUBMIT, count_need, count_need_shared, on_count, count_lane_key },
    { MESSAGE_STOCK_COUNT_RECOUNT, count_need, count_need_shared, on_count, count_lane_key },
    { MESSAGE_STOCK_COUNT_APPROVE, count_need, count_need_shared, on_count, count_lane_key },
    { MESSAGE_STOCK_COUNT_REJECT, count_need, count_need_shared, on_count, count_lane_key },
    { MESSAGE_STOCK_COUNT_CANCEL, count_need, count_need_shared, on_count, count_lane_key },
    { MESSAGE_STOCK_COUNT_BOOKED, count_need, count_need_shared, on_count, NULL },
    { MESSAGE_STOCK_COUNT_BOOK, NULL, count_book_need_shared, on_count_book, NULL },
    { MESSAGE_STOCK_TRANSFER, transfer_need, transfer_need_shared, on_transfer, transfer_lane_key },
    { MESSAGE_STOCK_TRANSFER_SHIP, transfer_need, transfer_need_shared, on_transfer,
      transfer_lane_key },
    { MESSAGE_STOCK_TRANSFER_RECEIVE, transfer_need, transfer_need_shared, on_transfer,
      transfer_lane_key },
    { MESSAGE_STOCK_TRANSFER_CLOSE, transfer_need, transfer_need_shared, on_transfer,
      transfer_lane_key },
    { MESSAGE_STOCK_TRANSFER_CANCEL, transfer_need, transfer_need_shared, on_transfer,
      transfer_lane_key },
    { MESSAGE_STOCK_TRANSFER_GIVE_UP, transfer_need, transfer_need_shared, on_transfer, NULL },
    { MESSAGE_STOCK_TRANSIT, buying_transit_need, transit_need_shared, on_transit, NULL },
    { MESSAGE_STOCK_BUY, stock_buy_need, stock_buy_need_shared, on_stock_buy, NULL },
    { MESSAGE_STOCK_GATHERED, stock_gathered_need, NULL, on_stock_gathered, NULL },
    { MESSAGE_PURCHASE_GATHER, purchase_gather_need, purchase_gather_need_shared,
      on_purchase_gather, NULL },
    { MESSAGE_STOCK_PUBLISH, NULL, stock_publish_need_shared, on_stock_publish,
      stock_publish_lane_key },
};

static const struct timer_handler timers[] = {
    { RESERVATION_TIMER, expiry_need, expiry_need_shared, on_expiry },
    { BUNDLES_TIMER, bundles_due_need, NULL, on_bundles_due },
    { BUNDLE_LEVEL_TIMER, bundle_level_due_need, bundle_level_due_need_shared,
      on_bundle_level_due },
    { LEVEL_TIMER, NULL, level_due_need_shared, on_level_due },
    { LOT_TIMER, NULL, lots_due_need_shared, on_lots_due },
    { PREORDER_TIMER, NULL, preorder_due_need_shared, on_preorder_due },
    { WHAT_IF_TIMER, what_if_due_need, what_if_due_need_shared, on_what_if_due },
    { PURCHASE_TIMER, purchase_due_need, purchase_due_need_shared, on_purchase_due },
    { PURCHASE_MAIL_TIMER, purchase_due_need, purchase_mail_due_need_shared, on_purchase_mail_due },
    { REORDER_TIMER, reorder_due_need, reorder_due_need_shared, on_reorder_due },
    { WATCH_TIMER, NULL, watch_due_need_shared, on_watch_due },
    { SETTLE_TIMER, NULL, settle_due_need_shared, on_settle_due },
};

enum { DOCUMENT_TIMEOUT_MS = 30000, DOCUMENTS_AT_ONCE_MAX = 8 };

/* No `ask`: the same document made again is the same. */
static const struct effect_handler effects[] = {
    { .kind = DOCUMENT_EFFECT,
      .target = 0,
      .payload_type = MESSAGE_INVENTORY_PURCHASE_PAPER,
      .timeout_ms = DOCUMENT_TIMEOUT_MS,
      .request = document_request,
      .read = document_read,
      .need = purchase_documents_need,
      .decide = on_purchase_documents },
};

static const struct outside_target targets[] = {
    { .name = "document maker", .calls_at_once_max = DOCUMENTS_AT_ONCE_MAX, .make = document_make },
};

const struct service inventory_service = {
    .name = "inventory",
    .schema = "inventory",
    .code_version = 1,
    .consumed = consumed,
    .consumed_count = sizeof consumed / sizeof consumed[0],
    .published = published,
    .published_count = sizeof published / sizeof published[0],
    .infos = message_infos,
    .info_count = MESSAGE_TYPE_COUNT,
    .messages = messages,
    .message_count = sizeof messages / sizeof messages[0],
    .timers = timers,
    .timer_count = sizeof timers / sizeof timers[0],
    .effects = effects,
    .effect_count = sizeof effects / sizeof effects[0],
    .targets = targets,
    .target_count = sizeof targets / sizeof targets[0],
    .tables = inventory_tables,
    .statements = inventory_sql_statements,
    .statement_count = INVENTORY_SQL_COUNT,
    .reads = &inventory_reads,
    .audit_rules = &inventory_audit_rules,
    .settings = issuer_settings,
    .setting_count = ISSUER_SETTING_COUNT,
};
