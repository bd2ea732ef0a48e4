/* service_sql_bench.c - rows of any service's tables, there and back. */
#include "tests/it/service_sql_bench.h"

#include "common/arena.h"
#include "common/pg.h"
#include "common/text.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCHEMA_BYTES_MAX = 1 << 20, VALUE_MAX = 90, ID_BYTES = 16 };

static const char *address(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const char *conninfo = getenv("KERVAN_TEST_PG");

    assert_non_null(conninfo);
    return conninfo;
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

/* Migrations, in their order. */
static void run_files(struct ctx *ctx, struct pg *pg, const char *pattern)
{
    glob_t found;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the test has one thread. */
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        run_file(ctx, pg, found.gl_pathv[i]);
    }
    globfree(&found);
}

static void make_schema(struct service_sql_bench *bench)
{
    struct ctx *ctx = &bench->ctx;
    const struct pg_options options = { .conninfo = address(),
                                        .application_name = "service_sql_test",
                                        .search_path = bench->service->schema };
    struct pg *pg = NULL;

    if (pg_open(ctx, &options, &pg) != OK ||
        pg_script(ctx, pg, "schema",
                  text_format(ctx->arena, "CREATE SCHEMA %s", bench->service->schema)) != OK) {
        fail_msg("%s", ctx->detail);
    }
    run_files(ctx, pg, "common/schema/*.sql");
    run_files(ctx, pg, text_format(ctx->arena, "services/%s/schema/*.sql", bench->service->name));
    pg_close(pg);
}

struct service_sql_bench *service_sql_bench_new(const struct service *service)
{
    struct service_sql_bench *bench = calloc(1, sizeof *bench);
    const struct store_sql_options options = { .store = { .instance = "test",
                                                          .lane_count = 1,
                                                          .lease_ms = 60000,
                                                          .code_version = 1,
                                                          .tables = service->tables,
                                                          .statements = service->statements },
                                               .conninfo = address(),
                                               .schema = service->schema,
                                               .statement_count = service->statement_count };
    struct lane_share share = { 0 };

