/* map.h - finds what is kept under a name.  Names belong to who puts them in, and must stay. */
#ifndef KERVAN_BENCH_OUTSIDE_MAP_H
#define KERVAN_BENCH_OUTSIDE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
    uint64_t hash;
    const char *name;
    size_t length;
    void *value;
};

/* Zeroed at first. */
struct map {
    struct map_entry *entries;
    size_t count, capacity;
};

/* FNV-1a, 64 bits. */
uint64_t hash_of(const char *bytes, size_t length);

/* NULL when there is none. */
void *map_find(const struct map *map, const char *name, size_t length);
/* In place of what was there under that name. */
void map_put(struct map *map, const char *name, size_t length, void *value);

#endif
