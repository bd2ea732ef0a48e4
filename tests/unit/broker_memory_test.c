/* broker_memory_test.c - the log in memory: what every log does, and the faults on order. */
#include "broker_conformance.h"

#include "common/arena.h"
#include "common/broker_memory.h"
#include "common/stream_prefix.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- The world of the conformance tests --------------------------------------------------------- */

struct memory_world {
    struct broker_world world;
    struct memory_log *log;
    int64_t now_ms;
};

static int64_t world_now(void *clock)
{
    return *(int64_t *)clock;
}

static enum err world_open(struct broker_world *world, struct ctx *ctx,
                           const struct broker_options *options, struct broker **ret)
{
    return broker_memory_open(((struct memory_world *)world)->log, ctx, options, ret);
}

static void world_create_topic(struct broker_world *world, const char *name, int64_t partitions)
{
    memory_log_create_topic(((struct memory_world *)world)->log, name, partitions);
}

static void world_pass(struct broker_world *world, int64_t ms)
{
    ((struct memory_world *)world)->now_ms += ms;
}

static void world_restart(struct broker_world *world)
{
    struct memory_world *memory = (struct memory_world *)world;

    memory_log_stop(memory->log);
    memory->now_ms += 500;
    memory_log_start(memory->log);
}

static void world_cut(struct broker_world *world, const char *topic, int64_t lane, int64_t count)
{
    memory_log_cut(((struct memory_world *)world)->log, topic, lane, count);
}

static void world_lose_producer(struct broker_world *world, struct broker *broker)
{
    (void)world;
    broker_memory_lose_producer(broker);
}

static void world_init(struct memory_world *world, uint64_t seed, struct memory_faults faults)
{
    *world = (struct memory_world){
        .world = { world_open, world_create_topic, world_pass, world_restart, world_cut,
                   world_lose_producer },
        .now_ms = 1700000000000,
    };
    world->log = memory_log_new(&(struct memory_log_options){
        .seed = seed, .now_ms = world_now, .clock = &world->now_ms, .faults = faults });
}

static int run_conformance(struct memory_faults faults)
{
    struct memory_world world;

    world_init(&world, 7, faults);
    int failed = broker_conformance_run(&world.world);
    memory_log_free(world.log);
    return failed;
}

/* --- Its own tests ------------------------------------------------------------------------------ */

enum { RECORDS = 500, LOSING_ROUNDS = 2500, SEEN_MAX = 4000, ARENA_BYTES = 1024 * 1024 };

/* A publisher and a reader of one lane. */
struct pair {
    struct memory_world world;
    struct ctx ctx;
    struct broker *publisher, *reader;
    int64_t seen[SEEN_MAX]; /* numbers in the order read */
    size_t seen_count;
};

static const struct broker_topic facts = { .name = "facts", .numbered = true };

static struct broker *open_end(struct pair *pair, bool reads)
{
    struct broker_options options = { .lane_count = 1 };
    struct broker *broker;

    options.consumed = options.published = &facts;
    options.consumed_count = reads;
    options.published_count = !reads;
    assert_int_equal(broker_memory_open(pair->world.log, &pair->ctx, &options, &broker), OK);
    return broker;
}

static struct pair *pair_new(uint64_t seed, struct memory_faults faults)
{
    static struct pair pair;
    struct read_position beginning = { 0 };

    memset(&pair, 0, sizeof pair);
    world_init(&pair.world, seed, faults);
    pair.ctx.arena = arena_new(ARENA_BYTES);
    memory_log_create_topic(pair.world.log, "facts", 1);
    pair.publisher = open_end(&pair, false);
    pair.reader = open_end(&pair, true);
    assert_int_equal(pair.reader->operations->assign(pair.reader, &pair.ctx, &beginning, 1), OK);
    return &pair;
}

static void pair_free(struct pair *pair)
{
    if (pair->publisher != NULL)
        pair->publisher->operations->close(pair->publisher);
    pair->reader->operations->close(pair->reader);
    memory_log_free(pair->world.log);
    arena_free(pair->ctx.arena);
}

