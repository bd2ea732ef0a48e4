/* broker_conformance.c - order, positions, acknowledgments and losses, whatever log is behind. */
#include "broker_conformance.h"

#include "common/arena.h"
#include "common/text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    LANES = 3,
    REPLY_PARTITIONS = 2,
    FACTS = 0,
    REPLIES = 1,
    SEEN_MAX = 2000,
    POLL_RECORDS = 100,
    STEP_MS = 20,
    PATIENCE_MS = 20000,
    QUIET_MS = 1500,
    HOUR_MS = 3600 * 1000,
    ARENA_BYTES = 64 * 1024 * 1024,
    ENDS_MAX = 2 * LANES,
};

struct seen {
    size_t topic;
    int64_t lane, offset, appended_at, number;
    char key[32], value[32], note[32];
    bool tombstone;
};

/* One test: topics of its own, one broker that reads and writes both. */
struct bench {
    struct broker_world *world;
    struct ctx ctx;
    char facts[64], replies[64];
    struct broker_topic topics[2];
    struct broker *broker;
    unsigned events; /* all since the last look */
    struct acknowledgment acknowledged[LANES];
    struct seen seen[SEEN_MAX];
    size_t seen_count;
    struct record records[POLL_RECORDS];
};

static struct broker_options options_of(struct bench *bench)
{
    return (struct broker_options){
        .client_id = "conformance",
        .consumed = bench->topics,
        .consumed_count = 2,
        .published = bench->topics,
        .published_count = 2,
        .lane_count = LANES,
    };
}

static void expect(struct bench *bench, enum err wanted, enum err err)
{
    if (err != wanted)
        print_error("%s, wanted %s: %s\n", err_name(err), err_name(wanted), bench->ctx.detail);
    assert_int_equal(err, wanted);
}

static void open_broker(struct bench *bench)
{
    struct broker_options options = options_of(bench);

    expect(bench, OK, bench->world->open(bench->world, &bench->ctx, &options, &bench->broker));
}

static struct bench *bench_new(void **state, const char *name)
{
    static struct bench bench;

    memset(&bench, 0, sizeof bench);
    bench.world = *state;
    bench.ctx.arena = arena_new(ARENA_BYTES);
    (void)snprintf(bench.facts, sizeof bench.facts, "%s.facts", name);
    (void)snprintf(bench.replies, sizeof bench.replies, "%s.replies", name);
    bench.topics[FACTS] = (struct broker_topic){ .name = bench.facts, .numbered = true };
    bench.topics[REPLIES] =
        (struct broker_topic){ .name = bench.replies, .partitions = PARTITIONS_ANY };
    bench.world->create_topic(bench.world, bench.facts, LANES);
    bench.world->create_topic(bench.world, bench.replies, REPLY_PARTITIONS);
    open_broker(&bench);
    return &bench;
}

static void bench_free(struct bench *bench)
{
    bench->broker->operations->close(bench->broker);
    arena_free(bench->ctx.arena);
}

/* --- Doing ------------------------------------------------------------------------------------- */

static struct publication fact(int64_t lane, int64_t number, char value[32])
{
    static const struct record_header headers[] = { { "ce_type", "kervan.test.v1" } };

    (void)snprintf(value, 32, "%" PRId64 "/%" PRId64, lane, number);
    return (struct publication){ .topic = FACTS,
                                 .lane = lane,
                                 .generation = 1,
                                 .number = number,
                                 .key = "key",
                                 .value = value,
                                 .value_length = strlen(value),
                                 .headers = headers,
                                 .header_count = 1 };
}

static enum err publish(struct bench *bench, const struct publication *publication)
{
    return bench->broker->operations->publish(bench->broker, &bench->ctx, publication);
}

static void publish_facts(struct bench *bench, int64_t lane, int64_t first, int64_t last)
{
    char value[32];

    for (int64_t number = first; number <= last; number++) {
        struct publication publication = fact(lane, number, value);

        expect(bench, OK, publish(bench, &publication));
    }
}

