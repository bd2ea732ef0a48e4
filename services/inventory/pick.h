/* pick.h - stock_pick: which lots were taken from the shelf for an order.
 *
 * The order holds an item at a place; only now it is known which pieces these are.  They leave with the order, and nobody
 * else gets them, until it holds less.  Pure; in the lane of the SKU.
 */
#ifndef KERVAN_INVENTORY_PICK_H
#define KERVAN_INVENTORY_PICK_H

#include "common/incoming.h"

void stock_pick_need_shared(const struct incoming_message *in, struct rows *rows);
void on_stock_pick(struct decision *out, const struct incoming_message *in);
const char *stock_pick_lane_key(struct arena *arena, const struct incoming_message *in);

#endif
