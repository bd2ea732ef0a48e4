/* plants.h - whether the judges find what is wrong. */
#ifndef KERVAN_TESTS_SIM_PLANTS_H
#define KERVAN_TESTS_SIM_PLANTS_H

#include "tests/sim/sim.h"

/* Whether the world has at least one of each thing that is spoiled. */
bool plants_fit(struct sim *sim);
/* Spoils the world, which has come to rest and is sound, in every way that there is a rule for. */
bool plants_are_found(struct sim *sim);

#endif
