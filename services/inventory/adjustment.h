/* adjustment.h - stock changes without an order: counts, losses, finds, deliveries.
 *
 * What was counted is booked, also when less is there than is promised: the difference is owed.
 * Only what cannot be is refused: an unknown item or place, a change that would take more than is
 * there, the same request id with another body (booking.h).  Pure; runs in the SKU's lane.
 */
#ifndef KERVAN_INVENTORY_ADJUSTMENT_H
#define KERVAN_INVENTORY_ADJUSTMENT_H

#include "common/incoming.h"

void stock_adjust_need_shared(const struct incoming_message *in, struct rows *rows);
void on_stock_adjust(struct decision *out, const struct incoming_message *in);
const char *stock_adjust_lane_key(struct arena *arena, const struct incoming_message *in);

#endif
