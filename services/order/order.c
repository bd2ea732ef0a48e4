/* order.c - what the order service takes, what decides, what it keeps and shows. */
#include "services/order/order.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/registry.h"
#include "services/order/api.h"
#include "services/order/audit.h"
#include "services/order/block.h"
#include "services/order/cancel.h"
#include "services/order/channel.h"
#include "services/order/choice.h"
#include "services/order/company.h"
#include "services/order/customer_merge.h"
#include "services/order/deadline.h"
#include "services/order/draft.h"
#include "services/order/edit.h"
#include "services/order/erase.h"
#include "services/order/hold.h"
#include "services/order/lane_key.h"
#include "services/order/malformed.h"
#include "services/order/news.h"
#include "services/order/place.h"
#include "services/order/priority.h"
#include "services/order/readdress.h"
#include "services/order/saga.h"
#include "services/order/submit.h"
#include "services/order/tables.h"
#include "services/order/task.h"
#include "services/order/tax_rates.h"
#include "sql/order_sql.h"

#include <string.h>

enum { CHANNELS_MAX = 10, CHANNEL_LENGTH_MAX = 32 };

static const struct broker_topic consumed[] = {
    { .name = "order.requests" },
    { .name = "inventory.events", .numbered = true, .requests = "inventory.requests" },
    { .name = "payment.events", .numbered = true, .requests = "payment.requests" },
    { .name = "fulfillment.events", .numbered = true, .requests = "fulfillment.requests" },
    { .name = "shipping.events", .numbered = true, .requests = "shipping.requests" },
};
enum { CONSUMED_COUNT = sizeof consumed / sizeof consumed[0] };

static const struct broker_topic published[] = {
    { .name = "order.events", .numbered = true },
    { .name = "channel.state", .numbered = true },
    { .name = "inventory.commands", .numbered = true },
    { .name = "payment.commands", .numbered = true },
    { .name = "fulfillment.commands", .numbered = true },
    { .name = "shipping.commands", .numbered = true },
    { .name = "notification.commands", .numbered = true },
    { .name = "inventory.requests" },
    { .name = "payment.requests" },
    { .name = "fulfillment.requests" },
    { .name = "shipping.requests" },
    { .name = "gateway.replies", .partitions = PARTITIONS_ANY },
};

static const struct timer_handler timers[] = {
    { SAGA_TIMER, order_deadline_need, order_deadline_need_shared, on_order_deadline },
    { ERASE_TIMER, order_erase_due_need, order_erase_due_need_shared, on_order_erase_due },
    { DRAFT_TIMER, draft_due_need, NULL, on_draft_due },
};

static const struct malformed_reader malformed[] = {
    { MESSAGE_ORDER_SUBMIT, MESSAGE_ORDER_MALFORMED, order_malformed_read },
};

static const struct message_handler requests[] = {
    { MESSAGE_ORDER_SUBMIT, order_submit_need, order_submit_need_shared, on_order_submit,
      order_submit_lane_key },
    { MESSAGE_ORDER_MALFORMED, order_malformed_need, NULL, on_order_malformed,
      order_malformed_lane_key },
    { MESSAGE_ORDER_CANCEL, order_cancel_need, order_cancel_need_shared, on_order_cancel,
      order_cancel_lane_key },
    { MESSAGE_ORDER_HOLD, order_hold_need, order_hold_need_shared, on_order_hold,
      order_request_lane_key },
    { MESSAGE_ORDER_HOLD_RELEASE, order_hold_need, order_hold_need_shared, on_order_hold_release,
      order_request_lane_key },
    { MESSAGE_ORDER_NOTE, order_hold_need, order_hold_need_shared, on_order_note,
      order_request_lane_key },
    { MESSAGE_ORDER_READDRESS, order_hold_need, order_hold_need_shared, on_order_readdress,
      order_request_lane_key },
    { MESSAGE_ORDER_PRIORITIZE, order_hold_need, order_hold_need_shared, on_order_prioritize,
      order_request_lane_key },
    { MESSAGE_ORDER_EDIT, order_edit_need, order_hold_need_shared, on_order_edit,
      order_request_lane_key },
    { MESSAGE_ORDER_EDIT_CONFIRM, edit_confirm_need, edit_confirm_need_shared,
      on_order_edit_confirm, edit_confirm_lane_key },
    { MESSAGE_ORDER_CHOOSE, order_choose_need, order_choose_need_shared, on_order_choose,
      order_request_lane_key },
    { MESSAGE_ORDER_TASK_DECIDE, task_decide_need, task_decide_need_shared, on_task_decide,
      task_decide_lane_key },
    { MESSAGE_ORDER_CHANNEL_PUT, channel_put_need, channel_put_need_shared, on_channel_put,
      channel_put_lane_key },
    { MESSAGE_ORDER_BLOCK, block_need, NULL, on_order_block, block_lane_key },
    { MESSAGE_ORDER_UNBLOCK, block_need, NULL, on_order_unblock, block_lane_key },
    { MESSAGE_COMPANY_PUT, company_put_need, NULL, on_company_put, company_put_lane_key },
    { MESSAGE_TAX_RATES_PUT, tax_rates_put_need, NULL, on_tax_rates_put, tax_rates_put_lane_key },
    { MESSAGE_TAX_CLASS_PUT, tax_class_put_need, NULL, on_tax_class_put, tax_class_put_lane_key },
    { MESSAGE_ORDER_APPROVE, order_approve_need, order_approve_need_shared, on_order_approve,
      order_request_lane_key },
    { MESSAGE_CUSTOMER_MERGE, customer_merge_need, NULL, on_customer_merge,
      customer_merge_lane_key },
    { MESSAGE_CUSTOMER_PART, customer_part_need, NULL, on_customer_part, customer_merge_lane_key },
    { MESSAGE_CUSTOMER_ERASE, customer_erase_need, NULL, on_customer_erase,
      customer_erase_lane_key },
    { MESSAGE_ORDER_ERASE, order_erase_need, order_erase_need_shared, on_order_erase,
      order_request_lane_key },
    { MESSAGE_LOCATION_CHANGED, place_changed_need, NULL, on_place_changed, NULL },
    { MESSAGE_DRAFT_SAVE, draft_save_need, NULL, on_draft_save, draft_lane_key },
    { MESSAGE_DRAFT_OFFER, draft_discard_need, NULL, on_draft_offer, draft_lane_key },
    { MESSAGE_DRAFT_DISCARD, draft_discard_need, NULL, on_draft_discard, draft_lane_key },
};
enum { REQUEST_COUNT = sizeof requests / sizeof requests[0] };