static void assign(struct bench *bench, int64_t lane, int64_t next_offset, int64_t appended_at)
{
    struct read_position position = { FACTS, lane, next_offset, appended_at };

    expect(bench, OK, bench->broker->operations->assign(bench->broker, &bench->ctx, &position, 1));
}

static void assign_all(struct bench *bench)
{
    struct read_position positions[LANES];

    for (int64_t lane = 0; lane < LANES; lane++)
        positions[lane] = (struct read_position){ FACTS, lane, 0, 0 };
    expect(bench, OK,
           bench->broker->operations->assign(bench->broker, &bench->ctx, positions, LANES));
}

static void note(struct bench *bench, const struct record *record)
{
    struct seen *seen = &bench->seen[bench->seen_count++];
    const char *number = record_header(record, HEADER_NUMBER);
    const char *type = record_header(record, "ce_type");

    assert_in_range(bench->seen_count, 1, SEEN_MAX);
    *seen = (struct seen){ .topic = record->topic,
                           .lane = record->lane,
                           .offset = record->offset,
                           .appended_at = record->appended_at,
                           .tombstone = record->value == NULL };
    if (number != NULL)
        assert_true(text_to_int(number, &seen->number));
    (void)snprintf(seen->key, sizeof seen->key, "%s", record->key == NULL ? "" : record->key);
    (void)snprintf(seen->value, sizeof seen->value, "%s",
                   record->value == NULL ? "" : record->value);
    (void)snprintf(seen->note, sizeof seen->note, "%s", type == NULL ? "" : type);
}

/* One round of a worker: reads, looks at events and acknowledgments. */
static void turn(struct bench *bench)
{
    const struct broker_operations *operations = bench->broker->operations;
    size_t count;
    struct acknowledgment acknowledgments[LANES];

    arena_reset(bench->ctx.arena);
    expect(bench, OK,
           operations->poll(bench->broker, &bench->ctx, bench->records, POLL_RECORDS, 0, &count));
    for (size_t i = 0; i < count; i++)
        note(bench, &bench->records[i]);
    bench->events |= operations->events(bench->broker);

    size_t answered = operations->acknowledged(bench->broker, acknowledgments, LANES);
    for (size_t i = 0; i < answered; i++) {
        if (acknowledgments[i].topic == FACTS)
            bench->acknowledged[acknowledgments[i].lane] = acknowledgments[i];
    }
    if (count == 0)
        bench->world->pass(bench->world, STEP_MS);
}

static void read_records(struct bench *bench, size_t count)
{
    for (int64_t ms = 0; bench->seen_count < count && ms < PATIENCE_MS; ms += STEP_MS)
        turn(bench);
    assert_int_equal(bench->seen_count, count);
}

/* Turns long enough for all to arrive that will. */
static void linger(struct bench *bench)
{
    for (int64_t ms = 0; ms < QUIET_MS; ms += STEP_MS)
        turn(bench);
}

static void expect_quiet(struct bench *bench)
{
    size_t before = bench->seen_count;

    linger(bench);
    assert_int_equal(bench->seen_count, before);
}

static void wait_all_answered(struct bench *bench)
{
    const struct broker_operations *operations = bench->broker->operations;

    for (int64_t ms = 0; operations->unacknowledged(bench->broker) > 0 && ms < PATIENCE_MS;
         ms += STEP_MS)
        turn(bench);
    assert_int_equal(operations->unacknowledged(bench->broker), 0);
}

static void wait_acknowledged(struct bench *bench, int64_t lane, int64_t number)
{
    for (int64_t ms = 0; bench->acknowledged[lane].number != number && ms < PATIENCE_MS;
         ms += STEP_MS)
        turn(bench);
    assert_int_equal(bench->acknowledged[lane].number, number);
}

static void wait_event(struct bench *bench, unsigned event)
{
    for (int64_t ms = 0; !(bench->events & event) && ms < PATIENCE_MS; ms += STEP_MS)
        turn(bench);
    assert_true(bench->events & event);
}

