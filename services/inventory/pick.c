/* pick.c - lots that were picked for an order are its own until they leave. */
#include "services/inventory/pick.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/booking.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_request.h"
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

/* True, and answered, when these cannot be the pieces of the order. */
static bool refused(struct decision *out, const struct incoming_message *in)
{
    const struct stock_pick *request = in->message;
    const struct pick_holder_row *holder = find_holder(out, request);

    if (booking_refused(out, in, request->sku, request->location)) {
        return true;
    }
    if (holder == NULL) {
        reply_invalid(out, in, "/order_id", "the order holds no piece of the item at this place");
        return true;
    }
    const struct lot_request lots = lots_of_request(out, request, holder->order_no);
    if (lots.quantity > holder->pieces) {
        reply_invalid(out, in, "/lots",
                      text_format(out->arena, "the order holds %lld pieces there: %lld are named",
                                  (long long)holder->pieces, (long long)lots.quantity));
        return true;
    }
    return lot_request_refused(out, in, &lots);
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
