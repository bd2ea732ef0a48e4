/* broker_conformance.c - order, positions, acknowledgments and losses, whatever log is behind. */
#include "broker_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* --- Reading ------------------------------------------------------------------------------------ */

static void records_arrive_in_order(void **state)
{
    struct bench *bench = bench_new(state, "order");
    int64_t next[LANES] = { 0 };

    bench_assign_all(bench);
    for (int64_t number = 1; number <= 100; number++) {
        for (int64_t lane = 0; lane < LANES; lane++)
            bench_publish_facts(bench, lane, number, number);
    }
    bench_read_records(bench, 300);
    for (size_t i = 0; i < 300; i++) {
        const struct seen *seen = &bench->seen[i];
        char value[32];

        assert_int_equal(seen->offset, next[seen->lane]);
        assert_int_equal(seen->number, ++next[seen->lane]);
        (void)bench_fact(seen->lane, seen->number, value);
        assert_string_equal(seen->value, value);
        assert_string_equal(seen->key, "key");
        assert_string_equal(seen->note, "kervan.test.v1");
        assert_true(seen->appended_at > 0);
    }
    bench_expect_quiet(bench);
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

    bench_expect(bench, OK,
                 bench->broker->operations->assign(bench->broker, &bench->ctx, &position, 1));
    bench_expect(bench, OK, bench_publish(bench, &reply));
    bench_expect(bench, OK, bench_publish(bench, &tombstone));
    bench_read_records(bench, 2);
    assert_int_equal(bench->seen[0].topic, REPLIES);
    assert_int_equal(bench->seen[0].number, 0);
    assert_string_equal(bench->seen[0].key, "request");
    assert_false(bench->seen[0].tombstone);
    assert_true(bench->seen[1].tombstone);
    bench_wait_all_answered(bench);
    bench_free(bench);
}

static void reading_goes_on_at_a_position(void **state)
{
    struct bench *bench = bench_new(state, "position");

    bench_write_ten(bench);
    bench->broker->operations->unassign(bench->broker, 0);
    bench_assign(bench, 0, 6, bench->seen[5].appended_at);
    bench_read_records(bench, 14);
    for (size_t i = 10; i < 14; i++)
        assert_int_equal(bench->seen[i].offset, i - 4);
    bench_publish_facts(bench, 0, 11, 11);
    bench_read_records(bench, 15);
    assert_int_equal(bench->seen[14].offset, 10);
    bench_free(bench);
}

static void a_position_at_the_end_waits(void **state)
{
    struct bench *bench = bench_new(state, "end");

    bench_write_ten(bench);
    bench_assign(bench, 0, 10, bench->seen[9].appended_at);
    bench_expect_quiet(bench);
    bench_publish_facts(bench, 0, 11, 11);
    bench_read_records(bench, 11);
    assert_int_equal(bench->seen[10].offset, 10);
    bench_free(bench);
}

static void another_append_time_goes_back_an_hour(void **state)
{
    struct bench *bench = bench_new(state, "othertime");

    bench_write_ten(bench);
    bench_assign(bench, 0, 6, bench->seen[5].appended_at + 1);
    bench_read_records(bench, 20); /* all ten again: none is an hour old */
    for (size_t i = 10; i < 20; i++)
        assert_int_equal(bench->seen[i].offset, i - 10);

    /* Ours is from two hours later than everything there: nothing comes before the end. */
    bench_assign(bench, 0, 6, bench->seen[9].appended_at + (int64_t)2 * HOUR_MS);
    bench_expect_quiet(bench);
    bench_publish_facts(bench, 0, 11, 11);
    bench_read_records(bench, 21);
    assert_int_equal(bench->seen[20].offset, 10);
    bench_free(bench);
}

static void a_position_beyond_the_end_goes_back(void **state)
{
    struct bench *bench = bench_new(state, "beyond");

    bench_write_ten(bench);
    bench_assign(bench, 0, 50, bench->seen[9].appended_at);
    bench_read_records(bench, 20);
    assert_int_equal(bench->seen[10].offset, 0);
    bench_assign(bench, 1, 7, 0); /* nothing is known of what was before: from the beginning */
    bench_publish_facts(bench, 1, 1, 3);
    bench_read_records(bench, 23);
    bench_free(bench);
}