static void publish(struct pair *pair, int64_t number)
{
    struct publication publication = {
        .generation = 1, .number = number, .value = "{}", .value_length = 2
    };

    assert_int_equal(
        pair->publisher->operations->publish(pair->publisher, &pair->ctx, &publication), OK);
}

static void read_all(struct pair *pair)
{
    struct record records[10];
    size_t count;

    do {
        arena_reset(pair->ctx.arena);
        count = 10;
        assert_int_equal(
            pair->reader->operations->poll(pair->reader, &pair->ctx, records, &count, 0), OK);
        for (size_t i = 0; i < count; i++) {
            assert_true(text_to_int(record_header(&records[i], HEADER_NUMBER),
                                    &pair->seen[pair->seen_count++]));
        }
    } while (count > 0 && pair->seen_count < SEEN_MAX - 10);
}

static const struct memory_faults every_fault = { .landing_ms_max = 30,
                                                  .acknowledging_ms_max = 20,
                                                  .torn_ms_max = 400,
                                                  .duplicate_permille = 50,
                                                  .short_poll_permille = 300 };

/* Publishes with a cursor as an owner does, and loses its producer now and then. */
static void publish_through_losses(struct pair *pair, int64_t lose_every)
{
    const struct broker_operations *operations = pair->publisher->operations;
    int64_t cursor = 0, next = 1;
    struct acknowledgment acknowledgment;

    for (int64_t round = 1; cursor < RECORDS && round < 100000; round++) {
        if (next <= RECORDS)
            publish(pair, next++);
        if (lose_every > 0 && round % lose_every == 0 && round < LOSING_ROUNDS)
            broker_memory_lose_producer(pair->publisher);
        if (operations->events(pair->publisher) & BROKER_PRODUCER_LOST) {
            assert_int_equal(operations->renew_producer(pair->publisher, &pair->ctx), OK);
            next = cursor + 1;
        }
        pair->world.now_ms++;
        if (operations->acknowledged(pair->publisher, &acknowledgment, 1) > 0) {
            assert_true(acknowledgment.number > cursor);
            cursor = acknowledgment.number;
        }
        read_all(pair);
    }
    assert_int_equal(cursor, RECORDS);
    pair->world.now_ms += 1000;
    read_all(pair);
}

static void nothing_is_lost_under_faults(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct pair *pair = pair_new(seed, every_fault);
        int64_t highest = 0;

        publish_through_losses(pair, 70);
        assert_in_range(pair->seen_count, RECORDS + 1, SEEN_MAX);
        for (size_t i = 0; i < pair->seen_count; i++) {
            assert_true(pair->seen[i] <= highest + 1);
            highest = pair->seen[i] > highest ? pair->seen[i] : highest;
        }
        assert_int_equal(highest, RECORDS);
        pair_free(pair);
    }
}

static void the_same_seed_is_the_same_history(void **state)
{
    static int64_t first[SEEN_MAX];
    size_t first_count = 0;

    (void)state;
    for (int run = 0; run < 3; run++) {
        struct pair *pair = pair_new(run < 2 ? 11 : 12, every_fault);

        publish_through_losses(pair, 50);
        if (run == 0) {
            first_count = pair->seen_count;
            memcpy(first, pair->seen, sizeof first);
        }
        bool same = first_count == pair->seen_count && memcmp(first, pair->seen, sizeof first) == 0;
        assert_int_equal(same, run < 2);
        pair_free(pair);
    }
}

static void a_crash_leaves_a_beginning(void **state)
{
    bool none = false, some = false, all = false;

    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct pair *pair =
            pair_new(seed, (struct memory_faults){ .landing_ms_max = 50, .torn_ms_max = 100 });

        for (int64_t number = 1; number <= 5; number++)
            publish(pair, number);
        broker_memory_crash(pair->publisher);
        pair->publisher = NULL;
        pair->world.now_ms += 1000;
        assert_true(memory_log_next_at(pair->world.log) <= pair->world.now_ms);
        read_all(pair);
        pair->world.now_ms += 1000;
        read_all(pair);
        assert_true(memory_log_next_at(pair->world.log) == INT64_MAX);
        for (size_t i = 0; i < pair->seen_count; i++)
            assert_int_equal(pair->seen[i], i + 1);
        none |= pair->seen_count == 0;
        some |= pair->seen_count > 0 && pair->seen_count < 5;
        all |= pair->seen_count == 5;
        pair_free(pair);
    }
    assert_true(none && some && all);
}

