/* source.c - asks for a share's pieces anew, and divides it among the places that have them. */
#include "services/order/source.h"

#include "common/arena.h"
#include "common/money.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "services/order/commands.h"
#include "services/order/detour.h"
#include "services/order/shares.h"

/* As many as the command takes: proto/inventory/reserve.v1.json. */
enum { AVOID_MAX = 500 };

/* Each place that gave work of the order up and had others asked: so the pieces never come back to one that said no, and
 * who looks on and on comes to an end. */
static size_t places_that_gave_up(const struct saga *saga, const char **ret)
{
    size_t count = 0;

    for (int64_t no = 1; no <= saga->order->fulfillment_count && count < AVOID_MAX; no++) {
        const struct fulfillment_row *share = share_numbered(saga, no);

        if (share->state == FULFILLMENT_STATE_CANCELED && share->sourcing_no != 0 &&
            !text_is_among(share->location, ret, count)) {
            ret[count++] = share->location;
        }
    }
    return count;
}

void tell_source_again(struct saga *saga)
{
    const struct fulfillment_row *share = saga->share;
    const char **avoid =
        arena_alloc(saga->out->arena, (size_t)saga->order->fulfillment_count * sizeof *avoid);
    size_t count = share->step == SHARE_RESENDING ? 0 : places_that_gave_up(saga, avoid);

    tell_reserve_share(saga, share, avoid, count);
}

void tell_source(struct saga *saga)
{
    saga->share->sourcing_no = shares_last_reservation(saga) + 1;
    (void)detour_change(saga); /* the order is off the straight way from now on */
    tell_source_again(saga);
}

/* Pieces of a line that are held for the share at its place. */
static struct allocation held_for(const struct saga *saga, int64_t line_no, int64_t quantity)
{
    return (struct allocation){ .line_no = line_no,
                                .sku = line_numbered(saga, line_no)->sku,
                                .location = saga->share->location,
                                .quantity = quantity };
}

/* What of a line the share still has, at most as much as is said to be missing. */
static int64_t missing_of(const struct saga *saga, const struct line_quantity *line)
{
    const struct allocation_row *work =
        allocation_find(saga, saga->share->fulfillment_no, line->line_no);
    int64_t there = work == NULL ? 0 : work->quantity;

    return line->quantity < there ? line->quantity : there;
}

/* They hold nothing from now on: what is not on the shelf is not in the books either. */
static void move_missing(struct saga *saga, const struct fulfillment_shorted *shorted,
                         struct fulfillment_row *sought)
{
    const struct fulfillment_row *share = saga->share;
    const struct line_quantity *lines = shorted->lines;
    struct allocation *held = arena_alloc(saga->out->arena, shorted->lines_count * sizeof *held);
    struct released_pieces pieces = { .reservation_no = share->reservation_no,
                                      .held = held,
                                      .lost = true,
                                      .lost_components = shorted->components,
                                      .lost_components_count = shorted->components_count };

    for (size_t i = 0; i < shorted->lines_count; i++) {
        int64_t quantity = missing_of(saga, &lines[i]);

        if (quantity > 0) {
            const struct allocation_row from =
                *allocation_find(saga, share->fulfillment_no, lines[i].line_no);

            move_pieces(saga, &from, quantity, sought);
            held[pieces.held_count++] = held_for(saga, lines[i].line_no, quantity);
        }
    }
    tell_release_pieces(saga, &pieces);
}

/* Their place has said that it cannot. */
void tell_source_missing(struct saga *saga)
{
    saga->share->state = FULFILLMENT_STATE_CANCELED;
    tell_source(saga);
}

void seek_short_pick(struct saga *saga)
{
    const struct fulfillment_shorted *shorted = saga->message;
    int64_t missing = 0;

    for (size_t i = 0; i < shorted->lines_count; i++) {
        missing += missing_of(saga, &shorted->lines[i]);
    }
    if (missing == 0) {
        return;
    }
    struct fulfillment_row *sought =
        share_to_be(saga, saga->share->location,
                    (struct share_origin){ HOLDS_NOTHING, saga->share->payment_no });
    move_missing(saga, shorted, sought);
    share_take(saga, share_numbered(saga, sought->fulfillment_no), ON_SOUGHT);
}

void drop_sourcing(struct saga *saga)
{
    tell_release_of(saga, saga->share->sourcing_no);
}

void give_up_stock(struct saga *saga)
{
    const struct fulfillment_row *share = saga->share;
    size_t count = 0;
    struct allocation_row **work = allocations_of(saga, &count);
    struct allocation *held = arena_alloc(saga->out->arena, (count + 1) * sizeof *held);
    struct released_pieces pieces = { .reservation_no = share->reservation_no, .held = held };

    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == share->fulfillment_no && work[i]->quantity > 0) {
            held[pieces.held_count++] = held_for(saga, work[i]->line_no, work[i]->quantity);
        }
    }
    tell_release_pieces(saga, &pieces);
}

/* The pieces of a line go to the places that hold them now, and so does what they cost. */
static void divide_work(struct saga *saga, const struct allocation_row *work,
                        const struct stock_held *news)
{
    int64_t *weights = arena_alloc(saga->out->arena, 2 * (news->held_count + 1) * sizeof *weights);
    int64_t *values = weights + news->held_count + 1;
    size_t parts = 0, part = 0;

    for (size_t i = 0; i < news->held_count; i++) {
        if (news->held[i].line_no == work->line_no) {
            weights[parts++] = news->held[i].quantity;
        }
    }
    if (parts == 0) {
        return;
    }
    money_split(work->value_minor, weights, parts, values);
    for (size_t i = 0; i < news->held_count; i++) {
        const struct allocation *held = &news->held[i];

        if (held->line_no == work->line_no) {
            allocate(saga,
                     share_of_held(saga, held,
                                   (struct share_origin){ saga->share->sourcing_no,
                                                          saga->share->payment_no }),
                     &(struct allocation_row){ .line_no = work->line_no,
                                               .quantity = held->quantity,
                                               .value_minor = values[part++],
                                               .components = allocated_components(saga, held) });
        }
    }
}

/* What was taken for the old share counts for the new ones; what it took beside its goods goes with the first. */
static void hand_money_over(struct saga *saga, struct fulfillment_row *old, int64_t first_no)
{
    int64_t left_minor = old->capture_minor - old->value_minor;

    if (!old->captured) {
        return;
    }
    for (int64_t no = first_no; no <= saga->order->fulfillment_count; no++) {
        struct fulfillment_row *share = share_numbered(saga, no);

        share->captured = true;
        share->capture_minor = share->value_minor + left_minor;
        left_minor = 0;
        rows_update(saga->out->rows, &order_fulfillment_table, share);
    }
    old->captured = false;
    old->capture_minor = 0;
}

void take_over(struct saga *saga)
{
    struct fulfillment_row *old = saga->share;
    int64_t first_no = saga->order->fulfillment_count + 1;
    size_t count = 0;
    struct allocation_row **work = allocations_of(saga, &count);

    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == old->fulfillment_no && work[i]->quantity > 0) {
            divide_work(saga, work[i], saga->message);
        }
    }
    old->replaced = true;
    hand_money_over(saga, old, first_no);
    for (int64_t no = first_no, last = saga->order->fulfillment_count;
         saga->order->open_holds == 0 && no <= last; no++) {
        share_take(saga, share_numbered(saga, no), ON_GO);
    }
}
