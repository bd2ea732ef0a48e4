/* bin_request.c - bins as people put them, and what they move from one into another. */
#include "services/inventory/bin.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/booking.h"
#include "services/inventory/level.h"
#include "services/inventory/stock.h"

#include <string.h>

/* --- Bins as data ---------------------------------------------------------------------------------- */

void bin_put_need(const struct incoming_message *in, struct rows *rows)
{
    const struct bin_put *request = in->message;

    bin_want(rows, request->code, request->bin);
}

void bin_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    (void)in;
    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
}

const char *bin_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct bin_put *)in->message)->code;
}

static struct bin_row bin_of(struct arena *arena, const struct bin_put *request, int64_t version)
{
    return (struct bin_row){ .id = text_format(arena, "%s %s", request->code, request->bin),
                             .location = request->code,
                             .code = request->bin,
                             .version = version,
                             .zone = request->body.zone,
                             .pick_order = request->body.pick_order,
                             .kind = request->body.kind,
                             .active = !request->body.has_active || request->body.active };
}

static void state_bin(struct decision *out, const struct bin_put *request,
                      const struct bin_row *bin)
{
    struct bin_changed fact = {
        .code = request->code, .bin = request->bin, .clock = bin->version, .body = request->body
    };

    fact.body.active = bin->active;
    fact.body.has_active = true;
    out->clock = bin->version - 1; /* the bin's own time: its version */
    decide_emit(out, (struct subject){ .id = request->code }, MESSAGE_BIN_CHANGED, &fact,
                sizeof fact);
}

void on_bin_put(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no such place; put it first" };
    const struct bin_put *request = in->message;
    struct bin_row *stored =
        rows_find(out->rows, &bin_table,
                  key_text(text_format(out->arena, "%s %s", request->code, request->bin)));
    struct bin_row row = bin_of(out->arena, request, stored == NULL ? 1 : stored->version);
    bool same = stored != NULL && table_same_row(&bin_table, stored, &row);

    if (!location_is_known(out->rows, request->code)) {
        reply_refused(out, in, &unknown);
        return;
    }
    if (reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    if (stored == NULL) {
        rows_insert(out->rows, &bin_table, &row);
    } else if (!same) {
        row.version++;
        *stored = row;
        rows_update(out->rows, &bin_table, stored);
    }
    if (!same) {
        state_bin(out, request, &row);
    }
    reply_done(out, in, stored == NULL ? 201 : 200,
               text_format(out->arena, "%s/bins/%s", request->code, request->bin));
}

/* --- From bin to bin ------------------------------------------------------------------------------- */

void bin_move_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct stock_bin_move *request = in->message;

    booking_need_shared(request->sku, rows);
    bins_want(rows, request->sku);
    bin_want(rows, request->location, request->from);
    bin_want(rows, request->location, request->to);
}

const char *bin_move_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct stock_bin_move *)in->message)->sku;
}

/* What may be taken: of a bin, or of what lies in none. */
static int64_t there(const struct rows *rows, const struct stock_row *stock, const char *bin)
{
    if (stock == NULL) {
        return 0;
    }
    return bin == NULL ? stock->on_hand - stock->binned : bin_holds(rows, stock, bin);
}

/* True, and answered. */
static bool move_refused(struct decision *out, const struct incoming_message *in)
{
    const struct stock_bin_move *request = in->message;
    const struct stock_row *stock = stock_find(out->rows, request->sku, request->location);

    if (booking_refused(out, in, request->sku, request->location)) {
        return true;
    }
    if (request->from == NULL && request->to == NULL) {
        reply_invalid(out, in, "/to",
                      "name the bin that they are taken from, or put into, or both");
        return true;
    }
    if (request->from != NULL && request->to != NULL && strcmp(request->from, request->to) == 0) {
        reply_invalid(out, in, "/to", "is where they are");
        return true;
    }
    if (request->from != NULL &&
        bin_refused(out, in, "/from", bin_find(out->rows, request->location, request->from),
                    false)) {
        return true;
    }
    if (request->to != NULL &&
        bin_refused(out, in, "/to", bin_find(out->rows, request->location, request->to), true)) {
        return true;
    }
    return bin_short(out, in, "/quantity", there(out->rows, stock, request->from),
                     request->quantity);
}

void on_bin_move(struct decision *out, const struct incoming_message *in)
{
    const struct stock_bin_move *request = in->message;
    struct bin_change changes[2];
    size_t count = 0;

    if (booking_came_before(out, in, request->sku) || move_refused(out, in) ||
        reply_stale(out, in, level_version(out->rows, request->sku))) {
        return;
    }
    struct stock_row *stock = stock_find(out->rows, request->sku, request->location);
    const struct bin_ledger_row cause = {
        .kind = BIN_MOVEMENT_MOVED, .request_id = in->id, .actor = in->actor, .at = out->now
    };

    if (request->from != NULL) {
        changes[count++] = (struct bin_change){ request->from, -request->quantity };
    }
    if (request->to != NULL) {
        changes[count++] = (struct bin_change){ request->to, request->quantity };
    }
    bins_change(out, stock, changes, count, &cause);
    booking_keep(out, in, stock,
                 &(struct adjustment_row){ .kind = ADJUSTMENT_BIN_MOVED,
                                           .quantity = request->quantity,
                                           .note = request->note });
    booking_done(out, in, request->sku);
}
