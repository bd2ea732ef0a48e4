/* waiting.c - a small hash of waiters under one lock; each sleeps on a condition of its own. */
#include "common/waiting.h"

#include "common/arena.h"
#include "common/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BUCKETS = 256 };

struct waiting {
    pthread_mutex_t mutex;
    bool ended;
    struct waiter *buckets[BUCKETS], *matters[BUCKETS];
};

int64_t monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct waiter **bucket_of(struct waiting *waiting, const char *id)
{
    return &waiting->buckets[murmur2(id, strlen(id)) % BUCKETS];
}

static struct waiter **matter_of(struct waiting *waiting, const char *matter)
{
    return &waiting->matters[murmur2(matter, strlen(matter)) % BUCKETS];
}

static char *copy_of(const char *reply, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);

    if (copy == NULL)
        abort();
    memcpy(copy, reply, length);
    return copy;
}

struct waiting *waiting_new(void)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);

    if (waiting == NULL)
        abort();
    (void)pthread_mutex_init(&waiting->mutex, NULL);
    return waiting;
}

struct waiting *waiting_free(struct waiting *waiting)
{
    if (waiting == NULL)
        return NULL;
    (void)pthread_mutex_destroy(&waiting->mutex);
    free(waiting);
    return NULL;
}

void waiting_end(struct waiting *waiting)
{
    (void)pthread_mutex_lock(&waiting->mutex);
    waiting->ended = true;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct waiter *waiter = waiting->buckets[i]; waiter != NULL; waiter = waiter->next)
            (void)pthread_cond_signal(&waiter->came);
    }
    (void)pthread_mutex_unlock(&waiting->mutex);
}

void waiting_enter(struct waiting *waiting, struct waiter *waiter, const char *id,
                   const char *matter)
{
    struct waiter **bucket = bucket_of(waiting, id);
    pthread_condattr_t attributes;

    *waiter = (struct waiter){ .next = NULL };
    (void)snprintf(waiter->id, sizeof waiter->id, "%s", id);
    (void)snprintf(waiter->matter, sizeof waiter->matter, "%s", matter == NULL ? "" : matter);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&waiter->came, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_lock(&waiting->mutex);
    waiter->next = *bucket;
    *bucket = waiter;
    if (waiter->matter[0] != '\0') {
        struct waiter **others = matter_of(waiting, waiter->matter);

        waiter->next_of_matter = *others;
        *others = waiter;
    }
    (void)pthread_mutex_unlock(&waiting->mutex);
}

void waiting_leave(struct waiting *waiting, struct waiter *waiter)
{
    struct waiter **at = bucket_of(waiting, waiter->id);

    (void)pthread_mutex_lock(&waiting->mutex);
    while (*at != waiter) /* ends: who entered is there */
        at = &(*at)->next;
    *at = waiter->next;
    if (waiter->matter[0] != '\0') {
        at = matter_of(waiting, waiter->matter);
        while (*at != waiter) /* ends: the same */
            at = &(*at)->next_of_matter;
        *at = waiter->next_of_matter;
    }
    (void)pthread_mutex_unlock(&waiting->mutex);
    (void)pthread_cond_destroy(&waiter->came);
    free(waiter->reply);
    free(waiter->shared);
}

/* What is there for it, taken away: its own before what is shared; NULL when nothing is. */
static char *take(struct waiter *waiter, size_t *ret_length)
{
    bool own = waiter->reply != NULL;
    char **from = own ? &waiter->reply : &waiter->shared;
    char *reply = *from;

    if (!own && !waiter->heard)
        return NULL;
    *ret_length = own ? waiter->reply_length : waiter->shared_length;
    *from = NULL;
    waiter->heard = true;
    return reply;
}

const char *waiting_take(struct waiting *waiting, struct waiter *waiter, struct arena *arena,
                         int64_t until_ms, size_t *ret_length)
{
    struct timespec until = { .tv_sec = (time_t)(until_ms / 1000),
                              .tv_nsec = (long)(until_ms % 1000) * 1000000 };
    char *copy = NULL;
    int waited = 0;

    (void)pthread_mutex_lock(&waiting->mutex);
    char *reply = take(waiter, ret_length);
    while (reply == NULL && !waiting->ended && waited == 0) {
        waited = pthread_cond_timedwait(&waiter->came, &waiting->mutex, &until);
        reply = take(waiter, ret_length);
    }
    (void)pthread_mutex_unlock(&waiting->mutex);
    if (reply != NULL) {
        copy = arena_copy_text(arena, reply, *ret_length);
        free(reply);
    }
    return copy;
}

bool waiting_deliver(struct waiting *waiting, const char *id, const char *reply, size_t length)
{
    char *copy = copy_of(reply, length);
    struct waiter *waiter = NULL;

    (void)pthread_mutex_lock(&waiting->mutex);
    waiter = *bucket_of(waiting, id);
    while (waiter != NULL && strcmp(waiter->id, id) != 0)
        waiter = waiter->next;
    if (waiter != NULL) {
        free(waiter->reply);
        waiter->reply = copy;
        waiter->reply_length = length;
        (void)pthread_cond_signal(&waiter->came);
    }
    (void)pthread_mutex_unlock(&waiting->mutex);
    if (waiter == NULL)
        free(copy);
    return waiter != NULL;
}

void waiting_share(struct waiting *waiting, const char *matter, const char *reply, size_t length)
{
    (void)pthread_mutex_lock(&waiting->mutex);
    struct waiter *waiter = *matter_of(waiting, matter);
    for (; waiter != NULL; waiter = waiter->next_of_matter) {
        if (strcmp(waiter->matter, matter) == 0) {
            free(waiter->shared);
            waiter->shared = copy_of(reply, length);
            waiter->shared_length = length;
            (void)pthread_cond_signal(&waiter->came);
        }
    }
    (void)pthread_mutex_unlock(&waiting->mutex);
}
