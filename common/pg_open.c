/* pg_open.c - the life of a connection: address, session settings, prepared statements. */
#include "common/log.h"
#include "common/pg_native.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PATIENCE_MARGIN_MS = 2000,
    PATIENCE_MS_MAX = 600000 /* where statements have no time-out */
};

static void on_notice(void *unused, const char *message)
{
    char line[256];
    const char *notice = line;

    (void)unused;
    pg_copy_line(line, sizeof line, message);
    log_debug("notice from the database", LOG_TEXT("notice", notice));
}

static enum err connect_native(struct ctx *ctx, const struct pg_options *options, PGconn **ret)
{
    const char *const names[] = {
        "dbname",           "application_name", "client_encoding",
        "connect_timeout",  "keepalives_idle",  "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", NULL,
    };
    const char *const values[] = {
        options->conninfo, options->application_name, "UTF8", "2", "2", "1", "3", "5000", NULL,
    };
    char *wrong = NULL;
    PQconninfoOption *parsed = PQconninfoParse(options->conninfo, &wrong);

    if (parsed == NULL) { /* libpq's words may quote a password */
        PQfreemem(wrong);
        return err_set(ctx, ERR_FATAL,
                       "database address is malformed; write it as "
                       "\"host=... port=... dbname=... user=...\" or a URI");
    }
    PQconninfoFree(parsed);
    PGconn *native = PQconnectdbParams(names, values, 1);
    if (PQstatus(native) != CONNECTION_OK) {
        char line[256];
        pg_copy_line(line, sizeof line, PQerrorMessage(native));
        PQfinish(native);
        return err_set(ctx, ERR_RETRY, "could not connect to the database: %s", line);
    }
    *ret = native;
    return OK;
}

/* Compiling a plan takes a hundred times what any of our statements takes.  Making one anew for each set of values, which
 * the server by itself does for arrays, takes longer than what is done by key. */
static bool queue_settings(struct pg *pg, const struct pg_options *options)
{
    static const char *const text =
        "select set_config('search_path', $1, false), set_config('statement_timeout', $2, false),"
        " set_config('lock_timeout', $3, false), set_config('TimeZone', 'UTC', false),"
        " set_config('idle_in_transaction_session_timeout', $4, false),"
        " set_config('enable_seqscan', $5, false), set_config('jit', 'off', false),"
        " set_config('plan_cache_mode', $6, false), set_config('enable_bitmapscan', $7, false)";
    char numbers[3][24];
    const char *const values[] = { options->search_path,
                                   numbers[0],
                                   numbers[1],
                                   numbers[2],
                                   options->by_key ? "off" : "on",
                                   options->by_key ? "force_generic_plan" : "auto",
                                   options->dying_rows ? "off" : "on" };

    (void)snprintf(numbers[0], sizeof numbers[0], "%lld", (long long)options->statement_timeout_ms);
    (void)snprintf(numbers[1], sizeof numbers[1], "%lld", (long long)options->lock_timeout_ms);
    (void)snprintf(numbers[2], sizeof numbers[2], "%lld",
                   (long long)options->idle_in_transaction_timeout_ms);
    return PQsendQueryParams(pg->native, text, 7, NULL, values, NULL, NULL, 1) == 1 &&
           pg_pending_add(&pg->pending, "settings of the session");
}

static bool queue_statements(struct pg *pg, const struct pg_statements *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct sql_statement *statement = &set->statements[i];
        if (PQsendPrepare(pg->native, statement->name, statement->text, 0, NULL) != 1 ||
            !pg_pending_add(&pg->pending, statement->name))
            return false;
    }
    return true;
}

/* Settings and statements in one group: one round trip, and a wrong statement is known by name. */
static enum err prepare(struct ctx *ctx, struct pg *pg, const struct pg_options *options)
{
    bool queued = queue_settings(pg, options);

    for (size_t i = 0; queued && i < sizeof options->sets / sizeof options->sets[0]; i++)
        queued = queue_statements(pg, &options->sets[i]);
    if (!queued) {
        pg_lose_native(pg);
        return pg_say_broken(ctx, pg);
    }
    size_t count = pg->pending.unsynced;
    enum err e = pg_sync(ctx, pg);
    for (size_t i = 0; e == OK && i < count; i++) {
        struct pg_result *result = NULL;
        e = pg_receive(ctx, pg, &result);
        pg_result_free(result);
    }
    return e == OK ? pg_receive_sync(ctx, pg) : e;
}

enum err pg_open(struct ctx *ctx, const struct pg_options *options, struct pg **ret)
{
    *ret = NULL;
    struct pg *pg = calloc(1, sizeof *pg);
    if (pg == NULL)
        return err_set(ctx, ERR_RETRY, "no memory for a database connection");
    enum err e = connect_native(ctx, options, &pg->native);
    if (e != OK) {
        pg_close(pg);
        return e;
    }
    PQsetNoticeProcessor(pg->native, on_notice, NULL);
    pg->patience_ms = options->statement_timeout_ms > 0
                          ? options->statement_timeout_ms + PATIENCE_MARGIN_MS
                          : PATIENCE_MS_MAX;
    if (PQsetnonblocking(pg->native, 1) != 0 || PQenterPipelineMode(pg->native) != 1)
        pg_lose_native(pg);
    e = pg->broken ? pg_say_broken(ctx, pg) : prepare(ctx, pg, options);
    if (e != OK) {
        pg_close(pg);
        return e;
    }
    *ret = pg;
    return OK;
}

struct pg *pg_close(struct pg *pg)
{
    if (pg == NULL)
        return NULL;
    PQfinish(pg->native);
    free(pg->pending.names);
    free(pg);
    return NULL;
}
