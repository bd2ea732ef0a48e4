/* packing.c - which pieces go into which parcel where nobody packs. */
#include "services/fulfillment/packing.h"

#include "common/arena.h"

#include <assert.h>

/* The parcel that is being filled. */
struct filling {
    struct arena *arena;
    struct packing *packing;
    struct parcel_line *lines; /* of the last parcel: room for every line */
    size_t lines_max;
};

static bool open_parcel(struct filling *filling)
{
    struct packing *packing = filling->packing;

    if (packing->count == PARCELS_MAX) {
        return false;
    }
    filling->lines = arena_alloc(filling->arena, filling->lines_max * sizeof *filling->lines);
    packing->parcels[packing->count] =
        (struct parcel){ .parcel_no = (int64_t)packing->count + 1, .lines = filling->lines };
    packing->count++;
    return true;
}

/* How many more pieces of this weight the last parcel takes. */
static int64_t room_for(const struct packing *packing, int64_t piece_grams)
{
    if (packing->count == 0) {
        return 0;
    }
    const struct parcel *parcel = &packing->parcels[packing->count - 1];

    if (parcel->lines_count == 0 && piece_grams > PARCEL_GRAMS_MAX) {
        return 1;
    }
    return parcel->weight_grams >= PARCEL_GRAMS_MAX
               ? 0
               : (PARCEL_GRAMS_MAX - parcel->weight_grams) / piece_grams;
}

static void put_in(const struct filling *filling, int64_t line_no, int64_t quantity,
                   int64_t piece_grams)
{
    struct parcel *parcel = &filling->packing->parcels[filling->packing->count - 1];

    assert(filling->lines != NULL);
    filling->lines[parcel->lines_count++] =
        (struct parcel_line){ .line_no = line_no, .quantity = quantity };
    parcel->weight_grams += quantity * piece_grams;
}

/* Each turn but the first opens a parcel, so it ends. */
static bool pack_line(struct filling *filling, const struct pieces *pieces)
{
    int64_t grams = pieces->weight_grams > 0 ? pieces->weight_grams : PIECE_GRAMS_DEFAULT;
    int64_t left = pieces->quantity;

    while (left > 0) {
        int64_t room = room_for(filling->packing, grams);
        int64_t taken = room < left ? room : left;

        if (taken > 0) {
            put_in(filling, pieces->line_no, taken, grams);
            left -= taken;
        } else if (!open_parcel(filling)) {
            return false;
        }
    }
    return true;
}

bool pack_pieces(struct arena *arena, const struct pieces *pieces, size_t count,
                 struct packing *ret)
{
    struct filling filling = { .arena = arena, .packing = ret, .lines_max = count };

    *ret = (struct packing){ .parcels = arena_alloc(arena, PARCELS_MAX * sizeof *ret->parcels) };
    for (size_t i = 0; i < count; i++) {
        if (!pack_line(&filling, &pieces[i])) {
            return false;
        }
    }
    return true;
}
