/* edges.h - what reads bytes of strangers beside the generated decoders: headers, cursors, tokens, webhooks, answers. */
#ifndef KERVAN_TESTS_EDGES_H
#define KERVAN_TESTS_EDGES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* How many there are. */
size_t edge_count(void);
/* Which one has this name; edge_count() when none has. */
size_t edge_find(const char *name);
/* Has it read `text` (a copy, with a NUL behind its `length` bytes), and aborts when a promise is broken. */
void edge_run(size_t edge, struct arena *arena, const char *text, size_t length);

#endif
