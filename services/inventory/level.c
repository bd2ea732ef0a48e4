/* level.c - when an item's stock level is published, and what it says. */
#include "services/inventory/level.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/reply.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/alert.h"
#include "services/inventory/bundle_level.h"
#include "services/inventory/buying.h"
#include "services/inventory/channel_level.h"
#include "services/inventory/lot_watch.h"
#include "services/inventory/reorder.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"
#include "services/inventory/watch.h"

#include <string.h>

void level_ask(struct decision *out, const char *sku)
{
    void **list = rows_list(out->rows, &stock_table, key_text(sku));
    struct stock_publish request = { .sku = sku };

    for (void **at = list; *at != NULL; at++) {
        if (((const struct stock_row *)*at)->level_asked) {
            return;
        }
    }
    if (list[0] == NULL) {
        return;
    }
    ((struct stock_row *)list[0])->level_asked = true;
    rows_update(out->rows, &stock_table, list[0]);
    decide_input(out, (struct subject){ .id = sku }, MESSAGE_STOCK_PUBLISH, &request,
                 sizeof request);
}

int64_t level_version(const struct rows *rows, const char *sku)
{
    int64_t version = 1;

    for (void **at = rows_list(rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        version += ((const struct stock_row *)*at)->version;
    }
    return version;
}

static struct stock_level_location level_at(const struct rows *rows, const struct stock_row *stock)
{
    bool sold =
        location_is_active(rows, stock->location) && stock_held_until(rows, stock->sku) == 0;

    return (struct stock_level_location){
        .location = stock->location,
        .on_hand = stock->on_hand,
        .reserved = stock->reserved,
        .owed = stock->owed,
        .has_owed = true,
        .damaged = stock->damaged,
        .has_damaged = true,
        .quality_control = stock->quality_control,
        .has_quality_control = true,
        .safety = stock->safety,
        .has_safety = true,
        .incoming = stock->incoming,
        .has_incoming = true,
        .available = sold ? stock_available(stock) : 0,
    };
}

static void add_level(struct stock_level *level, const struct stock_level_location *place)
{
    level->on_hand += place->on_hand;
    level->reserved += place->reserved;
    level->owed += place->owed;
    level->damaged += place->damaged;
    level->quality_control += place->quality_control;
    level->safety += place->safety;
    level->incoming += place->incoming;
    level->available += place->available;
}

void level_publish(struct decision *out, const char *sku)
{
    void **list = rows_list(out->rows, &stock_table, key_text(sku));
    size_t count = rows_count(list);
    struct stock_level_location *places = arena_alloc(out->arena, count * sizeof *places);
    int64_t held_until = stock_held_until(out->rows, sku);
    struct stock_level level = { .sku = sku,
                                 .available_from =
                                     held_until == 0 ? NULL : calendar_date(out->arena, held_until),
                                 .version = level_version(out->rows, sku),
                                 .has_owed = true,
                                 .has_damaged = true,
                                 .has_quality_control = true,
                                 .has_safety = true,
                                 .has_incoming = true,
                                 .locations = places,
                                 .locations_count = count };

    for (size_t i = 0; i < count; i++) {
        places[i] = level_at(out->rows, list[i]);
        add_level(&level, &places[i]);
    }
    channel_levels_add(out, recipe_of(out->arena, sku, NULL), &level);
    out->clock = level.version - 1; /* the SKU's own time */
    decide_emit(out, (struct subject){ .id = sku }, MESSAGE_STOCK_LEVEL, &level, sizeof level);
    bundles_follow(out, sku);
    watch_levels(out, sku);
    lots_watch(out, sku);
    reorder_plan_when_due(out, sku);
}

void level_want(struct rows *rows, const char *sku)
{
    rows_want(rows, &stock_table, key_text(sku));
    rows_want(rows, &backorder_table, key_text(sku));
    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
}

/* When its level may be published next. */
static int64_t next_level(const struct decision *out, const char *sku)
{
    int64_t next = out->now;

    for (void **at = rows_list(out->rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        int64_t after = ((const struct stock_row *)*at)->level_at + LEVEL_PAUSE_MS;

        next = after > next ? after : next;
    }
    return next > out->now + LEVEL_PAUSE_MS ? out->now + LEVEL_PAUSE_MS : next;
}

static void forget_asking(struct decision *out, const char *sku)
{
    for (void **at = rows_list(out->rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        struct stock_row *stock = *at;

        if (stock->level_asked) {
            stock->level_asked = false;
            stock->level_at = out->now;
            rows_update(out->rows, &stock_table, stock);
        }
    }
}

/* The level as it is now, and what else a change of stock is the reason for. */
static void tell_level(struct decision *out, const char *sku)
{
    const struct backorder_row *row = rows_find(out->rows, &backorder_table, key_text(sku));

    forget_asking(out, sku);
    if (row != NULL && row->bundle) {
        bundle_level_ask(out, sku);
        return;
    }
    level_publish(out, sku);
    settle_when_needed(out, sku);
    buying_ask_when_waited_for(out, sku);
}

static void tell_level_when_due(struct decision *out, const char *sku)
{
    int64_t due_at = next_level(out, sku);

    if (due_at > out->now) {
        decide_timer(out, (struct subject){ .id = sku }, LEVEL_TIMER, due_at, 0);
    } else {
        tell_level(out, sku);
    }
}

void stock_publish_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct stock_publish *request = in->message;

    if (!request->bundle) {
        level_publish_want(rows, request->sku);
    }
}

void on_stock_publish(struct decision *out, const struct incoming_message *in)
{
    const struct stock_publish *request = in->message;

    if (request->bundle) {
        bundle_level_ask(out, request->sku);
    } else {
        tell_level_when_due(out, request->sku);
    }
    reply_done(out, in, 202, request->sku);
}

const char *stock_publish_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct stock_publish *)in->message)->sku;
}

void level_publish_want(struct rows *rows, const char *sku)
{
    channel_levels_want(rows);
    level_want(rows, sku);
    alert_want(rows, sku);
}

void level_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    level_publish_want(rows, in->subject.id);
}

void on_level_due(struct decision *out, const struct incoming_timer *in)
{
    tell_level(out, in->subject.id);
}
