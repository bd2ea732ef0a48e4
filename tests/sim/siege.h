/* siege.h - the worst moments: who should answer goes away just then, and people do not leave the order alone. */
#ifndef KERVAN_TESTS_SIM_SIEGE_H
#define KERVAN_TESTS_SIM_SIEGE_H

#include "tests/sim/sim.h"

/* The order service has made a step: what waits for an answer now? */
void siege_look(struct sim *sim);
/* All instances of a service are away until then. */
void siege_take_away(struct sim *sim, enum service_index service, int64_t until);
/* They work, and read what they are told: what they say themselves is not taken, and is heard then. */
void siege_silence(struct sim *sim, enum service_index service, int64_t until);
/* From now on nobody hears a service for so long, or it is away, and people ask everything of many orders. */
void siege_rush(struct sim *sim, enum service_index service, int64_t lasts_ms);
/* Money of many orders is taken, they become less, what is too much does not come back, and nobody answers what is asked then. */
void siege_squeeze(struct sim *sim);

#endif
