/* adjustment.c - books a change or a count of one item at one place. */
#include "services/inventory/adjustment.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/bin.h"
#include "services/inventory/booking.h"
#include "services/inventory/counting.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/stock.h"
#include "services/inventory/watch.h"

_Static_assert(ADJUSTMENT_REASON_COUNT == 1 && ADJUSTMENT_REASON_AUDIT == 9 &&
                   ADJUSTMENT_REASON_EXPIRED == 13,
               "stock_ledger.reason keeps these numbers");
_Static_assert(STOCK_COUNTER_ON_HAND == 1 && STOCK_COUNTER_INCOMING == 5,
               "stock_ledger.counter keeps these numbers");

static void bin_need_of_adjustment(const struct stock_adjust *request, struct rows *rows)
{
    if (request->bin != NULL) {
        bin_want(rows, request->location, request->bin);
        bins_want(rows, request->sku);
    }
}

void stock_adjust_need_shared(const struct incoming_message *in, struct rows *rows)
{
    booking_need_shared(((const struct stock_adjust *)in->message)->sku, rows);
    counting_need_shared(in->message, rows);
    bin_need_of_adjustment(in->message, rows);
}

const char *stock_adjust_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct stock_adjust *)in->message)->sku;
}

/* True, and answered, when an audit's entry cannot be; only an audit names a counter. */
static bool audit_refused(struct decision *out, const struct incoming_message *in)
{
    const struct stock_adjust *request = in->message;

    if (request->reason != ADJUSTMENT_REASON_AUDIT) {
        if (request->counter != STOCK_COUNTER_ABSENT) {
            reply_invalid(out, in, "/counter",
                          "is for an audit; POST /v1/stock/moves moves pieces");
        }
        return request->counter != STOCK_COUNTER_ABSENT;
    }
    if (request->has_counted) {
        reply_invalid(out, in, "/counted",
                      "an audit gives what the ledger misses as quantity_change");
    } else if (stock_find(out->rows, request->sku, request->location) == NULL) {
        reply_invalid(out, in, "/location", "there never was any of it");
    } else {
        return false;
    }
    return true;
}

static struct lot_request lots_of_request(const struct decision *out,
                                          const struct stock_adjust *request)
{
    int64_t change = request->quantity_change;

    return (struct lot_request){ .out = out,
                                 .at = "/lots",
                                 .sku = request->sku,
                                 .location = request->location,
                                 .lots = request->lots,
                                 .count = request->lots_count,
                                 .quantity = request->has_counted ? request->counted
                                             : change < 0         ? -change
                                                                  : change,
                                 .use = request->has_counted ? LOT_USE_COUNTED
                                        : change < 0         ? LOT_USE_LEAVES
                                                             : LOT_USE_ARRIVES,
                                 .condition = LOT_SELLABLE };
}

/* True, and answered, when the lots cannot be those; what the ledger alone learns is of none. */
static bool lots_refused(struct decision *out, const struct incoming_message *in)
{
    const struct stock_adjust *request = in->message;
    const struct lot_request lots = lots_of_request(out, request);
    bool apart = lots_begin(out->arena, out->rows, request->sku) != NULL;

    if (request->reason == ADJUSTMENT_REASON_AUDIT) {
        if (request->lots_count > 0) {
            reply_invalid(out, in, "/lots", "an audit moves no pieces");
        }
        return request->lots_count > 0;
    }
    if (apart && request->has_counted_at && counting_there_now(out, request) != request->counted) {
        reply_invalid(
            out, in, "/counted_at",
            "pieces have come or left since then, nobody knows of which lots: count again");
        return true;
    }
    return lot_request_refused(out, in, &lots);
}

static int64_t in_bin(const struct rows *rows, const struct stock_row *stock, const char *bin)
{
    return stock == NULL ? 0 : bin_holds(rows, stock, bin);
}

/* True, and answered.  Without a bin pieces are taken from what lies in none, unless they were counted: then the bins settle it. */
static bool bin_fault(struct decision *out, const struct incoming_message *in)
{
    const struct stock_adjust *request = in->message;
    const struct stock_row *stock = stock_find(out->rows, request->sku, request->location);
    int64_t taken = request->has_quantity_change ? -request->quantity_change : 0;

    if (request->bin == NULL) {
        bool in_bins = stock != NULL && taken > 0 && taken <= stock->on_hand &&
                       taken > stock->on_hand - stock->binned &&
                       request->reason != ADJUSTMENT_REASON_AUDIT;

        if (in_bins) {
            reply_invalid(out, in, "/bin",
                          text_format(out->arena, "is needed: only %lld pieces lie in no bin",
                                      (long long)(stock->on_hand - stock->binned)));
        }
        return in_bins;
    }
    if (request->reason == ADJUSTMENT_REASON_AUDIT) {
        reply_invalid(out, in, "/bin", "has nothing to do with an audit, which moves no pieces");
        return true;
    }
    if (request->has_counted_at) {
        reply_invalid(out, in, "/counted_at", "is not taken with a bin: count it as it is now");
        return true;
    }
    if (request->has_counted && lots_begin(out->arena, out->rows, request->sku) != NULL) {
        reply_invalid(
            out, in, "/bin",
            "is not taken with a count where lots are kept apart: no lot is known by bin");
        return true;
    }
    return bin_refused(out, in, "/bin", bin_find(out->rows, request->location, request->bin),
                       taken < 0) ||
           bin_short(out, in, "/quantity_change", in_bin(out->rows, stock, request->bin), taken);
}

