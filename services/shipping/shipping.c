/* shipping.c - what shipping takes, what decides, what it keeps and shows. */
#include "services/shipping/shipping.h"

#include "proto/registry.h"
#include "services/shipping/carrier.h"
#include "services/shipping/catalog.h"
#include "services/shipping/commands.h"
#include "services/shipping/easypost.h"
#include "services/shipping/erase.h"
#include "services/shipping/labels.h"
#include "services/shipping/numbers.h"
#include "services/shipping/tables.h"
#include "services/shipping/tracking.h"
#include "services/shipping/webhook.h"
#include "sql/shipping_sql.h"

static const struct broker_topic consumed[] = {
    { .name = "shipping.commands", .numbered = true, .requests = "order.requests" },
    { .name = "shipping.requests" },
    { .name = "inventory.events", .numbered = true, .requests = "inventory.requests" },
};

static const struct broker_topic published[] = {
    { .name = "shipping.events", .numbered = true },
    { .name = "order.requests" },
    { .name = "inventory.requests" },
    { .name = "gateway.replies", .partitions = PARTITIONS_ANY },
};

static const struct message_handler messages[] = {
    { MESSAGE_SHIPMENT_SHIP, ship_need, ship_need_shared, on_ship, NULL },
    { MESSAGE_SHIPMENT_VOID, void_need, void_need_shared, on_void, NULL },
    { MESSAGE_SHIPMENT_ERASE, shipment_erase_need, NULL, on_shipment_erase, NULL },
    { MESSAGE_SHIPMENT_VOID_NOW, void_now_need, void_now_need_shared, on_void_now,
      void_now_lane_key },
    { MESSAGE_SHIPMENT_TRACK, track_need, track_need_shared, on_track, track_lane_key },
    { MESSAGE_SHIPPING_WEBHOOK, webhook_need, NULL, on_webhook, webhook_lane_key },
    { MESSAGE_LABEL_KNOWN, label_known_need, NULL, on_label_known, NULL },
    { MESSAGE_PARCEL_TRACKED, parcel_tracked_need, NULL, on_parcel_tracked, NULL },
    { MESSAGE_LOCATION_CHANGED, location_changed_need, NULL, on_location_changed, NULL },
};

static const struct timer_handler timers[] = {
    { TIMER_PLACE, place_due_need, place_due_need_shared, on_place_due },
    { TIMER_LOOK, look_due_need, NULL, on_look_due },
    { TIMER_EARLY, early_due_need, NULL, on_early_due },
};

enum { CARRIER };

static const struct effect_handler effects[] = {
    { .kind = EFFECT_CREATE,
      .target = CARRIER,
      .payload_type = MESSAGE_CARRIER_CALL,
      .timeout_ms = CARRIER_TIMEOUT_MS,
      .request = easypost_create_request,
      .ask = easypost_create_ask,
      .read = easypost_create_read,
      .need = carrier_need,
      .decide = on_created },
    { .kind = EFFECT_BUY,
      .target = CARRIER,
      .payload_type = MESSAGE_CARRIER_CALL,
      .timeout_ms = CARRIER_TIMEOUT_MS,
      .request = easypost_buy_request,
      .ask = easypost_show,
      .read = easypost_buy_read,
      .need = carrier_need,
      .decide = on_bought },
    { .kind = EFFECT_VOID,
      .target = CARRIER,
      .payload_type = MESSAGE_CARRIER_CALL,
      .timeout_ms = CARRIER_TIMEOUT_MS,
      .request = easypost_void_request,
      .ask = easypost_show,
      .read = easypost_void_read,
      .need = carrier_need,
      .decide = on_voided },
    { .kind = EFFECT_LOOK,
      .target = CARRIER,
      .payload_type = MESSAGE_CARRIER_CALL,
      .timeout_ms = CARRIER_TIMEOUT_MS,
      .request = easypost_show,
      .read = easypost_look_read,
      .need = carrier_need,
      .decide = on_looked },
};

static const struct outside_target targets[] = {
    [CARRIER] = { .name = "carrier",
                  .url_setting = "KERVAN_CARRIER_URL",
                  .authorization_setting = "KERVAN_CARRIER_AUTHORIZATION",
                  .calls_at_once_max = 64,
                  .patience_setting = "KERVAN_CARRIER_PATIENCE_MS",
                  .default_patience_ms = "3600000" },
};

static const struct audit_rule rules[] = {
    { .name = "shipments",
      .promise = "the parcels of a delivered shipment are delivered",
      .statement = SHIPPING_SQL_AUDIT_SHIPMENTS },
};

static const struct audit_rules audit_rules = { rules, sizeof rules / sizeof rules[0] };

static const struct read_route routes[] = {
    {
        .pattern = "/v1/orders/:id/personal",
        .statement = SHIPPING_SQL_READ_PERSONAL,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/orders/:id/personal/left",
        .statement = SHIPPING_SQL_READ_LEFT,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/shipments/:id",
        .statement = SHIPPING_SQL_READ_SHIPMENT,
        .versioned = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/shipments/:id/label",
        .statement = SHIPPING_SQL_READ_LABELS,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/orders/:id/shipments",
        .statement = SHIPPING_SQL_READ_ORDER_SHIPMENTS,
        .list = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/audit/held/deliveries",
        .statement = SHIPPING_SQL_AUDIT_HELD_DELIVERIES,
        .parameters = { { .name = "from", .kind = READ_QUERY_INT },
                        { .name = "upto", .kind = READ_QUERY_INT } },
        .parameter_count = 2,
    },
};

static const struct read_routes reads = { routes, sizeof routes / sizeof routes[0] };

const struct service shipping_service = {
    .name = "shipping",
    .schema = "shipping",
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
    .tables = shipping_tables,
    .statements = shipping_sql_statements,
    .statement_count = SHIPPING_SQL_COUNT,
    .reads = &reads,
    .audit_rules = &audit_rules,
};
