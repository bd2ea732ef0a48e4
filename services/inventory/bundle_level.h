/* bundle_level.h - levels of bundles: as many as their components allow at a place.
 *
 * When the level of a component is published, its lane asks the lanes of the bundles that it is in, each of which publishes the
 * bundle's.  Pure.
 */
#ifndef KERVAN_INVENTORY_BUNDLE_LEVEL_H
#define KERVAN_INVENTORY_BUNDLE_LEVEL_H

#include "common/incoming.h"

#define BUNDLES_TIMER      "stock_bundles"      /* of a component */
#define BUNDLE_LEVEL_TIMER "stock_bundle_level" /* of a bundle */

/* The level of an item is published: those of its bundles follow.  The item's backorders are loaded. */
void bundles_follow(struct decision *out, const char *sku);
/* Publishes the level of a bundle soon. */
void bundle_level_ask(struct decision *out, const char *sku);

void bundles_due_need(const struct incoming_timer *in, struct rows *rows);
void on_bundles_due(struct decision *out, const struct incoming_timer *in);

void bundle_level_due_need(const struct incoming_timer *in, struct rows *rows);
void bundle_level_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_bundle_level_due(struct decision *out, const struct incoming_timer *in);

#endif