/* Ten facts on lane 0, read and acknowledged. */
static void write_ten(struct bench *bench)
{
    assign_all(bench);
    publish_facts(bench, 0, 1, 10);
    read_records(bench, 10);
    wait_acknowledged(bench, 0, 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(bench->seen[i].offset, i);
}

/* --- Reading ------------------------------------------------------------------------------------ */

static void records_arrive_in_order(void **state)
{
    struct bench *bench = bench_new(state, "order");
    int64_t next[LANES] = { 0 };

    assign_all(bench);
    for (int64_t number = 1; number <= 100; number++) {
        for (int64_t lane = 0; lane < LANES; lane++)
            publish_facts(bench, lane, number, number);
    }
    read_records(bench, 300);
    for (size_t i = 0; i < 300; i++) {
        const struct seen *seen = &bench->seen[i];
        char value[32];

        assert_int_equal(seen->offset, next[seen->lane]);
        assert_int_equal(seen->number, ++next[seen->lane]);
        (void)fact(seen->lane, seen->number, value);
        assert_string_equal(seen->value, value);
        assert_string_equal(seen->key, "key");
        assert_string_equal(seen->note, "kervan.test.v1");
        assert_true(seen->appended_at > 0);
    }
    expect_quiet(bench);
    bench_free(bench);
}

static void unnumbered_records_carry_no_number(void **state)
{
    struct bench *bench = bench_new(state, "unnumbered");
    struct read_position position = { REPLIES, 1, 0, 0 };
    struct publication reply = {
        .topic = REPLIES, .lane = 1, .key = "request", .value = "", .value_length = 0
    };
    struct publication tombstone = { .topic = REPLIES, .lane = 1 };

    expect(bench, OK, bench->broker->operations->assign(bench->broker, &bench->ctx, &position, 1));
    expect(bench, OK, publish(bench, &reply));
    expect(bench, OK, publish(bench, &tombstone));
    read_records(bench, 2);
    assert_int_equal(bench->seen[0].topic, REPLIES);
    assert_int_equal(bench->seen[0].number, 0);
    assert_string_equal(bench->seen[0].key, "request");
    assert_false(bench->seen[0].tombstone);
    assert_true(bench->seen[1].tombstone);
    wait_all_answered(bench);
    bench_free(bench);
}

static void reading_goes_on_at_a_position(void **state)
{
    struct bench *bench = bench_new(state, "position");

    write_ten(bench);
    bench->broker->operations->unassign(bench->broker, 0);
    assign(bench, 0, 6, bench->seen[5].appended_at);
    read_records(bench, 14);
    for (size_t i = 10; i < 14; i++)
        assert_int_equal(bench->seen[i].offset, i - 4);
    publish_facts(bench, 0, 11, 11);
    read_records(bench, 15);
    assert_int_equal(bench->seen[14].offset, 10);
    bench_free(bench);
}

static void a_position_at_the_end_waits(void **state)
{
    struct bench *bench = bench_new(state, "end");

    write_ten(bench);
    assign(bench, 0, 10, bench->seen[9].appended_at);
    expect_quiet(bench);
    publish_facts(bench, 0, 11, 11);
    read_records(bench, 11);
    assert_int_equal(bench->seen[10].offset, 10);
    bench_free(bench);
}

static void another_append_time_goes_back_an_hour(void **state)
{
    struct bench *bench = bench_new(state, "othertime");

    write_ten(bench);
    assign(bench, 0, 6, bench->seen[5].appended_at + 1);
    read_records(bench, 20); /* all ten again: none is an hour old */
    for (size_t i = 10; i < 20; i++)
        assert_int_equal(bench->seen[i].offset, i - 10);

    /* Ours is from two hours later than everything there: nothing comes before the end. */
    assign(bench, 0, 6, bench->seen[9].appended_at + (int64_t)2 * HOUR_MS);
    expect_quiet(bench);
    publish_facts(bench, 0, 11, 11);
    read_records(bench, 21);
    assert_int_equal(bench->seen[20].offset, 10);
    bench_free(bench);
}

static void a_position_beyond_the_end_goes_back(void **state)
{
    struct bench *bench = bench_new(state, "beyond");

    write_ten(bench);
    assign(bench, 0, 50, bench->seen[9].appended_at);
    read_records(bench, 20);
    assert_int_equal(bench->seen[10].offset, 0);
    assign(bench, 1, 7, 0); /* nothing is known of what was before: from the beginning */
    publish_facts(bench, 1, 1, 3);
    read_records(bench, 23);
    bench_free(bench);
}

static void an_unassigned_lane_is_silent(void **state)
{
    struct bench *bench = bench_new(state, "unassign");
    size_t count = 0;

    assign_all(bench);
    publish_facts(bench, 0, 1, 50);
    publish_facts(bench, 1, 1, 50);
    wait_acknowledged(bench, 0, 50);
    wait_acknowledged(bench, 1, 50);
    read_records(bench, 100);
    bench->broker->operations->unassign(bench->broker, 0);
    bench->broker->operations->unassign(bench->broker, 1);

    /* Now they are fetched again, and thrown away half-way. */
    assign(bench, 0, 0, 0);
    assign(bench, 1, 0, 0);
    for (int64_t ms = 0; count == 0 && ms < PATIENCE_MS; ms += STEP_MS) {
        bench->world->pass(bench->world, STEP_MS);
        expect(bench, OK,
               bench->broker->operations->poll(bench->broker, &bench->ctx, bench->records, 1, 0,
                                               &count));
    }
    assert_int_equal(count, 1);
    bench->world->pass(bench->world, 200);
    bench->broker->operations->unassign(bench->broker, 0);
    bench->seen_count = 0;
    publish_facts(bench, 0, 51, 60);
    publish_facts(bench, 1, 51, 60);
    read_records(bench, bench->records[0].lane == 1 ? 59 : 60);
    expect_quiet(bench);
    for (size_t i = 0; i < bench->seen_count; i++)
        assert_int_equal(bench->seen[i].lane, 1);
    bench_free(bench);
}

static void ends_are_told_in_the_background(void **state)
{
    struct bench *bench = bench_new(state, "ends");
    const struct broker_operations *operations = bench->broker->operations;
    struct partition_end ends[ENDS_MAX];
    int64_t asked_at = -1;
    size_t count = 0;

    write_ten(bench);
    operations->unassign(bench->broker, 2);
    assert_int_equal(operations->ends(bench->broker, ends, ENDS_MAX, &asked_at), 0);
    for (int64_t ms = 0; count == 0 && ms < PATIENCE_MS; ms += STEP_MS) {
        bench->world->pass(bench->world, STEP_MS);
        count = operations->ends(bench->broker, ends, ENDS_MAX, &asked_at);
    }
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ends[i].end_offset, ends[i].lane == 0 ? 10 : 0);
    assert_true(asked_at >= 0);
    bench_free(bench);
}

