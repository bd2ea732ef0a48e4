/* access.c - a small memory of API keys before the database; a slot a key, newer ones push older ones out. */
#include "services/gateway/access.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/id.h"
#include "common/read_api.h"
#include "common/waiting.h"
#include "sql/gateway_sql.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SLOTS = 1024, FRESH_MS = 3000, STALE_MS = 60000, HASHES = 2 };

/* What is known of a key id, also that there is no such key. */
struct known_key {
    struct caller caller;
    unsigned char hashes[HASHES][SHA256_BYTES]; /* of the secret, and of the one before it */
    bool exists;
    int64_t known_at; /* monotonic ms; 0: the slot is empty */
};

struct access {
    struct read_pool *pool;
    pthread_mutex_t mutex;
    struct known_key slots[SLOTS];
};

struct access *access_new(struct arena *memory, struct read_pool *pool)
{
    struct access *access = arena_alloc(memory, sizeof *access);

    access->pool = pool;
    (void)pthread_mutex_init(&access->mutex, NULL);
    return access;
}

static struct known_key *slot_of(struct access *access, const char *id)
{
    return &access->slots[murmur2(id, strlen(id)) % SLOTS];
}

/* False when nothing is remembered of this id. */
static bool recall(struct access *access, const char *id, struct known_key *ret)
{
    (void)pthread_mutex_lock(&access->mutex);
    *ret = *slot_of(access, id);
    (void)pthread_mutex_unlock(&access->mutex);
    return ret->known_at != 0 && strcmp(ret->caller.key_id, id) == 0;
}

static void remember(struct access *access, const struct known_key *known)
{
    (void)pthread_mutex_lock(&access->mutex);
    *slot_of(access, known->caller.key_id) = *known;
    (void)pthread_mutex_unlock(&access->mutex);
}

/* A hash that is not there stays 0, which no secret has. */
static void read_hash(const struct pg_result *result, int column, unsigned char *ret)
{
    struct bytes hash =
        pg_is_null(result, 0, column) ? (struct bytes){ NULL, 0 } : pg_bytes(result, 0, column);

    if (hash.length == SHA256_BYTES) {
        memcpy(ret, hash.bytes, SHA256_BYTES);
    }
}

static int64_t read_number(const struct pg_result *result, int column)
{
    return pg_is_null(result, 0, column) ? 0 : pg_int(result, 0, column, COLUMN_INT4);
}

static void read_row(const struct pg_result *result, struct known_key *ret)
{
    const char *channel = pg_text(result, 0, 2);

    ret->exists = true;
    read_hash(result, 0, ret->hashes[0]);
    read_hash(result, 1, ret->hashes[1]);
    (void)snprintf(ret->caller.channel, sizeof ret->caller.channel, "%s",
                   channel == NULL ? "" : channel);
    ret->caller.scopes = scopes_parse(pg_text(result, 0, 3));
    ret->caller.rate = (struct rate_limit){ read_number(result, 4), read_number(result, 5) };
}

static enum err look_up(struct access *access, struct ctx *ctx, const char *id,
                        struct known_key *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    struct pg_result *result = NULL;

    pg_argument_text(arguments, id);
    enum err err = read_pool_run(access->pool, ctx, &gateway_sql_statements[GATEWAY_SQL_KEY_FIND],
                                 arguments, &result);
    if (err) {
        return err;
    }
    *ret = (struct known_key){ .known_at = monotonic_ms() };
    (void)snprintf(ret->caller.key_id, sizeof ret->caller.key_id, "%s", id);
    if (pg_row_count(result) == 1) {
        read_row(result, ret);
    }
    pg_result_free(result);
    remember(access, ret);
    return OK;
}

enum err access_find(struct access *access, struct ctx *ctx, const char *credentials,
                     struct caller *ret)
{
    unsigned char hash[SHA256_BYTES];
    struct known_key known, fresh;
    struct api_key key;

    if (!api_key_parse(credentials, &key)) {
        return err_set(ctx, ERR_NOTFOUND, "the credentials are no API key");
    }
    bool recalled = recall(access, key.id, &known);
    int64_t age_ms = recalled ? monotonic_ms() - known.known_at : STALE_MS;
    if (age_ms >= FRESH_MS) {
        enum err err = look_up(access, ctx, key.id, &fresh);

        if (err && age_ms >= STALE_MS) {
            return err;
        }
        known = err ? known : fresh;
    }
    sha256(key.secret, API_KEY_SECRET_LENGTH, hash);
    bool same = equal_constant_time(hash, known.hashes[0], SHA256_BYTES);
    bool same_as_old = equal_constant_time(hash, known.hashes[1], SHA256_BYTES);
    if (!known.exists || (!same && !same_as_old)) {
        return err_set(ctx, ERR_NOTFOUND, "no such API key");
    }
    *ret = known.caller;
    return OK;
}

void access_forget(struct access *access, const char *key_id)
{
    (void)pthread_mutex_lock(&access->mutex);
    if (strcmp(slot_of(access, key_id)->caller.key_id, key_id) == 0) {
        slot_of(access, key_id)->known_at = 0;
    }
    (void)pthread_mutex_unlock(&access->mutex);
}

enum err access_channel(struct access *access, struct ctx *ctx, const char *channel, bool *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    struct pg_result *result = NULL;

    pg_argument_text(arguments, channel);
    enum err err =
        read_pool_run(access->pool, ctx, &gateway_sql_statements[GATEWAY_SQL_CHANNEL_IS_ACTIVE],
                      arguments, &result);
    if (!err) {
        *ret = pg_bool(result, 0, 0);
        pg_result_free(result);
    }
    return err;
}
