/* expiring.h - pieces that will soon not be sold any more, told as an alert.
 *
 * Of an item at a place that is kept apart by lots: those whose lot ends within the days that people set, or a fortnight.  Looked at
 * with the level, which the timer of lots (lot_watch.h) also sees to on the day on which the next lot is that near.  Pure.
 */
#ifndef KERVAN_INVENTORY_EXPIRING_H
#define KERVAN_INVENTORY_EXPIRING_H

#include "common/decision.h"
#include "services/inventory/lot.h"

enum { EXPIRING_DAYS = 14 };

/* So many days before a lot ends it is told, at this place; what people set is loaded. */
int64_t expiring_days(const struct rows *rows, const struct stock_row *stock);
/* The day from which on the next lot is to be told, after today; INT64_MAX: none. */
int64_t expiring_next(const struct lots *lots, int64_t days, int64_t today);
/* Raises the alert of a place, or closes it. */
void expiring_look(struct decision *out, const struct stock_row *stock);

#endif
