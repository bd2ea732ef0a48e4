/* settle.h - what an item owes is asked back, and what came is given to those who wait.
 *
 * In the lane of the SKU, which sees who holds and who waits in all lanes, and asks the lane of each
 * order by an input.  Pieces that are owed are asked of the youngest reservations first; stock that is
 * free goes to those who wait, the oldest first.  A look asks a hundred at most of each.  What they do changes the stock again, which is the
 * reason for the next look: so nothing is left over while there is something to be done.  Pure.
 */
#ifndef KERVAN_INVENTORY_SETTLE_H
#define KERVAN_INVENTORY_SETTLE_H

#include "common/incoming.h"

struct claimant_row;

#define SETTLE_TIMER "stock_settle"

/* Looks soon, where pieces are owed, or some are free and waited for.  The item's level is loaded. */
void settle_when_needed(struct decision *out, const char *sku);

/* Those who wait for the item, the oldest first, as far as they are loaded (claimant_table); in the arena. */
struct claimants {
    const struct claimant_row **rows;
    size_t count;
};
struct claimants settle_waiting(const struct decision *out, const char *sku);
/* The order of one of them; its id in the arena. */
struct subject settle_order_of(const struct decision *out, const struct claimant_row *row);

void settle_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_settle_due(struct decision *out, const struct incoming_timer *in);

#endif
