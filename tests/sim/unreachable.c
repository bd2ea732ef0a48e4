/* unreachable.c - the declarations: a run that reaches one of these cells fails, for then it is wrong. */
#include "tests/sim/unreachable.h"

const struct unreachable unreachables[] = {
    { "work of a place", "WORK_NONE", "WORK_IN_DUE WORK_IN_SUSPEND WORK_IN_RESUME", "nobody was told" },
};
const size_t unreachable_count = sizeof unreachables / sizeof unreachables[0];
