/* store_bench.c - the helpers of the store's tests, and the run of all of them. */
#include "store_bench.h"

#include "common/arena.h"
#include "tests/services/shelf/shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS_MAX = 100 };

static struct store_world *world_under_test;

void expect(const struct bench *bench, enum err wanted, enum err err)
{
    if (err != wanted) {
        print_error("%s, wanted %s: %s\n", err_name(err), err_name(wanted), bench->ctx.detail);
    }
    assert_int_equal(err, wanted);
}

struct session *open_session(struct bench *bench, const char *instance)
{
    struct session *session = &bench->sessions[bench->session_count++];
    const struct store_options options = { .instance = instance,
                                           .lane_count = LANES,
                                           .lease_ms = LEASE_MS,
                                           .code_version = 1,
                                           .tables = shelf_tables };

    assert_true(bench->session_count <= SESSIONS_MAX);
    *session = (struct session){ 0 };
    expect(bench, OK, bench->world->open(bench->world, &bench->ctx, &options, &session->store));
    return session;
}

struct lane_share beat(struct bench *bench, struct session *session, bool start)
{
    struct lane_claim claim = { session->held, session->held_count, start };
    struct lane_share share;

    expect(bench, OK,
           session->store->operations->heartbeat(session->store, &bench->ctx, &claim, &share));
    for (size_t i = 0; i < share.taken_count; i++) {
        session->held[session->held_count++] = share.taken[i];
    }
    return share;
}

void release(struct bench *bench, struct session *session, size_t keep)
{
    expect(bench, OK,
           session->store->operations->release(session->store, &bench->ctx, &session->held[keep],
                                               session->held_count - keep));
    session->held_count = keep;
}

void begin(struct bench *bench, struct session *session)
{
    session->rows = rows_new(bench->ctx.arena);
    session->now = -1;
    expect(bench, OK,
           session->store->operations->begin(session->store, &bench->ctx, session->held,
                                             session->held_count, &session->now));
}

void load(struct bench *bench, struct session *session, enum err wanted)
{
    expect(bench, wanted,
           session->store->operations->load(session->store, &bench->ctx, session->rows));
}

void rollback(struct bench *bench, struct session *session)
{
    session->store->operations->rollback(session->store, &bench->ctx);
}

void commit(struct bench *bench, struct session *session, enum err wanted)
{
    bool unknown = true;
    enum err err = session->store->operations->save_and_commit(session->store, &bench->ctx,
                                                               session->rows, &unknown);

    expect(bench, wanted, err);
    assert_false(unknown);
    if (err) {
        rollback(bench, session);
    }
}

struct session *open_with_lanes(struct bench *bench, const char *instance)
{
    struct session *session = open_session(bench, instance);

    (void)beat(bench, session, true);
    return session;
}

void open_two(struct bench *bench, struct session **ret_a, struct session **ret_b)
{
    *ret_a = open_with_lanes(bench, "a");
    *ret_b = open_with_lanes(bench, "b");
    release(bench, *ret_a, LANES / 2);
    (void)beat(bench, *ret_b, false);
    assert_int_equal((*ret_a)->held_count, LANES / 2);
    assert_int_equal((*ret_b)->held_count, LANES / 2);
}

struct scan_answer scan(struct bench *bench, struct session *session, struct scan_query query)
{
    struct scan_answer answer;

    if (query.limit == 0) {
        query.limit = ROWS_MAX;
    }
    expect(bench, OK,
           session->store->operations->scan(session->store, &bench->ctx, &query, &answer));
    return answer;
}

int bench_set_up(void **state)
{
    static struct bench bench;

    bench = (struct bench){ .world = world_under_test, .ctx = { .arena = arena_new(1 << 26) } };
    world_under_test->reset(world_under_test);
    *state = &bench;
    return 0;
}

int bench_tear_down(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < bench->session_count; i++) {
        bench->sessions[i].store->operations->close(bench->sessions[i].store);
    }
    arena_free(bench->ctx.arena);
    return 0;
}

int store_conformance_run(struct store_world *world)
{
    world_under_test = world;
    return store_lane_tests() + store_row_tests() + store_runtime_tests();
}
