/* lots.h - items that are kept apart by lots or serial numbers: what people name of them, and what a row of stock says.
 *
 * Read and made without the inventory's own code; everything lives in the arena of the moment (sim->ctx).  Of an item that is
 * not kept apart nothing is named.
 */
#ifndef KERVAN_TESTS_SIM_LOTS_H
#define KERVAN_TESTS_SIM_LOTS_H

#include "proto/inventory.h"
#include "tests/sim/sim.h"

enum apart { APART_NOT, APART_LOTS, APART_EXPIRING, APART_SERIALS };

/* Pieces of a lot in a row of stock: those that are picked for an order stand by themselves. */
struct shelf_lot {
    const char *number;                 /* "": nobody named them */
    int64_t expires_day;                /* since 1970-01-01; -1: it does not */
    int64_t order_no;                   /* 0: free */
    int64_t sellable, damaged, control; /* pieces */
};
struct shelf_lots {
    struct shelf_lot *lots;
    size_t count;
    int64_t shelf_life_days; /* with fewer left a lot is not sold */
    bool serials;
};

/* Lots as somebody names them. */
struct named_lots {
    struct lot_pieces *lots;
    size_t count;
    int64_t pieces; /* of all */
    bool ended;     /* of what is to be picked: one was not to be sold any more since yesterday */
};

enum apart lots_apart(const char *sku);
/* How the item is put. */
void lots_describe(struct item_body *item, int64_t number);
/* Serial numbers cost a line a piece: fewer of them come at once. */
int64_t lots_fit(const char *sku, int64_t pieces);

/* A column `lots` of stock or of a line of a transfer; NULL: none. */
struct shelf_lots lots_read(struct sim *sim, const char *text);
/* The first day on which it is not sold any more; INT64_MAX: it is for ever. */
int64_t lots_end(const struct shelf_lots *shelf, const struct shelf_lot *lot);
struct shelf_lots lots_on_shelf(struct sim *sim, const char *sku, const char *place);

/* So many pieces that arrive, so many of them damaged.  Now and then a serial number is one that was there before. */
struct named_lots lots_arriving(struct sim *sim, const char *sku, int64_t pieces, int64_t damaged);
/* At most so many of those that lie there in a condition, free. */
struct named_lots lots_lying(struct sim *sim, const char *sku, const char *place,
                             enum stock_condition condition, int64_t pieces);
/* What a transfer brings, whose line says which lots were `shipped` (NULL: nobody said it), and others where it is more. */
struct named_lots lots_brought(struct sim *sim, const char *sku, const char *shipped,
                               int64_t pieces, int64_t damaged);
/* All that somebody counted, as if it were those that the books have, and then others. */
struct named_lots lots_counted(struct sim *sim, const char *sku, const char *place, int64_t pieces);
/* At most so many that a picker takes for an order, what was taken for it before among them. */
struct named_lots lots_to_pick(struct sim *sim, const char *sku, const char *place,
                               int64_t order_no, int64_t pieces);

#endif
