/* heap.h - how much memory the C library keeps for later: a service's memory comes back after a busy moment (docs/soak.md). */
#ifndef KERVAN_COMMON_HEAP_H
#define KERVAN_COMMON_HEAP_H

enum { HEAP_TRIM_PAUSE_MS = 30000 };

/* Two heaps instead of one a thread, each of which keeps the most that it ever held.  Before the first thread. */
void heap_bound(void);
/* Gives whole free pages back to the machine: some milliseconds of the heaps' locks.  Any thread; each HEAP_TRIM_PAUSE_MS. */
void heap_trim(void);

#endif
