/* expected.h - when pieces that are waited for should be there.
 *
 * What purchase orders bring serves those who wait in their order, so the last of them is served on the day on which all that came by
 * then is as much as all wait for.  A purchase order that is late should be there tomorrow.  Pure.
 */
#ifndef KERVAN_INVENTORY_EXPECTED_H
#define KERVAN_INVENTORY_EXPECTED_H

#include "common/decision.h"

struct line_quantity;

/* Marks what is bought of an item. */
void expected_need(struct rows *rows, const char *sku);
/* When the last of these pieces, for which nobody waits behind them yet, should be there; 0: nobody says.  What is bought, and who
 * waits, is loaded. */
int64_t expected_at(const struct decision *out, const struct line_quantity *waiting, size_t count);

#endif
