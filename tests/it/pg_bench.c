/* pg_bench.c - tables, statements and connections of the tests of the PostgreSQL wrapper.
 *
 * KERVAN_TEST_PG is the address of a private server (tests/it/with_postgres.py starts one).
 */
#include "tests/it/pg_bench.h"

#include "common/arena.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

const struct sql_statement statements[STATEMENT_COUNT] = {
    [ADD_ONE] = { "add_one", "select $1::int8 + 1", 1 },
    [ECHO] = { "echo",
               "select $1::int2, $2::int4, $3::int8, $4::bool, $5::text, $6::bytea, "
               "$7::timestamptz, to_char($7::timestamptz, 'YYYY-MM-DD HH24:MI:SS.MS')",
               7 },
    [ECHO_ARRAYS] = { "echo_arrays",
                      "select * from unnest($1::int2[], $2::int4[], $3::int8[], $4::bool[], "
                      "$5::text[], $6::bytea[], $7::timestamptz[])",
                      7 },
    [BIG] = { "big", "select $1::bytea", 1 },
    [DIVIDE] = { "divide", "select 1 / $1::int4", 1 },
    [FAIL] = { "fail", "select raise_code($1::text, '')", 1 },
    [FAIL_BY] = { "fail_by", "select raise_code('23505', $1::text)", 1 },
    [SLEEP] = { "sleep", "select pg_sleep($1::int4)", 1 },
    [KILL] = { "kill", "select pg_terminate_backend($1::int4)", 1 },
    [LOCK] = { "lock", "select id from item where id = $1::int8 for update", 1 },
    [BEGIN] = { "begin", "begin", 0 },
    [ROLLBACK] = { "rollback", "rollback", 0 },
    [MAKE] = { "make", "insert into item values ($1::int8, $2::int8)", 2 },
    [TWIN] = { "twin", "insert into twin values ($1::int8)", 1 },
    [TWINS] = { "twins", "select count(*) from twin", 0 },
    [SETTINGS] = { "settings",
                   "select concat_ws(' ', current_setting('search_path'), "
                   "current_setting('statement_timeout'), current_setting('lock_timeout'), "
                   "current_setting('idle_in_transaction_session_timeout'), "
                   "current_setting('jit'))",
                   0 },
    [REPEAT] = { "repeat", "select repeat('x', $1::int4)", 1 },
    [MOMENT] = { "moment", "select timestamptz '1999-12-31 23:59:59.9995+00'", 0 },
    [ASLEEP] = { "asleep",
                 "select count(*) from pg_stat_activity "
                 "where pid = $1::int4 and wait_event = 'PgSleep'",
                 1 },
};

static const struct sql_statement setup[] = {
    { "item",
      "create table item (id int8 primary key, "
      "held int8 not null constraint held_not_negative check (held >= 0))",
      0 },
    { "twin", "create table twin (id int8 constraint twin_once unique initially deferred)", 0 },
    { "raise_code",
      "create function raise_code(code text, name text) returns void language plpgsql as "
      "$$ begin raise exception 'asked for' using errcode = code, constraint = name; end $$",
      0 },
    { "first_item", "insert into item values (1, 0)", 0 },
};

int64_t now_ms(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct pg_options options_for(const struct sql_statement *set, size_t count)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the test has one thread */
    const char *conninfo = getenv("KERVAN_TEST_PG");

    assert_non_null(conninfo);
    return (struct pg_options){ .conninfo = conninfo,
                                .application_name = "pg_test",
                                .search_path = "public",
                                .statement_timeout_ms = 2000,
                                .lock_timeout_ms = 300,
                                .idle_in_transaction_timeout_ms = 700,
                                .sets = { { set, count } } };
}

static struct pg *connect_with(struct ctx *ctx, const struct sql_statement *set, size_t count)
{
    struct pg_options options = options_for(set, count);
    struct pg *pg = NULL;

    if (pg_open(ctx, &options, &pg) != OK)
        fail_msg("%s", ctx->detail);
    return pg;
}

int open_bench(void **state)
{
    static struct bench bench;

    bench = (struct bench){ .ctx.arena = arena_new(512 << 20) };
    bench.pg = connect_with(&bench.ctx, statements, STATEMENT_COUNT);
    bench.other = connect_with(&bench.ctx, statements, STATEMENT_COUNT);
    *state = &bench;
    return 0;
}

int close_bench(void **state)
{
    struct bench *bench = *state;

    bench->pg = pg_close(bench->pg);
    bench->other = pg_close(bench->other);
    arena_free(bench->ctx.arena);
    return 0;
}

int make_tables(void **state)
{
    struct ctx ctx = { 0 };
    struct pg *pg = connect_with(&ctx, NULL, 0);
    pg_close(pg);
    for (size_t i = 0; i < sizeof setup / sizeof setup[0]; i++) {
        struct pg_result *result = NULL;
        pg = connect_with(&ctx, &setup[i], 1); /* each may need the one before it */
        assert_int_equal(pg_run(&ctx, pg, &setup[i], NULL, &result), OK);
        pg_result_free(result);
        pg_close(pg);
    }
    (void)state;
    return 0;
}

struct pg_arguments *one_int(struct bench *bench, enum column_kind kind, int64_t value)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 1);

    pg_argument_int(arguments, kind, value);
    return arguments;
}

struct pg_arguments *one_text(struct bench *bench, const char *text)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 1);

    pg_argument_text(arguments, text);
    return arguments;
}

enum err queue(struct bench *bench, int statement, const struct pg_arguments *arguments)
{
    return pg_send(&bench->ctx, bench->pg, &statements[statement], arguments);
}

enum err run(struct bench *bench, int statement, const struct pg_arguments *arguments)
{
    struct pg_result *result = NULL;
    enum err e = pg_run(&bench->ctx, bench->pg, &statements[statement], arguments, &result);

    pg_result_free(result);
    return e;
}

enum err receive(struct bench *bench)
{
    struct pg_result *result = NULL;
    enum err e = pg_receive(&bench->ctx, bench->pg, &result);

    pg_result_free(result);
    return e;
}

void assert_usable(struct bench *bench)
{
    struct pg_result *result = NULL;
    assert_int_equal(pg_run(&bench->ctx, bench->pg, &statements[ADD_ONE],
                            one_int(bench, COLUMN_INT8, 41), &result),
                     OK);
    assert_int_equal(pg_int(result, 0, 0, COLUMN_INT8), 42);
    pg_result_free(result);
}
