/* channel_level.h - what of an item's level each channel may sell.
 *
 * As a reservation of the channel would be decided: without places that its rules do not allow and without its buffer.  Rules for certain
 * countries are not counted.  A shop where no rule limits a channel pays a look at an empty index.  Pure.
 */
#ifndef KERVAN_INVENTORY_CHANNEL_LEVEL_H
#define KERVAN_INVENTORY_CHANNEL_LEVEL_H

#include "common/decision.h"
#include "common/recipe.h"

struct stock_level;

/* Marks the rules of all channels. */
void channel_levels_want(struct rows *rows);
/* Adds them to the level of an item (a recipe of itself) or bundle.  Rules, stock, backorders and places are loaded. */
void channel_levels_add(struct decision *out, struct recipe recipe, struct stock_level *level);

#endif
