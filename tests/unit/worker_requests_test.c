/* links: relay */
/* worker_requests_test.c - what operators ask of a lane is done once, whatever dies meanwhile. */
#include "tests/unit/world.h"

#include "common/id.h"
#include "common/log.h"
#include "common/memory_database.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEEDS = 20, PINGS = 400, ROUNDS_MAX = 40 };

static const struct world_faults hard = {
    .crash_permille = 10,
    .pause_permille = 5,
    .lost_answer_permille = 20,
    .producer_permille = 3,
    .restart_permille = 2,
    .outside_permille = 100,
};

static void *const *rows_of(struct world *world, const struct table *table, size_t *ret_count)
{
    return memory_database_rows(world->count_database, table, ret_count);
}

static size_t parked_count(struct world *world)
{
    size_t count = 0;

    (void)rows_of(world, &parked_table, &count);
    return count;
}

static void run_with_poison(struct world *world, int64_t count)
{
    int64_t end = world->sent + count;

    while (world->sent < end) {
        if (world_random(world, 3) == 0) {
            world_send(world, world_random(world, 40) == 0);
        }
        world_step(world);
    }
}

/* Every key once more, so that the last number of each is one that counts. */
static void send_to_all(struct world *world)
{
    for (size_t i = 0; i < 20 * (size_t)WORLD_KEYS; i++) {
        world_send(world, false);
    }
    world_settle(world);
}

static void a_redrive_asked_for_amid_faults_is_done(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world *world = world_new(seed, 2, 2, &hard);

        count_accepts_negative = false;
        run_with_poison(world, PINGS);
        count_accepts_negative = true;
        world_redrive(world);
        run_with_poison(world, PINGS / 4); /* while owners die and answers are lost */
        world_settle(world);
        assert_int_equal(parked_count(world), 0);
        assert_int_equal(world_requests(world, "done"), WORLD_KEYS);
        world_check(world);
        count_accepts_negative = false;
        world_free(world);
    }
}

static void what_is_impossible_again_is_told_so(void **state)
{
    struct world *world = world_new(7, 1, 1, &(struct world_faults){ 0 });

    (void)state;
    run_with_poison(world, PINGS);
    world_settle(world);
    size_t parked = parked_count(world);
    assert_true(parked > 0);
    world_redrive(world);
    world_settle(world);
    assert_int_equal(parked_count(world), parked);
    assert_true(world_requests(world, "refused") > 0);
    assert_true(world_requests(world, "done") > 0); /* of keys with nothing parked */
    world_free(world);
}

/* The number in {"n":-17,"key":"key-3"}; 0 when there is none. */
static int64_t number_of(const struct parked_row *row)
{
    char text[32] = "";
    int64_t n = 0;

    assert_true(row->body.length > 6);
    memcpy(text, row->body.bytes + 5, row->body.length < 30 ? row->body.length - 5 : 25);
    n = strtoll(text, NULL, 10);
    return n;
}

/* Asks to discard each row that failed; forgets what it would have counted. */
static size_t discard_failed(struct world *world)
{
    size_t count = 0, asked = 0;
    void *const *rows = rows_of(world, &parked_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct parked_row *row = rows[i];

        if (strcmp(row->state, "failed") == 0) {
            int64_t key = 0;

            assert_true(text_to_int(row->subject_id + strlen("key-"), &key));
            world_forget(world, (size_t)key, -number_of(row));
            world_ask(world, &(struct operator_request_row){
                                 .lane = row->lane, .kind = "discard", .parked_id = row->id });
            asked++;
        }
    }
    return asked;
}

/* Discards until nothing is parked, while everything goes wrong and more comes; returns how often. */
static size_t discard_all(struct world *world)
{
    size_t asked = 0;

    for (int round = 0; round < ROUNDS_MAX && parked_count(world) > 0; round++) {
        asked += discard_failed(world);
        for (int i = 0; i < 300; i++) {
            world_send(world, false);
            world_step(world);
        }
        world_settle(world);
        assert_int_equal(world_requests(world, "done"), asked);
    }
    return asked;
}

