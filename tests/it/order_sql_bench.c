/* order_sql_bench.c - makes the schema, empties it, and saves rows. */
#include "tests/it/order_sql_bench.h"

#include "common/arena.h"
#include "common/text.h"
#include "services/order/tables.h"
#include "sql/order_sql.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCHEMA_BYTES_MAX = 1 << 20 };

const struct sql_statement order_sql_own[ORDER_SQL_OWN_COUNT] = {
    [ORDER_SQL_ID_TEXT] = { "id_text", "SELECT order_id_text($1::bytea)", 1 },
    [ORDER_SQL_ID_BOUND] = { "id_bound",
                             "SELECT encode(order_id_bound($1::text, false), 'hex') || ' ' || "
                             "encode(order_id_bound($1::text, true), 'hex')",
                             1 },
    [ORDER_SQL_SEARCH_PLAN] = { "search_plan",
                                "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE "
                                "read_orders(NULL, NULL, NULL, NULL, NULL, NULL, 'many-77', NULL, "
                                "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
                                "NULL, NULL, NULL, NULL, NULL, NULL, NULL, 50, "
                                "NULL, NULL, NULL)",
                                0 },
    [ORDER_SQL_STUCK_PLAN] = { "stuck_plan",
                               "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE "
                               "read_orders(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
                               "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
                               "NULL, NULL, NULL, 'true', NULL, NULL, 50, NULL, NULL, NULL)",
                               0 },
};

static const char *address(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const char *conninfo = getenv("KERVAN_TEST_PG");

    assert_non_null(conninfo);
    return conninfo;
}

static struct pg *connect_with(struct ctx *ctx, const struct sql_statement *statements,
                               size_t count)
{
    struct pg_options options = { .conninfo = address(),
                                  .application_name = "order_sql_test",
                                  .search_path = "orders",
                                  .statement_timeout_ms = 5000,
                                  .sets = { { order_sql_own, count == 0 ? 0 : ORDER_SQL_OWN_COUNT },
                                            { statements, count } } };
    struct pg *pg = NULL;

    if (pg_open(ctx, &options, &pg) != OK) {
        fail_msg("%s", ctx->detail);
    }
    return pg;
}

static void run_file(struct ctx *ctx, struct pg *pg, const char *path)
{
    char *text = arena_alloc(ctx->arena, SCHEMA_BYTES_MAX);
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    assert_in_range(fread(text, 1, SCHEMA_BYTES_MAX - 1, file), 1, SCHEMA_BYTES_MAX - 2);
    assert_int_equal(fclose(file), 0);
    if (pg_script(ctx, pg, path, text) != OK) {
        fail_msg("%s: %s", path, ctx->detail);
    }
}

/* All migrations of a service, in order. */
static void run_files(struct ctx *ctx, struct pg *pg, const char *pattern)
{
    glob_t found;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    assert_int_equal(glob(pattern, GLOB_ERR, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        run_file(ctx, pg, found.gl_pathv[i]);
    }
    globfree(&found);
}

int order_sql_make_schema(void **state)
{
    struct ctx ctx = { .arena = arena_new(1 << 26) };
    struct pg *pg = connect_with(&ctx, NULL, 0);

    (void)state;
    assert_int_equal(pg_script(&ctx, pg, "schema", "CREATE SCHEMA orders"), OK);
    run_files(&ctx, pg, "common/schema/*.sql");
    run_files(&ctx, pg, "services/order/schema/*.sql");
    pg_close(pg);
    arena_free(ctx.arena);
    return 0;
}

void order_sql_open_store(struct order_sql_bench *bench, struct store **ret)
{
    const struct store_sql_options options = { .store = { .instance = "test",
                                                          .lane_count = ORDER_SQL_LANES,
                                                          .lease_ms = 3000,
                                                          .code_version = 1,
                                                          .tables = order_tables,
                                                          .statements = order_sql_statements },
                                               .conninfo = address(),
                                               .schema = "orders",
                                               .statement_count = ORDER_SQL_COUNT };

    if (store_sql_open(&bench->ctx, &options, ret) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
}

static void take_lanes(struct order_sql_bench *bench)
{
    struct lane_share share = { 0 };

    if (bench->store->operations->heartbeat(bench->store, &bench->ctx,
                                            &(struct lane_claim){ .start = true }, &share) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    memcpy(bench->holds, share.taken, sizeof bench->holds);
}

int order_sql_set_up(void **state)
{
    struct order_sql_bench *bench = calloc(1, sizeof *bench);
    const char *tables = "TRUNCATE timeline";

    assert_non_null(bench);
    bench->ctx.arena = arena_new(1 << 26);
    bench->pg = connect_with(&bench->ctx, order_sql_statements, ORDER_SQL_COUNT);
    for (const struct table *const *table = order_tables; *table != NULL; table++) {
        if ((*table)->insert != STATEMENT_NONE) { /* else it is none, but a look at others */
            tables = text_format(bench->ctx.arena, "%s, %s", tables, (*table)->name);
        }
    }
    if (pg_script(&bench->ctx, bench->pg, "empty", tables) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    order_sql_open_store(bench, &bench->store);
    take_lanes(bench);
    *state = bench;
    return 0;
}

int order_sql_tear_down(void **state)
{
    struct order_sql_bench *bench = *state;

    bench->store->operations->close(bench->store);
    pg_close(bench->pg);
    arena_free(bench->ctx.arena);
    free(bench);
    return 0;
}

struct rows *order_sql_begin(struct order_sql_bench *bench)
{
    struct rows *rows = rows_new(bench->ctx.arena);

    if (bench->store->operations->begin(bench->store, &bench->ctx, bench->holds, ORDER_SQL_LANES,
                                        &bench->now) != OK ||
        bench->store->operations->load(bench->store, &bench->ctx, rows) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    return rows;
}

enum err order_sql_save(struct order_sql_bench *bench, struct rows *rows)
{
    bool unknown = false;
    enum err err =
        bench->store->operations->save_and_commit(bench->store, &bench->ctx, rows, &unknown);

    if (err != OK) {
        bench->store->operations->rollback(bench->store, &bench->ctx);
    }
    return err;
}

void order_sql_save_well(struct order_sql_bench *bench, struct rows *rows)
{
    if (order_sql_save(bench, rows) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
}
