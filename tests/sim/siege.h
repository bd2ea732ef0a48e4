/* siege.h - the worst moments: who should answer goes away just then, and people do not leave the order alone. */
#ifndef KERVAN_TESTS_SIM_SIEGE_H
#define KERVAN_TESTS_SIM_SIEGE_H

#include "tests/sim/sim.h"

/* The order service has made a step: what waits for an answer now? */
void siege_look(struct sim *sim);
/* All instances of a service are away until then. */
void siege_take_away(struct sim *sim, enum service_index service, int64_t until);

#endif
