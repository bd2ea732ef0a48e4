/* unreachable.c - the declarations: a run that reaches one of these cells fails, for then it is wrong. */
#include "tests/sim/unreachable.h"

const struct unreachable unreachables[] = {
    { "work of a place", "WORK_NONE", "WORK_IN_DUE",
      "a timer is made with the work that it opens, and work is never deleted" },
};
const size_t unreachable_count = sizeof unreachables / sizeof unreachables[0];
