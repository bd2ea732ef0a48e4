/* stowers.c - people who put pieces into bins and from bin to bin, and count some, whatever happens meanwhile. */
#include "tests/sim/people.h"

#include "common/text.h"
#include "proto/inventory.h"
#include "tests/sim/columns.h"
#include "tests/sim/gateway.h"
#include "tests/sim/lots.h"
#include "tests/sim/shop.h"

enum { BINS = 3, PAUSE_MINUTES_MOST = 30, PIECES_MOST = 6 };

static const char *const bins[BINS] = { "A-1", "A-2", "B-1" };

const char *shop_any_bin(struct sim *sim)
{
    return chance_below(&sim->chance, 2) == 0 ? NULL : bins[chance_below(&sim->chance, BINS)];
}

static const char *any_place(struct sim *sim)
{
    return shop_place(chance_below(&sim->chance, SIM_PLACES));
}

/* As it is already, mostly; now and then it is closed for a while, or lies elsewhere on the way. */
static void put_bin(struct sim *sim)
{
    int64_t bin = chance_below(&sim->chance, BINS);
    const struct bin_put message = { .code = any_place(sim),
                                     .bin = bins[bin],
                                     .body = { .zone = bin < 2 ? "A" : "B",
                                               .pick_order = chance_below(&sim->chance, BINS),
                                               .kind = bin < 2 ? BIN_KIND_PICK : BIN_KIND_BULK,
                                               .active = chance_below(&sim->chance, 5) > 0,
                                               .has_active = true } };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_BIN_PUT, .key = message.code, .message = &message });
}

static void move(struct sim *sim)
{
    const struct stock_bin_move message = { .sku = shop_item(chance_below(&sim->chance, SIM_ITEMS)),
                                            .location = any_place(sim),
                                            .from = shop_any_bin(sim),
                                            .to = shop_any_bin(sim),
                                            .quantity =
                                                chance_between(&sim->chance, 1, PIECES_MOST) };

    gateway_send(sim, &(struct request){ .type = MESSAGE_STOCK_BIN_MOVE,
                                         .key = message.sku,
                                         .message = &message });
}

/* What a bin holds by somebody's count, and now and then a piece that nobody saw leave. */
static void count(struct sim *sim)
{
    bool by_count = chance_below(&sim->chance, 2) == 0;
    struct stock_adjust message = {
        .sku = shop_item(chance_below(&sim->chance, SIM_ITEMS)),
        .location = any_place(sim),
        .bin = shop_any_bin(sim),
        .counted = chance_between(&sim->chance, 0, PIECES_MOST),
        .has_counted = by_count,
        .quantity_change = chance_between(&sim->chance, 0, 1) == 0 ? -1 : 1,
        .has_quantity_change = !by_count,
        .reason = by_count ? ADJUSTMENT_REASON_COUNT : ADJUSTMENT_REASON_CORRECTION
    };

    if (!by_count) {
        const struct named_lots named =
            message.quantity_change > 0
                ? lots_arriving(sim, message.sku, 1, 0)
                : lots_lying(sim, message.sku, message.location, STOCK_CONDITION_SELLABLE, 1);

        message.lots = named.lots;
        message.lots_count = named.count;
    }
    if (message.bin != NULL) { /* the whole place is counted by others */
        gateway_send(sim, &(struct request){ .type = MESSAGE_STOCK_ADJUST,
                                             .key = message.sku,
                                             .message = &message });
    }
}

static void come(struct sim *sim)
{
    int64_t dice = chance_below(&sim->chance, 10);

    if (dice < 2) {
        put_bin(sim);
    } else if (dice < 9) {
        move(sim);
    } else {
        count(sim);
    }
}

static void come_again(struct sim *sim, void *subject, int64_t number)
{
    if (sim->healed) {
        return;
    }
    come(sim);
    sim_plan(sim, chance_between(&sim->chance, 1, PAUSE_MINUTES_MOST) * MINUTE_MS, come_again,
             subject, number);
}

void stowers_begin(struct sim *sim)
{
    sim_plan(sim, chance_soon(&sim->chance, sim->temper.life_ms), come_again, NULL, 0);
}
