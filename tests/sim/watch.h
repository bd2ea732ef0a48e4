/* watch.h - whoever reads the facts as they come: shoppers, staff, and those who wait for an answer. */
#ifndef KERVAN_TESTS_SIM_WATCH_H
#define KERVAN_TESTS_SIM_WATCH_H

#include "tests/sim/sim.h"

struct watch *watch_new(struct sim *sim);
/* Reads what is new in the log, and lets people act on it; false when there was nothing. */
bool watch_facts(struct sim *sim);

#endif
