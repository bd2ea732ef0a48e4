/* store_sql_test.c - the store in PostgreSQL does what every store must do.
 *
 * links: shelf
 */
#include "../unit/store_conformance.h"

#include "sql/shelf_sql.h"

#include <glob.h>
#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { SCRIPT_BYTES_MAX = 256 * 1024 };

static const char *address(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the test has one thread */
    const char *conninfo = getenv("KERVAN_TEST_PG");

    assert_non_null(conninfo);
    return conninfo;
}

static void execute(PGconn *connection, const char *script)
{
    PGresult *result = PQexec(connection, script);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s", PQerrorMessage(connection));
    }
    PQclear(result);
}

static void execute_file(PGconn *connection, const char *path)
{
    static char script[SCRIPT_BYTES_MAX];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    size_t length = fread(script, 1, sizeof script - 1, file);
    assert_true(length < sizeof script - 1);
    script[length] = '\0';
    (void)fclose(file);
    execute(connection, script);
}

/* All files of a schema folder, in their order. */
static void execute_folder(PGconn *connection, const char *pattern)
{
    glob_t found;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the test has one thread */
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        execute_file(connection, found.gl_pathv[i]);
    }
    globfree(&found);
}

static void world_reset(struct store_world *world)
{
    PGconn *connection = PQconnectdb(address());

    (void)world;
    if (PQstatus(connection) != CONNECTION_OK) {
        fail_msg("%s", PQerrorMessage(connection));
    }
    execute(connection, "set client_min_messages = warning");
    execute(connection, "drop schema if exists shelf cascade");
    execute(connection, "create schema shelf");
    execute(connection, "set search_path = shelf");
    execute_folder(connection, "common/schema/*.sql");
    execute_folder(connection, "tests/services/shelf/schema/*.sql");
    execute(connection, "select outbox_make_days(2)");
    PQfinish(connection);
}

static enum err world_open(struct store_world *world, struct ctx *ctx,
                           const struct store_options *options, struct store **ret)
{
    struct store_sql_options sql = { .store = *options,
                                     .conninfo = address(),
                                     .schema = "shelf",
                                     .statement_count = SHELF_SQL_COUNT };

    (void)world;
    sql.store.statements = shelf_sql_statements;
    return store_sql_open(ctx, &sql, ret);
}

/* The server's clock is the one that leases follow: there is nothing to wait for but time. */
static void world_pass(struct store_world *world, int64_t ms)
{
    struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

    (void)world;
    while (nanosleep(&left, &left) != 0) {
    }
}

int main(void)
{
    struct store_world world = { world_reset, world_open, world_pass };

    return store_conformance_run(&world);
}
