/* import.c - an item and its stock are put together. */
#include "services/inventory/import.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/booking.h"
#include "services/inventory/item.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"

#include <string.h>

void item_import_need(const struct incoming_message *in, struct rows *rows)
{
    booking_need(in, rows);
    item_need(rows, ((const struct item_import *)in->message)->sku);
}

void item_import_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct item_import *request = in->message;

    item_need_shared(rows, request->sku, &request->item);
    level_publish_want(rows, request->sku);
}

const char *item_import_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct item_import *)in->message)->sku;
}

static struct lot_request lots_of_place(const struct decision *out,
                                        const struct item_import *request, size_t index,
                                        const struct item_row *item)
{
    const struct import_stock *counted = &request->stock[index];

    return (struct lot_request){ .out = out,
                                 .at = text_format(out->arena, "/stock/%zu/lots", index),
                                 .sku = request->sku,
                                 .location = counted->location,
                                 .lots = counted->lots,
                                 .count = counted->lots_count,
                                 .quantity = counted->on_hand,
                                 .use = LOT_USE_COUNTED,
                                 .item = item };
}

static bool lots_are_wrong(const struct decision *out, const struct item_import *request,
                           const struct item_row *item, struct item_fault *ret)
{
    ret->detail = NULL;
    for (size_t i = 0; i < request->stock_count && ret->detail == NULL; i++) {
        const struct lot_request lots = lots_of_place(out, request, i, item);

        ret->detail = lot_request_fault(&lots, &ret->pointer);
    }
    return ret->detail != NULL;
}

/* True when a place is unknown or named twice. */
static bool stock_is_wrong(const struct decision *out, const struct item_import *request,
                           struct item_fault *ret)
{
    ret->detail = NULL;
    for (size_t i = 0; i < request->stock_count && ret->detail == NULL; i++) {
        const char *location = request->stock[i].location;
        size_t before = 0;

        while (before < i && strcmp(request->stock[before].location, location) != 0) {
            before++;
        }
        if (before < i) {
            ret->detail = "the place is given twice";
        } else if (!location_is_known(out->rows, location)) {
            ret->detail = "there is no such place; put it first";
        }
        ret->pointer = text_format(out->arena, "/stock/%zu/location", i);
    }
    return ret->detail != NULL;
}

/* Books one place; what changed is added to the fact. */
static void book_place(struct decision *out, const struct import_stock *counted,
                       struct stock_row *stock, const struct ledger_row *cause,
                       struct stock_change *ret)
{
    int64_t change = counted->on_hand - stock->on_hand;

    if (change != 0 || (cause->names != NULL && cause->names->count > 0)) {
        stock_book(out->rows, stock, change, cause);
    }
    if (counted->has_safety && counted->safety != stock->safety) {
        stock_keep_back(out->rows, stock, counted->safety, cause);
    }
    *ret = (struct stock_change){ .location = stock->location,
                                  .quantity_change = change,
                                  .on_hand = stock->on_hand,
                                  .owed = stock->owed };
}

static void state_imported(struct decision *out, const struct incoming_message *in,
                           const struct stock_change *changes, size_t count)
{
    const char *sku = ((const struct item_import *)in->message)->sku;
    const struct inventory_imported fact = { .sku = sku,
                                             .clock = level_version(out->rows, sku),
                                             .request_id = in->id,
                                             .changes = changes,
                                             .changes_count = count };

    out->clock = fact.clock - 1; /* the SKU's own time: the version of all its stock */
    decide_emit(out, (struct subject){ .id = sku }, MESSAGE_INVENTORY_IMPORTED, &fact, sizeof fact);
}

static void book_stock(struct decision *out, const struct incoming_message *in)
{
    const struct item_import *request = in->message;
    struct ledger_row cause = booking_cause(out, in, ADJUSTMENT_REASON_COUNT);
    struct stock_change *changes = arena_alloc(out->arena, request->stock_count * sizeof *changes);
    size_t count = 0;

    for (size_t i = 0; i < request->stock_count; i++) {
        struct stock_row *stock = booking_row(out->rows, request->sku, request->stock[i].location);
        const struct lot_request lots = lots_of_place(out, request, i, NULL);

        cause.names = lot_request_names(&lots);
        book_place(out, &request->stock[i], stock, &cause, &changes[count]);
        count += changes[count].quantity_change != 0;
    }
    if (count > 0) {
        state_imported(out, in, changes, count);
    }
    if (request->stock_count > 0) {
        lots_tell(out, (struct subject){ .id = request->sku },
                  level_version(out->rows, request->sku));
        level_publish(out, request->sku);
        settle_when_needed(out, request->sku);
    }
}

static bool bundle_has_stock(const struct item_import *request, struct item_fault *ret)
{
    ret->pointer = "/stock";
    ret->detail = "a bundle has no stock of its own";
    return request->item.components_count > 0 && request->stock_count > 0;
}

static bool is_wrong(const struct decision *out, const struct item_import *request,
                     const struct item_change *change, struct item_fault *ret)
{
    return (!change->same && item_change_is_wrong(change, ret)) || bundle_has_stock(request, ret) ||
           stock_is_wrong(out, request, ret) || lots_are_wrong(out, request, &change->wanted, ret);
}

void on_item_import(struct decision *out, const struct incoming_message *in)
{
    const struct item_import *request = in->message;
    struct item_change change;
    struct item_fault fault;

    if (booking_repeats(out, in, request->sku, 200)) {
        return;
    }
    item_change_open(&change, out, request->sku, &request->item);
    change.at = "/item";
    if (is_wrong(out, request, &change, &fault)) {
        reply_invalid(out, in, fault.pointer, fault.detail);
        return;
    }
    bool made = change.stored == NULL;
    item_change_make(&change);
    book_stock(out, in);
    booking_keep(out, in, &(struct stock_row){ .sku = request->sku, .location = "" },
                 &(struct adjustment_row){ .kind = ADJUSTMENT_IMPORTED });
    reply_done(out, in, made ? 201 : 200, request->sku);
}