/* --- Publishing --------------------------------------------------------------------------------- */

static void acknowledgments_are_a_prefix(void **state)
{
    struct bench *bench = bench_new(state, "prefix");

    publish_facts(bench, 0, 1, 20);
    publish_facts(bench, 2, 5, 7);
    assert_in_range(bench->broker->operations->unacknowledged(bench->broker), 0, 23);
    wait_acknowledged(bench, 0, 20);
    wait_acknowledged(bench, 2, 7);
    assert_int_equal(bench->acknowledged[0].generation, 1);
    assert_int_equal(bench->acknowledged[1].number, 0);

    /* Sent again from the sixth: the older acknowledgments say nothing any more. */
    publish_facts(bench, 0, 21, 30);
    publish_facts(bench, 0, 6, 30);
    bench->broker->operations->flush(bench->broker, PATIENCE_MS);
    wait_acknowledged(bench, 0, 30);
    wait_all_answered(bench);
    assign_all(bench);
    read_records(bench, 20 + 3 + 10 + 25);
    bench_free(bench);
}

static void what_never_goes_is_refused(void **state)
{
    static char large[RECORD_BYTES_MAX + 1];
    struct bench *bench = bench_new(state, "refused");
    struct publication publication = { .topic = FACTS,
                                       .value = large,
                                       .value_length = sizeof large };

    expect(bench, ERR_INPUT, publish(bench, &publication));
    publication.value_length = 10;
    publication.lane = LANES;
    expect(bench, ERR_INPUT, publish(bench, &publication));
    publication.lane = -1;
    expect(bench, ERR_INPUT, publish(bench, &publication));
    publication.lane = 0;
    publication.value_length = RECORD_BYTES_MAX;
    expect(bench, OK, publish(bench, &publication));
    assign_all(bench);
    read_records(bench, 1);
    bench_free(bench);
}

