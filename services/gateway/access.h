/* access.h - who calls: the API key of a request, looked up and remembered for a few seconds.
 *
 * Only a hash of a key's secret is known here.  While the database is away a key that was good a minute ago
 * still is, so that orders are taken.  Thread-safe.
 */
#ifndef KERVAN_GATEWAY_ACCESS_H
#define KERVAN_GATEWAY_ACCESS_H

#include "common/err.h"
#include "services/gateway/api_key.h"
#include "services/gateway/rate_limit.h"
#include "services/gateway/scopes.h"

#include <stdbool.h>
#include <stdint.h>

enum { CHANNEL_LENGTH_MAX = 32 };

struct arena;
struct access;
struct read_pool;

struct caller {
    char key_id[API_KEY_ID_LENGTH + 1];
    char channel[CHANNEL_LENGTH_MAX + 1]; /* "" for all */
    uint32_t scopes;
    struct rate_limit rate; /* its own or its channel's; 0 when it has none */
};

struct access *access_new(struct arena *memory, struct read_pool *pool);
/* ERR_NOTFOUND when no valid key has this text, ERR_RETRY when that cannot be known now. */
enum err access_find(struct access *access, struct ctx *ctx, const char *credentials,
                     struct caller *ret) MUST_USE;
/* What is remembered of a key is wrong from now on. */
void access_forget(struct access *access, const char *key_id);
/* Whether a channel exists and is active. */
enum err access_channel(struct access *access, struct ctx *ctx, const char *channel,
                        bool *ret) MUST_USE;

#endif
