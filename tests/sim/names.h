/* names.h - what is known by a name: a hash map in an arena; nothing is ever taken out. */
#ifndef KERVAN_TESTS_SIM_NAMES_H
#define KERVAN_TESTS_SIM_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct arena;

struct name {
    uint64_t hash;
    const char *text; /* NULL: free */
    void *thing;
};

/* Zeroed at birth. */
struct names {
    struct name *slots;
    size_t capacity, count;
};

/* NULL when there is none. */
void *names_find(const struct names *names, const char *text);
/* A new name (copied), or another thing for an old one. */
void names_put(struct arena *arena, struct names *names, const char *text, void *thing);

#endif