static void a_lost_producer_is_renewed(void **state)
{
    struct bench *bench = bench_new(state, "lost");
    char value[32];
    struct publication next = fact(0, 11, value);

    write_ten(bench);
    bench->world->lose_producer(bench->world, bench->broker);
    wait_event(bench, BROKER_PRODUCER_LOST);
    expect(bench, ERR_RETRY, publish(bench, &next));
    bench->events = 0;
    turn(bench);
    assert_int_equal(bench->events & BROKER_PRODUCER_LOST, 0); /* told once */

    expect(bench, OK, bench->broker->operations->renew_producer(bench->broker, &bench->ctx));
    assert_int_equal(bench->broker->operations->unacknowledged(bench->broker), 0);
    publish_facts(bench, 0, 8, 12); /* from a stored cursor that lags */
    wait_acknowledged(bench, 0, 12);
    read_records(bench, 15);
    for (size_t i = 10; i < 15; i++)
        assert_int_equal(bench->seen[i].number, i - 2);
    bench_free(bench);
}

static void a_producer_lost_with_records_under_way(void **state)
{
    struct bench *bench = bench_new(state, "torn");
    int64_t highest = 0;

    assign_all(bench);
    publish_facts(bench, 0, 1, 200);
    bench->world->lose_producer(bench->world, bench->broker);
    wait_event(bench, BROKER_PRODUCER_LOST);
    int64_t acknowledged = bench->acknowledged[0].number;
    expect(bench, OK, bench->broker->operations->renew_producer(bench->broker, &bench->ctx));
    publish_facts(bench, 0, acknowledged + 1, 210);
    wait_acknowledged(bench, 0, 210);
    linger(bench);

    /* Every number stands in the log, and no number before its predecessor. */
    for (size_t i = 0; i < bench->seen_count; i++) {
        assert_true(bench->seen[i].number <= highest + 1);
        if (bench->seen[i].number > highest)
            highest = bench->seen[i].number;
    }
    assert_int_equal(highest, 210);
    bench_free(bench);
}

static void tails_tell_the_highest_number(void **state)
{
    struct bench *bench = bench_new(state, "tails");
    struct stream_tail tails[LANES];
    struct publication older;
    char value[32];

    for (int64_t lane = 0; lane < LANES; lane++)
        tails[lane] = (struct stream_tail){ .topic = FACTS, .lane = lane, .number = 99 };
    publish_facts(bench, 0, 1, 100);
    publish_facts(bench, 2, 1, 5);
    older = fact(2, 3, value);
    expect(bench, OK, publish(bench, &older));
    wait_acknowledged(bench, 0, 100);
    wait_acknowledged(bench, 2, 3);
    expect(bench, OK, bench->broker->operations->tails(bench->broker, &bench->ctx, tails, LANES));
    assert_int_equal(tails[0].number, 100);
    assert_int_equal(tails[0].generation, 1);
    assert_int_equal(tails[1].number, 0);
    assert_int_equal(tails[1].generation, 0);
    assert_int_equal(tails[2].number, 5);
    older.generation = 2;
    older.number = 1;
    expect(bench, OK, publish(bench, &older));
    wait_acknowledged(bench, 2, 1);
    expect(bench, OK, bench->broker->operations->tails(bench->broker, &bench->ctx, tails, LANES));
    assert_int_equal(tails[2].generation, 2);
    assert_int_equal(tails[2].number, 1);
    bench_free(bench);
}

