/* reorder.c - reviews of items: what is due, and how much of it. */
#include "services/inventory/reorder.h"

#include "common/arena.h"
#include "common/reply.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/alert.h"
#include "services/inventory/buying.h"
#include "services/inventory/cover.h"
#include "services/inventory/level.h"
#include "services/inventory/stock.h"
#include "services/inventory/supplier.h"
#include "services/inventory/watch.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const int64_t day_ms = INT64_C(86400000);
/* What nobody sells is only looked at for being too much. */
enum { HISTORY_DAYS = 90, REVIEW_DAYS = 1, UNSOLD_REVIEW_DAYS = 7, PIECES_MAX = 1000000 };

_Static_assert(REORDER_METHOD_NONE == 1 && REORDER_METHOD_SET == 5,
               "reorder_suggestion.method keeps these numbers");

/* Quantiles of the normal distribution, of 50 % to 99 %. */
static const double quantiles[SERVICE_PERCENT_MAX - SERVICE_PERCENT_MIN + 1] = {
    0.0000, 0.0251, 0.0502, 0.0753, 0.1004, 0.1257, 0.1510, 0.1764, 0.2019, 0.2275,
    0.2533, 0.2793, 0.3055, 0.3319, 0.3585, 0.3853, 0.4125, 0.4399, 0.4677, 0.4959,
    0.5244, 0.5534, 0.5828, 0.6128, 0.6433, 0.6745, 0.7063, 0.7388, 0.7722, 0.8064,
    0.8416, 0.8779, 0.9154, 0.9542, 0.9945, 1.0364, 1.0803, 1.1264, 1.1750, 1.2265,
    1.2816, 1.3408, 1.4051, 1.4758, 1.5548, 1.6449, 1.7507, 1.8808, 2.0537, 2.3263,
};

/* --- How much ------------------------------------------------------------------------------------- */

static int64_t round_up(double pieces)
{
    int64_t whole = pieces < PIECES_MAX ? (int64_t)pieces : PIECES_MAX;

    return (double)whole < pieces && whole < PIECES_MAX ? whole + 1 : whole;
}

struct reorder_need reorder_need(const struct forecast *forecast, int64_t lead_time_days,
                                 const struct supplier_item_row *terms)
{
    int64_t days = lead_time_days + REVIEW_DAYS;

    assert(terms->service_percent >= SERVICE_PERCENT_MIN &&
           terms->service_percent <= SERVICE_PERCENT_MAX);
    double safety = quantiles[terms->service_percent - SERVICE_PERCENT_MIN] * forecast->deviation *
                    sqrt((double)days);
    return (struct reorder_need){
        .reorder_point = round_up(forecast_total(forecast, days) + safety),
        .order_up_to = round_up(forecast_total(forecast, days + terms->cover_days) + safety)
    };
}

int64_t reorder_quantity(const struct reorder_need *need, int64_t position,
                         const struct supplier_item_row *terms)
{
    bool due = position < 0 || (need->reorder_point > 0 && position <= need->reorder_point);
    int64_t wanted = need->order_up_to - position;

    if (!due) {
        return 0;
    }
    return supplier_quantity(terms, wanted);
}

/* --- What is read --------------------------------------------------------------------------------- */

static void want_own(struct rows *rows, const char *sku)
{
    rows_want(rows, &item_table, key_text(sku));
    rows_want(rows, &supplier_item_table, key_text(sku));
    rows_want(rows, &reorder_suggestion_table, key_text(sku));
    alert_want(rows, sku);
}

static void want_shared(struct rows *rows, const char *sku)
{
    void **at = rows_list(rows, &supplier_item_table, key_text(sku));

    for (; *at != NULL; at++) {
        rows_want(rows, &supplier_table,
                  key_text(((const struct supplier_item_row *)*at)->supplier));
    }
    level_want(rows, sku);
    rows_want(rows, &demand_day_table, key_text(sku));
}

/* --- A review ------------------------------------------------------------------------------------- */

struct review {
    struct decision *out;
    const struct item_row *item;
    const struct supplier_item_row *terms;
    const struct supplier_row *supplier;
    int64_t lead_time_days;
};

/* Of the days before today, of which not all has come. */
struct forecast reorder_forecast(const struct decision *out, const char *sku, const char *location)
{
    void **at = rows_list(out->rows, &demand_day_table, key_text(sku));
    int64_t days[HISTORY_DAYS] = { 0 };
    int64_t first = out->now / day_ms - HISTORY_DAYS;

