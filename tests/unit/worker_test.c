/* links: relay */
/* worker_test.c - the lane worker against everything that can go wrong, in memory, under seeds. */
#include "tests/unit/world.h"

#include "common/envelope.h"
#include "common/log.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct world_faults no_faults = { 0 };

/* Runs `count` pings through a world and lets it come to rest. */
static struct world *run(uint64_t seed, size_t instances, int64_t count,
                         const struct world_faults *faults)
{
    struct world *world = world_new(seed, instances, instances, faults);

    while (world->sent < count) {
        if (world_random(world, 3) == 0) {
            world_send(world, false);
        }
        world_step(world);
    }
    world_settle(world);
    return world;
}

static void every_ping_is_counted_once_in_order(void **state)
{
    struct world *world = run(1, 1, 2000, &no_faults);

    (void)state;
    world_check(world);
    world_free(world);
}

static void several_instances_share_the_lanes(void **state)
{
    struct world *world = run(2, 3, 2000, &no_faults);

    (void)state;
    world_check(world);
    for (size_t i = 0; i < world->process_count; i++) {
        assert_in_range(worker_status(world->processes[i].worker).lanes_held, 0, 2);
    }
    world_free(world);
}

/* The outside never answers well: with patience every effect comes to an end, and is decided on, with the faults still there. */
static void what_is_never_answered_is_given_up(void **state)
{
    static const struct world_faults deaf = { .outside_permille = 1000 };
    struct world *world = world_new(4, 1, 1, &deaf);
    int64_t given_up = 0, wanted = 0, until = 0;

    (void)state;
    world->access[0].patience_ms = 2000;
    for (int i = 0; i < 40; i++) {
        world_send(world, false);
    }
    until = world->now + 600000;
    while (world->now < until && (given_up == 0 || given_up != wanted)) {
        world_step(world);
        given_up = wanted = 0;
        for (size_t i = 0; i < WORLD_KEYS; i++) {
            char key[16];

            (void)snprintf(key, sizeof key, "key-%zu", i);
            const struct tally_row *row = world_tally(world, key);
            given_up += row == NULL ? 0 : row->echoes;
            wanted += world->expected[i].echoes;
        }
    }
    assert_int_equal(given_up, wanted);
    world_settle(world);
    world_free(world);
}

/* Whose lanes were dropped over a lost answer to a commit knows still what it sent, and what was answered. */
static void trouble_with_the_database_repeats_no_call(void **state)
{
    static const struct world_faults unsure = { .lost_answer_permille = 50 };
    struct world *world = run(5, 1, 2000, &unsure);

    (void)state;
    world_check(world);
    assert_true(world->acts > 100);
    assert_int_equal(world->calls, world->acts);
    world_free(world);
}

/* A call that went wrong waits ever longer, whatever trouble there is with the database: who is away is not called at once by all
 * effects that are open each time that the lanes are taken anew. */
static void trouble_with_the_database_shortens_no_wait(void **state)
{
    static const struct world_faults both = { .lost_answer_permille = 1, .outside_permille = 1000 };
    enum { MINUTES = 10, TRIES_A_MINUTE_MAX = 3 };
    struct world *world = world_new(8, 1, 1, &both);

    (void)state;
    for (int i = 0; i < 40; i++) {
        world_send(world, false);
    }
    for (int64_t end = world->now + MINUTES * INT64_C(60000); world->now < end;) {
        world_step(world);
    }
    assert_true(world->lost_answers > 100);
    assert_in_range(world->tries, 50,
                    WORLD_KEYS * MINUTES * TRIES_A_MINUTE_MAX); /* one at a time of a key */
    world_settle(world);
    world_check(world);
    world_free(world);
}

static void step_until_called(struct world *world)
{
    int64_t before = world->calls;

    while (world->calls == before) {
        world_send(world, false);
        world_step(world);
    }
}

