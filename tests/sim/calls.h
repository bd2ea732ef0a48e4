/* calls.h - the way to the systems outside: calls take time, get lost on the way there or back, and act once or not at all. */
#ifndef KERVAN_TESTS_SIM_CALLS_H
#define KERVAN_TESTS_SIM_CALLS_H

#include "tests/sim/sim.h"

/* What a system outside answers; the body lives as long as the world. */
struct answer {
    int64_t status;
    const char *body;
};

/* The outside of one process.  What it has sent goes on when it dies; nobody hears of the end. */
struct outside *calls_open(struct sim *sim, enum service_index service);
/* When the next end is there; INT64_MAX: none is under way. */
int64_t calls_next_at(const struct outside *outside);

#endif