/* The requests, and a row for each fact of news.c's table. */
static void take_handlers(struct arena *arena, struct service *service)
{
    size_t news_count = order_news_count();
    struct message_handler *all = arena_alloc(arena, (REQUEST_COUNT + news_count) * sizeof *all);

    memcpy(all, requests, sizeof requests);
    for (size_t i = 0; i < news_count; i++) {
        all[REQUEST_COUNT + i] =
            (struct message_handler){ order_news_type(i), order_news_need, order_news_need_shared,
                                      on_order_news, NULL };
    }
    service->messages = all;
    service->message_count = REQUEST_COUNT + news_count;
}

static bool is_channel(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t length = strlen(text);

    return length > 0 && length <= CHANNEL_LENGTH_MAX && text[0] != '-' &&
           strspn(text, allowed) == length;
}

static bool is_known(const struct broker_topic *topics, size_t count, const char *channel)
{
    for (size_t i = CONSUMED_COUNT; i < count; i++) {
        if (strcmp(topics[i].channel, channel) == 0) {
            return true;
        }
    }
    return false;
}

/* A storefront's records need no headers: the topic says who speaks and of what. */
static enum err add_channels(struct ctx *ctx, const char *channels, struct broker_topic *topics,
                             size_t *count)
{
    while (*channels != '\0') {
        size_t length = strcspn(channels, ",");
        const char *channel = arena_copy_text(ctx->arena, channels, length);

        if (!is_channel(channel) || is_known(topics, *count, channel)) {
            return err_set(ctx, ERR_FATAL,
                           "KERVAN_CHANNELS: \"%.40s\" is no channel, or there twice", channel);
        }
        if (*count == CONSUMED_COUNT + CHANNELS_MAX) {
            return err_set(ctx, ERR_FATAL, "KERVAN_CHANNELS: more than %d channels", CHANNELS_MAX);
        }
        topics[(*count)++] =
            (struct broker_topic){ .name = text_format(ctx->arena, "order.requests.%s", channel),
                                   .channel = channel,
                                   .default_type = "kervan.order.submit.v1" };
        channels += length;
        channels += *channels == ',' ? 1 : 0;
    }
    return OK;
}

enum err order_service(struct ctx *ctx, const char *channels, struct service *ret)
{
    struct broker_topic *topics =
        arena_alloc(ctx->arena, (CONSUMED_COUNT + CHANNELS_MAX) * sizeof *topics);
    size_t count = CONSUMED_COUNT;

    memcpy(topics, consumed, sizeof consumed);
    enum err err = add_channels(ctx, channels, topics, &count);
    if (err) {
        return err;
    }
    *ret = (struct service){
        .name = "order",
        .schema = "orders",
        .code_version = 1,
        .consumed = topics,
        .consumed_count = count,
        .published = published,
        .published_count = sizeof published / sizeof published[0],
        .infos = message_infos,
        .info_count = MESSAGE_TYPE_COUNT,
        .malformed = malformed,
        .malformed_count = sizeof malformed / sizeof malformed[0],
        .timers = timers,
        .timer_count = sizeof timers / sizeof timers[0],
        .tables = order_tables,
        .statements = order_sql_statements,
        .statement_count = ORDER_SQL_COUNT,
        .reads = &order_reads,
        .reads_by_key = true,
        .audit_rules = &order_audit_rules,
    };
    take_handlers(ctx->arena, ret);
    return OK;
}
