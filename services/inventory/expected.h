/* expected.h - when pieces that are waited for should be there.
 *
 * What purchase orders bring serves those who wait in their order, so the last of them is served on the day on which all that came by
 * then is as much as all wait for.  A purchase order that is late should be there tomorrow.  Each part that waits keeps the day that was
 * told of it.  When what is bought changes, the lane of the SKU reckons anew for the thousand who have waited longest, and the lane of
 * an order that is affected says its new day.  Who comes nearer because somebody before it gives up is told no earlier day by that.
 * Pure.
 */
#ifndef KERVAN_INVENTORY_EXPECTED_H
#define KERVAN_INVENTORY_EXPECTED_H

#include "common/incoming.h"

struct holding;

/* Marks what is bought of an item. */
void expected_need(struct rows *rows, const char *sku);
/* Notes the day of each part that waits; nobody waits behind them yet.  What is bought, and who waits, is loaded. */
void expected_note(const struct holding *holding);
/* When the last part that waits should be there, as was noted; 0: nobody says. */
int64_t expected_at(const struct holding *holding);

/* What is bought of an item has changed: its lane looks. */
void expected_ask(struct decision *out, const char *sku);
void expect_need_shared(const struct incoming_message *in, struct rows *rows);
void on_expect(struct decision *out, const struct incoming_message *in);
/* In the lane of the order. */
void on_expect_on(struct decision *out, const struct incoming_message *in);

#endif
