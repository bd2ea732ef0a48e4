/* pieces.c - "A 2 B 1": two of A and one of B. */
#include "tests/sim/pieces.h"

#include "common/arena.h"

#include <stdlib.h>
#include <string.h>

size_t pieces_of(struct arena *arena, const char *sku, const char *components,
                 struct piece ret[PIECES_MAX])
{
    size_t count = 0;

    if (components == NULL) {
        ret[0] = (struct piece){ sku, 1 };
        return 1;
    }
    while (*components != '\0' && count < PIECES_MAX) {
        size_t length = strcspn(components, " ");
        char *end = NULL;

        ret[count].sku = arena_copy_text(arena, components, length);
        ret[count++].quantity = strtoll(components + length, &end, 10);
        components = *end == ' ' ? end + 1 : end;
    }
    return count;
}
