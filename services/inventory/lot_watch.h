/* lot_watch.h - lots that are not sold any more when their day comes, and items that begin or end to be kept apart.
 *
 * All in the lane of the SKU.  Pure.
 */
#ifndef KERVAN_INVENTORY_LOT_WATCH_H
#define KERVAN_INVENTORY_LOT_WATCH_H

#include "common/incoming.h"
#include "services/inventory/lot.h"

#define LOT_TIMER "lot_expiry"

/* The day by the clock of a place, which must be loaded. */
int64_t lots_today(const struct rows *rows, const char *location, int64_t now);

/* Sees to it that somebody looks on the day on which the next lot ends; wherever a level is published. */
void lots_watch(struct decision *out, const char *sku);

/* What ended goes to quality control, where it is. */
void lots_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_lots_due(struct decision *out, const struct incoming_timer *in);

/* Marks what the next two read, where the item is kept apart or is to be. */
void lots_item_need(struct rows *rows, const struct item_row *stored, const char *sku,
                    bool wanted_apart);
/* Whether its stock is not kept as the item says. */
bool lots_differ(const struct rows *rows, const struct item_row *wanted);
/* From now on it is: what is there is unnamed until somebody counts it. */
void lots_keep_as(struct decision *out, const struct item_row *wanted);

#endif
