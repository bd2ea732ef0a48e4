/* parked.c - `kervan parked`: what a service could not handle, and the word that it is to be tried again.
 *
 *   kervan parked --service NAME                  lists
 *   kervan parked --service NAME --redrive ID     asks the owner of the subject's lane to try again, in order
 *
 * The list comes from the database, as its owner; the word goes to a table there.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/pg.h"
#include "common/text.h"
#include "sql/kervan_sql.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_ROWS_MAX = 500, TIMEOUT_MS = 5000 };

struct wanted {
    const char *service, *redrive;
};

static enum err read_words(struct ctx *ctx, int count, char **words, struct wanted *ret)
{
    for (int i = 0; i < count; i += 2) {
        bool value = i + 1 < count;

        if (value && text_equal(words[i], "--service") && is_name(words[i + 1], '_')) {
            ret->service = words[i + 1];
        } else if (value && text_equal(words[i], "--redrive")) {
            ret->redrive = words[i + 1];
        } else {
            return err_set(ctx, ERR_INPUT, "unexpected \"%s\"", words[i]);
        }
    }
    return ret->service == NULL ? err_set(ctx, ERR_INPUT, "--service is required") : OK;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe): there is one thread */

    return value == NULL ? "" : value;
}

static enum err open_schema(struct ctx *ctx, const char *service, struct pg **ret)
{
    struct pg_options options = {
        .conninfo = environment("KERVAN_PG_OWNER"),
        .application_name = "kervan parked",
        .search_path = text_equal(service, "order") ? "orders" : service,
        .statement_timeout_ms = TIMEOUT_MS,
        .lock_timeout_ms = TIMEOUT_MS,
        .idle_in_transaction_timeout_ms = TIMEOUT_MS,
        .sets = { { &kervan_sql_statements[KERVAN_SQL_PARKED_LIST], 3 } },
    };

    return pg_open(ctx, &options, ret);
}

static enum err list(struct ctx *ctx, struct pg *pg)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    struct pg_result *result = NULL;

    pg_argument_int(arguments, COLUMN_INT8, LIST_ROWS_MAX);
    enum err err =
        pg_run(ctx, pg, &kervan_sql_statements[KERVAN_SQL_PARKED_LIST], arguments, &result);
    if (err) {
        return err;
    }
    for (int row = 0; row < pg_row_count(result); row++) {
        say("%s  %s  %s %s %s  %s: %s", pg_text(result, row, 6), pg_text(result, row, 0),
            pg_text(result, row, 1), pg_text(result, row, 2), pg_text(result, row, 3),
            pg_text(result, row, 4), pg_text(result, row, 5));
    }
    if (pg_row_count(result) == 0) {
        say("nothing is parked");
    }
    pg_result_free(result);
    return OK;
}

static enum err read_lane_count(struct ctx *ctx, struct pg *pg, int64_t *ret)
{
    struct pg_result *result = NULL;
    enum err err = pg_run(ctx, pg, &kervan_sql_statements[KERVAN_SQL_PARKED_LANE_COUNT],
                          pg_arguments_new(ctx->arena, 0), &result);

    if (err) {
        return err;
    }
    *ret = pg_int(result, 0, 0, COLUMN_INT8);
    pg_result_free(result);
    return *ret > 0 ? OK : err_set(ctx, ERR_NOTFOUND, "the service never ran here");
}

static enum err ask_to_redrive(struct ctx *ctx, struct pg *pg, const struct wanted *wanted,
                               int64_t lane_count)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 3);
    struct pg_result *result = NULL;

    pg_argument_int(arguments, COLUMN_INT8, lane_of(wanted->redrive, lane_count));
    pg_argument_text(arguments, wanted->redrive);
    pg_argument_text(arguments, environment("USER")[0] == '\0' ? "unknown" : environment("USER"));
    enum err err =
        pg_run(ctx, pg, &kervan_sql_statements[KERVAN_SQL_PARKED_REDRIVE], arguments, &result);
    pg_result_free(result);
    return err;
}

enum err run_parked(struct ctx *ctx, int count, char **words)
{
    struct wanted wanted = { NULL, NULL };
    struct pg *pg = NULL;
    int64_t lane_count = 0;
    enum err err = read_words(ctx, count, words, &wanted);

    if (!err) {
        err = open_schema(ctx, wanted.service, &pg);
    }
    if (!err && wanted.redrive == NULL) {
        err = list(ctx, pg);
    } else if (!err) {
        err = read_lane_count(ctx, pg, &lane_count);
        err = err ? err : ask_to_redrive(ctx, pg, &wanted, lane_count);
    }
    pg_close(pg);
    if (!err && wanted.redrive != NULL) {
        say("asked %s to try again what is parked for %s", wanted.service, wanted.redrive);
    }
    return err;
}
