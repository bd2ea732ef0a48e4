/* history.h - what happened, for people: one order's history, and a digest of everything. */
#ifndef KERVAN_TESTS_SIM_HISTORY_H
#define KERVAN_TESTS_SIM_HISTORY_H

#include "tests/sim/sim.h"

/* Everything in the log that has this key, in order of time. */
void history_print(struct sim *sim, const char *order_id);
/* The same for the same history: rows of all tables, records of all topics, foreign books. */
uint64_t history_digest(struct sim *sim);

#endif
