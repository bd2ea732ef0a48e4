/* names.c - open addressing, linear probing. */
#include "tests/sim/names.h"

#include "common/arena.h"
#include "common/table.h"

#include <string.h>

enum { CAPACITY_FIRST = 64 };

static struct name *slot_of(const struct names *names, uint64_t hash, const char *text)
{
    size_t at = hash & (names->capacity - 1);

    while (names->slots[at].text != NULL &&
           (names->slots[at].hash != hash || strcmp(names->slots[at].text, text) != 0)) {
        at = (at + 1) & (names->capacity - 1);
    }
    return &names->slots[at];
}

void *names_find(const struct names *names, const char *text)
{
    return names->count == 0 ? NULL : slot_of(names, key_hash(key_text(text)), text)->thing;
}

static void grow(struct arena *arena, struct names *names)
{
    struct names old = *names;

    names->capacity = old.capacity == 0 ? CAPACITY_FIRST : 2 * old.capacity;
    names->slots = arena_alloc(arena, names->capacity * sizeof *names->slots);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].text != NULL) {
            *slot_of(names, old.slots[i].hash, old.slots[i].text) = old.slots[i];
        }
    }
}

void names_put(struct arena *arena, struct names *names, const char *text, void *thing)
{
    uint64_t hash = key_hash(key_text(text));

    if (2 * names->count >= names->capacity) {
        grow(arena, names);
    }
    struct name *slot = slot_of(names, hash, text);
    if (slot->text == NULL) {
        slot->text = arena_copy_text(arena, text, strlen(text));
        slot->hash = hash;
        names->count++;
    }
    slot->thing = thing;
}
