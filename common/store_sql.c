/* store_sql.c - the store in PostgreSQL: one session, one pipelined transaction a batch.
 *
 * A batch sends BEGIN, the fence and the loads in one go, and everything that was decided with the
 * COMMIT in another.  Which rows changed is known from struct rows; how they travel from struct
 * table; only the statements are written by hand.  No business rule is here.
 */
#include "common/store.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/pg.h"
#include "common/runtime_tables.h"
#include "sql/runtime_sql.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATEMENT_TIMEOUT_MS = 5000,
    LOCK_TIMEOUT_MS = 2000,
    IDLE_IN_TRANSACTION_MS = 1000 /* below the lease: a stopped worker holds no row for long */
};

struct store_sql {
    struct store store;
    struct store_options options;
    struct pg_options connection;
    struct pg *pg;
    const struct sql_statement *statements; /* the service's */
    unsigned char process[HOLDER_BYTES];
    struct lane_hold *held; /* of the batch that is open, raised when it is committed */
    size_t held_count;
    int64_t *ret_now;
    bool open;          /* BEGIN was sent */
    bool fence_pending; /* the answers of BEGIN and the fence were not read yet */
};

static struct store_sql *sql_of(struct store *store)
{
    return (struct store_sql *)store;
}

static const struct sql_statement *statement_of(const struct store_sql *sql,
                                                const struct table *table, int index)
{
    return table->runtime ? &runtime_sql_statements[index] : &sql->statements[index];
}

static struct pg_arguments *no_arguments(struct ctx *ctx)
{
    return pg_arguments_new(ctx->arena, 0);
}

static enum err run(struct ctx *ctx, struct store_sql *sql, enum runtime_sql statement,
                    const struct pg_arguments *arguments, struct pg_result **ret)
{
    if (sql->pg == NULL) {
        return err_set(ctx, ERR_RETRY, "the database session is closed");
    }
    return pg_run(ctx, sql->pg, &runtime_sql_statements[statement], arguments, ret);
}

static void add_holds(struct ctx *ctx, struct pg_arguments *arguments, const struct lane_hold *held,
                      size_t count)
{
    int64_t *lanes = arena_alloc(ctx->arena, (count + 1) * sizeof *lanes);
    struct key *holders = arena_alloc(ctx->arena, (count + 1) * sizeof *holders);

    for (size_t i = 0; i < count; i++) {
        lanes[i] = held[i].lane;
        holders[i] = key_bytes((struct bytes){ held[i].holder, HOLDER_BYTES });
    }
    pg_argument_ints(arguments, COLUMN_INT2, lanes, count);
    pg_argument_keys(arguments, COLUMN_BYTES, holders, count);
}

static void add_lanes(struct ctx *ctx, struct pg_arguments *arguments, const struct lane_hold *held,
                      size_t count)
{
    int64_t *lanes = arena_alloc(ctx->arena, (count + 1) * sizeof *lanes);

    for (size_t i = 0; i < count; i++) {
        lanes[i] = held[i].lane;
    }
    pg_argument_ints(arguments, COLUMN_INT2, lanes, count);
}

static void read_share(const struct pg_result *result, const unsigned char *holder,
                       struct lane_share *ret)
{
    for (int row = 0; row < pg_row_count(result); row++) {
        ret->lanes_fair = pg_int(result, row, 2, COLUMN_INT4);
        ret->instances_live = pg_int(result, row, 3, COLUMN_INT4);
        ret->displaced = pg_bool(result, row, 4);
        ret->code_too_old = pg_bool(result, row, 5);
        ret->requests_open = pg_bool(result, row, 6);
        if (pg_is_null(result, row, 0)) {
            continue;
        }
        assert(ret->taken_count < LANES_MAX);
        struct lane_hold *hold = &ret->taken[ret->taken_count++];
        hold->lane = pg_int(result, row, 0, COLUMN_INT2);
        hold->version = pg_int(result, row, 1, COLUMN_INT8);
        memcpy(hold->holder, holder, HOLDER_BYTES);
    }
}

static enum err sql_heartbeat(struct store *store, struct ctx *ctx, const struct lane_claim *claim,
                              struct lane_share *ret)
{
    struct store_sql *sql = sql_of(store);
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 8);
    unsigned char holder[HOLDER_BYTES];
    struct pg_result *result = NULL;

    random_bytes(holder, sizeof holder);
    pg_argument_text(arguments, sql->options.instance);
    pg_argument_bytes(arguments, (struct bytes){ sql->process, HOLDER_BYTES });
    pg_argument_bytes(arguments, (struct bytes){ holder, HOLDER_BYTES });
    add_lanes(ctx, arguments, claim->held, claim->held_count);
    pg_argument_int(arguments, COLUMN_INT8, sql->options.lane_count);
    pg_argument_int(arguments, COLUMN_INT8, sql->options.lease_ms);
    pg_argument_int(arguments, COLUMN_INT8, sql->options.code_version);
    pg_argument_bool(arguments, claim->start);
    enum err err = run(ctx, sql, RUNTIME_SQL_LANE_HEARTBEAT, arguments, &result);
    if (err) {
        return err;
    }
    *ret = (struct lane_share){ 0 };
    read_share(result, holder, ret);
    pg_result_free(result);
    return OK;
}

