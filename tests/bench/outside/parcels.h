/* parcels.h - what becomes of shipments once their labels are bought, as webhooks tell it. */
#ifndef KERVAN_BENCH_OUTSIDE_PARCELS_H
#define KERVAN_BENCH_OUTSIDE_PARCELS_H

#include "tests/bench/outside/shipments.h"

#include <stdbool.h>
#include <stdint.h>

/* `STATUS=MILLISECONDS,…`, each after the one before; false when it is not that.  The rules stay the caller's. */
bool parcels_start(const char *transit_ms, const struct shipment_rules *rules);

/* Counts a new shipment among those that the books tell of. */
void parcels_add(struct shipment *shipment);
/* Its label is bought: the steps of its way follow, until the label is given back. */
void parcel_sets_out(struct shipment *shipment);
/* The postage of a label that was given back is paid after a while. */
void parcel_refund_later(struct shipment *shipment, int64_t delay_ms);

/* `"states":{…}` of the books. */
void parcels_add_states(struct text *body);

/* A number that is given once. */
uint64_t carrier_next_number(void);

#endif
