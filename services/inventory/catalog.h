/* catalog.h - places: put makes one or replaces it, and the same again changes nothing.
 *
 * A place runs in the lane of its code and a change of it is a fact.  Answered 201 when made, 200 when
 * replaced or the same.  Pure.
 */
#ifndef KERVAN_INVENTORY_CATALOG_H
#define KERVAN_INVENTORY_CATALOG_H

#include "common/incoming.h"

enum { LOCATIONS_MAX = 1000, LOCATION_PRIORITY_DEFAULT = 100 };

void location_put_need_shared(const struct incoming_message *in, struct rows *rows);
void on_location_put(struct decision *out, const struct incoming_message *in);
const char *location_put_lane_key(struct arena *arena, const struct incoming_message *in);

#endif