static enum err sql_release(struct store *store, struct ctx *ctx, const struct lane_hold *held,
                            size_t held_count)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 2);
    struct pg_result *result = NULL;

    add_holds(ctx, arguments, held, held_count);
    enum err err = run(ctx, sql_of(store), RUNTIME_SQL_LANE_RELEASE, arguments, &result);
    pg_result_free(result);
    return err;
}

static enum err sql_generation(struct store *store, struct ctx *ctx, int64_t at_least, int64_t *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    struct pg_result *result = NULL;

    pg_argument_int(arguments, COLUMN_INT8, at_least);
    enum err err = run(ctx, sql_of(store), RUNTIME_SQL_STREAM_GENERATION, arguments, &result);
    if (err) {
        return err;
    }
    *ret = pg_int(result, 0, 0, COLUMN_INT8);
    pg_result_free(result);
    return OK;
}

static enum err send_runtime(struct ctx *ctx, struct store_sql *sql, enum runtime_sql statement,
                             const struct pg_arguments *arguments)
{
    return pg_send(ctx, sql->pg, &runtime_sql_statements[statement], arguments);
}

static enum err sql_begin(struct store *store, struct ctx *ctx, struct lane_hold *held,
                          size_t held_count, int64_t *ret_now)
{
    struct store_sql *sql = sql_of(store);
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 4);
    int64_t *versions = arena_alloc(ctx->arena, held_count * sizeof *versions);

    assert(!sql->open && held_count > 0);
    if (sql->pg == NULL) {
        return err_set(ctx, ERR_RETRY, "the database session is closed");
    }
    for (size_t i = 0; i < held_count; i++) {
        versions[i] = held[i].version;
    }
    add_holds(ctx, arguments, held, held_count);
    pg_argument_ints(arguments, COLUMN_INT8, versions, held_count);
    pg_argument_int(arguments, COLUMN_INT8, sql->options.lease_ms);
    sql->held = held;
    sql->held_count = held_count;
    sql->ret_now = ret_now;
    sql->open = sql->fence_pending = true;
    enum err err = send_runtime(ctx, sql, RUNTIME_SQL_BEGIN, no_arguments(ctx));
    return err ? err : send_runtime(ctx, sql, RUNTIME_SQL_LANE_FENCE, arguments);
}

/* Reads the answers of BEGIN and the fence if they are still to come. */
static enum err receive_fence(struct ctx *ctx, struct store_sql *sql)
{
    struct pg_result *result = NULL;

    if (!sql->fence_pending) {
        return OK;
    }
    sql->fence_pending = false;
    enum err err = pg_receive(ctx, sql->pg, &result);
    result = pg_result_free(result);
    if (!err) {
        err = pg_receive(ctx, sql->pg, &result);
    }
    if (!err) {
        *sql->ret_now = pg_int(result, 0, 0, COLUMN_INSTANT);
    }
    pg_result_free(result);
    return err;
}

static enum err send_load(struct ctx *ctx, struct store_sql *sql, struct rows *rows,
                          const struct table *table, bool *ret_sent)
{
    size_t count = 0;
    const struct key *keys = rows_take_wanted(rows, table, &count);

    *ret_sent = count > 0;
    if (count == 0) {
        return OK;
    }
    assert(table->load != STATEMENT_NONE);
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    pg_argument_keys(arguments, table->columns[0].kind, keys, count);
    return pg_send(ctx, sql->pg, statement_of(sql, table, table->load), arguments);
}

static enum err receive_load(struct ctx *ctx, struct store_sql *sql, struct rows *rows,
                             const struct table *table)
{
    struct pg_result *result = NULL;
    enum err err = pg_receive(ctx, sql->pg, &result);

    if (err) {
        return err;
    }
    void *row = arena_alloc(ctx->arena, table->row_bytes);
    for (int i = 0; i < pg_row_count(result); i++) {
        pg_row(result, i, table, ctx->arena, row);
        rows_put_stored(rows, table, row);
    }
    pg_result_free(result);
    return OK;
}

enum { TABLES_MAX = 64 };

/* Loads that were sent, in the order in which their answers come. */
struct pending_loads {
    const struct table *tables[TABLES_MAX];
    size_t count;
};

