/* store_conformance.c - the list that every store is held to; it lies with the store in memory. */
#include "../unit/store_bench.c" /* NOLINT(bugprone-suspicious-include): one list, two programs */
#include "../unit/store_conformance_lanes.c" /* NOLINT(bugprone-suspicious-include): one list as well */
#include "../unit/store_conformance_rows.c" /* NOLINT(bugprone-suspicious-include): one list as well */
#include "../unit/store_conformance_runtime.c" /* NOLINT(bugprone-suspicious-include): one list as well */
