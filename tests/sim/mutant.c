/* mutant.c - the defects that are switched on: one, or two where one guards against the other. */
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
    size_t length = strlen(name);

    for (const char *at = chosen; at != NULL; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        if (strncmp(at, name, length) == 0 && (at[length] == '\0' || at[length] == ',')) {
            return true;
        }
    }
    return false;
}
