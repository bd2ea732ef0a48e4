/* lot_watch.c - what becomes of lots by time, and by what the item says. */
#include "services/inventory/lot_watch.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/mutant.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/alert.h"
#include "services/inventory/booking.h"
#include "services/inventory/expiring.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/place.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"

#include <string.h>

static const int64_t day_ms = INT64_C(86400000), minute_ms = INT64_C(60000);

/* --- By time -------------------------------------------------------------------------------------- */

static struct calendar calendar_at(const struct rows *rows, const char *code)
{
    void **at = rows_list(rows, &location_table, key_number(LOCATION_NETWORK));

    for (; *at != NULL; at++) {
        const struct location_row *location = *at;

        if (strcmp(location->code, code) == 0) {
            return place_calendar(location);
        }
    }
    return (struct calendar){ .time_zone = NULL };
}

int64_t lots_today(const struct rows *rows, const char *location, int64_t now)
{
    struct calendar calendar = calendar_at(rows, location);

    return calendar_today(&calendar, now);
}

static int64_t next_end(const struct lots *lots)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < lots->count; i++) {
        int64_t ends_on = lot_ends_on(lots, &lots->items[i]);

        if (lot_is_for_sale(&lots->items[i]) && ends_on < next) {
            next = ends_on;
        }
    }
    return next;
}

static void look_on(struct decision *out, struct stock_row *stock, struct lots *lots, int64_t day)
{
    lots->look_on = day;
    stock->lots = lots_text(out->arena, lots);
    rows_update(out->rows, &stock_table, stock);
}

