/* store_conformance_lanes.c - leases, and the fence of a batch. */

#include "store_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void lanes_are_shared_fairly(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_session(bench, "a"), *b = open_session(bench, "b");

    struct lane_share share = beat(bench, a, true);
    assert_int_equal(share.taken_count, LANES);
    assert_int_equal(share.instances_live, 1);
    assert_int_equal(share.lanes_fair, LANES);
    for (size_t i = 0; i < LANES; i++) {
        assert_int_equal(share.taken[i].lane, i);
    }
    share = beat(bench, b, true);
    assert_int_equal(share.taken_count, 0);
    assert_int_equal(share.instances_live, 2);
    assert_int_equal(share.lanes_fair, 2);
    assert_false(share.displaced || share.code_too_old);

    release(bench, a, 2);
    share = beat(bench, b, false);
    assert_int_equal(share.taken_count, 2);
    assert_int_equal(share.taken[0].lane, 2);
    assert_int_equal(share.taken[1].lane, 3);
    assert_int_equal(beat(bench, a, false).taken_count, 0);
}

static void expired_lanes_are_taken(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a"), *b = open_with_lanes(bench, "b");

    assert_int_equal(b->held_count, 0);
    bench->world->pass(bench->world, LEASE_MS + 50);
    struct lane_share share = beat(bench, b, false);
    assert_int_equal(share.instances_live, 1);
    assert_int_equal(share.taken_count, LANES);
    assert_memory_not_equal(a->held[0].holder, b->held[0].holder, HOLDER_BYTES);

    /* The zombie comes back. */
    begin(bench, a);
    load(bench, a, ERR_CONFLICT);
    rollback(bench, a);
    begin(bench, a);
    commit(bench, a, ERR_CONFLICT);
    /* Giving back what is not ours any more changes nothing. */
    release(bench, a, 0);
    begin(bench, b);
    commit(bench, b, OK);
}

static void a_batch_renews_its_leases(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a"), *b = open_session(bench, "b");

    for (int i = 0; i < 4; i++) {
        bench->world->pass(bench->world, LEASE_MS / 2);
        begin(bench, a);
        commit(bench, a, OK);
    }
    assert_int_equal(beat(bench, b, true).taken_count, 0);
}

static void the_same_name_takes_its_lanes_at_once(void **state)
{
    struct bench *bench = *state;
    struct session *old = open_with_lanes(bench, "a"), *new_one = open_session(bench, "a");

    assert_true(beat(bench, new_one, false).displaced);
    assert_int_equal(beat(bench, new_one, true).taken_count, LANES);
    struct lane_share share = beat(bench, old, false);
    assert_true(share.displaced);
    assert_int_equal(share.taken_count, 0);
    begin(bench, old);
    commit(bench, old, ERR_CONFLICT);
}

/* A batch that is open holds its lanes, even if its lease is over. */
static void lanes_of_an_open_batch_are_left(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a"), *b = open_session(bench, "b");

    begin(bench, a);
    load(bench, a, OK);
    bench->world->pass(bench->world, LEASE_MS + 50);
    assert_int_equal(beat(bench, b, true).taken_count, 0);
    rollback(bench, a);
    assert_int_equal(beat(bench, b, false).taken_count, LANES);
}

static void held_lanes_stay_held(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");

    release(bench, a, 2);
    struct lane_share share = beat(bench, a, false);
    assert_int_equal(share.taken_count, 2);
    assert_int_equal(share.taken[0].lane, 2);
    begin(bench, a);
    commit(bench, a, OK);
}

/* A process that dropped its lanes takes them anew: the old holds are worth nothing then. */
static void dropped_lanes_are_taken_anew(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    struct session before = *a;

    a->held_count = 0;
    assert_int_equal(beat(bench, a, false).taken_count, LANES);
    begin(bench, &before);
    commit(bench, &before, ERR_CONFLICT);
    begin(bench, a);
    commit(bench, a, OK);
}

static void the_fence_counts_versions_and_tells_time(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    int64_t version = a->held[1].version;

    begin(bench, a);
    commit(bench, a, OK);
    int64_t first = a->now;
    assert_true(first > 0);
    assert_int_equal(a->held[1].version, version + 1);
    bench->world->pass(bench->world, 20);
    begin(bench, a);
    load(bench, a, OK);
    assert_true(a->now >= first + 20);
    rollback(bench, a);
    assert_int_equal(a->held[1].version, version + 1); /* nothing happened */
    begin(bench, a);
    commit(bench, a, OK);
    assert_int_equal(a->held[1].version, version + 2);

    a->held[1].version--;
    begin(bench, a);
    commit(bench, a, ERR_CONFLICT);
    a->held[1].version++;
    a->held[1].holder[0] ^= 1;
    begin(bench, a);
    commit(bench, a, ERR_CONFLICT);
    a->held[1].holder[0] ^= 1;
    begin(bench, a);
    commit(bench, a, OK);
}

/* Also one that follows within the same millisecond, and one of another holder. */
static void each_batch_of_a_lane_is_later(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    int64_t last = 0;

    for (int i = 0; i < 50; i++) {
        begin(bench, a);
        commit(bench, a, OK);
        assert_true(a->now > last);
        last = a->now;
    }
    release(bench, a, 0);
    struct session *b = open_with_lanes(bench, "b");
    begin(bench, b);
    commit(bench, b, OK);
    assert_true(b->now > last);
}

int store_lane_tests(void)
{
    const struct CMUnitTest lane_tests[] = {
        STORE_TEST(lanes_are_shared_fairly),
        STORE_TEST(expired_lanes_are_taken),
        STORE_TEST(a_batch_renews_its_leases),
        STORE_TEST(the_same_name_takes_its_lanes_at_once),
        STORE_TEST(lanes_of_an_open_batch_are_left),
        STORE_TEST(held_lanes_stay_held),
        STORE_TEST(dropped_lanes_are_taken_anew),
        STORE_TEST(the_fence_counts_versions_and_tells_time),
        STORE_TEST(each_batch_of_a_lane_is_later),
    };

    return cmocka_run_group_tests(lane_tests, NULL, NULL);
}
