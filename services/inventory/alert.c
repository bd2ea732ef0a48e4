/* alert.c - alerts are raised, acknowledged and closed. */
#include "services/inventory/alert.h"

#include "common/arena.h"
#include "common/mutant.h"
#include "common/reply.h"
#include "proto/message_type.h"
#include "services/inventory/level.h"
#include "services/inventory/stock.h"

#include <string.h>

_Static_assert(ALERT_KIND_LOW == 1 && ALERT_KIND_EXPIRING == 6,
               "stock_alert.kind keeps these numbers");
_Static_assert(ALERT_STATE_OPEN == 1 && ALERT_STATE_CLOSED == 3,
               "stock_alert.state keeps these numbers");

void alert_want(struct rows *rows, const char *sku)
{
    rows_want(rows, &stock_watch_table, key_text(sku));
    rows_want(rows, &stock_alert_table, key_text(sku));
}

static struct stock_alert_row *find_alert(const struct rows *rows, const char *sku,
                                          const char *location, enum alert_kind kind)
{
    for (void **at = rows_list(rows, &stock_alert_table, key_text(sku)); *at != NULL; at++) {
        struct stock_alert_row *row = *at;

        if (row->kind == (int64_t)kind && strcmp(row->location, location) == 0) {
            return row;
        }
    }
    return NULL;
}

static void state_changed(struct decision *out, const struct stock_alert_row *row)
{
    bool has_excess = row->excess > 0, goes = row->transfer_to != NULL;
    const struct inventory_alert_changed fact = {
        .sku = row->sku,
        .location = row->location,
        .clock = level_version(out->rows, row->sku),
        .kind = (enum alert_kind)row->kind,
        .state = (enum alert_state)row->state,
        .available = row->available,
        .available_everywhere = stock_free(out->rows, row->sku),
        .threshold = row->threshold,
        .has_threshold = row->threshold != NOT_GIVEN,
        .cover_days = row->cover_days,
        .has_cover_days = row->cover_days != NOT_GIVEN,
        .excess = row->excess,
        .has_excess = has_excess,
        .transfer_to = row->transfer_to,
        .transfer_quantity = row->transfer_quantity,
        .has_transfer_quantity = goes,
    };

    out->clock = fact.clock - 1; /* the SKU's own time */
    decide_emit(out, (struct subject){ .id = row->sku }, MESSAGE_INVENTORY_ALERT_CHANGED, &fact,
                sizeof fact);
}

bool alert_is_open(const struct rows *rows, const struct stock_row *stock, enum alert_kind kind)
{
    const struct stock_alert_row *row = find_alert(rows, stock->sku, stock->location, kind);

    return row != NULL && row->state != ALERT_STATE_CLOSED;
}

static bool put_figures(struct stock_alert_row *row, const struct alert_figures *figures)
{
    struct stock_alert_row before = *row;

    row->available = figures->available;
    row->threshold = figures->threshold;
    row->cover_days = figures->cover_days;
    row->excess = figures->excess;
    row->transfer_to = figures->transfer_to;
    row->transfer_quantity = figures->transfer_quantity;
    return !table_same_row(&stock_alert_table, &before, row);
}

static void open_again(const struct decision *out, struct stock_alert_row *row)
{
    row->state = ALERT_STATE_OPEN;
    row->times++;
    row->opened_at = out->now;
    row->closed_at = row->acknowledged_at = 0;
    row->acknowledged_by = row->note = NULL;
}

void alert_raise(struct decision *out, const struct stock_row *stock, enum alert_kind kind,
                 const struct alert_figures *figures)
{
    struct stock_alert_row *row = find_alert(out->rows, stock->sku, stock->location, kind);
    const struct stock_alert_row fresh = { .sku = stock->sku,
                                           .location = stock->location,
                                           .kind = (int64_t)kind,
                                           .state = ALERT_STATE_CLOSED };

    bool known = row != NULL && row->state != ALERT_STATE_CLOSED;
    row = row != NULL ? row : rows_insert(out->rows, &stock_alert_table, &fresh);
    if (!put_figures(row, figures) && known) {
        return;
    }
    row->version++;
    rows_update(out->rows, &stock_alert_table, row);
    if (!known) {
        open_again(out, row);
        state_changed(out, row);
    }
}

static void close_row(struct decision *out, struct stock_alert_row *row)
{
    row->state = ALERT_STATE_CLOSED;
    row->closed_at = out->now;
    row->version++;
    rows_update(out->rows, &stock_alert_table, row);
}

void alert_close(struct decision *out, const struct stock_row *stock, enum alert_kind kind)
{
    struct stock_alert_row *row = find_alert(out->rows, stock->sku, stock->location, kind);

    if (row != NULL && row->state != ALERT_STATE_CLOSED && !mutant("keep_alert")) {
        row->available = stock_available(stock);
        close_row(out, row);
        state_changed(out, row);
    }
}

/* --- Somebody knows of it ------------------------------------------------------------------------- */

void stock_alert_acknowledge_need(const struct incoming_message *in, struct rows *rows)
{
    alert_want(rows, ((const struct stock_alert_acknowledge *)in->message)->sku);
}

void stock_alert_acknowledge_need_shared(const struct incoming_message *in, struct rows *rows)
{
    level_want(rows, ((const struct stock_alert_acknowledge *)in->message)->sku);
}

const char *stock_alert_acknowledge_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct stock_alert_acknowledge *)in->message)->sku;
}

static void acknowledge(struct decision *out, const struct incoming_message *in,
                        struct stock_alert_row *row)
{
    const struct stock_alert_acknowledge *request = in->message;

    row->state = ALERT_STATE_ACKNOWLEDGED;
    row->acknowledged_at = out->now;
    row->acknowledged_by = in->actor;
    row->note = request->note;
    row->version++;
    rows_update(out->rows, &stock_alert_table, row);
    if (row->kind == ALERT_KIND_BACK_IN_STOCK) { /* there is nothing left to be done about it */
        close_row(out, row);
    }
    state_changed(out, row);
}

void on_stock_alert_acknowledge(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "no such alert was ever raised" };
    static const struct refusal over = { .status = 409,
                                         .type = "conflict",
                                         .title = "The present state does not allow it",
                                         .detail = "the alert is closed: it holds no more" };
    const struct stock_alert_acknowledge *request = in->message;
    struct stock_alert_row *row =
        find_alert(out->rows, request->sku, request->location, request->kind);
    bool done = row != NULL && row->acknowledged_at > 0;

    if (row == NULL) {
        reply_refused(out, in, &unknown);
    } else if (reply_stale_put(out, in, row->version, done)) {
        return;
    } else if (row->state == ALERT_STATE_CLOSED && !done) {
        reply_refused(out, in, &over);
    } else {
        if (!done) {
            acknowledge(out, in, row);
        }
        reply_done(out, in, 200, request->sku);
    }
}
