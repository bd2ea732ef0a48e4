/* condition.c - moves pieces between conditions, and sets safety stock. */
#include "services/inventory/condition.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/booking.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/stock.h"

_Static_assert(STOCK_CONDITION_SELLABLE == 1 && STOCK_CONDITION_WRITTEN_OFF == 4,
               "adjustment.condition_from and condition_to keep these numbers");

void stock_move_need_shared(const struct incoming_message *in, struct rows *rows)
{
    booking_need_shared(((const struct stock_move *)in->message)->sku, rows);
}

const char *stock_move_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct stock_move *)in->message)->sku;
}

static struct lot_request lots_of_request(const struct decision *out,
                                          const struct stock_move *request)
{
    static const enum lot_condition conditions[] = {
        [STOCK_CONDITION_SELLABLE] = LOT_SELLABLE,
        [STOCK_CONDITION_DAMAGED] = LOT_DAMAGED,
        [STOCK_CONDITION_QUALITY_CONTROL] = LOT_QUALITY_CONTROL,
    };

    return (struct lot_request){ .out = out,
                                 .at = "/lots",
                                 .sku = request->sku,
                                 .location = request->location,
                                 .lots = request->lots,
                                 .count = request->lots_count,
                                 .quantity = request->quantity,
                                 .use = LOT_USE_LEAVES,
                                 .condition = conditions[request->from] };
}

/* True, and answered, when the request asks for what cannot be. */
static bool move_refused(struct decision *out, const struct incoming_message *in)
{
    const struct stock_move *request = in->message;
    const struct stock_row *stock = stock_find(out->rows, request->sku, request->location);
    int64_t there = stock == NULL ? 0 : stock_in_condition(stock, request->from);

    if (!stock_may_move(request->from, request->to)) {
        reply_invalid(
            out, in, "/to",
            "pieces do not go there from where they are: only what is damaged or in quality "
            "control is written off, and nothing comes back from there");
    } else if (request->reason == ADJUSTMENT_REASON_AUDIT) {
        reply_invalid(out, in, "/reason", "an audit moves no pieces; POST /v1/stock/adjustments");
    } else if (request->quantity > there) {
        reply_invalid(out, in, "/quantity",
                      text_format(out->arena, "only %lld pieces are there", (long long)there));
    } else {
        const struct lot_request lots = lots_of_request(out, request);

        return lot_request_refused(out, in, &lots);
    }
    return true;
}

static void state_moved(struct decision *out, const struct incoming_message *in,
                        const struct stock_row *stock)
{
    const struct stock_move *request = in->message;
    const struct inventory_moved fact = { .sku = request->sku,
                                          .location = request->location,
                                          .clock = level_version(out->rows, request->sku),
                                          .request_id = in->id,
                                          .reason = request->reason,
                                          .from = request->from,
                                          .to = request->to,
                                          .quantity = request->quantity,
                                          .on_hand = stock->on_hand,
                                          .owed = stock->owed };

    out->clock = fact.clock - 1; /* the SKU's own time: the version of all its stock */
    decide_emit(out, (struct subject){ .id = request->sku }, MESSAGE_INVENTORY_MOVED, &fact,
                sizeof fact);
}

static void move(struct decision *out, const struct incoming_message *in)
{
    const struct stock_move *request = in->message;
    struct stock_row *stock = booking_row(out->rows, request->sku, request->location);
    const struct lot_request lots = lots_of_request(out, request);
    struct ledger_row cause = booking_cause(out, in, request->reason);
    int64_t on_hand = stock->on_hand;

    cause.names = lot_request_names(&lots);

    stock_move(out->rows, stock,
               &(struct stock_way){ request->from, request->to, request->quantity }, &cause);
    booking_keep(out, in, stock,
                 &(struct adjustment_row){ .kind = ADJUSTMENT_MOVED,
                                           .reason = request->reason,
                                           .quantity_change = stock->on_hand - on_hand,
                                           .condition_from = request->from,
                                           .condition_to = request->to,
                                           .quantity = request->quantity,
                                           .note = request->note });
    state_moved(out, in, stock);
    booking_done(out, in, request->sku);
}

void on_stock_move(struct decision *out, const struct incoming_message *in)
{
    const struct stock_move *request = in->message;

    if (!booking_came_before(out, in, request->sku) &&
        !booking_refused(out, in, request->sku, request->location) && !move_refused(out, in) &&
        !reply_stale(out, in, level_version(out->rows, request->sku))) {
        move(out, in);
    }
}

void stock_safety_need_shared(const struct incoming_message *in, struct rows *rows)
{
    booking_need_shared(((const struct stock_safety *)in->message)->sku, rows);
}

const char *stock_safety_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct stock_safety *)in->message)->sku;
}

void on_stock_safety(struct decision *out, const struct incoming_message *in)
{
    const struct stock_safety *request = in->message;
    const struct ledger_row cause = booking_cause(out, in, ADJUSTMENT_REASON_ABSENT);

    if (booking_came_before(out, in, request->sku) ||
        booking_refused(out, in, request->sku, request->location) ||
        reply_stale(out, in, level_version(out->rows, request->sku))) {
        return;
    }
    struct stock_row *stock = booking_row(out->rows, request->sku, request->location);
    stock_keep_back(out->rows, stock, request->quantity, &cause);
    booking_keep(out, in, stock,
                 &(struct adjustment_row){ .kind = ADJUSTMENT_SAFETY,
                                           .quantity = request->quantity,
                                           .note = request->note });
    booking_done(out, in, request->sku);
}
