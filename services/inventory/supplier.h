/* supplier.h - who sells to the shop, and on which terms.
 *
 * A supplier and its terms for items belong to the lane of its code; all read them, without a lock.  What an order took
 * over of them stays as it was.  Quantities are pieces, prices minor units of the supplier's currency.  Pure.
 */
#ifndef KERVAN_INVENTORY_SUPPLIER_H
#define KERVAN_INVENTORY_SUPPLIER_H

#include "common/incoming.h"
#include "services/inventory/tables.h"

void supplier_put_need(const struct incoming_message *in, struct rows *rows);
void supplier_put_need_shared(const struct incoming_message *in, struct rows *rows);
void on_supplier_put(struct decision *out, const struct incoming_message *in);
const char *supplier_put_lane_key(struct arena *arena, const struct incoming_message *in);

void supplier_item_put_need(const struct incoming_message *in, struct rows *rows);
void on_supplier_item_put(struct decision *out, const struct incoming_message *in);
const char *supplier_item_put_lane_key(struct arena *arena, const struct incoming_message *in);

/* The terms of a supplier for an item, active or not; NULL when there are none.  Loaded by the SKU. */
struct supplier_item_row *supplier_terms(const struct rows *rows, const char *supplier,
                                         const char *sku);

#endif
