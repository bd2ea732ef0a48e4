/* coverage.h - what the simulation knows of the build: which cells of rule tables were reached, which defect is switched on. */
#ifndef KERVAN_TESTS_SIM_COVERAGE_H
#define KERVAN_TESTS_SIM_COVERAGE_H

#include <stdbool.h>

/* How many of each table's cells were reached; with `all`, which were not. */
void coverage_print(bool all);

/* Switches a defect of common/mutant.h on, for the whole run; NULL: none. */
void mutant_choose(const char *name);

#endif
