/* body.h - what the carrier is told of a parcel, as the JSON of EasyPost's POST /v2/shipments.
 *
 * Ounces and inches are rounded up to a tenth: a parcel is never declared lighter than it is.  Pure.
 */
#ifndef KERVAN_SHIPPING_BODY_H
#define KERVAN_SHIPPING_BODY_H

#include "proto/types.h"
#include "services/shipping/tables.h"

struct arena;

/* Where it goes: {"name": ..., "street1": ...}; `contact` may be NULL. */
const char *body_consignee(struct arena *arena, const struct postal_address *address,
                           const struct contact *contact);

struct body_parts {
    const struct shipment_row *shipment;
    const struct parcel_row *parcel;
    const struct place_row *place;
    const char *consignee, *reference;
    int64_t value_minor; /* of what is in this parcel */
    int64_t cash_minor;  /* what the carrier collects with this parcel; NOT_GIVEN: nothing */
};
const char *body_parcel(struct arena *arena, const struct body_parts *parts);

#endif