/* Sends the loads of those tables that are shared, or of those that are not, in order. */
static enum err send_loads(struct ctx *ctx, struct store_sql *sql, struct rows *rows, bool shared,
                           struct pending_loads *pending)
{
    enum err err = OK;

    for (const struct table *const *table = sql->options.tables; *table != NULL && !err; table++) {
        bool sent = false;

        if ((*table)->shared == shared) {
            err = send_load(ctx, sql, rows, *table, &sent);
        }
        if (sent) {
            pending->tables[pending->count++] = *table;
        }
    }
    return err;
}

static enum err sql_load(struct store *store, struct ctx *ctx, struct rows *rows)
{
    struct store_sql *sql = sql_of(store);
    struct pending_loads pending = { .count = 0 };

    assert(sql->open);
    enum err err = send_loads(ctx, sql, rows, false, &pending);
    if (!err) {
        err = send_loads(ctx, sql, rows, true, &pending);
    }
    if (!err && pending.count == 0 && !sql->fence_pending) {
        return OK;
    }
    if (!err) {
        err = pg_sync(ctx, sql->pg);
    }
    if (!err) {
        err = receive_fence(ctx, sql);
    }
    for (size_t i = 0; i < pending.count && !err; i++) {
        err = receive_load(ctx, sql, rows, pending.tables[i]);
    }
    return err ? err : pg_receive_sync(ctx, sql->pg);
}

/* What a batch writes, and how many statements were sent for it. */
struct write {
    struct ctx *ctx;
    struct store_sql *sql;
    struct rows *rows;
    size_t sent;
};

/* One statement writes all rows of a table that changed in one way; its arrays are the columns, or the key alone. */
static enum err send_change(struct write *write, const struct table *table, enum row_change change)
{
    struct ctx *ctx = write->ctx;
    struct store_sql *sql = write->sql;
    const int statements[] = { STATEMENT_NONE, table->insert, table->update, table->remove };
    size_t columns = change == ROW_REMOVED ? table->key_columns : table->column_count;
    size_t count = 0;
    void **changed = rows_changed(write->rows, table, change, &count);

    if (count == 0) {
        return OK;
    }
    assert(statements[change] != STATEMENT_NONE);
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, columns);
    for (size_t i = 0; i < columns; i++) {
        pg_argument_column(arguments, &table->columns[i], changed, count);
    }
    write->sent++;
    return pg_send(ctx, sql->pg, statement_of(sql, table, statements[change]), arguments);
}

static enum err send_changes(struct write *write, const struct table *table)
{
    static const enum row_change order[] = { ROW_REMOVED, ROW_UPDATED, ROW_INSERTED };
    enum err err = OK;

    for (size_t i = 0; i < sizeof order / sizeof order[0] && !err; i++) {
        err = send_change(write, table, order[i]);
    }
    return err;
}

static const struct table *const runtime_tables[] = {
    &timer_table,  &effect_table, &input_table,         &parked_table, &operator_request_table,
    &outbox_table, &stream_table, &read_position_table, NULL,
};

static enum err send_all_changes(struct write *write)
{
    const struct table *const *lists[] = { write->sql->options.tables, runtime_tables };
    enum err err = OK;

    for (size_t i = 0; i < 2; i++) {
        for (const struct table *const *table = lists[i]; *table != NULL && !err; table++) {
            err = send_changes(write, *table);
        }
    }
    return err;
}

static enum err receive_writes(struct ctx *ctx, struct store_sql *sql, size_t count)
{
    enum err err = receive_fence(ctx, sql);

    for (size_t i = 0; i < count && !err; i++) {
        struct pg_result *result = NULL;

        err = pg_receive(ctx, sql->pg, &result);
        pg_result_free(result);
    }
    return err;
}

static void raise_versions(struct store_sql *sql)
{
    for (size_t i = 0; i < sql->held_count; i++) {
        sql->held[i].version++;
    }
}

static enum err sql_save_and_commit(struct store *store, struct ctx *ctx, struct rows *rows,
                                    bool *ret_unknown)
{
    struct store_sql *sql = sql_of(store);
    struct write write = { .ctx = ctx, .sql = sql, .rows = rows };
    struct pg_result *result = NULL;

    assert(sql->open);
    *ret_unknown = false;
    enum err err = send_all_changes(&write);
    fault_point("mid_save");
    if (!err) {
        err = send_runtime(ctx, sql, RUNTIME_SQL_COMMIT, no_arguments(ctx));
    }
    if (err) {
        return err;
    }
    *ret_unknown = true; /* from here on the server may have committed */
    err = pg_sync(ctx, sql->pg);
    fault_point("commit_sent");
    if (!err) {
        err = receive_writes(ctx, sql, write.sent);
    }
    if (!err) {
        err = pg_receive(ctx, sql->pg, &result);
    }
    pg_result_free(result);
    if (!err) {
        err = pg_receive_sync(ctx, sql->pg);
    }
    /* An answer that says what failed is no lost answer: only a broken session leaves it open. */
    *ret_unknown = err && pg_is_broken(sql->pg);
    if (!err) {
        raise_versions(sql);
        sql->open = false;
    }
    return err;
}

