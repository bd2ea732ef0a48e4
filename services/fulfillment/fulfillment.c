/* fulfillment.c - what fulfillment takes, what decides, what it keeps and shows. */
#include "services/fulfillment/fulfillment.h"

#include "proto/registry.h"
#include "proto/types_codec.h"
#include "services/fulfillment/catalog.h"
#include "services/fulfillment/commands.h"
#include "services/fulfillment/erase.h"
#include "services/fulfillment/holds.h"
#include "services/fulfillment/pick_list.h"
#include "services/fulfillment/priority.h"
#include "services/fulfillment/requests.h"
#include "services/fulfillment/shortage.h"
#include "services/fulfillment/tables.h"
#include "sql/fulfillment_sql.h"

#include <string.h>

static const struct broker_topic consumed[] = {
    { .name = "fulfillment.commands", .numbered = true, .requests = "order.requests" },
    { .name = "fulfillment.requests" },
    { .name = "inventory.events", .numbered = true, .requests = "inventory.requests" },
    { .name = "item.state" },
};

static const struct broker_topic published[] = {
    { .name = "fulfillment.events", .numbered = true },
    { .name = "order.requests" },
    { .name = "inventory.requests" },
    { .name = "gateway.replies", .partitions = PARTITIONS_ANY },
};

static const struct message_handler messages[] = {
    { MESSAGE_FULFILLMENT_FULFILL, fulfill_need, fulfill_need_shared, on_fulfill, NULL },
    { MESSAGE_FULFILLMENT_AMEND, amend_need, NULL, on_amend, NULL },
    { MESSAGE_FULFILLMENT_CANCEL, cancel_need, NULL, on_cancel, NULL },
    { MESSAGE_FULFILLMENT_PICK, pick_need, pick_need_shared, on_pick, pick_lane_key },
    { MESSAGE_FULFILLMENT_PACK, pack_need, pack_need_shared, on_pack, pack_lane_key },
    { MESSAGE_FULFILLMENT_SHORT, short_need, short_need_shared, on_short, short_lane_key },
    { MESSAGE_FULFILLMENT_SUSPEND, suspend_need, NULL, on_suspend, NULL },
    { MESSAGE_FULFILLMENT_RESUME, resume_need, NULL, on_resume, NULL },
    { MESSAGE_FULFILLMENT_HOLD, hold_need, NULL, on_hold, hold_lane_key },
    { MESSAGE_FULFILLMENT_HOLD_RELEASE, hold_release_need, NULL, on_hold_release,
      hold_release_lane_key },
    { MESSAGE_FULFILLMENT_PRIORITIZE, prioritize_need, NULL, on_prioritize, prioritize_lane_key },
    { MESSAGE_FULFILLMENT_CANCEL_NOW, cancel_now_need, NULL, on_cancel_now, cancel_now_lane_key },
    { MESSAGE_FULFILLMENT_REDUCE, reduce_need, NULL, on_reduce, NULL },
    { MESSAGE_FULFILLMENT_ERASE, fulfillment_erase_need, NULL, on_fulfillment_erase, NULL },
    { MESSAGE_PICK_LIST_MAKE, pick_list_make_need, pick_list_make_need_shared, on_pick_list_make,
      pick_list_lane_key },
    { MESSAGE_PICK_LIST_ASSIGN, pick_list_need, pick_list_need_shared, on_pick_list_assign,
      pick_list_lane_key },
    { MESSAGE_PICK_LIST_SCAN, pick_list_need, pick_list_need_shared, on_pick_list_scan,
      pick_list_lane_key },
    { MESSAGE_PICK_LIST_UNDO, pick_list_need, pick_list_need_shared, on_pick_list_undo,
      pick_list_lane_key },
    { MESSAGE_PICK_LIST_FINISH, pick_list_need, pick_list_need_shared, on_pick_list_finish,
      pick_list_lane_key },
    { MESSAGE_PICK_LIST_CANCEL, pick_list_need, pick_list_need_shared, on_pick_list_cancel,
      pick_list_lane_key },
    { MESSAGE_PLACE_VERIFICATION_PUT, verification_need, NULL, on_verification_put,
      verification_lane_key },
    { MESSAGE_LOCATION_CHANGED, location_changed_need, NULL, on_location_changed, NULL },
    { MESSAGE_BIN_CHANGED, bin_changed_need, NULL, on_bin_changed, NULL },
    { MESSAGE_INVENTORY_BINS_CHANGED, bins_changed_need, NULL, on_bins_changed, NULL },
    { MESSAGE_ITEM_STATE, item_state_need, NULL, on_item_state, NULL },
};

static const struct timer_handler timers[] = {
    { TIMER_OPEN, work_timer_need, work_timer_need_shared, on_open_due },
    { TIMER_PLACE, work_timer_need, work_timer_need_shared, on_place_due },
};

static bool is_queued_state(const char *text)
{
    static const char *const states[] = { "scheduled", "open", "on_hold", "picked" };
    size_t i = 0;

    while (i < sizeof states / sizeof states[0] && strcmp(states[i], text) != 0) {
        i++;
    }
    return i < sizeof states / sizeof states[0];
}

static bool is_list_state(const char *text)
{
    return pick_list_state_find(text) != PICK_LIST_STATE_ABSENT;
}

static const struct read_route routes[] = {
    {
        .pattern = "/v1/pick-lists",
        .statement = FULFILLMENT_SQL_READ_PICK_LISTS,
        .list = true,
        .closed = true,
        .parameters = { { .name = "location", .kind = READ_QUERY_TEXT },
                        { .name = "state",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_list_state,
                          .must = "must be open, picking, done or canceled" },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/pick-lists/:list_id",
        .statement = FULFILLMENT_SQL_READ_PICK_LIST_NAMED,
        .versioned = true,
        .parameters = { { .name = "list_id", .kind = READ_PATH_TEXT, .length_max = 100 } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/locations/:code/verification",
        .statement = FULFILLMENT_SQL_READ_VERIFICATION,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/orders/:id/personal",
        .statement = FULFILLMENT_SQL_READ_PERSONAL,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/orders/:id/personal/left",
        .statement = FULFILLMENT_SQL_READ_LEFT,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/fulfillments",
        .statement = FULFILLMENT_SQL_READ_FULFILLMENTS,
        .list = true,
        .parameters = { { .name = "status", .kind = READ_QUERY_TEXT },
                        { .name = "location", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 6,
    },
    {
        .pattern = "/v1/fulfillments/:id",
        .statement = FULFILLMENT_SQL_READ_FULFILLMENT,
        .versioned = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/locations/:code/fulfillments",
        .statement = FULFILLMENT_SQL_READ_QUEUE,
        .list = true,
        .closed = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "state",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_queued_state,
                          .must = "must be scheduled, open, on_hold or picked" },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 9,
    },
    {
        .pattern = "/v1/locations/:code/pick-list",
        .statement = FULFILLMENT_SQL_READ_PICK_LIST,
        .list = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "zone", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/orders/:id/fulfillments",
        .statement = FULFILLMENT_SQL_READ_ORDER_FULFILLMENTS,
        .list = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
};

static const struct read_routes reads = { routes, sizeof routes / sizeof routes[0] };

const struct service fulfillment_service = {
    .name = "fulfillment",
    .schema = "fulfillment",
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
    .tables = fulfillment_tables,
    .statements = fulfillment_sql_statements,
    .statement_count = FULFILLMENT_SQL_COUNT,
    .reads = &reads,
};
