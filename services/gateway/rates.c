/* rates.c - a bucket a key, in slots by a hash of its id; a key that finds another's slot begins anew, full. */
#include "services/gateway/rates.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/waiting.h"
#include "services/gateway/api_key.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SLOTS = 4096 };

struct slot {
    char key_id[API_KEY_ID_LENGTH + 1];
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

struct rate_verdict rates_take(struct rates *rates, const char *key_id, struct rate_limit limit)
{
    struct slot *slot = &rates->slots[murmur2(key_id, strlen(key_id)) % SLOTS];

    (void)pthread_mutex_lock(&rates->mutex);
    if (strcmp(slot->key_id, key_id) != 0) {
        *slot = (struct slot){ .bucket = { 0 } };
        (void)snprintf(slot->key_id, sizeof slot->key_id, "%s", key_id);
    }
    struct rate_verdict verdict = rate_take(&slot->bucket, limit, monotonic_ms());
    (void)pthread_mutex_unlock(&rates->mutex);
    return verdict;
}
