/* bundle.h - items that are made of components, and have no stock of their own.
 *
 * What may be a bundle and what a component.  Pure.
 */
#ifndef KERVAN_INVENTORY_BUNDLE_H
#define KERVAN_INVENTORY_BUNDLE_H

#include "services/inventory/item.h"

/* Marks what putting a bundle, or one that was a bundle, reads; nothing for other items.  The item's own row is loaded. */
void bundle_need_shared(struct rows *rows, const char *sku, const struct item_body *body);
/* True when the components cannot be so; changes nothing. */
bool bundle_is_wrong(const struct item_change *change, struct item_fault *ret);
/* Tells the components' rows, and the item's own where it is stored; before the item is changed. */
void bundle_store(const struct item_change *change);

#endif
