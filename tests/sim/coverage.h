/* coverage.h - what the simulation knows of the build: which cells of rule tables were reached, which defect is switched on. */
#ifndef KERVAN_TESTS_SIM_COVERAGE_H
#define KERVAN_TESTS_SIM_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Cells that were reached since it was last asked, though unreachable.c says that they cannot be: prints them. */
int64_t coverage_contradictions(uint64_t world);
/* How many of the cells that can be reached were; with `all`, of each table, and which were not. */
void coverage_print(bool all);

/* Switches a defect of common/mutant.h on, for the whole run; NULL: none. */
void mutant_choose(const char *name);

#endif
