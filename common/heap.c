/* heap.c - glibc's knobs; where there are none, nothing is done. */
#include "common/heap.h"

#include <malloc.h>

enum { HEAPS_MAX = 2 };

void heap_bound(void)
{
    (void)mallopt(M_ARENA_MAX, HEAPS_MAX); /* NOLINT(concurrency-mt-unsafe): one thread yet */
}

void heap_trim(void)
{
    (void)malloc_trim(0);
}
