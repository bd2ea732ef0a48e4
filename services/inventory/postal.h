/* postal.h - where postal codes are, as the shop put it, a country at a time.  Pure; runs in the lane of the country. */
#ifndef KERVAN_INVENTORY_POSTAL_H
#define KERVAN_INVENTORY_POSTAL_H

#include "common/incoming.h"
#include "services/inventory/tables.h"

/* Millionths of a degree; both 0, a point of the sea: not known. */
struct spot {
    int64_t latitude, longitude;
};

bool spot_is_known(struct spot spot);

void postal_areas_put_need(const struct incoming_message *in, struct rows *rows);
void on_postal_areas_put(struct decision *out, const struct incoming_message *in);
const char *postal_areas_put_lane_key(struct arena *arena, const struct incoming_message *in);

/* Where a postal code (NULL: not known) of a country is, by the longest beginning that is known.  The country was wanted. */
struct spot postal_find(const struct rows *rows, const char *country, const char *postal_code);
/* Along a great circle, in whole kilometers; DISTANCE_UNKNOWN when one of them is not known. */
int64_t spot_distance_km(struct spot from, struct spot to);

#endif
