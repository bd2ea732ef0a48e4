/* waiting.h - threads that wait for replies, each by the id of its own request.
 *
 * Several may wait for the outcome of one matter, of which only one request is told: they name the matter, and
 * whoever hears the outcome shares it.  What is shared comes after a thread's own first reply, which may be another.
 * A thread enters before its request is sent, so that no reply can be missed.  Thread-safe.
 */
#ifndef KERVAN_COMMON_WAITING_H
#define KERVAN_COMMON_WAITING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WAITING_ID_LENGTH_MAX = 63 };

struct arena;
struct waiting;

/* One thread's place; the thread's own memory, for the functions here to fill. */
struct waiter {
    char id[WAITING_ID_LENGTH_MAX + 1], matter[WAITING_ID_LENGTH_MAX + 1];
    struct waiter *next, *next_of_matter;
    pthread_cond_t came;
    char *reply; /* the newest that came and was not taken */
    size_t reply_length;
    bool heard;   /* a reply of its own was taken */
    char *shared; /* the newest that others shared */
    size_t shared_length;
};

struct waiting *waiting_new(void);
/* When nobody waits any more.  Takes NULL; returns NULL. */
struct waiting *waiting_free(struct waiting *waiting);
/* Wakes everybody, and lets nobody sleep from now on: the process drains. */
void waiting_end(struct waiting *waiting);

/* `matter` may be NULL: nothing is shared with it. */
void waiting_enter(struct waiting *waiting, struct waiter *waiter, const char *id,
                   const char *matter);
void waiting_leave(struct waiting *waiting, struct waiter *waiter);
/* Sleeps until a reply is there or `until_ms` (of monotonic_ms) has come: the reply in the arena with a NUL behind
 * it, or NULL. */
const char *waiting_take(struct waiting *waiting, struct waiter *waiter, struct arena *arena,
                         int64_t until_ms, size_t *ret_length);
/* False when nobody waits under this id.  The bytes are copied; a reply not yet taken is replaced. */
bool waiting_deliver(struct waiting *waiting, const char *id, const char *reply, size_t length);
/* The same for all who wait for this matter. */
void waiting_share(struct waiting *waiting, const char *matter, const char *reply, size_t length);

/* CLOCK_MONOTONIC. */
int64_t monotonic_ms(void);

#endif
