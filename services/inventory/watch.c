/* watch.c - levels against their lines. */
#include "services/inventory/watch.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/alert.h"
#include "services/inventory/booking.h"
#include "services/inventory/expiring.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_watch.h"
#include "services/inventory/reorder.h"
#include "services/inventory/stock.h"

#include <string.h>

/* --- Bands ----------------------------------------------------------------------------------------- */

enum watch_band watch_band_of(enum watch_band before, int64_t available, int64_t low)
{
    bool down = before == WATCH_LOW || before == WATCH_OUT;
    int64_t margin = !down ? 0 : low / 10 > 1 ? low / 10 : 1;

    if (available == 0) {
        return before == WATCH_NEW ? WATCH_NEW : WATCH_OUT;
    }
    return low > 0 && available <= low + margin ? WATCH_LOW : WATCH_FINE;
}

/* --- Rows ------------------------------------------------------------------------------------------ */

struct stock_watch_row *watch_find(const struct rows *rows, const char *sku, const char *location)
{
    void **at = rows_list(rows, &stock_watch_table, key_text(sku));

    while (*at != NULL && strcmp(((const struct stock_watch_row *)*at)->location, location) != 0) {
        at++;
    }
    return *at;
}

struct stock_watch_row *watch_row(struct rows *rows, const char *sku, const char *location)
{
    struct stock_watch_row *row = watch_find(rows, sku, location);
    const struct stock_watch_row fresh = { .sku = sku,
                                           .location = location,
                                           .version = 1,
                                           .low_set = NOT_GIVEN,
                                           .slow_days = NOT_GIVEN,
                                           .excess_days = NOT_GIVEN,
                                           .expiring_days = NOT_GIVEN,
                                           .reorder_point = NOT_GIVEN };

    return row != NULL ? row : rows_insert(rows, &stock_watch_table, &fresh);
}

void watch_counted(struct rows *rows, const char *sku, const char *location, int64_t at)
{
    struct stock_watch_row *row = watch_row(rows, sku, location);

    if (at > row->counted_at) {
        row->counted_at = at;
        rows_update(rows, &stock_watch_table, row);
    }
}

int64_t watch_next_look(const struct rows *rows, const char *sku)
{
    int64_t look_at = 0;

    for (void **at = rows_list(rows, &stock_watch_table, key_text(sku)); *at != NULL; at++) {
        const struct stock_watch_row *row = *at;

        look_at = row->look_at > look_at ? row->look_at : look_at;
    }
    return look_at;
}

void watch_plan_look(struct decision *out, const char *sku, int64_t at)
{
    void **rows = rows_list(out->rows, &stock_watch_table, key_text(sku));
    void **stock = rows_list(out->rows, &stock_table, key_text(sku));

    if (rows[0] == NULL && stock[0] == NULL) {
        return;
    }
    struct stock_watch_row *row =
        rows[0] != NULL ? rows[0]
                        : watch_row(out->rows, sku, ((const struct stock_row *)stock[0])->location);
    if (row->look_at != at) {
        row->look_at = at;
        rows_update(out->rows, &stock_watch_table, row);
    }
}

/* --- A place --------------------------------------------------------------------------------------- */

struct place {
    struct decision *out;
    const struct stock_row *stock;
    struct stock_watch_row *watch; /* NULL: it is fine, and nothing was set */
    enum watch_band band;
    int64_t available, low;
};

static struct place place_of(struct decision *out, const struct stock_row *stock)
{
    struct stock_watch_row *watch = watch_find(out->rows, stock->sku, stock->location);
    struct place place = { .out = out,
                           .stock = stock,
                           .watch = watch,
                           .available = stock_available(stock),
                           .low = NOT_GIVEN };

    if (watch != NULL) {
        place.band = (enum watch_band)watch->band;
        place.low = watch->low_set != NOT_GIVEN ? watch->low_set : watch->reorder_point;
    } else if (stock->version <= 1 && stock->on_hand == 0) {
        place.band = WATCH_NEW;
    }
    return place;
}

static struct alert_figures figures_of(const struct place *place, bool low)
{
    return (struct alert_figures){ .available = place->available,
                                   .threshold = low ? place->low : NOT_GIVEN,
                                   .cover_days = NOT_GIVEN };
}

static void tell(const struct place *place, enum watch_band band)
{
    const struct alert_figures low = figures_of(place, true), other = figures_of(place, false);

    if (band == WATCH_OUT) {
        alert_close(place->out, place->stock, ALERT_KIND_LOW);
        alert_close(place->out, place->stock, ALERT_KIND_BACK_IN_STOCK);
        alert_raise(place->out, place->stock, ALERT_KIND_OUT, &other);
        return;
    }
    if (place->band == WATCH_OUT) {
        alert_close(place->out, place->stock, ALERT_KIND_OUT);
        alert_raise(place->out, place->stock, ALERT_KIND_BACK_IN_STOCK, &other);
    }
    if (band == WATCH_LOW) {
        alert_raise(place->out, place->stock, ALERT_KIND_LOW, &low);
    } else {
        alert_close(place->out, place->stock, ALERT_KIND_LOW);
    }
}

/* The place is in this band from now on. */
static void enter(struct place *place, enum watch_band band)
{
    struct stock_watch_row *watch =
        watch_row(place->out->rows, place->stock->sku, place->stock->location);

    watch->band = (int64_t)band;
    watch->sellable = stock_sellable(place->stock);
    watch->better_since = 0;
    rows_update(place->out->rows, &stock_watch_table, watch);
    if (band != WATCH_NEW) {
        tell(place, band);
    }
}

