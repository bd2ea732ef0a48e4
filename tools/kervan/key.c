/* key.c - `kervan key`: makes API keys, shows them, puts new ones in their place, and ends them.
 *
 * A key is printed once, alone on its line; only the SHA-256 of its secret is kept.  A channel that does not exist
 * yet is made.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/text.h"
#include "tools/kervan/session.h"

#include <string.h>

enum { ID_BYTES = 8, SECRET_BYTES = 32 };

struct secret {
    char id[2 * ID_BYTES + 1], text[2 * SECRET_BYTES + 1];
    unsigned char hash[SHA256_BYTES];
};

static const struct field list_fields[] = {
    { "id", "KEY", CELL_TEXT },
    { "channel", "CHANNEL", CELL_TEXT },
    { "scopes", "SCOPES", CELL_TEXT },
    { "note", "NOTE", CELL_TEXT },
    { "state", "STATE", CELL_TEXT },
    { "created_at", "CREATED", CELL_TEXT },
    { "expires_at", "EXPIRES", CELL_TEXT },
    { "revoked_at", "REVOKED", CELL_TEXT },
};

static const struct field made_fields[] = {
    { "id", NULL, CELL_TEXT },
    { "key", NULL, CELL_TEXT },
    { "replaces", NULL, CELL_TEXT },
    { "replaced_expires_at", NULL, CELL_TEXT },
};

static const struct field revoked_fields[] = { { "id", NULL, CELL_TEXT } };

/* Whoever calls is known to the log of what people did. */
static enum err open_gateway(struct invocation *call, struct pg **ret)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 1);
    struct listing told = { NULL, 0 };
    enum err err = open_schema(call->ctx, "gateway", SQL_RANGE(KEY_ACTOR, KEY_REVOKE), ret);

    pg_argument_text(arguments, actor_of(call));
    return err ? err : ask(call->ctx, *ret, SQL(KEY_ACTOR), arguments, &told);
}

static enum err run(struct ctx *ctx, struct pg *pg, const struct sql_statement *statement,
                    const struct pg_arguments *arguments, int64_t *ret_affected)
{
    struct pg_result *result = NULL;
    enum err err = pg_run(ctx, pg, statement, arguments, &result);

    if (!err) {
        *ret_affected = pg_affected(result);
        pg_result_free(result);
    }
    return err;
}

static struct secret make_secret(void)
{
    unsigned char bytes[ID_BYTES + SECRET_BYTES];
    struct secret secret;

    random_bytes(bytes, sizeof bytes);
    text_hex(bytes, ID_BYTES, secret.id);
    text_hex(bytes + ID_BYTES, SECRET_BYTES, secret.text);
    sha256(secret.text, strlen(secret.text), secret.hash);
    return secret;
}

static enum err print_made(struct invocation *call, const struct secret *secret,
                           const char *replaces, const char *expires_at)
{
    const char *key = text_format(call->ctx->arena, "kvn_live_%s_%s", secret->id, secret->text);
    const char *cells[] = { secret->id, key, replaces, expires_at };
    const struct section made = { .fields = made_fields,
                                  .field_count = FIELD_COUNT(made_fields),
                                  .listing = { cells, 1 } };

    return print_done(call, &made, key);
}

static enum err make_channel(struct ctx *ctx, struct pg *pg, const char *channel)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    int64_t made = 0;

    if (channel == NULL) {
        return OK;
    }
    pg_argument_text(arguments, channel);
    enum err err = run(ctx, pg, SQL(KEY_MAKE_CHANNEL), arguments, &made);
    return err != ERR_RULE ? err
                           : err_set(ctx, ERR_INPUT,
                                     "\"%s\" cannot be a channel: at most 32 letters, "
                                     "digits and dashes",
                                     channel);
}

static enum err make_key(struct invocation *call, struct pg *pg, const struct secret *secret)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 5);
    const char *note = option_text(call, "--note");
    int64_t made = 0;

    pg_argument_text(arguments, secret->id);
    pg_argument_bytes(arguments, (struct bytes){ secret->hash, sizeof secret->hash });
    pg_argument_text(arguments, option_text(call, "--channel"));
    pg_argument_text(arguments, option_text(call, "--scopes"));
    pg_argument_text(arguments, note == NULL ? "" : note);
    enum err err = run(call->ctx, pg, SQL(KEY_MAKE), arguments, &made);
    if (err == ERR_RULE && text_equal(pg_constraint(pg), "api_key_scopes_known")) {
        return err_set(call->ctx, ERR_INPUT,
                       "\"%s\" are not all scopes; services/gateway/README.md lists them",
                       option_text(call, "--scopes"));
    }
    return err;
}

enum err run_key_create(struct invocation *call)
{
    struct secret secret = make_secret();
    struct pg *pg = NULL;
    enum err err = open_gateway(call, &pg);

    if (!err) {
        err = make_channel(call->ctx, pg, option_text(call, "--channel"));
    }
    if (!err) {
        err = make_key(call, pg, &secret);
    }
    pg_close(pg);
    return err ? err : print_made(call, &secret, NULL, NULL);
}

enum err run_key_list(struct invocation *call)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 2);
    struct section keys = { .fields = list_fields, .field_count = FIELD_COUNT(list_fields) };
    struct pg *pg = NULL;
    enum err err = open_gateway(call, &pg);

    pg_argument_text(arguments, option_text(call, "--channel"));
    pg_argument_bool(arguments, option_is_given(call, "--all"));
    if (!err) {
        err = ask(call->ctx, pg, SQL(KEY_LIST), arguments, &keys.listing);
    }
    pg_close(pg);
    return err ? err : print_list(call, &keys, "no key is in use");
}

static enum err not_in_use(const struct invocation *call)
{
    return err_set(call->ctx, ERR_NOTFOUND, "no key \"%s\" is in use", call->arguments[0]);
}

enum err run_key_rotate(struct invocation *call)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 4);
    struct secret secret = make_secret();
    struct listing made = { NULL, 0 };
    struct pg *pg = NULL;
    enum err err = open_gateway(call, &pg);

    pg_argument_text(arguments, call->arguments[0]);
    pg_argument_text(arguments, secret.id);
    pg_argument_bytes(arguments, (struct bytes){ secret.hash, sizeof secret.hash });
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--overlap"));
    if (!err) {
        err = ask(call->ctx, pg, SQL(KEY_ROTATE), arguments, &made);
    }
    pg_close(pg);
    if (!err && made.rows == 0) {
        return not_in_use(call);
    }
    return err ? err : print_made(call, &secret, call->arguments[0], made.cells[1]);
}

enum err run_key_revoke(struct invocation *call)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 1);
    const struct section revoked = { .fields = revoked_fields,
                                     .field_count = FIELD_COUNT(revoked_fields),
                                     .listing = { &call->arguments[0], 1 } };
    struct pg *pg = NULL;
    int64_t count = 0;
    enum err err = open_gateway(call, &pg);

    pg_argument_text(arguments, call->arguments[0]);
    if (!err) {
        err = run(call->ctx, pg, SQL(KEY_REVOKE), arguments, &count);
    }
    pg_close(pg);
    if (!err && count == 0) {
        return not_in_use(call);
    }
    return err ? err : print_done(call, &revoked, "revoked; it is refused within seconds");
}