/* --- Losses ------------------------------------------------------------------------------------- */

static void renew_if_lost(struct bench *bench)
{
    turn(bench);
    if (bench->events & BROKER_PRODUCER_LOST)
        expect(bench, OK, bench->broker->operations->renew_producer(bench->broker, &bench->ctx));
    bench->events = 0;
}

static void a_restart_is_told(void **state)
{
    struct bench *bench = bench_new(state, "restart");

    write_ten(bench);
    expect_quiet(bench);
    bench->events = 0;
    bench->world->restart(bench->world);
    wait_event(bench, BROKER_RECONNECTED);
    renew_if_lost(bench);
    publish_facts(bench, 0, 11, 12);
    read_records(bench, 12);
    bench_free(bench);
}

static void a_cut_tail_is_seen_by_both_ends(void **state)
{
    struct bench *bench = bench_new(state, "cut");
    struct stream_tail tail = { .topic = FACTS, .lane = 0 };

    write_ten(bench);
    for (int64_t number = 11; number <= 15; number++) {
        publish_facts(bench, 0, number, number);
        wait_acknowledged(bench, 0, number);
    }
    read_records(bench, 15);
    bench->events = 0;
    bench->world->cut(bench->world, bench->facts, 0, 3);
    wait_event(bench, BROKER_RECONNECTED);
    expect(bench, OK, bench->broker->operations->tails(bench->broker, &bench->ctx, &tail, 1));
    assert_int_equal(tail.number, 12);

    /* The publisher sends again, the reader verifies: other records stand at its offsets now. */
    renew_if_lost(bench);
    bench->seen_count = 15;
    publish_facts(bench, 0, 13, 18);
    wait_acknowledged(bench, 0, 18);
    bench->seen_count = 15;
    assign(bench, 0, 15, bench->seen[14].appended_at);
    read_records(bench, 15 + 18);
    for (size_t i = 15; i < 33; i++) {
        assert_int_equal(bench->seen[i].offset, i - 15);
        assert_int_equal(bench->seen[i].number, i - 14);
    }
    bench_free(bench);
}

static void wrong_topics_are_named(void **state)
{
    struct bench *bench = bench_new(state, "wrong");
    struct broker_options options = options_of(bench);
    struct broker *broker;

    options.lane_count = LANES + 1;
    expect(bench, ERR_FATAL, bench->world->open(bench->world, &bench->ctx, &options, &broker));
    assert_non_null(strstr(bench->ctx.detail, bench->facts));
    options.lane_count = LANES;
    bench->topics[REPLIES].name = "wrong.missing";
    expect(bench, ERR_FATAL, bench->world->open(bench->world, &bench->ctx, &options, &broker));
    assert_non_null(strstr(bench->ctx.detail, "wrong.missing"));
    bench_free(bench);
}

int broker_conformance_run(struct broker_world *world)
{
#define TEST(function)                                                                             \
    {                                                                                              \
        .name = #function, .test_func = (function), .initial_state = world                         \
    }
    const struct CMUnitTest tests[] = {
        TEST(records_arrive_in_order),
        TEST(unnumbered_records_carry_no_number),
        TEST(reading_goes_on_at_a_position),
        TEST(a_position_at_the_end_waits),
        TEST(another_append_time_goes_back_an_hour),
        TEST(a_position_beyond_the_end_goes_back),
        TEST(an_unassigned_lane_is_silent),
        TEST(ends_are_told_in_the_background),
        TEST(acknowledgments_are_a_prefix),
        TEST(what_never_goes_is_refused),
        TEST(a_lost_producer_is_renewed),
        TEST(a_producer_lost_with_records_under_way),
        TEST(tails_tell_the_highest_number),
        TEST(a_restart_is_told),
        TEST(a_cut_tail_is_seen_by_both_ends),
        TEST(wrong_topics_are_named),
    };
#undef TEST
    return cmocka_run_group_tests_name("broker", tests, NULL, NULL);
}