static void an_unassigned_lane_is_silent(void **state)
{
    struct bench *bench = bench_new(state, "unassign");
    size_t count = 0;

    bench_assign_all(bench);
    bench_publish_facts(bench, 0, 1, 50);
    bench_publish_facts(bench, 1, 1, 50);
    bench_wait_acknowledged(bench, 0, 50);
    bench_wait_acknowledged(bench, 1, 50);
    bench_read_records(bench, 100);
    bench->broker->operations->unassign(bench->broker, 0);
    bench->broker->operations->unassign(bench->broker, 1);

    /* Now they are fetched again, and thrown away half-way. */
    bench_assign(bench, 0, 0, 0);
    bench_assign(bench, 1, 0, 0);
    for (int64_t ms = 0; count == 0 && ms < PATIENCE_MS; ms += STEP_MS) {
        bench->world->pass(bench->world, STEP_MS);
        count = 1;
        bench_expect(
            bench, OK,
            bench->broker->operations->poll(bench->broker, &bench->ctx, bench->records, &count, 0));
    }
    assert_int_equal(count, 1);
    bench->world->pass(bench->world, 200);
    bench->broker->operations->unassign(bench->broker, 0);
    bench->seen_count = 0;
    bench_publish_facts(bench, 0, 51, 60);
    bench_publish_facts(bench, 1, 51, 60);
    bench_read_records(bench, bench->records[0].lane == 1 ? 59 : 60);
    bench_expect_quiet(bench);
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

    bench_write_ten(bench);
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

    bench_publish_facts(bench, 0, 1, 20);
    bench_publish_facts(bench, 2, 5, 7);
    assert_in_range(bench->broker->operations->unacknowledged(bench->broker), 0, 23);
    bench_wait_acknowledged(bench, 0, 20);
    bench_wait_acknowledged(bench, 2, 7);
    assert_int_equal(bench->acknowledged[0].generation, 1);
    assert_int_equal(bench->acknowledged[1].number, 0);

    /* Sent again from the sixth: the older acknowledgments say nothing any more. */
    bench_publish_facts(bench, 0, 21, 30);
    bench_publish_facts(bench, 0, 6, 30);
    bench->broker->operations->flush(bench->broker, PATIENCE_MS);
    bench_wait_acknowledged(bench, 0, 30);
    bench_wait_all_answered(bench);
    bench_assign_all(bench);
    bench_read_records(bench, 20 + 3 + 10 + 25);
    bench_free(bench);
}

static void what_never_goes_is_refused(void **state)
{
    static char large[RECORD_BYTES_MAX + 1];
    struct bench *bench = bench_new(state, "refused");
    struct publication publication = { .topic = FACTS,
                                       .value = large,
                                       .value_length = sizeof large };

    bench_expect(bench, ERR_INPUT, bench_publish(bench, &publication));
    publication.value_length = 10;
    publication.lane = LANES;
    bench_expect(bench, ERR_INPUT, bench_publish(bench, &publication));
    publication.lane = -1;
    bench_expect(bench, ERR_INPUT, bench_publish(bench, &publication));
    publication.lane = 0;
    publication.value_length = RECORD_BYTES_MAX;
    bench_expect(bench, OK, bench_publish(bench, &publication));
    bench_assign_all(bench);
    bench_read_records(bench, 1);
    bench_free(bench);
}

static void a_lost_producer_is_renewed(void **state)
{
    struct bench *bench = bench_new(state, "lost");
    char value[32];
    struct publication next = bench_fact(0, 11, value);

    bench_write_ten(bench);
    bench->world->lose_producer(bench->world, bench->broker);
    bench_wait_event(bench, BROKER_PRODUCER_LOST);
    bench_expect(bench, ERR_RETRY, bench_publish(bench, &next));
    bench->events = 0;
    bench_turn(bench);
    assert_int_equal(bench->events & BROKER_PRODUCER_LOST, 0); /* told once */

    bench_expect(bench, OK, bench->broker->operations->renew_producer(bench->broker, &bench->ctx));
    assert_int_equal(bench->broker->operations->unacknowledged(bench->broker), 0);
    bench_publish_facts(bench, 0, 8, 12); /* from a stored cursor that lags */
    bench_wait_acknowledged(bench, 0, 12);
    bench_read_records(bench, 15);
    for (size_t i = 10; i < 15; i++)
        assert_int_equal(bench->seen[i].number, i - 2);
    bench_free(bench);
}

