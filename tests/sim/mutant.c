/* mutant.c - the one defect that is switched on. */
#ifndef KERVAN_MUTANTS
#define KERVAN_MUTANTS
#endif
#include "common/mutant.h"
#include "tests/sim/coverage.h"

#include <stddef.h>
#include <string.h>

static const char *chosen;

void mutant_choose(const char *name)
{
    chosen = name;
}

bool mutant(const char *name)
{
    return chosen != NULL && strcmp(chosen, name) == 0;
}