/* True, and answered, when the request asks for what cannot be. */
static bool refused(struct decision *out, const struct incoming_message *in)
{
    const struct stock_adjust *request = in->message;

    if (booking_refused(out, in, request->sku, request->location)) {
        return true;
    }
    if (request->has_counted == request->has_quantity_change) {
        reply_invalid(out, in, "/quantity_change", "give either quantity_change or counted");
    } else if (request->has_quantity_change && request->quantity_change == 0) {
        reply_invalid(out, in, "/quantity_change", "must not be 0");
    } else {
        return audit_refused(out, in) || counting_refused(out, in) || bin_fault(out, in) ||
               lots_refused(out, in);
    }
    return true;
}

/* True, and answered, when the books would leave their bounds. */
static bool out_of_bounds(struct decision *out, const struct incoming_message *in, int64_t on_hand,
                          int64_t change)
{
    const struct stock_adjust *request = in->message;

    if (on_hand + change < 0 && request->has_counted) {
        reply_invalid(out, in, "/counted", "more pieces have left since then; count again");
    } else if (on_hand + change < 0) {
        reply_invalid(out, in, "/quantity_change",
                      text_format(out->arena, "only %lld pieces are there", (long long)on_hand));
    } else if (on_hand + change > STOCK_QUANTITY_MAX) {
        reply_invalid(out, in, "/quantity_change", "no more than 1000000000 pieces fit a place");
    } else {
        return false;
    }
    return true;
}

static void state_adjusted(struct decision *out, const struct incoming_message *in,
                           const struct stock_row *stock, int64_t change)
{
    const struct stock_adjust *request = in->message;
    struct inventory_adjusted fact = { .sku = request->sku,
                                       .location = request->location,
                                       .clock = level_version(out->rows, request->sku),
                                       .request_id = in->id,
                                       .reason = request->reason,
                                       .quantity_change = change,
                                       .on_hand = stock->on_hand,
                                       .owed = stock->owed };

    out->clock = fact.clock - 1; /* the SKU's own time: the version of all its stock */
    decide_emit(out, (struct subject){ .id = request->sku }, MESSAGE_INVENTORY_ADJUSTED, &fact,
                sizeof fact);
}

static void book(struct decision *out, const struct incoming_message *in, int64_t change)
{
    const struct stock_adjust *request = in->message;
    struct stock_row *stock = booking_row(out->rows, request->sku, request->location);
    struct ledger_row cause = booking_cause(out, in, request->reason);

    if (request->reason == ADJUSTMENT_REASON_AUDIT) {
        cause.counter = request->counter == STOCK_COUNTER_ABSENT ? STOCK_COUNTER_ON_HAND
                                                                 : (int64_t)request->counter;
        stock_audit(out->rows, stock, change, &cause);
    } else {
        const struct lot_request lots = lots_of_request(out, request);
        const struct lot_names *names = lot_request_names(&lots);

        cause.names = names == NULL || request->has_counted
                          ? names
                          : lot_names_of(out->arena, request->lots, request->lots_count,
                                         request->quantity_change < 0 ? -1 : 1);
        stock_book(out->rows, stock, change, &cause);
        bins_book(out, stock, &(struct bin_change){ request->bin, change }, BIN_MOVEMENT_ADJUSTED,
                  &cause);
    }
    booking_keep(out, in, stock,
                 &(struct adjustment_row){ .kind = ADJUSTMENT_CHANGED,
                                           .reason = request->reason,
                                           .quantity_change = change,
                                           .note = request->note });
    state_adjusted(out, in, stock, change);
    booking_done(out, in, request->sku);
    if (request->has_counted) {
        watch_counted(out->rows, request->sku, request->location,
                      request->has_counted_at ? request->counted_at : out->now);
    }
}

void on_stock_adjust(struct decision *out, const struct incoming_message *in)
{
    const struct stock_adjust *request = in->message;

    if (booking_came_before(out, in, request->sku) || refused(out, in) ||
        reply_stale(out, in, level_version(out->rows, request->sku))) {
        return;
    }
    const struct stock_row *stock = stock_find(out->rows, request->sku, request->location);
    int64_t on_hand = stock == NULL ? 0 : stock->on_hand;
    int64_t known = request->bin == NULL ? on_hand : in_bin(out->rows, stock, request->bin);
    int64_t change =
        request->has_counted ? counting_there_now(out, request) - known : request->quantity_change;
    bool counts =
        request->reason != ADJUSTMENT_REASON_AUDIT; /* else nothing is more or less on hand */
    if (!counts || !out_of_bounds(out, in, on_hand, change)) {
        book(out, in, change);
    }
}