static void a_producer_lost_with_records_under_way(void **state)
{
    struct bench *bench = bench_new(state, "torn");
    int64_t highest = 0;

    bench_assign_all(bench);
    bench_publish_facts(bench, 0, 1, 200);
    bench->world->lose_producer(bench->world, bench->broker);
    bench_wait_event(bench, BROKER_PRODUCER_LOST);
    int64_t acknowledged = bench->acknowledged[0].number;
    bench_expect(bench, OK, bench->broker->operations->renew_producer(bench->broker, &bench->ctx));
    bench_publish_facts(bench, 0, acknowledged + 1, 210);
    bench_wait_acknowledged(bench, 0, 210);
    bench_linger(bench);

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
    bench_publish_facts(bench, 0, 1, 100);
    bench_publish_facts(bench, 2, 1, 5);
    older = bench_fact(2, 3, value);
    bench_expect(bench, OK, bench_publish(bench, &older));
    bench_wait_acknowledged(bench, 0, 100);
    bench_wait_acknowledged(bench, 2, 3);
    bench_expect(bench, OK,
                 bench->broker->operations->tails(bench->broker, &bench->ctx, tails, LANES));
    assert_int_equal(tails[0].number, 100);
    assert_int_equal(tails[0].generation, 1);
    assert_int_equal(tails[1].number, 0);
    assert_int_equal(tails[1].generation, 0);
    assert_int_equal(tails[2].number, 5);
    assert_int_equal(tails[2].unbroken_number, 5);
    older.generation = 2;
    older.number = 1;
    bench_expect(bench, OK, bench_publish(bench, &older));
    bench_wait_acknowledged(bench, 2, 1);
    bench_expect(bench, OK,
                 bench->broker->operations->tails(bench->broker, &bench->ctx, tails, LANES));
    assert_int_equal(tails[2].generation, 2);
    assert_int_equal(tails[2].number, 1);
    older.generation = 1; /* a straggler of the generation before */
    older.number = 50;
    bench_expect(bench, OK, bench_publish(bench, &older));
    bench_wait_acknowledged(bench, 2, 50);
    bench_expect(bench, OK,
                 bench->broker->operations->tails(bench->broker, &bench->ctx, tails, LANES));
    assert_int_equal(tails[2].generation, 2);
    assert_int_equal(tails[2].number, 1);
    bench_free(bench);
}

/* --- Losses ------------------------------------------------------------------------------------- */

/* A broker that forgot some records of a producer has no more trust in it. */
static void publish_with_losses(struct bench *bench, int64_t first, int64_t last)
{
    bench->events = 0;
    bench_publish_facts(bench, 0, first, last);
    for (int64_t ms = 0; bench->acknowledged[0].number != last && ms < PATIENCE_MS; ms += STEP_MS) {
        bench_turn(bench);
        if (bench->events & BROKER_PRODUCER_LOST) {
            bench->events = 0;
            bench_expect(bench, OK,
                         bench->broker->operations->renew_producer(bench->broker, &bench->ctx));
            bench_publish_facts(bench, 0, first, last);
        }
    }
    assert_int_equal(bench->acknowledged[0].number, last);
}

static void a_restart_is_told(void **state)
{
    struct bench *bench = bench_new(state, "restart");

    bench_write_ten(bench);
    bench_expect_quiet(bench);
    bench->events = 0;
    bench->world->restart(bench->world);
    bench_wait_event(bench, BROKER_RECONNECTED);
    publish_with_losses(bench, 11, 12);
    bench_read_records(bench, 12);
    bench_free(bench);
}

static void a_cut_tail_is_seen_by_both_ends(void **state)
{
    struct bench *bench = bench_new(state, "cut");
    struct stream_tail tail = { .topic = FACTS, .lane = 0 };

    bench_write_ten(bench);
    for (int64_t number = 11; number <= 15; number++) {
        bench_publish_facts(bench, 0, number, number);
        bench_wait_acknowledged(bench, 0, number);
    }
    bench_read_records(bench, 15);
    bench->events = 0;
    bench->world->cut(bench->world, bench->facts, 0, 3);
    bench_wait_event(bench, BROKER_RECONNECTED);
    bench_expect(bench, OK, bench->broker->operations->tails(bench->broker, &bench->ctx, &tail, 1));
    assert_int_equal(tail.number, 12);

    /* The publisher sends again, the reader verifies: other records stand at its offsets now. */
    int64_t appended_at = bench->seen[14].appended_at;
    publish_with_losses(bench, 13, 18);
    bench->seen_count = 15;
    bench_assign(bench, 0, 15, appended_at);
    bench_read_records(bench, 15 + 18);
    for (size_t i = 15; i < 33; i++) {
        assert_int_equal(bench->seen[i].offset, i - 15);
        assert_int_equal(bench->seen[i].number, i - 14);
    }
    bench_free(bench);
}

static void wrong_topics_are_named(void **state)
{
    struct bench *bench = bench_new(state, "wrong");
    struct broker_options options = bench_options(bench);
    struct broker *broker;

    options.lane_count = LANES + 1;
    bench_expect(bench, ERR_FATAL,
                 bench->world->open(bench->world, &bench->ctx, &options, &broker));
    assert_non_null(strstr(bench->ctx.detail, bench->facts));
    options.lane_count = LANES;
    bench->topics[REPLIES].name = "wrong.missing";
    bench_expect(bench, ERR_FATAL,
                 bench->world->open(bench->world, &bench->ctx, &options, &broker));
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
