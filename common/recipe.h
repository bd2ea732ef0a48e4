/* recipe.h - what one of an item is made of: of a bundle its components, else one piece of itself.
 *
 * Who holds, books, plans or picks pieces asks for the recipe, and so needs no case of its own for bundles.  It is kept as text, on the
 * item and, as it was when it was reserved, wherever the order goes from there: it comes with rows that are read anyway.
 * Pure; everything is in an arena.
 */
#ifndef KERVAN_COMMON_RECIPE_H
#define KERVAN_COMMON_RECIPE_H

#include "common/rows.h"

#include <stdint.h>

struct arena;
struct bundle_component;

enum { COMPONENTS_MAX = 20 };

struct recipe {
    const struct bundle_component *components;
    size_t count; /* at least 1 */
};

/* Of an item and what is kept of its components (NULL: it is no bundle). */
struct recipe recipe_of(struct arena *arena, const char *sku, const char *components);
/* As it is kept; NULL for no components. */
const char *recipe_text(struct arena *arena, const struct bundle_component *components,
                        size_t count);
/* Pieces of a component in one bundle; 0: it is none. */
int64_t recipe_pieces(struct recipe recipe, const char *sku);
/* Marks the rows of a table that belong to the components; nothing for NULL. */
void recipe_want(struct rows *rows, const struct table *table, const char *components);

#endif