/* A restart in good order; waiting takes time. */
static void drain(struct world *world, size_t index)
{
    world->look_ms = 1;
    worker_drain(world->processes[index].worker, 5000);
    world->look_ms = 0;
    world_crash(world, index);
}

/* A drain is no death: what was sent is known when it ends, and who comes next repeats nothing. */
static void a_drain_repeats_no_call(void **state)
{
    struct world *world = world_new(6, 1, 1, &no_faults);

    (void)state;
    for (int i = 0; i < 30; i++) {
        step_until_called(world);
        drain(world, 1);
    }
    world_settle(world);
    world_check(world);
    assert_true(world->acts >= 30);
    assert_int_equal(world->calls, world->acts);
    world_free(world);
}

/* A lane that another is to have goes when its calls are answered; those that were not begun go with it. */
static void a_lane_that_is_given_back_repeats_no_call(void **state)
{
    struct world *world = world_new(9, 1, 2, &no_faults);

    (void)state;
    world->answer_ms = 2000;
    for (int i = 0; i < 10; i++) {
        for (int64_t end = world->now + 15000; world->now < end;) {
            world_send(world, false);
            world_step(world);
        }
        assert_int_equal(worker_status(world->processes[1].worker).lanes_held, WORLD_LANES / 2);
        drain(world, 2);
    }
    world_settle(world);
    world_check(world);
    assert_true(world->acts > 100);
    assert_int_equal(world->calls, world->acts);
    world_free(world);
}

static void a_drain_waits_for_answers_no_longer_than_it_may(void **state)
{
    struct world *world = world_new(7, 1, 1, &no_faults);

    (void)state;
    world->answer_ms = 60000;
    step_until_called(world);
    int64_t began_at = world->now;
    world->look_ms = 1;
    worker_drain(world->processes[1].worker, 5000);
    assert_in_range(world->now - began_at, 5000, 5100);
    world_free(world);
}

static void step_for(struct world *world, int64_t ms)
{
    for (int64_t end = world->now + ms; world->now < end;) {
        world_step(world);
    }
}

/* Retention deletes what the counter did not read, and nothing comes after it: no later number shows what is missing. */
static void what_is_deleted_at_the_end_of_a_log_comes_again(void **state)
{
    struct world *world = run(8, 1, 200, &no_faults);
    int64_t known = worker_status(world->processes[1].worker).messages;

    (void)state;
    world->processes[1].asleep_until = INT64_MAX;
    for (int i = 0; i < 100; i++) {
        world_send(world, false);
    }
    step_for(world, 2000);
    memory_log_trim(world->log, world->now + 1);
    world->processes[1].asleep_until = 0;
    step_for(world, 15000);
    world_settle(world);
    world_check(world);
    /* Each lane's last number came again, and was asked for once. */
    step_for(world, 30000);
    assert_in_range(worker_status(world->processes[1].worker).duplicates, 1, WORLD_LANES);
    assert_true(worker_status(world->processes[1].worker).messages > known);
    world_free(world);
}

/* Who writes to any partition is handed on; what it says of clocks is heard by nobody on that way, either. */
static void a_request_gone_astray_is_handed_on(void **state)
{
    struct world *world = world_new(11, 1, 1, &no_faults);

    (void)state;
    for (size_t key = 0; key < WORLD_KEYS; key++) {
        world_send_by(world, key, WORLD_ASTRAY);
    }
    world_settle(world);
    world_check(world);
    world_free(world);
}

/* A storefront says what its topic is for.  Whatever else it writes, under whichever key, is put aside alone: it asks for nothing
 * to be sent again, and nobody's messages wait behind it. */
