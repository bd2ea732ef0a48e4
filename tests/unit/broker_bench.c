/* broker_bench.c - the moves that tests of a log are made of. */
#include "broker_bench.h"

#include "common/arena.h"
#include "common/text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct broker_options bench_options(struct bench *bench)
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

void bench_expect(struct bench *bench, enum err wanted, enum err err)
{
    if (err != wanted)
        print_error("%s, wanted %s: %s\n", err_name(err), err_name(wanted), bench->ctx.detail);
    assert_int_equal(err, wanted);
}

static void open_broker(struct bench *bench)
{
    struct broker_options options = bench_options(bench);

    bench_expect(bench, OK,
                 bench->world->open(bench->world, &bench->ctx, &options, &bench->broker));
}

struct bench *bench_new(void **state, const char *name)
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

void bench_free(struct bench *bench)
{
    bench->broker->operations->close(bench->broker);
    arena_free(bench->ctx.arena);
}

/* --- Doing ------------------------------------------------------------------------------------- */

struct publication bench_fact(int64_t lane, int64_t number, char value[32])
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

enum err bench_publish(struct bench *bench, const struct publication *publication)
{
    return bench->broker->operations->publish(bench->broker, &bench->ctx, publication);
}

void bench_publish_facts(struct bench *bench, int64_t lane, int64_t first, int64_t last)
{
    char value[32];

    for (int64_t number = first; number <= last; number++) {
        struct publication publication = bench_fact(lane, number, value);

        bench_expect(bench, OK, bench_publish(bench, &publication));
    }
}

void bench_assign(struct bench *bench, int64_t lane, int64_t next_offset, int64_t appended_at)
{
    struct read_position position = { FACTS, lane, next_offset, appended_at };

    bench_expect(bench, OK,
                 bench->broker->operations->assign(bench->broker, &bench->ctx, &position, 1));
}

void bench_assign_all(struct bench *bench)
{
    struct read_position positions[LANES];

    for (int64_t lane = 0; lane < LANES; lane++)
        positions[lane] = (struct read_position){ FACTS, lane, 0, 0 };
    bench_expect(bench, OK,
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
void bench_turn(struct bench *bench)
{
    const struct broker_operations *operations = bench->broker->operations;
    size_t count = POLL_RECORDS;
    struct acknowledgment acknowledgments[LANES];

    arena_reset(bench->ctx.arena);
    bench_expect(bench, OK,
                 operations->poll(bench->broker, &bench->ctx, bench->records, &count, 0));
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

void bench_read_records(struct bench *bench, size_t count)
{
    for (int64_t ms = 0; bench->seen_count < count && ms < PATIENCE_MS; ms += STEP_MS)
        bench_turn(bench);
    assert_int_equal(bench->seen_count, count);
}

/* Turns long enough for all to arrive that will. */
void bench_linger(struct bench *bench)
{
    for (int64_t ms = 0; ms < QUIET_MS; ms += STEP_MS)
        bench_turn(bench);
}

void bench_expect_quiet(struct bench *bench)
{
    size_t before = bench->seen_count;

    bench_linger(bench);
    assert_int_equal(bench->seen_count, before);
}

void bench_wait_all_answered(struct bench *bench)
{
    const struct broker_operations *operations = bench->broker->operations;

    for (int64_t ms = 0; operations->unacknowledged(bench->broker) > 0 && ms < PATIENCE_MS;
         ms += STEP_MS)
        bench_turn(bench);
    assert_int_equal(operations->unacknowledged(bench->broker), 0);
}

void bench_wait_acknowledged(struct bench *bench, int64_t lane, int64_t number)
{
    for (int64_t ms = 0; bench->acknowledged[lane].number != number && ms < PATIENCE_MS;
         ms += STEP_MS)
        bench_turn(bench);
    assert_int_equal(bench->acknowledged[lane].number, number);
}

void bench_wait_event(struct bench *bench, unsigned event)
{
    for (int64_t ms = 0; !(bench->events & event) && ms < PATIENCE_MS; ms += STEP_MS)
        bench_turn(bench);
    assert_true(bench->events & event);
}

/* Ten facts on lane 0, read and acknowledged. */
void bench_write_ten(struct bench *bench)
{
    bench_assign_all(bench);
    bench_publish_facts(bench, 0, 1, 10);
    bench_read_records(bench, 10);
    bench_wait_acknowledged(bench, 0, 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(bench->seen[i].offset, i);
}