static int64_t sooner(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* By the clock of the place; one timer a place, for the first that ends, or of which it is to be told that it will. */
static void watch_place(struct decision *out, struct stock_row *stock)
{
    struct lots lots = lots_of(out->arena, stock->lots, 0);
    struct calendar calendar = calendar_at(out->rows, stock->location);
    int64_t today = calendar_today(&calendar, out->now);
    int64_t next =
        sooner(next_end(&lots), expiring_next(&lots, expiring_days(out->rows, stock), today));

    if (next == INT64_MAX || mutant("sell_expired") ||
        (lots.look_on != 0 && lots.look_on <= next)) {
        return;
    }
    int64_t due_at = next * day_ms - calendar_zone_minutes(&calendar, next * day_ms) * minute_ms;

    if (due_at <= out->now && today < next) { /* clocks go back */
        due_at = out->now + 15 * minute_ms;
    }
    look_on(out, stock, &lots, next);
    decide_timer(out, (struct subject){ .id = stock->sku }, LOT_TIMER, due_at, 0);
}

void lots_watch(struct decision *out, const char *sku)
{
    for (void **at = rows_list(out->rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        if (((struct stock_row *)*at)->lots != NULL) {
            watch_place(out, *at);
        }
    }
}

static struct lot_names ended(struct arena *arena, const struct lots *lots, int64_t today)
{
    struct lot_named *items = arena_alloc(arena, lots->count * sizeof *items);
    struct lot_names names = { items, 0 };

    for (size_t i = 0; i < lots->count; i++) {
        const struct lot *lot = &lots->items[i];

        if (lot_is_for_sale(lot) && lot_ends_on(lots, lot) <= today) {
            items[names.count++] = (struct lot_named){ .number = lot->number,
                                                       .quantity = lot->pieces[LOT_SELLABLE],
                                                       .expires_day = NOT_GIVEN };
        }
    }
    return names;
}

static void state_moved(struct decision *out, const struct stock_row *stock,
                        const struct ledger_row *cause, int64_t quantity)
{
    const struct inventory_moved fact = { .sku = stock->sku,
                                          .location = stock->location,
                                          .clock = level_version(out->rows, stock->sku),
                                          .request_id = cause->request_id,
                                          .reason = ADJUSTMENT_REASON_EXPIRED,
                                          .from = STOCK_CONDITION_SELLABLE,
                                          .to = STOCK_CONDITION_QUALITY_CONTROL,
                                          .quantity = quantity,
                                          .on_hand = stock->on_hand,
                                          .owed = stock->owed };

    out->clock = fact.clock - 1; /* the SKU's own time */
    decide_emit(out, (struct subject){ .id = stock->sku }, MESSAGE_INVENTORY_MOVED, &fact,
                sizeof fact);
}

/* Not for sale any more: somebody looks at it, and writes it off or sends it back. */
static void set_apart(struct decision *out, struct stock_row *stock, const struct lot_names *names,
                      int64_t today)
{
    const struct ledger_row cause = { .reason = ADJUSTMENT_REASON_EXPIRED,
                                      .request_id = text_format(out->arena, "expired-%s-%lld",
                                                                lot_date(out->arena, today),
                                                                (long long)stock->version),
                                      .at = out->now,
                                      .names = names };
    struct stock_way way = { STOCK_CONDITION_SELLABLE, STOCK_CONDITION_QUALITY_CONTROL, 0 };

    for (size_t i = 0; i < names->count; i++) {
        way.quantity += names->items[i].quantity;
    }
    if (way.quantity > stock_sellable(stock)) { /* a piece left that nobody named */
        way.quantity = stock_sellable(stock);
    }
    if (way.quantity > 0) {
        stock_move(out->rows, stock, &way, &cause);
        state_moved(out, stock, &cause, way.quantity);
    }
}

void lots_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    level_publish_want(rows, in->subject.id);
}

void on_lots_due(struct decision *out, const struct incoming_timer *in)
{
    const char *sku = in->subject.id;

    for (void **at = rows_list(out->rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        struct stock_row *stock = *at;
        struct lots lots = lots_of(out->arena, stock->lots, 0);
        int64_t today = lots_today(out->rows, stock->location, out->now);

        if (lots.look_on != 0 && lots.look_on <= today + 1) {
            const struct lot_names names = ended(out->arena, &lots, today);

            look_on(out, stock, &lots, 0);
            set_apart(out, stock, &names, today);
        }
    }
    lots_tell(out, in->subject, level_version(out->rows, sku));
    level_publish(out, sku);
    settle_when_needed(out, sku);
}

/* --- By what the item says ------------------------------------------------------------------------ */

void lots_item_need(struct rows *rows, const struct item_row *stored, const char *sku,
                    bool wanted_apart)
{
    if (wanted_apart || (stored != NULL && (stored->lot_tracked || stored->serial_tracked))) {
        level_want(rows, sku);
        alert_want(rows, sku);
    }
}

static bool differs(struct arena *arena, const struct stock_row *stock, const struct item_row *item)
{
    const struct lots lots = lots_of(arena, stock->lots, 0);

    return lots.tracking != lots_tracking_of(item) ||
           (lots.tracking != LOT_TRACKING_NONE &&
            lots.shelf_life_days != item->minimum_shelf_life_days);
}

bool lots_differ(const struct rows *rows, const struct item_row *wanted)
{
    for (void **at = rows_list(rows, &stock_table, key_text(wanted->sku)); *at != NULL; at++) {
        if (differs(rows_arena(rows), *at, wanted)) {
            return true;
        }
    }
    return false;
}

static void write_line(const struct decision *out, const struct stock_row *stock,
                       const struct lot *lot, int64_t sign, int64_t kind)
{
    const struct lot_movement_row line = { .sku = stock->sku,
                                           .location = stock->location,
                                           .version = stock->version,
                                           .kind = kind,
                                           .lot = lot->number,
                                           .on_hand = sign * lot_on_hand(lot),
                                           .damaged = sign * lot->pieces[LOT_DAMAGED],
                                           .quality_control =
                                               sign * lot->pieces[LOT_QUALITY_CONTROL],
                                           .expires_day = lot->expires_day,
                                           .at = out->now };

    rows_insert(out->rows, &lot_movement_table, &line);
}

/* What follows a lot under its number: picked for orders, they are one lot. */
static struct lot sum_from(const struct lots *lots, size_t first)
{
    struct lot sum = lots->items[first];

    for (size_t i = first + 1; i < lots->count; i++) {
        if (strcmp(lots->items[i].number, sum.number) == 0) {
            lot_add(&sum, &lots->items[i]);
        }
    }
    return sum;
}

static void forget_lots(const struct decision *out, const struct stock_row *stock,
                        const struct lots *lots)
{
    for (size_t i = 0; i < lots->count; i++) {
        if (lots_find(lots, lots->items[i].number) == &lots->items[i]) {
            const struct lot sum = sum_from(lots, i);

            write_line(out, stock, &sum, -1, LEDGER_MOVED);
        }
    }
}

/* The ledger of lots begins, or begins anew, with what the counters say. */
static void keep_apart(struct decision *out, struct stock_row *stock, const struct item_row *item)
{
    struct lots lots = lots_of(out->arena, stock->lots, 0);
    struct lot unnamed = { .number = "",
                           .expires_day = NOT_GIVEN,
                           .received_day = out->now / day_ms,
                           .pieces = { [LOT_SELLABLE] = stock_sellable(stock),
                                       [LOT_DAMAGED] = stock->damaged,
                                       [LOT_QUALITY_CONTROL] = stock->quality_control } };
    struct lots fresh = { .tracking = lots_tracking_of(item),
                          .items = &unnamed,
                          .count = 1,
                          .shelf_life_days = item->minimum_shelf_life_days };

    stock->version++;
    forget_lots(out, stock, &lots);
    if (fresh.tracking == LOT_TRACKING_NONE) {
        stock->lots = NULL;
    } else {
        stock->lots = lots_text(out->arena, &fresh);
        if (stock->on_hand > 0) {
            write_line(out, stock, &unnamed, 1, LEDGER_AUDITED);
        }
    }
}

void lots_keep_as(struct decision *out, const struct item_row *wanted)
{
    for (void **at = rows_list(out->rows, &stock_table, key_text(wanted->sku)); *at != NULL; at++) {
        struct stock_row *stock = *at;
        struct lots lots = lots_of(out->arena, stock->lots, 0);

        if (lots.tracking != lots_tracking_of(wanted)) {
            keep_apart(out, stock, wanted);
        } else if (lots.tracking != LOT_TRACKING_NONE) {
            lots.shelf_life_days = wanted->minimum_shelf_life_days;
            lots.look_on = 0;
            stock->lots = lots_text(out->arena, &lots);
        }
        rows_update(out->rows, &stock_table, stock);
    }
    lots_tell(out, (struct subject){ .id = wanted->sku }, level_version(out->rows, wanted->sku));
    lots_watch(out, wanted->sku);
}