static void a_storefront_writes_only_what_its_topic_is_for(void **state)
{
    static const struct record_header unknown[] = { { HEADER_TYPE, "test.unknown.v1" } };
    static const struct record_header hubbed[] = { { HEADER_TYPE, "test.hubbed.v1" } };
    static const struct record_header resend[] = { { HEADER_TYPE, TYPE_RESEND },
                                                   { HEADER_TOPIC, "relay.events" },
                                                   { HEADER_GENERATION, "0" },
                                                   { HEADER_NUMBER, "0" } };
    struct world *world = world_new(12, 1, 1, &no_faults);
    size_t parked = 0;

    (void)state;
    for (size_t key = 0; key < WORLD_KEYS; key++) {
        world_send_by(world, key, WORLD_BY_SHOP);
    }
    world_settle(world);
    world_write_as_shop(world, 0, unknown, 1);
    world_write_as_shop(world, 1, hubbed, 1);
    world_write_as_shop(world, 2, resend, 4);
    world_settle(world);
    for (size_t key = 0; key < WORLD_KEYS; key++) {
        world_send_by(world, key, WORLD_STRAIGHT);
    }
    world_settle(world);
    world_check(world);
    assert_int_equal(worker_status(world->processes[1].worker).duplicates, 0);
    void *const *rows = memory_database_rows(world->relay_database, &parked_table, &parked);
    assert_int_equal(parked, 3);
    for (size_t i = 0; i < parked; i++) {
        assert_string_equal(((const struct parked_row *)rows[i])->subject_id, "");
    }
    world_free(world);
}

/* It may write nothing more for this schema, so that it waits for no answer. */
static void code_that_is_too_old_gives_its_lanes_back_at_once(void **state)
{
    struct world *world = world_new(13, 1, 1, &no_faults);

    (void)state;
    world->answer_ms = 60000;
    step_until_called(world);
    memory_database_want_code(world->count_database, count_service.code_version + 1);
    step_for(world, 2000);
    assert_int_equal(worker_status(world->processes[1].worker).lanes_held, 0);
    memory_database_want_code(world->count_database, count_service.code_version);
    world->answer_ms = 0;
    world_settle(world);
    world_check(world);
    world_free(world);
}

/* As many lanes as there may be, and the topics of many storefronts: timers wait for the ends of all of them. */
static void timers_fire_however_much_is_read(void **state)
{
    enum { TOPICS = 16 };
    static struct broker_topic consumed[TOPICS];
    static char names[TOPICS][16];
    struct service counter = count_service;

    (void)state;
    memcpy(consumed, count_service.consumed, count_service.consumed_count * sizeof *consumed);
    for (size_t i = count_service.consumed_count; i < TOPICS; i++) {
        (void)snprintf(names[i], sizeof names[i], "idle.%zu", i);
        consumed[i] = (struct broker_topic){ .name = names[i] };
    }
    counter.consumed = consumed;
    counter.consumed_count = TOPICS;
    const struct world_shape wide = {
        .lanes = LANES_MAX, .relays = 1, .counts = 1, .counter = &counter
    };
    struct world *world = world_new_of(14, &wide, &no_faults);
    for (int i = 0; i < 100; i++) {
        world_send(world, false);
    }
    world_settle(world);
    world_check(world);
    world_free(world);
}

static const struct world_faults hard = {
    .log = { .landing_ms_max = 20,
             .acknowledging_ms_max = 20,
             .torn_ms_max = 2000,
             .duplicate_permille = 20,
             .short_poll_permille = 200 },
    .crash_permille = 3,
    .pause_permille = 1,
    .lost_answer_permille = 5,
    .producer_permille = 3,
    .restart_permille = 1,
    .cut_permille = 400,
    .outside_permille = 300,
};

