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

/* Of those who sell an item the one of the lowest priority, then of the earlier code; NULL: nobody does.  Terms and their suppliers
 * are loaded. */
const struct supplier_item_row *supplier_preferred(const struct rows *rows, const char *sku);
/* Of an item: by its own terms, or the supplier's. */
int64_t supplier_lead_time_days(const struct supplier_row *supplier,
                                const struct supplier_item_row *terms);
/* What is ordered of an item of which so many pieces are wanted: in packs, and no less than the supplier sells. */
int64_t supplier_quantity(const struct supplier_item_row *terms, int64_t wanted);

/* The terms of a supplier for an item, active or not; NULL when there are none.  Loaded by the SKU. */
struct supplier_item_row *supplier_terms(const struct rows *rows, const char *supplier,
                                         const char *sku);

#endif
