/* expiring.c - what is told before its day comes. */
#include "services/inventory/expiring.h"

#include "proto/inventory.h"
#include "services/inventory/alert.h"
#include "services/inventory/lot_watch.h"
#include "services/inventory/stock.h"
#include "services/inventory/watch.h"

int64_t expiring_days(const struct rows *rows, const struct stock_row *stock)
{
    const struct stock_watch_row *watch = watch_find(rows, stock->sku, stock->location);

    return watch == NULL || watch->expiring_days == NOT_GIVEN ? EXPIRING_DAYS
                                                              : watch->expiring_days;
}

/* The day from which on a lot is told; INT64_MAX: never. */
static int64_t told_from(const struct lots *lots, const struct lot *lot, int64_t days)
{
    int64_t ends_on = lot_ends_on(lots, lot);

    return !lot_is_for_sale(lot) || ends_on == INT64_MAX ? INT64_MAX : ends_on - days;
}

int64_t expiring_next(const struct lots *lots, int64_t days, int64_t today)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < lots->count; i++) {
        int64_t day = told_from(lots, &lots->items[i], days);

        next = day > today && day < next ? day : next;
    }
    return next;
}

void expiring_look(struct decision *out, const struct stock_row *stock)
{
    const struct lots lots = lots_of(out->arena, stock->lots, 0);
    int64_t today = lots_today(out->rows, stock->location, out->now);
    int64_t days = expiring_days(out->rows, stock), pieces = 0, first = INT64_MAX;

    for (size_t i = 0; i < lots.count; i++) {
        const struct lot *lot = &lots.items[i];

        if (told_from(&lots, lot, days) <= today) {
            int64_t ends_on = lot_ends_on(&lots, lot);

            pieces += lot->pieces[LOT_SELLABLE];
            first = ends_on < first ? ends_on : first;
        }
    }
    if (pieces == 0) {
        alert_close(out, stock, ALERT_KIND_EXPIRING);
        return;
    }
    const struct alert_figures figures = { .available = stock_available(stock),
                                           .threshold = days,
                                           .cover_days = first > today ? first - today : 0,
                                           .excess = pieces };
    alert_raise(out, stock, ALERT_KIND_EXPIRING, &figures);
}
