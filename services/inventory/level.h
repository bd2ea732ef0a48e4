/* level.h - the present level of an item's stock, published by the lane of its SKU alone.
 *
 * Whoever changes stock in another lane marks the item and asks that lane, which publishes at once; what follows within
 * the pause is gathered, and marks that are there already ask for nothing: however fast an item sells, it is published
 * once a pause.  The pause is what a channel may be late by at most, less the way: half of the second that is promised.
 * Whoever changed stock has also given a reason to look whether it settles debts or serves who waits.
 * A level may be told again; the version says which of two is later.  Pure.
 */
#ifndef KERVAN_INVENTORY_LEVEL_H
#define KERVAN_INVENTORY_LEVEL_H

#include "common/incoming.h"

#define LEVEL_TIMER "stock_level"
enum { LEVEL_PAUSE_MS = 500 };

/* Stock of the item changed; its rows are loaded. */
void level_ask(struct decision *out, const char *sku);

/* States the level now, and which lines it crosses (watch.h), from what level_publish_want() marks; in the lane of the SKU only. */
void level_publish(struct decision *out, const char *sku);
void level_publish_want(struct rows *rows, const char *sku);
/* Marks what the level itself is made of. */
void level_want(struct rows *rows, const char *sku);
/* Of all its stock, as it is shown and published; 1 where it never had any. */
int64_t level_version(const struct rows *rows, const char *sku);

/* stock_publish: a level was asked for. */
void stock_publish_need_shared(const struct incoming_message *in, struct rows *rows);
void on_stock_publish(struct decision *out, const struct incoming_message *in);
const char *stock_publish_lane_key(struct arena *arena, const struct incoming_message *in);

void level_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_level_due(struct decision *out, const struct incoming_timer *in);

#endif
