/* reduce.c - takes pieces off lines, shares and the total, states it, and gives their stock back. */
#include "services/order/reduce.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "services/order/announce.h"
#include "services/order/commands.h"
#include "services/order/detour.h"
#include "services/order/money_back.h"
#include "services/order/shares.h"

int64_t pieces_value(int64_t value_minor, int64_t pieces, int64_t all)
{
    int64_t odd = value_minor % all;

    return value_minor / all * pieces + (odd < pieces ? odd : pieces);
}

/* What a cut takes off. */
struct taken {
    int64_t quantity, value_minor;
};

static struct taken take(int64_t value_minor, int64_t all, int64_t wanted)
{
    int64_t quantity = wanted < all ? wanted : all;

    if (quantity <= 0) {
        return (struct taken){ 0 };
    }
    return (struct taken){ quantity, value_minor - pieces_value(value_minor, all - quantity, all) };
}

static struct taken take_from_share(struct saga *saga, const struct cut_row *cut)
{
    struct allocation_row *work = allocation_find(saga, cut->fulfillment_no, cut->line_no);

    if (work == NULL) {
        return (struct taken){ 0 };
    }
    struct fulfillment_row *share = share_numbered(saga, cut->fulfillment_no);
    struct taken taken = take(work->value_minor, work->quantity, cut->quantity);
    work->quantity -= taken.quantity;
    work->value_minor -= taken.value_minor;
    share->value_minor -= taken.value_minor;
    if (share->step == SHARE_SET_ASIDE &&
        share->captured) { /* it is given back; what was taken beside its goods is not */
        share->capture_minor -= taken.value_minor;
    }
    rows_update(saga->out->rows, &order_allocation_table, work);
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    return taken;
}

/* Of pieces that no place has: they wait for stock, or were never there. */
static struct taken take_from_rest(struct saga *saga, const struct line_row *line, int64_t quantity)
{
    struct line_rest rest = line_rest(saga, line);
    struct taken taken = take(rest.value_minor, rest.quantity, quantity);

    if (detour_waiting(saga) > 0) {
        detour_change(saga)->waiting_quantity -= taken.quantity;
        stop_waiting_for_stock(saga);
    }
    return taken;
}

static struct taken take_off(struct saga *saga, const struct cut_row *cut)
{
    struct line_row *line = line_numbered(saga, cut->line_no);
    struct taken taken = cut->fulfillment_no == 0 ? take_from_rest(saga, line, cut->quantity)
                                                  : take_from_share(saga, cut);

    line->canceled_quantity += taken.quantity;
    line->canceled_minor += taken.value_minor;
    saga->order->total_minor -= taken.value_minor;
    rows_update(saga->out->rows, &order_line_table, line);
    return taken;
}

/* What was taken off so far, by line; and what stock is held for it. */
struct off {
    struct line_quantity *lines, *waiting;
    struct allocation *held;
    int64_t *held_by; /* the reservation that holds each of them */
    size_t line_count, waiting_count, held_count;
};

static void add_to(struct line_quantity *lines, size_t *count, struct line_quantity more)
{
    for (size_t i = 0; i < *count; i++) {
        if (lines[i].line_no == more.line_no) {
            lines[i].quantity += more.quantity;
            return;
        }
    }
    lines[(*count)++] = more;
}

static void note(struct saga *saga, struct off *off, const struct cut_row *cut, int64_t quantity)
{
    const char *sku = line_numbered(saga, cut->line_no)->sku;
    struct line_quantity pieces = { cut->line_no, sku, quantity };

    add_to(off->lines, &off->line_count, pieces);
    if (cut->held_at != NULL) {
        off->held_by[off->held_count] =
            cut->fulfillment_no == 0 ? detour_reservation_no(saga)
                                     : share_numbered(saga, cut->fulfillment_no)->reservation_no;
        off->held[off->held_count++] = (struct allocation){
            .line_no = cut->line_no, .sku = sku, .location = cut->held_at, .quantity = quantity
        };
    } else if (cut->fulfillment_no == 0 && cut->state == CUT_ASKED) {
        add_to(off->waiting, &off->waiting_count, pieces);
    }
}

/* What one reservation holds of it. */
static const struct allocation *held_by(struct arena *arena, const struct off *off,
                                        int64_t reservation_no, size_t *ret_count)
{
    struct allocation *held = arena_alloc(arena, (off->held_count + 1) * sizeof *held);

    *ret_count = 0;
    for (size_t i = 0; i < off->held_count; i++) {
        if (off->held_by[i] == reservation_no) {
            held[(*ret_count)++] = off->held[i];
        }
    }
    return held;
}

/* To each reservation what it holds; what waits for stock is the order's own. */
static void give_stock_back(struct saga *saga, const struct off *off,
                            const struct reduction *reduction)
{
    int64_t present = detour_reservation_no(saga);

    for (int64_t no = 1, last = shares_last_reservation(saga); no <= last; no++) {
        struct released_pieces pieces = { .reservation_no = no,
                                          .waiting = off->waiting,
                                          .waiting_count = no == present ? off->waiting_count : 0,
                                          .lost = reduction->lost,
                                          .lost_components = reduction->lost_components,
                                          .lost_components_count =
                                              reduction->lost_components_count };

        pieces.held = held_by(saga->out->arena, off, no, &pieces.held_count);
        if (pieces.held_count + pieces.waiting_count > 0) {
            tell_release_pieces(saga, &pieces);
        }
    }
}

