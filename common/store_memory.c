/* store_memory.c - a session on a database in memory, which answers as store_sql.c does.
 *
 * What PostgreSQL would make wait (a lane or a shared row that another session's batch has locked)
 * fails at once with ERR_RETRY, as a lock that timed out.  The fence is answered late on purpose:
 * with the first load or the commit, as the pipeline of the real one does.
 */
#include "common/store.h"

#include "common/arena.h"
#include "common/memory_database.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_memory {
    struct store store;
    struct memory_database *database;
    struct store_options options;
    int64_t process;
    int64_t timeline; /* of the server it is connected to */
    bool broken;
    bool open, fence_pending, failed;
    struct lane_hold *held; /* of the batch that is open */
    size_t held_count;
    int64_t *ret_now, now;
    struct memory_group **locked; /* groups of shared tables */
    size_t locked_count, locked_capacity;
};

static struct store_memory *session_of(struct store *store)
{
    return (struct store_memory *)store;
}

static bool memory_is_broken(const struct store *store)
{
    const struct store_memory *session = (const struct store_memory *)store;

    return session->broken || session->timeline != session->database->timeline;
}

static enum err check_session(struct ctx *ctx, const struct store_memory *session)
{
    if (memory_is_broken(&session->store)) {
        return err_set(ctx, ERR_RETRY, "the database session is closed");
    }
    return OK;
}

static enum err memory_heartbeat(struct store *store, struct ctx *ctx,
                                 const struct lane_claim *claim, struct lane_share *ret)
{
    struct store_memory *session = session_of(store);
    enum err err = check_session(ctx, session);

    assert(!session->open);
    if (!err) {
        memory_lanes_heartbeat(session->database, &session->options, session->process, claim, ret);
    }
    return err;
}

static enum err memory_release(struct store *store, struct ctx *ctx, const struct lane_hold *held,
                               size_t held_count)
{
    struct store_memory *session = session_of(store);
    enum err err = check_session(ctx, session);

    assert(!session->open);
    if (!err) {
        memory_lanes_release(session->database, held, held_count);
    }
    return err;
}

static enum err memory_generation(struct store *store, struct ctx *ctx, int64_t at_least,
                                  int64_t *ret)
{
    struct memory_database *database = session_of(store)->database;
    enum err err = check_session(ctx, session_of(store));

    if (err) {
        return err;
    }
    if (database->generation_timeline != database->timeline) {
        database->generation_timeline = database->timeline;
        database->generation++;
    }
    database->generation = database->generation < at_least ? at_least : database->generation;
    *ret = database->generation;
    return OK;
}

static enum err memory_begin(struct store *store, struct ctx *ctx, struct lane_hold *held,
                             size_t held_count, int64_t *ret_now)
{
    struct store_memory *session = session_of(store);
    enum err err = check_session(ctx, session);

    assert(!session->open && held_count > 0);
    if (err) {
        return err;
    }
    session->open = session->fence_pending = true;
    session->failed = false;
    session->held = held;
    session->held_count = held_count;
    session->ret_now = ret_now;
    return OK;
}

static enum err fence(struct ctx *ctx, struct store_memory *session)
{
    if (!session->fence_pending) {
        return OK;
    }
    session->fence_pending = false;
    const struct lane_claim claim = { session->held, session->held_count, .start = false };
    enum err err = memory_lanes_fence(session->database, ctx, session, &claim, &session->now);
    if (!err) {
        *session->ret_now = session->now;
    }
    return err;
}

/* Remembers that the group is ours until the batch ends. */
static void note_lock(struct store_memory *session, struct memory_group *group)
{
    if (session->locked_count == session->locked_capacity) {
        session->locked_capacity =
            session->locked_capacity == 0 ? 64 : 2 * session->locked_capacity;
        session->locked =
            realloc(session->locked, session->locked_capacity * sizeof(struct memory_group *));
        if (session->locked == NULL) {
            (void)fputs("no memory for locks in memory\n", stderr);
            abort();
        }
    }
    group->locked_by = session;
    session->locked[session->locked_count++] = group;
}

static enum err lock_group(struct ctx *ctx, struct store_memory *session, const struct table *table,
                           struct memory_group *group)
{
    if (group->locked_by != NULL && group->locked_by != session) {
        return err_set(ctx, ERR_RETRY, "a row of \"%s\" is locked by another session", table->name);
    }
    if (group->locked_by == NULL) {
        note_lock(session, group);
    }
    return OK;
}

/* All rows with one load key; those of a shared table are locked until the batch ends. */
static enum err load_group(struct ctx *ctx, struct store_memory *session, struct rows *rows,
                           const struct table *table, struct memory_group *group)
{
    if (group == NULL || group->count == 0) {
        return OK;
    }
    enum err err = table->shared ? lock_group(ctx, session, table, group) : OK;
    for (size_t i = 0; i < group->count && !err; i++) {
        rows_put_stored(rows, table, memory_row_copy(table, group->rows[i], ctx->arena));
    }
    return err;
}

static enum err load_table(struct ctx *ctx, struct store_memory *session, struct rows *rows,
                           const struct table *table)
{
    size_t count = 0;
    const struct key *keys = rows_take_wanted(rows, table, &count);
    enum err err = OK;

    if (count == 0) {
        return OK;
    }
    assert(table->load != STATEMENT_NONE);
    const struct memory_table *memory = memory_database_table(session->database, table);
    memory_derive *derive = memory_database_view(session->database, table);

    for (size_t i = 0; i < count && !err; i++) {
        if (derive != NULL) {
            derive(session->database, keys[i], ctx->arena, rows);
        }
        err = load_group(ctx, session, rows, table, memory_table_group(memory, keys[i]));
    }
    return err;
}

