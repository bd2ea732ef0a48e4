/* bundle.h - what one of an item is made of: of a bundle its components, else one piece of itself.
 *
 * Who holds, books or plans pieces asks for the recipe, and so needs no case of its own for bundles.  A recipe is
 * kept as text, on the item and, as it was when it was reserved, on each part of a reservation: it comes with rows that are read
 * anyway.  Pure; everything is in an arena.
 */
#ifndef KERVAN_INVENTORY_BUNDLE_H
#define KERVAN_INVENTORY_BUNDLE_H

#include "common/rows.h"
#include "services/inventory/item.h"

#include <stdbool.h>
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
/* Marks the rows of a table that belong to the components; nothing for NULL. */
void recipe_want(struct rows *rows, const struct table *table, const char *components);

/* Marks what putting a bundle, or one that was a bundle, reads; nothing for other items.  The item's own row is loaded. */
void bundle_need_shared(struct rows *rows, const char *sku, const struct item_body *body);
/* True when the components cannot be so; changes nothing. */
bool bundle_is_wrong(const struct item_change *change, struct item_fault *ret);
/* Tells the components' rows, and the item's own where it is stored; before the item is changed. */
void bundle_store(const struct item_change *change);

#endif