    for (; *at != NULL; at++) {
        const struct demand_day_row *row = *at;
        int64_t index = row->day - first;

        if (index >= 0 && index < HISTORY_DAYS && strcmp(row->location, location) == 0) {
            days[index] = row->pieces;
        }
    }
    return forecast_demand(days, HISTORY_DAYS);
}

static bool delivers_to(const struct review *review, const char *location)
{
    return review->supplier->location != NULL && strcmp(review->supplier->location, location) == 0;
}

/* What is there and comes, less what is promised; what is waited for counts where the supplier delivers. */
static int64_t position_at(const struct review *review, const char *location)
{
    const struct stock_row *stock = stock_find(review->out->rows, review->item->sku, location);
    int64_t position =
        stock == NULL ? 0 : stock_sellable(stock) + stock->incoming - stock->reserved;

    if (delivers_to(review, location)) {
        position -= backorder_pieces(review->out->rows, review->item->sku);
    }
    return position;
}

static struct reorder_suggestion_row suggestion_at(const struct review *review,
                                                   const char *location)
{
    struct forecast forecast = reorder_forecast(review->out, review->item->sku, location);
    struct reorder_need need = reorder_need(&forecast, review->lead_time_days, review->terms);
    int64_t position = position_at(review, location);

    /* What somebody set counts for the item as a whole, where its supplier delivers. */
    if (review->item->reorder_point != NOT_GIVEN && delivers_to(review, location)) {
        forecast.method = REORDER_METHOD_SET;
        need.reorder_point = review->item->reorder_point;
        if (need.order_up_to < need.reorder_point) {
            need.order_up_to = need.reorder_point;
        }
        if (review->item->reorder_quantity != NOT_GIVEN) {
            need.order_up_to = need.reorder_point + review->item->reorder_quantity;
        }
    }
    return (struct reorder_suggestion_row){
        .sku = review->item->sku,
        .location = location,
        .supplier = review->terms->supplier,
        .method = forecast.method,
        .demand_milli = round_up(forecast_total(&forecast, 1) * 1000),
        .deviation_milli = round_up(forecast.deviation * 1000),
        .lead_time_days = review->lead_time_days,
        .service_percent = review->terms->service_percent,
        .reorder_point = need.reorder_point,
        .order_up_to = need.order_up_to,
        .position = position,
        .quantity = reorder_quantity(&need, position, review->terms),
        .reviewed_at = review->out->now,
    };
}

static struct reorder_suggestion_row *find_suggestion(const struct rows *rows, const char *sku,
                                                      const char *location)
{
    void **at = rows_list(rows, &reorder_suggestion_table, key_text(sku));

    while (*at != NULL &&
           strcmp(((const struct reorder_suggestion_row *)*at)->location, location) != 0) {
        at++;
    }
    return *at;
}

static void suggest(const struct review *review, const char *location)
{
    struct rows *rows = review->out->rows;
    struct reorder_suggestion_row *stored = find_suggestion(rows, review->item->sku, location);
    struct reorder_suggestion_row row = suggestion_at(review, location);

    if (stored == NULL) {
        rows_insert(rows, &reorder_suggestion_table, &row);
        return;
    }
    row.sku = stored->sku;
    row.location = stored->location;
    *stored = row;
    rows_update(rows, &reorder_suggestion_table, stored);
}

/* Where nothing is looked at any more, nothing is due. */
static void forget(struct decision *out, const char *sku)
{
    void **at = rows_list(out->rows, &reorder_suggestion_table, key_text(sku));

    for (; *at != NULL; at++) {
        struct reorder_suggestion_row *stored = *at;

        stored->quantity = 0;
        stored->reviewed_at = out->now;
        rows_update(out->rows, &reorder_suggestion_table, stored);
    }
}

/* What the lines and the counting of a place go by. */
static void note_review(struct decision *out, const char *sku, const char *location, int64_t point)
{
    const struct forecast forecast = reorder_forecast(out, sku, location);
    struct stock_watch_row *watch = watch_find(out->rows, sku, location);
    int64_t demand = round_up(forecast_total(&forecast, 1) * 1000);

    if ((watch == NULL ? NOT_GIVEN : watch->reorder_point) != point ||
        (watch == NULL ? 0 : watch->demand_milli) != demand) {
        watch = watch_row(out->rows, sku, location);
        watch->reorder_point = point;
        watch->demand_milli = demand;
        rows_update(out->rows, &stock_watch_table, watch);
    }
}

/* A place is low, where people set no line of their own, at the reorder point of the suggestion; where nobody sells the item, at
 * what people set for it. */