/* Other seeds may be given: WORLD_SEED_FIRST and WORLD_SEED_LAST. */
static void nothing_is_lost_or_doubled_under_faults(void **state)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const char *first_text = getenv("WORLD_SEED_FIRST"), *last_text = getenv("WORLD_SEED_LAST");
    uint64_t first = 100, last = 130;
    int64_t struck[5] = { 0 };

    (void)state;
    if (first_text != NULL && last_text != NULL) {
        first = strtoull(first_text, NULL, 10);
        last = strtoull(last_text, NULL, 10);
    }
    for (uint64_t seed = first; seed <= last; seed++) {
        printf("seed %llu\n", (unsigned long long)seed);
        (void)fflush(stdout);
        struct world *world = run(seed, 1 + seed % 3, 600, &hard);

        world_check(world);
        struck[0] += world->crashes;
        struck[1] += world->pauses;
        struck[2] += world->lost_answers;
        struck[3] += world->producers_lost;
        struck[4] += world->cuts;
        world_free(world);
    }
    /* A schedule in which nothing goes wrong proves nothing. */
    for (size_t i = 0; i < sizeof struck / sizeof struck[0]; i++) {
        assert_true(struck[i] > (int64_t)(last - first) / 4);
    }
}

/* Sends `count` pings, some of them impossible, while everything goes wrong. */
static struct world *run_with_poison(uint64_t seed, int64_t count)
{
    struct world *world = world_new(seed, 2, 2, &hard);

    while (world->sent < count) {
        if (world_random(world, 3) == 0) {
            world_send(world, world_random(world, 40) == 0);
        }
        world_step(world);
    }
    return world;
}

static size_t parked_count(struct world *world)
{
    size_t count = 0;

    (void)memory_database_rows(world->count_database, &parked_table, &count);
    return count;
}

static void the_impossible_parks_and_is_driven_again_in_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world *world = run_with_poison(seed, 400);

        count_accepts_negative = false;
        world_settle(world);
        assert_true(parked_count(world) > 0);
        world_redrive(world); /* it is still impossible: everything keeps its place */
        world_settle(world);
        assert_true(parked_count(world) > 0);
        count_accepts_negative = true;
        world_redrive(world);
        world_settle(world);
        assert_int_equal(parked_count(world), 0);
        world_check(world);
        count_accepts_negative = false;
        world_free(world);
    }
}

static int64_t generation_of(struct memory_database *database)
{
    size_t count = 0;
    void **rows = memory_database_rows(database, &stream_table, &count);
    int64_t highest = 0;

    for (size_t i = 0; i < count; i++) {
        int64_t generation = ((const struct stream_row *)rows[i])->generation;

        highest = generation > highest ? generation : highest;
    }
    return highest;
}

/* A restored database knows less than the log.  What it decided anew goes out in a new generation; the counter has seen
 * some pings under another number, so only what the relay still knew is compared: nothing may be missing. */
static struct memory_database *run_with_backup(struct world *world)
{
    struct memory_database *copy = NULL;

    while (world->sent < 300) {
        if (world_random(world, 3) == 0) {
            world_send(world, false);
        }
        world_step(world);
        if (world->sent == 150 && copy == NULL) {
            copy = memory_database_copy(world->relay_database);
        }
    }
    return copy;
}

/* Twice the same backup: from inside, the second restore looks like the first. */
static void restore_twice(struct world *world, const struct memory_database *copy)
{
    int64_t generation = 1;

    for (int i = 0; i < 2; i++) {
        world_crash(world, 0);
        memory_database_restore(world->relay_database, copy);
        world_settle(world);
        assert_true(generation_of(world->relay_database) > generation);
        generation = generation_of(world->relay_database);
    }
}

static void a_restored_publisher_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world *world = world_new(seed, 1, 1, &no_faults);
        struct memory_database *copy = run_with_backup(world);

        restore_twice(world, copy);
        memory_database_free(copy);
        for (size_t i = 0; i < WORLD_KEYS; i++) {
            const char *key = text_format(world->ctx.arena, "key-%zu", i);

            assert_true(world_tally(world, key)->count >= world->expected[i].count);
            assert_int_equal(world_tally(world, key)->last_n, world->expected[i].last_n);
        }
        world_free(world);
    }
}

static void send_for(struct world *world, int64_t ms)
{
    int64_t until = world->now + ms;

    while (world->now < until) {
        if (world_random(world, 3) == 0) {
            world_send(world, false);
        }
        world_step(world);
    }
}

