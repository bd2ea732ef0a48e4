/* pick.c - lots that were picked for an order are its own until they leave. */
#include "services/inventory/pick.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/booking.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/lot_watch.h"
#include "services/inventory/part.h"
#include "services/inventory/stock.h"

#include <stdio.h>

enum { KEY_BYTES = 200 };

/* As the load statement reads it: none of the three has a space. */
static void write_key(char key[KEY_BYTES], const struct stock_pick *request)
{
    (void)snprintf(key, KEY_BYTES, "%s %s %s", request->sku, request->location, request->order_id);
}

void stock_pick_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct stock_pick *request = in->message;
    char key[KEY_BYTES];

    write_key(key, request);
    booking_need_shared(request->sku, rows);
    rows_want(rows, &pick_holder_table, key_text(key));
}

const char *stock_pick_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct stock_pick *)in->message)->sku;
}

/* What the order holds of the item at the place; NULL: nothing. */
static const struct pick_holder_row *find_holder(const struct decision *out,
                                                 const struct stock_pick *request)
{
    char key[KEY_BYTES];

    write_key(key, request);
    return rows_find(out->rows, &pick_holder_table, key_text(key));
}

static bool is_changed(const struct rows *rows, enum row_change change, int64_t order_no)
{
    size_t count = 0;
    void **parts = rows_changed(rows, &reservation_line_table, change, &count);

    for (size_t i = 0; i < count; i++) {
        if (((const struct reservation_line_row *)parts[i])->order_no == order_no) {
            return true;
        }
    }
    return false;
}

/* So many pieces now: what changed in this batch before is in its parts alone. */
static int64_t held_by(const struct decision *out, const struct stock_pick *request,
                       const struct pick_holder_row *holder)
{
    const struct stock_row *stock = stock_find(out->rows, request->sku, request->location);

    if (holder == NULL || stock == NULL) {
        return 0;
    }
    return is_changed(out->rows, ROW_UPDATED, holder->order_no) ||
                   is_changed(out->rows, ROW_INSERTED, holder->order_no)
               ? part_held_in(out, holder->order_no, stock)
               : holder->pieces;
}

static struct lot_request lots_of_request(const struct decision *out,
                                          const struct stock_pick *request, int64_t order_no)
{
    struct lot_request lots = { .out = out,
                                .at = "/lots",
                                .sku = request->sku,
                                .location = request->location,
                                .lots = request->lots,
                                .count = request->lots_count,
                                .use = LOT_USE_LEAVES,
                                .condition = LOT_SELLABLE,
                                .order_no = order_no };

    for (size_t i = 0; i < request->lots_count; i++) {
        lots.quantity += request->lots[i].quantity;
    }
    return lots;
}

/* What is not sold any more is picked for nobody, also while nobody set it apart yet; what was picked before stays so. */
static bool ended_refused(struct decision *out, const struct incoming_message *in, int64_t order_no)
{
    const struct stock_pick *request = in->message;
    const struct stock_row *stock = stock_find(out->rows, request->sku, request->location);
    const struct lots lots = lots_of(out->arena, stock == NULL ? NULL : stock->lots, 0);
    int64_t today = lots_today(out->rows, request->location, out->now);

    for (size_t i = 0; i < request->lots_count; i++) {
        const char *number = request->lots[i].lot;
        const struct lot *lot = lots_find(&lots, number);
        int64_t its_own = lots_free(&lots, number, LOT_SELLABLE, order_no) -
                          lots_free(&lots, number, LOT_SELLABLE, 0);

        if (lot != NULL && lot_ends_on(&lots, lot) <= today &&
            request->lots[i].quantity > its_own) {
            reply_invalid(out, in, text_format(out->arena, "/lots/%zu/lot", i),
                          text_format(out->arena,
                                      "lot \"%s\" is good until %s: it is not sold any more",
                                      number, lot_date(out->arena, lot->expires_day)));
            return true;
        }
    }
    return false;
}

/* True, and answered, when these cannot be the pieces of the order. */
static bool refused(struct decision *out, const struct incoming_message *in)
{
    const struct stock_pick *request = in->message;
    const struct pick_holder_row *holder = find_holder(out, request);

    if (booking_refused(out, in, request->sku, request->location)) {
        return true;
    }
    int64_t held = held_by(out, request, holder);
    if (held == 0) {
        reply_invalid(out, in, "/order_id", "the order holds no piece of the item at this place");
        return true;
    }
    const struct lot_request lots = lots_of_request(out, request, holder->order_no);
    if (lots.quantity > held) {
        reply_invalid(out, in, "/lots",
                      text_format(out->arena, "the order holds %lld pieces there: %lld are named",
                                  (long long)held, (long long)lots.quantity));
        return true;
    }
    return lot_request_refused(out, in, &lots) || ended_refused(out, in, holder->order_no);
}

void on_stock_pick(struct decision *out, const struct incoming_message *in)
{
    const struct stock_pick *request = in->message;

    if (booking_came_before(out, in, request->sku) || refused(out, in)) {
        return;
    }
    struct stock_row *stock = stock_find(out->rows, request->sku, request->location);
    const int64_t order_no = find_holder(out, request)->order_no;
    const struct lot_request lots = lots_of_request(out, request, order_no);
    if (stock->lots != NULL) {
        lots_pick(out->rows, stock, order_no, lot_request_names(&lots));
    }
    booking_keep(out, in, stock,
                 &(struct adjustment_row){
                     .kind = ADJUSTMENT_PICKED, .quantity = lots.quantity, .note = request->note });
    booking_done(out, in, request->sku);
}