static void a_close_loses_nothing(void **state)
{
    struct pair *pair = pair_new(3, (struct memory_faults){ .landing_ms_max = 50 });

    (void)state;
    for (int64_t number = 1; number <= 100; number++)
        publish(pair, number);
    pair->publisher->operations->close(pair->publisher);
    pair->publisher = NULL;
    pair->world.now_ms += 1000;
    read_all(pair);
    assert_int_equal(pair->seen_count, 100);
    pair_free(pair);
}

static void raise_all(struct stream_tail *tail, const char *generation, const char *const *numbers)
{
    for (; *numbers != NULL; numbers++)
        stream_tail_raise(tail, generation, *numbers);
}

static void a_tail_ends_before_what_is_missing(void **state)
{
    struct stream_tail tail = { 0 };

    (void)state;
    raise_all(&tail, "1", (const char *const[]){ "8", "9", "7", "8", "9", "19", "20", NULL });
    assert_int_equal(tail.number, 20);
    assert_int_equal(tail.unbroken_number, 9);
    raise_all(&tail, "1",
              (const char *const[]){ "10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
                                     "20", "21", NULL });
    assert_int_equal(tail.unbroken_number, 21);
    raise_all(&tail, "2", (const char *const[]){ "2", NULL });
    assert_int_equal(tail.generation, 2);
    assert_int_equal(tail.unbroken_generation, 1);
    raise_all(&tail, "2", (const char *const[]){ "1", "2", NULL });
    assert_int_equal(tail.unbroken_generation, 2);
    assert_int_equal(tail.unbroken_number, 2);
}

static void a_stopped_log_stands_still(void **state)
{
    struct pair *pair = pair_new(3, (struct memory_faults){ 0 });
    const struct broker_operations *operations = pair->publisher->operations;
    struct stream_tail tail = { 0 };

    (void)state;
    memory_log_stop(pair->world.log);
    publish(pair, 1);
    read_all(pair);
    assert_int_equal(pair->seen_count, 0);
    assert_int_equal(operations->unacknowledged(pair->publisher), 1);
    assert_int_equal(operations->tails(pair->publisher, &pair->ctx, &tail, 1), ERR_RETRY);
    assert_int_equal(operations->events(pair->publisher), BROKER_FINE);
    memory_log_start(pair->world.log);
    assert_int_equal(operations->events(pair->publisher), BROKER_RECONNECTED);
    assert_int_equal(operations->events(pair->publisher), BROKER_FINE);
    read_all(pair);
    assert_int_equal(pair->seen_count, 1);
    assert_int_equal(operations->unacknowledged(pair->publisher), 0);
    pair_free(pair);
}

/* Also where the clock goes on in steps, over the end of a stall and over what was due behind it. */
static void a_stall_keeps_the_order(void **state)
{
    struct pair *pair = pair_new(11, (struct memory_faults){ .landing_ms_max = 30 });

    (void)state;
    for (int64_t number = 1; number <= RECORDS; number++) {
        publish(pair, number);
        if (number % 7 == 0)
            broker_memory_stall(pair->publisher, pair->world.now_ms + number % 40);
        pair->world.now_ms += number % 25;
        read_all(pair);
    }
    pair->world.now_ms += 1000;
    read_all(pair);
    assert_int_equal(pair->seen_count, RECORDS);
    for (int64_t i = 0; i < RECORDS; i++)
        assert_int_equal(pair->seen[i], i + 1);
    pair_free(pair);
}

static void a_cut_within_a_millisecond_is_seen(void **state)
{
    struct pair *pair = pair_new(3, (struct memory_faults){ 0 });
    struct record before, after;
    int64_t first, end;

    (void)state;
    publish(pair, 1);
    publish(pair, 2);
    read_all(pair);
    memory_log_record(pair->world.log, "facts", 0, 1, &before);
    memory_log_cut(pair->world.log, "facts", 0, 1);
    publish(pair, 2);
    read_all(pair);
    memory_log_record(pair->world.log, "facts", 0, 1, &after);
    assert_true(after.appended_at > before.appended_at);
    memory_log_range(pair->world.log, "facts", 0, &first, &end);
    assert_int_equal(first, 0);
    assert_int_equal(end, 2);
    pair_free(pair);
}