/* Whoever stood still finds numbers in the log that it does not know of: its successor's, and no set-back database's. */
static void who_lost_its_lanes_begins_no_generation(void **state)
{
    struct world *world = world_new(6, 2, 1, &no_faults);

    (void)state;
    send_for(world, 2000);
    world->processes[0].asleep_until = world->now + 10000;
    send_for(world, 9900); /* the other one takes the lanes, and goes on counting */
    memory_log_stop(world->log);
    memory_log_start(world->log);
    world_settle(world);
    world_check(world);
    assert_int_equal(generation_of(world->relay_database), 1);
    world_free(world);
}

static bool put_off[256];

/* Each once: as a rule does whose clock says that it is not due yet. */
static void put_off_once(struct decision *out, const struct incoming_timer *in)
{
    bool *was = &put_off[(uint64_t)(in->step * 31 + in->subject.number) % 256];

    if (*was) {
        count_service.timers[0].decide(out, in);
    } else {
        *was = true;
        decide_timer(out, in->subject, in->kind, in->due_at, in->step);
    }
}

/* One that sets itself anew, just as it is, while it fires is not taken with itself. */
static void a_timer_may_be_set_anew(void **state)
{
    struct timer_handler handler = count_service.timers[0];
    struct service counter = count_service;

    (void)state;
    assert_int_equal(counter.timer_count, 1);
    handler.decide = put_off_once;
    counter.timers = &handler;
    const struct world_shape shape = {
        .lanes = WORLD_LANES, .relays = 1, .counts = 1, .counter = &counter
    };
    struct world *world = world_new_of(21, &shape, &no_faults);
    for (int i = 0; i < 50; i++) {
        world_send(world, false);
    }
    world_settle(world);
    world_check(world);
    world_free(world);
}

/* A timer may fire days later, in another process. */
static void a_timer_keeps_its_trace(void **state)
{
    struct world *world = world_new(1, 1, 1, &no_faults);
    void **rows = NULL;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        world_send(world, false);
    }
    for (int steps = 0; steps < 10000 && count == 0; steps++) {
        world_step(world);
        rows = memory_database_rows(world->count_database, &timer_table, &count);
    }
    const struct timer_row *timer = rows != NULL && count > 0 ? rows[0] : NULL;
    assert_string_equal(timer == NULL ? "no timer" : timer->trace,
                        text_format(world->ctx.arena, WORLD_TRACE,
                                    (unsigned long long)(timer == NULL ? 0 : timer->step)));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ping_is_counted_once_in_order),
        cmocka_unit_test(several_instances_share_the_lanes),
        cmocka_unit_test(what_is_never_answered_is_given_up),
        cmocka_unit_test(trouble_with_the_database_repeats_no_call),
        cmocka_unit_test(trouble_with_the_database_shortens_no_wait),
        cmocka_unit_test(a_drain_repeats_no_call),
        cmocka_unit_test(a_lane_that_is_given_back_repeats_no_call),
        cmocka_unit_test(a_drain_waits_for_answers_no_longer_than_it_may),
        cmocka_unit_test(what_is_deleted_at_the_end_of_a_log_comes_again),
        cmocka_unit_test(timers_fire_however_much_is_read),
        cmocka_unit_test(a_request_gone_astray_is_handed_on),
        cmocka_unit_test(a_storefront_writes_only_what_its_topic_is_for),
        cmocka_unit_test(code_that_is_too_old_gives_its_lanes_back_at_once),
        cmocka_unit_test(nothing_is_lost_or_doubled_under_faults),
        cmocka_unit_test(the_impossible_parks_and_is_driven_again_in_order),
        cmocka_unit_test(a_restored_publisher_loses_nothing),
        cmocka_unit_test(who_lost_its_lanes_begins_no_generation),
        cmocka_unit_test(a_timer_keeps_its_trace),
        cmocka_unit_test(a_timer_may_be_set_anew),
    };

    log_init("worker_test", "test", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
