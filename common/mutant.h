/* mutant.h - deliberate defects, one at a time, that the simulation must find; in any other build there are none.
 *
 * tests/sim/mutants.py lists them with what each breaks.
 */
#ifndef KERVAN_COMMON_MUTANT_H
#define KERVAN_COMMON_MUTANT_H

#include <stdbool.h>

#ifdef KERVAN_MUTANTS
bool mutant(const char *name);
#else
static inline bool mutant(const char *name)
{
    (void)name;
    return false;
}
#endif

#endif