/* What is left was paid for without it, because a capture with it was refused. */
static void take_shipping_off(struct saga *saga)
{
    int64_t shipping_minor = shipping_without_share(saga);

    saga->order->shipping_price_minor -= shipping_minor;
    saga->order->total_minor -= shipping_minor;
}

void reduce_order(struct saga *saga, const struct reduction *reduction)
{
    struct arena *arena = saga->out->arena;
    int64_t before_minor = saga->order->total_minor;
    struct off off = { .lines = arena_alloc(arena, reduction->count * sizeof *off.lines),
                       .waiting = arena_alloc(arena, reduction->count * sizeof *off.waiting),
                       .held = arena_alloc(arena, reduction->count * sizeof *off.held),
                       .held_by = arena_alloc(arena, reduction->count * sizeof *off.held_by) };

    for (size_t i = 0; i < reduction->count; i++) {
        struct taken taken = take_off(saga, &reduction->cuts[i]);

        if (taken.quantity > 0) {
            note(saga, &off, &reduction->cuts[i], taken.quantity);
        }
    }
    if (off.line_count == 0) {
        return;
    }
    take_shipping_off(saga);
    announce_reduced(saga, &(struct reduced_pieces){ reduction->reason, off.lines, off.line_count,
                                                     before_minor - saga->order->total_minor });
    give_stock_back(saga, &off, reduction);
}

void reduce_short_pick(struct saga *saga)
{
    const struct fulfillment_shorted *shorted = saga->message;
    struct cut_row *cuts = arena_alloc(saga->out->arena, shorted->lines_count * sizeof *cuts);

    for (size_t i = 0; i < shorted->lines_count; i++) {
        cuts[i] = (struct cut_row){ .fulfillment_no = saga->share->fulfillment_no,
                                    .line_no = shorted->lines[i].line_no,
                                    .quantity = shorted->lines[i].quantity,
                                    .held_at = saga->share->location };
    }
    reduce_order(saga, &(struct reduction){ .reason = REDUCE_REASON_SHORT_PICK,
                                            .lost = true,
                                            .cuts = cuts,
                                            .count = shorted->lines_count,
                                            .lost_components = shorted->components,
                                            .lost_components_count = shorted->components_count });
}

void leave_share(struct saga *saga)
{
    saga->share->replaced = true;
}

/* All that is left of the share goes off the order. */
static void reduce_share(struct saga *saga, enum reduce_reason reason, bool held)
{
    size_t count = 0;
    struct allocation_row **work = allocations_of(saga, &count);
    struct cut_row *cuts = arena_alloc(saga->out->arena, count * sizeof *cuts);
    struct reduction reduction = { .reason = reason, .cuts = cuts };

    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == saga->share->fulfillment_no) {
            cuts[reduction.count++] =
                (struct cut_row){ .fulfillment_no = work[i]->fulfillment_no,
                                  .line_no = work[i]->line_no,
                                  .quantity = work[i]->quantity,
                                  .held_at = held ? saga->share->location : NULL };
        }
    }
    reduce_order(saga, &reduction);
}

void reduce_missing(struct saga *saga)
{
    reduce_share(saga, REDUCE_REASON_SHORT_PICK, false);
    saga->share->replaced = true;
    saga->cancel_reason = CANCEL_REASON_OUT_OF_STOCK;
}

void take_share_off(struct saga *saga)
{
    reduce_share(saga, REDUCE_REASON_MERCHANT_REQUEST, true);
    saga->share->replaced = true;
    saga->share->state = FULFILLMENT_STATE_CANCELED;
    saga->cancel_reason = CANCEL_REASON_MERCHANT_REQUEST;
}

/* What was taken for it beside its goods (shipping) stays taken. */
static void give_back_goods(struct saga *saga, int64_t value_minor)
{
    struct fulfillment_row *share = saga->share;

    share->capture_minor -= value_minor < share->capture_minor ? value_minor : share->capture_minor;
    give_back_for_share(saga, value_minor);
}

void take_paid_share_off(struct saga *saga)
{
    int64_t value_minor = saga->share->value_minor;

    take_share_off(saga);
    give_back_goods(saga, value_minor);
}

/* In the carrier's words, as far as we know them. */
static enum reduce_reason lost_how(const char *code)
{
    if (code != NULL && text_starts_with(code, "return")) {
        return REDUCE_REASON_RETURNED_TO_SENDER;
    }
    return code != NULL && text_starts_with(code, "damage") ? REDUCE_REASON_DAMAGED
                                                            : REDUCE_REASON_LOST;
}

void refund_share(struct saga *saga)
{
    int64_t value_minor = saga->share->value_minor;

    reduce_share(saga, lost_how(saga->code), false);
    saga->share->replaced = true;
    saga->cancel_reason = CANCEL_REASON_UNDELIVERABLE;
    give_back_goods(saga, value_minor);
}

void write_share_off(struct saga *saga)
{
    reduce_share(saga, REDUCE_REASON_MERCHANT_REQUEST, false);
    saga->share->replaced = true;
    saga->cancel_reason = CANCEL_REASON_MERCHANT_REQUEST;
}

void reduce_taken_back(struct saga *saga)
{
    struct cut_row *cuts = NULL;
    size_t count = 0;

    while (saga->cuts[count] != NULL) {
        count++;
    }
    cuts = arena_alloc(saga->out->arena, count * sizeof *cuts);
    for (size_t i = 0; i < count; i++) {
        cuts[i] = *saga->cuts[i];
    }
    reduce_order(saga, &(struct reduction){
                           .reason = REDUCE_REASON_STOCK_LOST, .cuts = cuts, .count = count });
    leave_empty_shares(saga);
}
