/* key.c - `kervan key`: makes API keys, and ends them.
 *
 *   kervan key create --scopes orders:write,orders:read [--channel web] [--note TEXT]
 *   kervan key revoke ID
 *
 * A key is printed once, alone on its line; only the SHA-256 of its secret is kept.  A channel that does not exist
 * yet is made.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/pg.h"
#include "common/text.h"
#include "sql/kervan_sql.h"

#include <stdlib.h>
#include <string.h>

enum {
    ID_BYTES = 8,
    SECRET_BYTES = 32,
    TIMEOUT_MS = 5000,
    NOTE_LENGTH_MAX = 200,
    STATEMENT_COUNT = KERVAN_SQL_KEY_REVOKE - KERVAN_SQL_KEY_MAKE_CHANNEL + 1
};

struct new_key {
    const char *channel, *scopes, *note;
};

static enum err read_words(struct ctx *ctx, int count, char **words, struct new_key *ret)
{
    for (int i = 0; i < count; i += 2) {
        bool value = i + 1 < count;

        if (value && text_equal(words[i], "--channel") && is_name(words[i + 1], '-')) {
            ret->channel = words[i + 1];
        } else if (value && text_equal(words[i], "--scopes")) {
            ret->scopes = words[i + 1];
        } else if (value && text_equal(words[i], "--note") &&
                   strlen(words[i + 1]) <= NOTE_LENGTH_MAX) {
            ret->note = words[i + 1];
        } else {
            return err_set(ctx, ERR_INPUT, "unexpected \"%s\"", words[i]);
        }
    }
    return ret->scopes == NULL ? err_set(ctx, ERR_INPUT, "--scopes is required") : OK;
}

static enum err open_gateway(struct ctx *ctx, struct pg **ret)
{
    const char *conninfo =
        getenv("KERVAN_PG_OWNER"); /* NOLINT(concurrency-mt-unsafe): there is one thread */
    const struct pg_options options = {
        .conninfo = conninfo == NULL ? "" : conninfo,
        .application_name = "kervan key",
        .search_path = "gateway",
        .statement_timeout_ms = TIMEOUT_MS,
        .lock_timeout_ms = TIMEOUT_MS,
        .sets = { { &kervan_sql_statements[KERVAN_SQL_KEY_MAKE_CHANNEL], STATEMENT_COUNT } },
    };

    if (options.conninfo[0] == '\0') {
        return err_set(ctx, ERR_FATAL, "KERVAN_PG_OWNER is not set");
    }
    return pg_open(ctx, &options, ret);
}

static enum err run(struct ctx *ctx, struct pg *pg, enum kervan_sql statement,
                    const struct pg_arguments *arguments, int64_t *ret_affected)
{
    struct pg_result *result = NULL;
    enum err err = pg_run(ctx, pg, &kervan_sql_statements[statement], arguments, &result);

    if (!err) {
        *ret_affected = pg_affected(result);
        pg_result_free(result);
    }
    return err;
}

static enum err make_channel(struct ctx *ctx, struct pg *pg, const char *channel)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    int64_t made = 0;

    if (channel == NULL) {
        return OK;
    }
    pg_argument_text(arguments, channel);
    enum err err = run(ctx, pg, KERVAN_SQL_KEY_MAKE_CHANNEL, arguments, &made);
    return err != ERR_RULE ? err
                           : err_set(ctx, err,
                                     "\"%s\" cannot be a channel: at most 32 letters, "
                                     "digits and dashes",
                                     channel);
}

static enum err make_key(struct ctx *ctx, struct pg *pg, const struct new_key *key)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 5);
    unsigned char bytes[ID_BYTES + SECRET_BYTES], hash[SHA256_BYTES];
    char id[2 * ID_BYTES + 1], secret[2 * SECRET_BYTES + 1];
    int64_t made = 0;

    random_bytes(bytes, sizeof bytes);
    text_hex(bytes, ID_BYTES, id);
    text_hex(bytes + ID_BYTES, SECRET_BYTES, secret);
    sha256(secret, strlen(secret), hash);
    pg_argument_text(arguments, id);
    pg_argument_bytes(arguments, (struct bytes){ hash, sizeof hash });
    pg_argument_text(arguments, key->channel);
    pg_argument_text(arguments, key->scopes);
    pg_argument_text(arguments, key->note == NULL ? "" : key->note);
    enum err err = run(ctx, pg, KERVAN_SQL_KEY_MAKE, arguments, &made);
    if (err == ERR_RULE && text_equal(pg_constraint(pg), "api_key_scopes_known")) {
        return err_set(ctx, err, "\"%s\" are not all scopes; services/gateway/README.md lists them",
                       key->scopes);
    }
    if (!err) {
        say("kvn_live_%s_%s", id, secret);
    }
    return err;
}

static enum err create(struct ctx *ctx, int count, char **words)
{
    struct new_key key = { NULL, NULL, NULL };
    struct pg *pg = NULL;
    enum err err = read_words(ctx, count, words, &key);

    if (!err) {
        err = open_gateway(ctx, &pg);
    }
    if (!err) {
        err = make_channel(ctx, pg, key.channel);
    }
    if (!err) {
        err = make_key(ctx, pg, &key);
    }
    pg_close(pg);
    return err;
}

static enum err revoke(struct ctx *ctx, const char *id)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    struct pg *pg = NULL;
    int64_t revoked = 0;
    enum err err = open_gateway(ctx, &pg);

    pg_argument_text(arguments, id);
    if (!err) {
        err = run(ctx, pg, KERVAN_SQL_KEY_REVOKE, arguments, &revoked);
    }
    if (!err && revoked == 0) {
        err = err_set(ctx, ERR_NOTFOUND, "no key \"%s\" is in use", id);
    }
    if (!err) {
        say("revoked; it is refused within seconds");
    }
    pg_close(pg);
    return err;
}

enum err run_key(struct ctx *ctx, int count, char **words)
{
    if (count > 1 && text_equal(words[0], "create")) {
        return create(ctx, count - 1, words + 1);
    }
    if (count == 2 && text_equal(words[0], "revoke")) {
        return revoke(ctx, words[1]);
    }
    return err_set(ctx, ERR_INPUT, "say create or revoke");
}
