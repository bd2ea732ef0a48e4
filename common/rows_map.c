/* rows_map.c - the hash map of rows.h, which takes its memory from the batch's arena. */
#include "common/rows_map.h"

#include "common/arena.h"

#include <string.h>

void *rows_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 8 : *capacity * 2;
    void *larger = arena_alloc(arena, *capacity * item_size);
    if (count > 0)
        memcpy(larger, items, count * item_size);
    return larger;
}

void *rows_map_find(const struct rows_map *map, uint64_t hash, rows_map_match *match,
                    const void *wanted)
{
    if (map->capacity == 0)
        return NULL;
    /* Ends: a map is never more than half full. */
    for (size_t at = hash & (map->capacity - 1);; at = (at + 1) & (map->capacity - 1)) {
        const struct rows_slot *slot = &map->slots[at];
        if (slot->item == NULL)
            return NULL;
        if (slot->hash == hash && match(slot->item, wanted))
            return slot->item;
    }
}

static void place(struct rows_map *map, struct rows_slot new_slot)
{
    size_t at = new_slot.hash & (map->capacity - 1);

    while (map->slots[at].item != NULL)
        at = (at + 1) & (map->capacity - 1);
    map->slots[at] = new_slot;
}

void rows_map_add(struct arena *arena, struct rows_map *map, uint64_t hash, void *item)
{
    if (map->count * 2 >= map->capacity) {
        struct rows_map larger = { .capacity = map->capacity == 0 ? 16 : map->capacity * 2,
                                   .count = map->count };
        larger.slots = arena_alloc(arena, larger.capacity * sizeof *larger.slots);
        for (size_t i = 0; i < map->capacity; i++) {
            if (map->slots[i].item != NULL)
                place(&larger, map->slots[i]);
        }
        *map = larger;
    }
    place(map, (struct rows_slot){ .hash = hash, .item = item });
    map->count++;
}
