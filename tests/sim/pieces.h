/* pieces.h - what a part of a reservation is made of, read from the row without the inventory's own code. */
#ifndef KERVAN_TESTS_SIM_PIECES_H
#define KERVAN_TESTS_SIM_PIECES_H

#include <stddef.h>
#include <stdint.h>

struct arena;

enum { PIECES_MAX = 20 };

struct piece {
    const char *sku;
    int64_t quantity; /* in one bundle; 1 of an item that is none */
};

/* How many kinds there are: components as they are kept ("A 2 B 1"), or the item itself where there are none (NULL). */
size_t pieces_of(struct arena *arena, const char *sku, const char *components,
                 struct piece ret[PIECES_MAX]);

#endif
