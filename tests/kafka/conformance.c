/* conformance.c - the list that every log is held to; it lies with the log in memory. */
#include "../unit/broker_bench.c" /* NOLINT(bugprone-suspicious-include): one list, two programs */
#include "../unit/broker_conformance.c" /* NOLINT(bugprone-suspicious-include): its other half */
