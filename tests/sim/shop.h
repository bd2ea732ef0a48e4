/* shop.h - what is for sale, and orders of it. */
#ifndef KERVAN_TESTS_SIM_SHOP_H
#define KERVAN_TESTS_SIM_SHOP_H

#include "common/id.h"
#include "proto/inventory.h"
#include "tests/sim/sim.h"

/* An order as it was submitted, and what its shopper has in mind. */
struct order_plan {
    struct order_id_text id;
    int64_t number; /* in its world, from 0 */
    bool answered;  /* with 201 */
    bool draft;     /* it is entered as one, and may expire or be discarded before it is an order */
    bool by_card, by_transfer;
    int64_t total_minor;             /* as submitted */
    const char *skus[SIM_LINES_MAX]; /* of its lines */
    size_t sku_count;
    int64_t facts_seen, acts_at_fact; /* the fact at which the shopper changes his mind; 0: never */
};

/* How long its channels keep a draft. */
#define SHOP_DRAFT_MS (2 * HOUR_MS)

/* Places, items, stock and channels. */
void shop_open(struct sim *sim);
/* Another place, where the world has it. */
void shop_grow(struct sim *sim);
/* `count` orders from now on, in bursts. */
void shop_order(struct sim *sim, int64_t count);
const char *shop_item(int64_t number);
bool shop_may_be_waited_for(int64_t item);
/* An item as it was put. */
struct item_body shop_item_body(struct sim *sim, int64_t number);
/* The day of the one that is pre-ordered is another one. */
void shop_put_off(struct sim *sim);
const char *shop_place(int64_t number);
/* A bin, which every place may have; half of the time NULL. */
const char *shop_any_bin(struct sim *sim);

#endif