    assert_non_null(bench);
    bench->service = service;
    bench->ctx.arena = arena_new(1 << 26);
    make_schema(bench);
    if (store_sql_open(&bench->ctx, &options, &bench->store) != OK ||
        bench->store->operations->heartbeat(bench->store, &bench->ctx,
                                            &(struct lane_claim){ .start = true }, &share) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    assert_int_equal(share.taken_count, 1);
    bench->holds[0] = share.taken[0];
    return bench;
}

void service_sql_bench_free(struct service_sql_bench *bench)
{
    bench->store->operations->close(bench->store);
    arena_free(bench->ctx.arena);
    free(bench);
}

/* --- Batches -------------------------------------------------------------------------------------- */

static struct rows *begin(struct service_sql_bench *bench)
{
    if (bench->store->operations->begin(bench->store, &bench->ctx, bench->holds, 1, &bench->now) !=
        OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    return rows_new(bench->ctx.arena);
}

static void save(struct service_sql_bench *bench, const struct table *table, struct rows *rows)
{
    bool unknown = false;

    if (bench->store->operations->save_and_commit(bench->store, &bench->ctx, rows, &unknown) !=
        OK) {
        fail_msg("%s: %s", table->name, bench->ctx.detail);
    }
}

/* The stored row, in a batch that stays open; NULL when there is none. */
static void *load(struct service_sql_bench *bench, const struct table *table, struct rows *rows,
                  const void *like)
{
    struct key key = table_key(table, like, 0);

    rows_want(rows, table, key);
    if (bench->store->operations->load(bench->store, &bench->ctx, rows) != OK) {
        fail_msg("%s: %s", table->name, bench->ctx.detail);
    }
    return rows_find(rows, table, key);
}

/* --- Values --------------------------------------------------------------------------------------- */

static void put_value(struct service_sql_bench *bench, const struct column *column, int64_t value,
                      void *row)
{
    char *at = (char *)row + column->offset;
    const char *text = text_format(bench->ctx.arena, "%s %lld", column->name, (long long)value);
    unsigned char *id = arena_alloc(bench->ctx.arena, ID_BYTES);
    const struct bytes bytes = { id, ID_BYTES };
    bool flag = value % 2 == 0;

    memset(id, (int)value, ID_BYTES);
    switch (column->kind) {
    case COLUMN_TEXT:
        memcpy(at, &text, sizeof text);
        break;
    case COLUMN_BYTES:
        memcpy(at, &bytes, sizeof bytes);
        break;
    case COLUMN_BOOL:
        memcpy(at, &flag, sizeof flag);
        break;
    case COLUMN_INSTANT:
        value += 1800000000000;
        memcpy(at, &value, sizeof value);
        break;
    case COLUMN_INT2:
    case COLUMN_INT4:
    case COLUMN_INT8:
    case COLUMN_KIND_COUNT:
        memcpy(at, &value, sizeof value);
        break;
    }
}

/* What a column holds, as text. */
static const char *value_text(struct arena *arena, const struct column *column, const void *row)
{
    const char *at = (const char *)row + column->offset;
    const char *text;
    struct bytes bytes;
    int64_t number;
    bool flag;

    switch (column->kind) {
    case COLUMN_TEXT:
        memcpy(&text, at, sizeof text);
        return text;
    case COLUMN_BYTES:
        memcpy(&bytes, at, sizeof bytes);
        return text_format(arena, "%zu bytes of %d", bytes.length, bytes.bytes[0]);
    case COLUMN_BOOL:
        memcpy(&flag, at, sizeof flag);
        return flag ? "yes" : "no";
    case COLUMN_INSTANT:
    case COLUMN_INT2:
    case COLUMN_INT4:
    case COLUMN_INT8:
    case COLUMN_KIND_COUNT:
        break;
    }
    memcpy(&number, at, sizeof number);
    return text_format(arena, "%lld", (long long)number);
}

static void assert_same_column(struct service_sql_bench *bench, const struct table *table,
                               size_t index, const void *const rows[2])
{
    const struct column *column = &table->columns[index];
    const char *stored = value_text(bench->ctx.arena, column, rows[0]);
    const char *wanted = value_text(bench->ctx.arena, column, rows[1]);

    if (strcmp(stored, wanted) != 0) {
        fail_msg("%s.%s came back as %s, it was %s", table->name, column->name, stored, wanted);
    }
}

static void assert_stored(struct service_sql_bench *bench, const struct table *table,
                          const void *want)
{
    const void *const rows[2] = { load(bench, table, begin(bench), want), want };

    assert_non_null(rows[0]);
    for (size_t i = 0; i < table->column_count; i++) {
        assert_same_column(bench, table, i, rows);
    }
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

/* --- There and back ------------------------------------------------------------------------------- */

static bool is_listed(const char *const *names, const char *name)
{
    while (*names != NULL && strcmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

static void update(struct service_sql_bench *bench, const struct table *table,
                   const char *const *fixed, void *row)
{
    struct rows *rows = begin(bench);

    for (size_t i = table->key_columns; i < table->column_count; i++) {
        if (!is_listed(fixed, text_format(bench->ctx.arena, "%s.%s", table->name,
                                          table->columns[i].name))) {
            put_value(bench, &table->columns[i], VALUE_MAX - (int64_t)i, row);
        }
    }
    rows_update(rows, table, rows_put_stored(rows, table, row));
    save(bench, table, rows);
    assert_stored(bench, table, row);
}

static void remove_row(struct service_sql_bench *bench, const struct table *table, const void *row)
{
    struct rows *rows = begin(bench);

    rows_remove(rows, table, load(bench, table, rows, row));
    save(bench, table, rows);
    assert_null(load(bench, table, begin(bench), row));
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

static void round_trip(struct service_sql_bench *bench, const struct table *table,
                       const char *const *fixed)
{
    void *row = arena_alloc(bench->ctx.arena, table->row_bytes);
    struct rows *rows = begin(bench);

    for (size_t i = 0; i < table->column_count; i++) {
        put_value(bench, &table->columns[i], 1 + (int64_t)i, row);
    }
    rows_insert(rows, table, row);
    save(bench, table, rows);
    assert_stored(bench, table, row);
    if (table->update != STATEMENT_NONE) {
        update(bench, table, fixed, row);
    }
    if (table->remove != STATEMENT_NONE) {
        remove_row(bench, table, row);
    }
}

void service_sql_round_trips(struct service_sql_bench *bench, const char *const *fixed)
{
    for (const struct table *const *table = bench->service->tables; *table != NULL; table++) {
        if ((*table)->insert != STATEMENT_NONE) { /* else a view */
            round_trip(bench, *table, fixed);
        }
    }
}
