/* cover.c - slow-moving and excess stock. */
#include "services/inventory/cover.h"

#include "services/inventory/alert.h"
#include "services/inventory/reorder.h"
#include "services/inventory/stock.h"
#include "services/inventory/tables.h"
#include "services/inventory/transfer.h"
#include "services/inventory/watch.h"

#include <string.h>

#define DAY_MS INT64_C(86400000)
enum { COVER_DAYS_MAX = 1000000, PIECES_MAX = 1000000 };

static double daily(const struct forecast *forecast)
{
    return forecast_total(forecast, COVER_DEMAND_DAYS) / COVER_DEMAND_DAYS;
}

static int64_t round_up(double pieces)
{
    int64_t whole = pieces < STOCK_QUANTITY_MAX ? (int64_t)pieces : STOCK_QUANTITY_MAX;

    return (double)whole < pieces && whole < STOCK_QUANTITY_MAX ? whole + 1 : whole;
}

int64_t cover_days(int64_t pieces, const struct forecast *forecast)
{
    double rate = daily(forecast);

    if (rate <= 0) {
        return NOT_GIVEN;
    }
    double days = (double)pieces / rate;
    return days < COVER_DAYS_MAX ? (int64_t)days : COVER_DAYS_MAX;
}

int64_t cover_excess(int64_t pieces, const struct forecast *forecast, int64_t days)
{
    int64_t excess = pieces - round_up(daily(forecast) * (double)days);

    return excess > 0 ? excess : 0;
}

struct cover {
    struct decision *out;
    const struct stock_row *stock;
    struct forecast forecast;
    int64_t pieces; /* neither promised nor unsellable */
};

static struct cover cover_of(struct decision *out, const struct stock_row *stock)
{
    int64_t pieces = stock_sellable(stock) - stock->reserved;

    return (struct cover){ .out = out,
                           .stock = stock,
                           .forecast = reorder_forecast(out, stock->sku, stock->location),
                           .pieces = pieces > 0 ? pieces : 0 };
}

/* --- Where it would be needed ---------------------------------------------------------------------- */

/* What a place misses of the demand of the next 30 days. */
static int64_t missing_at(const struct cover *cover)
{
    const struct stock_row *stock = cover->stock;
    int64_t position = stock_sellable(stock) + stock->incoming - stock->reserved;

    return round_up(forecast_total(&cover->forecast, COVER_DEMAND_DAYS)) - position;
}

static void suggest_transfer(const struct cover *cover, struct alert_figures *figures)
{
    struct rows *rows = cover->out->rows;
    int64_t most = 0, spare = transferable(rows, cover->stock->sku, cover->stock->location);
    void **at = rows_list(rows, &stock_table, key_text(cover->stock->sku));

    spare = spare < figures->excess ? spare : figures->excess;
    spare = spare < PIECES_MAX ? spare : PIECES_MAX;
    for (; *at != NULL; at++) {
        const struct cover other = cover_of(cover->out, *at);
        bool fits = other.stock != cover->stock && location_is_active(rows, other.stock->location);

        if (fits && spare > 0 && missing_at(&other) > most) {
            most = missing_at(&other);
            figures->transfer_to = other.stock->location;
            figures->transfer_quantity = most < spare ? most : spare;
        }
    }
}

/* --- A place --------------------------------------------------------------------------------------- */

static int64_t line_of(const struct cover *cover, bool slow)
{
    const struct stock_watch_row *watch =
        watch_find(cover->out->rows, cover->stock->sku, cover->stock->location);
    int64_t set = watch == NULL ? NOT_GIVEN : slow ? watch->slow_days : watch->excess_days;

    return set != NOT_GIVEN ? set : slow ? SLOW_DAYS : EXCESS_DAYS;
}

/* Whether something left with an order, or came, in the last so many days. */
static bool has_moved(const struct cover *cover, int64_t days)
{
    void **at = rows_list(cover->out->rows, &demand_day_table, key_text(cover->stock->sku));
    int64_t since = cover->out->now / DAY_MS - days;

    for (; *at != NULL; at++) {
        const struct demand_day_row *row = *at;

        if (row->day > since && (row->pieces > 0 || row->came > 0) &&
            strcmp(row->location, cover->stock->location) == 0) {
            return true;
        }
    }
    return false;
}

static struct alert_figures figures_of(const struct cover *cover, int64_t days, int64_t excess)
{
    struct alert_figures figures = { .available = stock_available(cover->stock),
                                     .threshold = NOT_GIVEN,
                                     .cover_days = days,
                                     .excess = excess };

    suggest_transfer(cover, &figures);
    return figures;
}

static void set_alert(const struct cover *cover, enum alert_kind kind, bool is_so,
                      const struct alert_figures *figures)
{
    if (is_so) {
        alert_raise(cover->out, cover->stock, kind, figures);
    } else {
        alert_close(cover->out, cover->stock, kind);
    }
}

static bool is_slow(const struct cover *cover)
{
    return cover->pieces > 0 && !has_moved(cover, line_of(cover, true));
}

static bool is_excess(const struct cover *cover)
{
    int64_t line = line_of(cover, false), days = cover_days(cover->pieces, &cover->forecast);
    bool open = alert_is_open(cover->out->rows, cover->stock, ALERT_KIND_EXCESS);

    return days != NOT_GIVEN && (days > line || (open && days > line - line / 10));
}

/* True: time alone may change it. */
static bool look_at_place(const struct cover *cover)
{
    bool slow = is_slow(cover), excess = is_excess(cover);
    int64_t days = cover_days(cover->pieces, &cover->forecast);
    const struct alert_figures all = figures_of(cover, NOT_GIVEN, cover->pieces),
                               rest = figures_of(cover, days,
                                                 cover_excess(cover->pieces, &cover->forecast,
                                                              line_of(cover, false)));

    set_alert(cover, ALERT_KIND_SLOW_MOVING, slow, &all);
    set_alert(cover, ALERT_KIND_EXCESS, excess && !slow, &rest);
    return cover->pieces > 0 && !slow;
}

bool cover_review(struct decision *out, const char *sku)
{
    bool changes = false;

    for (void **at = rows_list(out->rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        const struct cover cover = cover_of(out, *at);

        changes = look_at_place(&cover) || changes;
    }
    return changes;
}
