/* capacity.h - how much work a place was given for the day on which it begins it.
 *
 * Only places with a capacity have a row, which is locked with the stock by whoever promises; a shop without such places pays
 * nothing.  Pure.
 */
#ifndef KERVAN_INVENTORY_CAPACITY_H
#define KERVAN_INVENTORY_CAPACITY_H

#include "common/decision.h"
#include "services/inventory/tables.h"

bool capacity_is_limited(const struct location_row *location);
/* Makes the row of a place that has a capacity; it was wanted. */
void capacity_open(struct rows *rows, const struct location_row *location);
/* Marks the rows of all active places that have one.  Places are loaded. */
void capacity_need(struct rows *rows);
/* Whether what a place may be given for that day is used up. */
bool capacity_is_used_up(const struct rows *rows, const struct location_row *location, int64_t day);
/* The day on which it begins what it was given last: later than it is open next where that is more than it can do. */
int64_t capacity_begins(const struct rows *rows, const struct location_row *location,
                        int64_t now_ms);
/* Counts parts that are held for an order, once for each place. */
void capacity_count(struct decision *out, const struct reservation_line_row *parts, size_t count);

#endif
