/* people.c - hears facts. */
#include "tests/sim/people.h"

void people_hear(struct sim *sim, const struct record *record)
{
    (void)record;
    sim->happened.facts++;
}

void people_begin(struct sim *sim)
{
    (void)sim;
}
