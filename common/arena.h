/* arena.h - memory for one batch or one request.
 *
 * Everything allocated lives until arena_reset() or arena_free(); nothing is given back alone.
 * The arena has a hard maximum, set at birth.  Going over it is a programming error (limits on
 * input are checked where input enters), so it ends the process instead of returning NULL.
 * An arena belongs to one thread at a time.
 */
#ifndef KERVAN_COMMON_ARENA_H
#define KERVAN_COMMON_ARENA_H

#include <stddef.h>

struct arena;

/* Takes no memory for content yet.  Ends the process when there is none for the handle. */
struct arena *arena_new(size_t bytes_max);
/* For thousands that live side by side and hold little: it begins with a block of 2 KiB instead of 16. */
struct arena *arena_new_small(size_t bytes_max);

/* Gives everything back.  NULL is fine. */
void arena_free(struct arena *arena);

/* Forgets all allocations at once and keeps one block for the next round. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned to 16 bytes, never NULL (also for size 0). */
void *arena_alloc(struct arena *arena, size_t size);

/* A NUL-terminated copy of `length` bytes. */
char *arena_copy_text(struct arena *arena, const char *text, size_t length);

void *arena_copy(struct arena *arena, const void *bytes, size_t length);

/* Bytes handed out since the last reset, padding included. */
size_t arena_used_bytes(const struct arena *arena);

#endif
