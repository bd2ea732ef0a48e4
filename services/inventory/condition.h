/* condition.h - pieces that are there and not for sale: damaged, in quality control, kept back.
 *
 * What was found is booked, also when more is promised than is sellable then: the difference is owed.  Pure; runs in
 * the SKU's lane.
 */
#ifndef KERVAN_INVENTORY_CONDITION_H
#define KERVAN_INVENTORY_CONDITION_H

#include "common/incoming.h"

/* stock_move: pieces are in another condition than the books say, or are written off. */
void stock_move_need_shared(const struct incoming_message *in, struct rows *rows);
void on_stock_move(struct decision *out, const struct incoming_message *in);
const char *stock_move_lane_key(struct arena *arena, const struct incoming_message *in);

/* stock_safety: so many pieces are kept back from now on; what is promised already stays so. */
void stock_safety_need_shared(const struct incoming_message *in, struct rows *rows);
void on_stock_safety(struct decision *out, const struct incoming_message *in);
const char *stock_safety_lane_key(struct arena *arena, const struct incoming_message *in);

#endif
