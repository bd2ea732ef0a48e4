/* rates.c - a bucket a name, in slots by a hash; a name that finds another's slot begins anew, full. */
#include "services/gateway/rates.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/waiting.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SLOTS = 4096, NAME_LENGTH_MAX = 63 }; /* of a key, or an address */

struct slot {
    char name[NAME_LENGTH_MAX + 1];
    struct rate_bucket bucket;
};

struct rates {
    pthread_mutex_t mutex;
    struct slot slots[SLOTS];
};

struct rates *rates_new(struct arena *memory)
{
    struct rates *rates = arena_alloc(memory, sizeof *rates);

    (void)pthread_mutex_init(&rates->mutex, NULL);
    return rates;
}

struct rate_verdict rates_take(struct rates *rates, const char *name, struct rate_limit limit)
{
    struct slot *slot = &rates->slots[murmur2(name, strlen(name)) % SLOTS];

    (void)pthread_mutex_lock(&rates->mutex);
    if (strcmp(slot->name, name) != 0) {
        *slot = (struct slot){ .bucket = { 0 } };
        (void)snprintf(slot->name, sizeof slot->name, "%s", name);
    }
    struct rate_verdict verdict = rate_take(&slot->bucket, limit, monotonic_ms());
    (void)pthread_mutex_unlock(&rates->mutex);
    return verdict;
}
