/* place.h - where a place is, and on which day it begins what it is given.  Pure. */
#ifndef KERVAN_INVENTORY_PLACE_H
#define KERVAN_INVENTORY_PLACE_H

#include "common/arena.h"
#include "common/calendar.h"
#include "services/inventory/tables.h"

struct field_error;
struct location_body;

/* Whether zone, cut-off and holidays of a place exist; what is wrong otherwise. */
bool place_makes_sense(struct arena *arena, const struct location_body *body,
                       struct field_error *ret);
/* Puts what a request says of position, costs, capacity and opening into a row.  Texts live in the arena or the request. */
void place_fill(struct arena *arena, const struct location_body *body, struct location_row *row);

struct calendar place_calendar(const struct location_row *location);

/* Days since 1970-01-01 by the calendar of the place: the present one, and that on which it begins what it is given now.
 * A place that is closed for a year is taken as open after it. */
struct place_days {
    int64_t today, begins;
};
struct place_days place_days(const struct location_row *location, int64_t now_ms);

#endif
