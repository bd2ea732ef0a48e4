/* rows_map.h - a hash map and growing arrays in an arena, for rows.c only.  Not thread-safe. */
#ifndef KERVAN_COMMON_ROWS_MAP_H
#define KERVAN_COMMON_ROWS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct rows_slot {
    uint64_t hash;
    void *item; /* NULL: free */
};

/* Open addressing with linear probing; nothing is ever taken out.  Zeroed at birth. */
struct rows_map {
    struct rows_slot *slots;
    size_t capacity; /* 0 or a power of two */
    size_t count;
};

typedef bool rows_map_match(const void *item, const void *wanted);

/* The item with this hash that matches, or NULL. */
void *rows_map_find(const struct rows_map *map, uint64_t hash, rows_map_match *match,
                    const void *wanted);
void rows_map_add(struct arena *arena, struct rows_map *map, uint64_t hash, void *item);

/* `items` with room for at least one more; arrays in an arena grow by leaving the old one behind. */
void *rows_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size);

#endif