static void what_retention_took_is_skipped(void **state)
{
    struct pair *pair = pair_new(3, (struct memory_faults){ 0 });
    int64_t first, end;

    (void)state;
    for (int64_t number = 1; number <= 300; number++) {
        publish(pair, number);
        (void)pair->publisher->operations->events(pair->publisher);
        pair->world.now_ms++;
    }
    memory_log_trim(pair->world.log, pair->world.now_ms - 100);
    memory_log_range(pair->world.log, "facts", 0, &first, &end);
    assert_int_equal(first, 200);
    assert_int_equal(end, 300);
    read_all(pair);
    assert_int_equal(pair->seen_count, 100);
    assert_int_equal(pair->seen[0], 201);
    pair_free(pair);
}

/* --- Prefixes ----------------------------------------------------------------------------------- */

static void a_prefix_ends_at_a_hole(void **state)
{
    struct stream_prefix prefix = { 0 };
    int64_t generation, number;

    (void)state;
    for (int64_t sent = 4; sent <= 9; sent++)
        assert_int_equal(stream_prefix_send(&prefix, 1, sent), sent - 4);
    assert_false(stream_prefix_take(&prefix, &generation, &number));
    assert_true(stream_prefix_acknowledge(&prefix, 0));
    assert_true(stream_prefix_acknowledge(&prefix, 1));
    assert_false(stream_prefix_acknowledge(&prefix, 3));
    assert_false(stream_prefix_acknowledge(&prefix, 2));
    assert_true(stream_prefix_take(&prefix, &generation, &number));
    assert_int_equal(number, 5);
    assert_false(stream_prefix_take(&prefix, &generation, &number));
}

static void a_new_run_forgets_the_old(void **state)
{
    struct stream_prefix prefix = { .sent = UINT32_MAX - 1, .acknowledged = UINT32_MAX - 1 };
    int64_t generation, number;

    (void)state;
    for (int64_t sent = 7; sent <= 9; sent++)
        (void)stream_prefix_send(&prefix, 1, sent);
    (void)stream_prefix_send(&prefix, 1, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(stream_prefix_acknowledge(&prefix, UINT32_MAX - 1 + i));
    assert_false(stream_prefix_take(&prefix, &generation, &number));
    assert_true(stream_prefix_acknowledge(&prefix, 1));
    assert_true(stream_prefix_take(&prefix, &generation, &number));
    assert_int_equal(number, 3);

    (void)stream_prefix_send(&prefix, 1, 4);
    (void)stream_prefix_send(&prefix, 2, 5); /* another generation is another run */
    assert_true(stream_prefix_acknowledge(&prefix, 2));
    assert_false(stream_prefix_take(&prefix, &generation, &number));
    assert_true(stream_prefix_acknowledge(&prefix, 3));
    assert_true(stream_prefix_take(&prefix, &generation, &number));
    assert_int_equal(generation, 2);
    assert_int_equal(number, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_under_faults),
        cmocka_unit_test(the_same_seed_is_the_same_history),
        cmocka_unit_test(a_crash_leaves_a_beginning),
        cmocka_unit_test(a_close_loses_nothing),
        cmocka_unit_test(a_tail_ends_before_what_is_missing),
        cmocka_unit_test(a_stopped_log_stands_still),
        cmocka_unit_test(a_stall_keeps_the_order),
        cmocka_unit_test(a_cut_within_a_millisecond_is_seen),
        cmocka_unit_test(what_retention_took_is_skipped),
        cmocka_unit_test(a_prefix_ends_at_a_hole),
        cmocka_unit_test(a_new_run_forgets_the_old),
    };
    int failed = run_conformance((struct memory_faults){ 0 });

    failed += run_conformance((struct memory_faults){ .landing_ms_max = 40,
                                                      .acknowledging_ms_max = 40,
                                                      .torn_ms_max = 100,
                                                      .short_poll_permille = 500 });
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