static void note_reviews(struct decision *out, const struct item_row *item, bool sold)
{
    for (void **at = rows_list(out->rows, &stock_table, key_text(item->sku)); *at != NULL; at++) {
        const char *location = ((const struct stock_row *)*at)->location;
        const struct reorder_suggestion_row *suggestion =
            sold ? find_suggestion(out->rows, item->sku, location) : NULL;
        int64_t point = suggestion != NULL ? suggestion->reorder_point : item->reorder_point;

        note_review(out, item->sku, location, point > 0 ? point : NOT_GIVEN);
    }
}

static bool has_pieces(const struct rows *rows, const char *sku)
{
    void **at = rows_list(rows, &stock_table, key_text(sku));

    while (*at != NULL && stock_sellable(*at) <= 0) {
        at++;
    }
    return *at != NULL;
}

static void plan(struct decision *out, const char *sku, int64_t days)
{
    watch_plan_look(out, sku, out->now + days * day_ms);
    decide_timer(out, (struct subject){ .id = sku }, REORDER_TIMER, out->now + days * day_ms, 0);
}

void reorder_plan_when_due(struct decision *out, const char *sku)
{
    if (watch_next_look(out->rows, sku) <= out->now && has_pieces(out->rows, sku)) {
        plan(out, sku, REVIEW_DAYS);
    }
}

/* What there is too little or too much of, and when it is looked at again. */
static void conclude(struct decision *out, const struct item_row *item, bool sold)
{
    note_reviews(out, item, sold);
    buying_ask_when_waited_for(out, item->sku);
    watch_levels(out, item->sku);
    bool changes = cover_review(out, item->sku);
    if (sold || changes) {
        plan(out, item->sku, sold ? REVIEW_DAYS : UNSOLD_REVIEW_DAYS);
    } else {
        watch_plan_look(out, item->sku, 0); /* until its level changes */
    }
}

/* False when nobody sells the item. */
static bool review_item(struct decision *out, const char *sku)
{
    struct review review = { .out = out,
                             .item = rows_find(out->rows, &item_table, key_text(sku)),
                             .terms = supplier_preferred(out->rows, sku) };

    forget(out, sku);
    if (review.item == NULL || review.item->components != NULL) {
        return false;
    }
    if (review.terms == NULL) {
        conclude(out, review.item, false);
        return false;
    }
    review.supplier = rows_find(out->rows, &supplier_table, key_text(review.terms->supplier));
    review.lead_time_days = supplier_lead_time_days(review.supplier, review.terms);
    for (void **at = rows_list(out->rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        suggest(&review, ((const struct stock_row *)*at)->location);
    }
    if (review.supplier->location != NULL &&
        stock_find(out->rows, sku, review.supplier->location) == NULL) {
        suggest(&review, review.supplier->location);
    }
    conclude(out, review.item, true);
    return true;
}

void reorder_ask(struct decision *out, const char *sku)
{
    const struct reorder_review request = { .sku = sku };

    decide_input(out, (struct subject){ .id = sku }, MESSAGE_REORDER_REVIEW, &request,
                 sizeof request);
}

/* --- Who asks for it ------------------------------------------------------------------------------ */

static const char *sku_of(const struct incoming_message *in)
{
    return ((const struct reorder_review *)in->message)->sku;
}

const char *reorder_review_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return sku_of(in);
}

void reorder_review_need(const struct incoming_message *in, struct rows *rows)
{
    want_own(rows, sku_of(in));
}

void reorder_review_need_shared(const struct incoming_message *in, struct rows *rows)
{
    want_shared(rows, sku_of(in));
}

void on_reorder_review(struct decision *out, const struct incoming_message *in)
{
    if (review_item(out, sku_of(in))) {
        reply_done(out, in, 200, sku_of(in));
    } else {
        reply_invalid(out, in, "/sku", "no supplier sells it; put the terms of one first");
    }
}

/* --- Day by day ----------------------------------------------------------------------------------- */

void reorder_due_need(const struct incoming_timer *in, struct rows *rows)
{
    want_own(rows, in->subject.id);
}

void reorder_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    want_shared(rows, in->subject.id);
}

/* Each review plans the next one: of timers of several, those that come half a day behind a review do nothing. */
void on_reorder_due(struct decision *out, const struct incoming_timer *in)
{
    void **at = rows_list(out->rows, &reorder_suggestion_table, key_text(in->subject.id));

    bool reviewed =
        *at != NULL &&
        out->now - ((const struct reorder_suggestion_row *)*at)->reviewed_at < day_ms / 2;
    bool later = watch_next_look(out->rows, in->subject.id) - out->now > day_ms / 2;

    if (reviewed || later) {
        return;
    }
    (void)review_item(out, in->subject.id);
}