static void sql_rollback(struct store *store, struct ctx *ctx)
{
    struct store_sql *sql = sql_of(store);
    struct pg_result *result = NULL;

    if (!sql->open) {
        return;
    }
    sql->open = sql->fence_pending = false;
    if (pg_is_broken(sql->pg)) {
        return;
    }
    pg_drain(sql->pg);
    if (run(ctx, sql, RUNTIME_SQL_ROLLBACK, no_arguments(ctx), &result) != OK) {
        log_warning("rollback failed", LOG_TEXT("detail", ctx->detail));
        sql->pg = pg_close(sql->pg);
    }
    pg_result_free(result);
}

static void add_scan_argument(struct pg_arguments *arguments, enum column_kind kind, struct key key)
{
    if (kind == COLUMN_TEXT) {
        pg_argument_text(arguments, key.text);
    } else {
        pg_argument_int(arguments, kind, key.number);
    }
}

static enum err sql_scan(struct store *store, struct ctx *ctx, const struct scan_query *query,
                         struct scan_answer *ret)
{
    const struct scan *scan = query->scan;
    struct store_sql *sql = sql_of(store);
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, scan->argument_count + 1);
    struct pg_result *result = NULL;

    assert(!sql->open && scan->table->runtime);
    for (size_t i = 0; i < scan->argument_count; i++) {
        add_scan_argument(arguments, scan->argument_kinds[i], query->arguments[i]);
    }
    pg_argument_int(arguments, COLUMN_INT8, query->limit);
    enum err err = run(ctx, sql, (enum runtime_sql)scan->statement, arguments, &result);
    if (err) {
        return err;
    }
    ret->count = (size_t)pg_row_count(result);
    ret->rows = arena_alloc(ctx->arena, (ret->count + 1) * sizeof *ret->rows);
    for (size_t i = 0; i < ret->count; i++) {
        ret->rows[i] = arena_alloc(ctx->arena, scan->table->row_bytes);
        pg_row(result, (int)i, scan->table, ctx->arena, ret->rows[i]);
    }
    pg_result_free(result);
    return OK;
}

static bool sql_is_broken(const struct store *store)
{
    const struct store_sql *sql = (const struct store_sql *)store;

    return sql->pg == NULL || pg_is_broken(sql->pg);
}

static enum err sql_reopen(struct store *store, struct ctx *ctx)
{
    struct store_sql *sql = sql_of(store);

    sql->open = sql->fence_pending = false;
    sql->pg = pg_close(sql->pg);
    return pg_open(ctx, &sql->connection, &sql->pg);
}

static void sql_close(struct store *store)
{
    struct store_sql *sql = sql_of(store);

    pg_close(sql->pg);
    free(sql);
}

static const struct store_operations sql_operations = {
    .heartbeat = sql_heartbeat,
    .release = sql_release,
    .generation = sql_generation,
    .begin = sql_begin,
    .load = sql_load,
    .save_and_commit = sql_save_and_commit,
    .rollback = sql_rollback,
    .scan = sql_scan,
    .is_broken = sql_is_broken,
    .reopen = sql_reopen,
    .close = sql_close,
};

enum err store_sql_open(struct ctx *ctx, const struct store_sql_options *options,
                        struct store **ret)
{
    struct store_sql *sql = calloc(1, sizeof *sql);

    if (sql == NULL) {
        return err_set(ctx, ERR_FATAL, "no memory for the store");
    }
    sql->store.operations = &sql_operations;
    sql->options = options->store;
    sql->statements = options->store.statements;
    sql->connection = (struct pg_options){
        .conninfo = options->conninfo,
        .application_name = options->store.instance,
        .search_path = options->schema,
        .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
        .lock_timeout_ms = LOCK_TIMEOUT_MS,
        .idle_in_transaction_timeout_ms = IDLE_IN_TRANSACTION_MS,
        .by_key = true,
        .dying_rows = true,
        .sets = { { runtime_sql_statements, RUNTIME_SQL_COUNT },
                  { options->store.statements, options->statement_count } },
    };
    random_bytes(sql->process, sizeof sql->process);
    enum err err = pg_open(ctx, &sql->connection, &sql->pg);
    if (err) {
        free(sql);
        return err;
    }
    *ret = &sql->store;
    return OK;
}
