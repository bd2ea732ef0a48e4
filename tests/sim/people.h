/* people.h - shoppers, pickers, the office: what they do of themselves, and on what they hear. */
#ifndef KERVAN_TESTS_SIM_PEOPLE_H
#define KERVAN_TESTS_SIM_PEOPLE_H

#include "tests/sim/sim.h"

/* A fact, or the answer to a request. */
void people_hear(struct sim *sim, const struct record *record);
/* The office looks at what waits for a person, again and again while the world is watched. */
void people_begin(struct sim *sim);

#endif
