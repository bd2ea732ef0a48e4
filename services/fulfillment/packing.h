/* packing.h - how a place without people packs: pieces in the order of the lines, a new parcel when one is full.  Pure. */
#ifndef KERVAN_FULFILLMENT_PACKING_H
#define KERVAN_FULFILLMENT_PACKING_H

#include "proto/types.h"

#include <stdbool.h>

struct arena;

enum {
    PARCELS_MAX = 100,        /* of a fulfillment, by the contract */
    PARCEL_GRAMS_MAX = 30000, /* what most carriers take; a heavier piece has a parcel of its own */
    PIECE_GRAMS_DEFAULT = 500,   /* where the item's weight is not known */
    WEIGHT_GRAMS_MAX = 100000000 /* of a parcel, by the contract */
};

/* Pieces to pack. */
struct pieces {
    int64_t line_no, quantity;
    int64_t weight_grams; /* of one; 0 when not known */
};

struct packing {
    struct parcel *parcels; /* in the arena */
    size_t count;
};

/* False when they do not go into PARCELS_MAX parcels: people must pack them. */
bool pack_pieces(struct arena *arena, const struct pieces *pieces, size_t count,
                 struct packing *ret);

#endif