static void what_waits_behind_a_discarded_one_goes_on(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world *world = world_new(seed, 2, 2, &hard);

        run_with_poison(world, PINGS);
        world_settle(world);
        world->faults = hard;
        assert_true(discard_all(world) > 0);
        assert_int_equal(parked_count(world), 0);
        send_to_all(world);
        world_check(world);
        world_free(world);
    }
}

static void a_discard_of_nothing_is_refused(void **state)
{
    struct world *world = world_new(3, 1, 1, &(struct world_faults){ 0 });

    (void)state;
    world_ask(world,
              &(struct operator_request_row){ .lane = 1, .kind = "discard", .parked_id = 99 });
    world_ask(world, &(struct operator_request_row){
                         .lane = 1, .kind = "skip_gap", .topic = "no.such", .number = 3 });
    world_ask(world, &(struct operator_request_row){ .lane = 1, .kind = "bake_cake" });
    world_settle(world);
    assert_int_equal(world_requests(world, "refused"), 3);
    world_free(world);
}

/* Three numbers of a stream that neither the outbox nor the log has: its owner has given them, and a disk lost them. */
static int64_t lose_three(struct world *world, const char *key)
{
    struct memory_table *streams = memory_database_table(world->relay_database, &stream_table);
    struct stream_row row = { .lane = lane_of(key, WORLD_LANES), .topic = "relay.events" };
    const struct stream_row *stored = memory_table_find(streams, &row);

    assert_non_null(stored);
    row = *stored;
    row.number += 3;
    row.cursor_number = row.number;
    memory_table_put(streams, &row);
    return row.number;
}

static const struct read_position_row *position_of(struct world *world, const char *key)
{
    struct read_position_row row = { .lane = lane_of(key, WORLD_LANES), .topic = "relay.events" };

    return memory_table_find(memory_database_table(world->count_database, &read_position_table),
                             &row);
}

/* The publisher keeps its messages for two days only; the log has them still. */
static void drop_outbox(struct world *world)
{
    struct memory_table *outbox = memory_database_table(world->relay_database, &outbox_table);
    size_t count = 0;
    void **rows = memory_table_all(outbox, &count);

    for (; count > 0; rows = memory_table_all(outbox, &count)) {
        assert_true(memory_table_remove(outbox, rows[0]));
    }
}

static void skip_to(struct world *world, const char *key, int64_t number)
{
    const struct read_position_row *position = position_of(world, key);

    world_ask(world, &(struct operator_request_row){ .lane = position->lane,
                                                     .kind = "skip_gap",
                                                     .topic = "relay.events",
                                                     .generation = position->generation,
                                                     .number = number });
    for (int i = 0; i < 3000; i++) {
        world_step(world);
    }
}

static void a_gap_that_nobody_can_fill_is_given_up(void **state)
{
    struct world *world = world_new(5, 1, 1, &(struct world_faults){ 0 });
    int64_t end = 0;

    (void)state;
    send_to_all(world);
    world_crash(world, 0);
    end = lose_three(world, "key-3");
    for (size_t i = 0; i < 20 * (size_t)WORLD_KEYS; i++) {
        world_send(world, false);
    }
    for (int i = 0; i < 8000; i++) {
        world_step(world);
    }
    /* The lane stands before the gap, and has seen what is behind it. */
    assert_int_equal(position_of(world, "key-3")->number, end - 3);
    assert_true(position_of(world, "key-3")->seen_number > end);
    skip_to(world, "key-3", end - 4);                                  /* that was applied */
    skip_to(world, "key-3", position_of(world, "key-3")->seen_number); /* that is there */
    assert_int_equal(world_requests(world, "refused"), 2);
    drop_outbox(world);
    skip_to(world, "key-3", end);
    assert_int_equal(world_requests(world, "done"), 1);
    world_settle(world);
    assert_true(position_of(world, "key-3")->number > end);
    world_check(
        world); /* the three were never pings: nothing else is missing, and nothing came twice */
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_redrive_asked_for_amid_faults_is_done),
        cmocka_unit_test(what_is_impossible_again_is_told_so),
        cmocka_unit_test(what_waits_behind_a_discarded_one_goes_on),
        cmocka_unit_test(a_discard_of_nothing_is_refused),
        cmocka_unit_test(a_gap_that_nobody_can_fill_is_given_up),
    };

    log_init("worker_requests_test", "test", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