/* Those of the lanes alone, or the shared ones. */
static enum err load_tables(struct ctx *ctx, struct store_memory *session, struct rows *rows,
                            bool shared)
{
    const struct table *const *table = session->options.tables;
    enum err err = OK;

    for (; *table != NULL && !err; table++) {
        if ((*table)->shared == shared) {
            err = load_table(ctx, session, rows, *table);
        }
    }
    return err;
}

static enum err memory_load(struct store *store, struct ctx *ctx, struct rows *rows)
{
    struct store_memory *session = session_of(store);
    enum err err = check_session(ctx, session);

    assert(session->open && !session->failed);
    if (!err) {
        err = fence(ctx, session);
    }
    if (!err) {
        err = load_tables(ctx, session, rows, false);
    }
    if (!err) {
        err = load_tables(ctx, session, rows, true);
    }
    session->failed = err != OK;
    return err;
}

/* Ends the batch, however it went.  After a restore its locks are gone with the rows. */
static void end_batch(struct store_memory *session)
{
    if (session->timeline == session->database->timeline) {
        memory_lanes_unlock(session->database, session);
        for (size_t i = 0; i < session->locked_count; i++) {
            session->locked[i]->locked_by = NULL;
        }
    }
    session->locked_count = 0;
    session->open = session->fence_pending = session->failed = false;
}

static enum err memory_save_and_commit(struct store *store, struct ctx *ctx, struct rows *rows,
                                       bool *ret_unknown)
{
    struct store_memory *session = session_of(store);
    enum lost_answer lost = session->database->lost_answer;
    enum err err = check_session(ctx, session);

    assert(session->open && !session->failed);
    *ret_unknown = false;
    if (!err) {
        err = fence(ctx, session);
    }
    if (!err) {
        err = memory_check_rows(session->database, ctx, &session->options, rows);
    }
    session->failed = err != OK;
    if (err) {
        return err;
    }
    if (lost != ANSWER_LOST_BEFORE_COMMIT) {
        memory_write_rows(session->database, rows);
        memory_lanes_commit(session->database, session->held, session->held_count,
                            session->options.lease_ms, session->now);
    }
    end_batch(session);
    if (lost != ANSWER_COMES) {
        session->database->lost_answer = ANSWER_COMES;
        session->broken = *ret_unknown = true;
        return err_set(ctx, ERR_RETRY, "database connection is broken: the answer was lost");
    }
    for (size_t i = 0; i < session->held_count; i++) {
        session->held[i].version++;
    }
    return OK;
}

static void memory_rollback(struct store *store, struct ctx *ctx)
{
    (void)ctx;
    if (session_of(store)->open) {
        end_batch(session_of(store));
    }
}

/* The first argument of every scan is the load key; the rows of it are looked at in order. */
static enum err memory_scan(struct store *store, struct ctx *ctx, const struct scan_query *query,
                            struct scan_answer *ret)
{
    struct store_memory *session = session_of(store);
    const struct table *table = query->scan->table;
    enum err err = check_session(ctx, session);

    assert(!session->open && query->scan->argument_count >= 1);
    assert(query->scan->argument_kinds[0] == table->columns[0].kind);
    if (err) {
        return err;
    }
    const struct memory_group *group =
        memory_table_group(memory_database_table(session->database, table), query->arguments[0]);
    size_t row_count = group == NULL ? 0 : group->count;
    size_t most = (uint64_t)query->limit < row_count ? (size_t)query->limit : row_count;

    ret->count = 0;
    ret->rows = arena_alloc(ctx->arena, (most + 1) * sizeof *ret->rows);
    for (size_t i = 0; i < row_count && ret->count < most; i++) {
        if (query->scan->match(group->rows[i], query->arguments)) {
            ret->rows[ret->count++] = memory_row_copy(table, group->rows[i], ctx->arena);
        }
    }
    return OK;
}

static enum err memory_reopen(struct store *store, struct ctx *ctx)
{
    struct store_memory *session = session_of(store);

    memory_rollback(store, ctx);
    session->broken = false;
    session->timeline = session->database->timeline;
    return OK;
}

static void memory_close(struct store *store)
{
    struct store_memory *session = session_of(store);

    memory_rollback(store, NULL);
    free(session->locked);
    free(session);
}

static const struct store_operations memory_operations = {
    .heartbeat = memory_heartbeat,
    .release = memory_release,
    .generation = memory_generation,
    .begin = memory_begin,
    .load = memory_load,
    .save_and_commit = memory_save_and_commit,
    .rollback = memory_rollback,
    .scan = memory_scan,
    .is_broken = memory_is_broken,
    .reopen = memory_reopen,
    .close = memory_close,
};

struct store *store_memory_open(struct memory_database *database,
                                const struct store_options *options)
{
    struct store_memory *session = calloc(1, sizeof *session);

    if (session == NULL) {
        (void)fputs("no memory for a session in memory\n", stderr);
        abort();
    }
    assert(options->lane_count == database->lane_count);
    session->store.operations = &memory_operations;
    session->database = database;
    session->options = *options;
    session->process = ++database->processes;
    session->timeline = database->timeline;
    return &session->store;
}
