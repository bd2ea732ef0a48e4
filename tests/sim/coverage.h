/* coverage.h - which cells of the services' rule tables a run has reached. */
#ifndef KERVAN_TESTS_SIM_COVERAGE_H
#define KERVAN_TESTS_SIM_COVERAGE_H

#include <stdbool.h>

/* How many of each table's cells were reached; with `all`, which were not. */
void coverage_print(bool all);

#endif