/* No better band than before: pieces that left meanwhile are remembered, so that it is seen when others come. */
static void stay(struct place *place)
{
    struct stock_watch_row *watch = place->watch;
    int64_t sellable = stock_sellable(place->stock);
    bool fewer = place->band != WATCH_FINE && sellable < watch->sellable;

    if (fewer || watch->better_since != 0) {
        watch->sellable = fewer ? sellable : watch->sellable;
        watch->better_since = 0;
        rows_update(place->out->rows, &stock_watch_table, watch);
    }
}

/* Only a promise was given back: it must last. */
static void wait_and_see(struct place *place)
{
    struct stock_watch_row *watch = place->watch;

    if (watch->better_since == 0) {
        watch->better_since = place->out->now;
        rows_update(place->out->rows, &stock_watch_table, watch);
    }
    if (!watch->timer_set) {
        watch->timer_set = true;
        rows_update(place->out->rows, &stock_watch_table, watch);
        decide_timer(place->out, (struct subject){ .id = watch->sku }, WATCH_TIMER,
                     watch->better_since + WATCH_CALM_MS, 0);
    }
}

static void look_at_place(struct decision *out, const struct stock_row *stock)
{
    struct place place = place_of(out, stock);
    enum watch_band band = watch_band_of(place.band, place.available, place.low);

    if (band == place.band) {
        if (place.watch != NULL) {
            stay(&place);
        } else if (band == WATCH_NEW) {
            enter(&place, band);
        }
        return;
    }
    bool better = band < place.band && place.band != WATCH_NEW;
    bool came = better && stock_sellable(stock) > place.watch->sellable;
    bool lasted = better && place.watch->better_since != 0 &&
                  out->now - place.watch->better_since >= WATCH_CALM_MS;
    if (better && !came && !lasted) {
        wait_and_see(&place);
    } else {
        enter(&place, band);
    }
}

void watch_levels(struct decision *out, const char *sku)
{
    for (void **at = rows_list(out->rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        const struct stock_row *stock = *at;

        if (location_is_active(out->rows, stock->location)) {
            look_at_place(out, stock);
            expiring_look(out, stock);
        }
    }
}

/* --- Whether it lasts ------------------------------------------------------------------------------ */

void watch_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    level_want(rows, in->subject.id);
    alert_want(rows, in->subject.id);
}

void on_watch_due(struct decision *out, const struct incoming_timer *in)
{
    void **at = rows_list(out->rows, &stock_watch_table, key_text(in->subject.id));

    for (; *at != NULL; at++) {
        struct stock_watch_row *watch = *at;

        if (watch->timer_set) {
            watch->timer_set = false;
            rows_update(out->rows, &stock_watch_table, watch);
        }
    }
    watch_levels(out, in->subject.id);
}

/* --- Lines that people set ------------------------------------------------------------------------- */

void stock_alert_levels_put_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &item_table,
              key_text(((const struct stock_alert_levels_put *)in->message)->sku));
    alert_want(rows, ((const struct stock_alert_levels_put *)in->message)->sku);
}

void stock_alert_levels_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    level_want(rows, ((const struct stock_alert_levels_put *)in->message)->sku);
}

const char *stock_alert_levels_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct stock_alert_levels_put *)in->message)->sku;
}

static int64_t given(bool has, int64_t value)
{
    return has ? value : NOT_GIVEN;
}

static bool is_unknown(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no such item or place" };
    static const struct refusal bundle = {
        .status = 409,
        .type = "conflict",
        .title = "The present state does not allow it",
        .detail = "the item is a bundle: put them for its components"
    };
    const struct stock_alert_levels_put *request = in->message;
    const struct item_row *item = rows_find(out->rows, &item_table, key_text(request->sku));

    if (item == NULL || !location_is_known(out->rows, request->location)) {
        reply_refused(out, in, &unknown);
        return true;
    }
    if (item->components != NULL) {
        reply_refused(out, in, &bundle);
    }
    return item->components != NULL;
}

void on_stock_alert_levels_put(struct decision *out, const struct incoming_message *in)
{
    const struct stock_alert_levels_put *request = in->message;
    struct stock_watch_row *row = watch_find(out->rows, request->sku, request->location);
    int64_t low = given(request->body.has_low, request->body.low);
    int64_t slow = given(request->body.has_slow_moving_days, request->body.slow_moving_days);
    int64_t excess = given(request->body.has_excess_days, request->body.excess_days);
    int64_t expiring = given(request->body.has_expiring_days, request->body.expiring_days);

    bool same = row != NULL && row->low_set == low && row->slow_days == slow &&
                row->excess_days == excess && row->expiring_days == expiring;
    if (is_unknown(out, in) || reply_stale_put(out, in, row == NULL ? 0 : row->version, same)) {
        return;
    }
    bool made = row == NULL;
    row = watch_row(out->rows, request->sku, request->location);
    row->low_set = low;
    row->slow_days = slow;
    row->excess_days = excess;
    row->expiring_days = expiring;
    row->version += made || same ? 0 : 1;
    rows_update(out->rows, &stock_watch_table, row);
    watch_levels(out, request->sku);
    lots_watch(out, request->sku);
    if (!same) {
        reorder_ask(out, request->sku); /* what there is too much of is seen with the demand */
    }
    reply_done(out, in, made ? 201 : 200,
               text_format(out->arena, "%s/%s/alert-levels", request->sku, request->location));
}
