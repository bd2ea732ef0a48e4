/* map.c - a hash table with open addressing, never more than half full. */
#include "tests/bench/outside/map.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024 };

uint64_t hash_of(const char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

/* The entry of a name, or the free one where it would be. */
static struct map_entry *place_of(const struct map *map, const struct map_entry *wanted)
{
    size_t at = wanted->hash & (map->capacity - 1);

    for (;; at = (at + 1) & (map->capacity - 1)) {
        struct map_entry *entry = &map->entries[at];

        if (entry->name == NULL ||
            (entry->hash == wanted->hash && entry->length == wanted->length &&
             memcmp(entry->name, wanted->name, wanted->length) == 0)) {
            return entry;
        }
    }
}

static void grow(struct map *map)
{
    struct map larger = { .count = map->count,
                          .capacity = map->capacity == 0 ? FIRST_CAPACITY : map->capacity * 2 };

    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (larger.entries == NULL) {
        abort();
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].name != NULL) {
            *place_of(&larger, &map->entries[i]) = map->entries[i];
        }
    }
    free(map->entries);
    *map = larger;
}

void *map_find(const struct map *map, const char *name, size_t length)
{
    const struct map_entry wanted = { hash_of(name, length), name, length, NULL };

    return map->count == 0 ? NULL : place_of(map, &wanted)->value;
}

void map_put(struct map *map, const char *name, size_t length, void *value)
{
    const struct map_entry wanted = { hash_of(name, length), name, length, value };

    if (2 * (map->count + 1) > map->capacity) {
        grow(map);
    }
    struct map_entry *entry = place_of(map, &wanted);
    map->count += entry->name == NULL;
    *entry = wanted;
}
