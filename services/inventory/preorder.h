/* preorder.h - items that are sold before they exist: until their day nothing of them is given to anybody.
 *
 * An item says from which day on it is available.  That this day has not come stands on the row of `backorder`, which whoever
 * promises pieces has locked, and is ended by a timer, so that all see it end at once.  Until then an order waits for all of the
 * item, in a channel whose orders may wait, no more than the item's limit in all; who waited longest is served first.  What orders
 * hold already when the day is put off stays theirs.  In the lane of the SKU.  Pure.
 */
#ifndef KERVAN_INVENTORY_PREORDER_H
#define KERVAN_INVENTORY_PREORDER_H

#include "common/incoming.h"
#include "services/inventory/tables.h"

struct item_body;

#define PREORDER_TIMER "preorder"

/* What is wrong with the item's day, and of which field of its body; NULL: nothing. */
const char *preorder_fault(const struct item_body *body, const char **ret_field);
/* The day since 1970-01-01 on which an item is available; 0: it says none, or no day of the calendar. */
int64_t preorder_day(const struct item_body *body);

/* Marks what keeping the day reads, where an item that is stored (NULL: it is new) has or is to have one. */
void preorder_need(struct rows *rows, const struct item_row *stored, const char *sku, bool wanted);
/* The day until which the item is held back at this instant; 0: it is not. */
int64_t preorder_held_until(const struct item_row *item, int64_t now);
/* The item, which was there before, has another day than it had: whoever waits is told. */
void preorder_keep(struct decision *out, const struct item_row *item);
/* A new item has a day. */
void preorder_begin(struct decision *out, const struct item_row *item);

/* Its day has come, or is another one. */
void preorder_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_preorder_due(struct decision *out, const struct incoming_timer *in);

#endif
