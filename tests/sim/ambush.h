/* ambush.h - people who ask for a change just when something else of the order is about to happen, while nobody answers.
 *
 * Chance alone brings the two together once in millions of orders.
 */
#ifndef KERVAN_TESTS_SIM_AMBUSH_H
#define KERVAN_TESTS_SIM_AMBUSH_H

#include "tests/sim/sim.h"

/* They look every few minutes, until the world is healed. */
void ambush_begin(struct sim *sim);
/* The order service has made a step: what lasts for milliseconds may be there now. */
void ambush_look(struct sim *sim);

#endif
