/* broker_kafka_test.c - the log in Kafka against a real broker: what every log does, and Kafka's own troubles.
 *
 * Run by with_kafka.py, which starts the broker and obeys what this program writes to descriptor 3
 * ("restart", "stop", "start", "cut TOPIC LANE COUNT"), answering each line on descriptor 4.
 */
#include "../unit/broker_conformance.h"

#include "common/arena.h"
#include "common/broker_kafka.h"
#include "common/text.h"

#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { COMMANDS = 3, ANSWERS = 4, ADMIN_MS = 20000, ARENA_BYTES = 64 * 1024 * 1024 };

static const char *bootstrap(void)
{
    return getenv("KERVAN_KAFKA"); /* NOLINT(concurrency-mt-unsafe): nothing sets variables here */
}

static void pause_ms(int64_t ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

    (void)nanosleep(&time, NULL);
}

static void ask_for(const char *line)
{
    assert_int_equal(write(COMMANDS, line, strlen(line)), strlen(line));
}

static void await_done(void)
{
    char answer[200];
    ssize_t got = read(ANSWERS, answer, sizeof answer - 1);
    assert_true(got > 0);
    answer[got] = '\0';
    assert_string_equal(answer, "ok\n");
}

static bool is_done(void)
{
    struct pollfd wanted = { .fd = ANSWERS, .events = POLLIN };

    return poll(&wanted, 1, 0) == 1;
}

static void command(const char *line)
{
    ask_for(line);
    await_done();
}

/* --- The world of the conformance tests --------------------------------------------------------- */

static enum err world_open(struct broker_world *world, struct ctx *ctx,
                           const struct broker_options *options, struct broker **ret)
{
    struct broker_options kafka = *options;

    (void)world;
    kafka.bootstrap = bootstrap();
    return broker_kafka_open(ctx, &kafka, ret);
}

static bool has_leaders(const struct rd_kafka_metadata_topic *topic, int partitions)
{
    bool all = topic->err == RD_KAFKA_RESP_ERR_NO_ERROR && topic->partition_cnt == partitions;

    for (int i = 0; all && i < partitions; i++)
        all = topic->partitions[i].leader >= 0;
    return all;
}

/* A topic is created before every broker knows of it. */
static void wait_for_topic(rd_kafka_t *admin, const char *name, int partitions)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(admin, name, NULL);
    bool there = false;

    for (int i = 0; !there && i < 200; i++) {
        const struct rd_kafka_metadata *metadata;

        if (rd_kafka_metadata(admin, 0, topic, &metadata, ADMIN_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            there = metadata->topic_cnt == 1 && has_leaders(&metadata->topics[0], partitions);
            rd_kafka_metadata_destroy(metadata);
        }
        if (!there)
            pause_ms(20);
    }
    rd_kafka_topic_destroy(topic);
    assert_true(there);
}

static void create_topic(struct broker_world *world, const char *name, int64_t partitions)
{
    char detail[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    (void)world;
    assert_int_equal(
        rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap(), detail, sizeof detail), 0);
    rd_kafka_t *admin = rd_kafka_new(RD_KAFKA_PRODUCER, conf, detail, sizeof detail);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin);
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(name, (int)partitions, 1, detail, sizeof detail);

    rd_kafka_CreateTopics(admin, &topic, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ADMIN_MS);
    assert_non_null(event);
    size_t count;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    assert_int_equal(count, 1);
    assert_int_equal(rd_kafka_topic_result_error(results[0]), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(topic);
    wait_for_topic(admin, name, (int)partitions);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(admin);
}

static void world_pass(struct broker_world *world, int64_t ms)
{
    (void)world;
    pause_ms(ms);
}

static void world_restart(struct broker_world *world)
{
    (void)world;
    command("restart\n");
}

static void world_cut(struct broker_world *world, const char *topic, int64_t lane, int64_t count)
{
    char line[200];

    (void)world;
    (void)snprintf(line, sizeof line, "cut %s %" PRId64 " %" PRId64 "\n", topic, lane, count);
    command(line);
}

static void world_lose_producer(struct broker_world *world, struct broker *broker)
{
    (void)world;
    broker_kafka_lose_producer(broker);
}

/* --- Kafka's own -------------------------------------------------------------------------------- */

enum { LANES = 12, BYTES = 800, SEEN_MAX = 200 };

/* A publisher and a reader of one topic. */
struct pair {
    struct ctx ctx;
    struct broker_topic topic;
    struct broker *publisher, *reader;
};

static struct broker *open_end(struct pair *pair, bool reads)
{
    struct broker_options options = { .bootstrap = bootstrap(),
                                      .client_id = "pair",
                                      .lane_count = LANES };
    struct broker *broker = NULL;

    options.consumed = options.published = &pair->topic;
    options.consumed_count = reads;
    options.published_count = !reads;
    options.wake_on_acknowledgment = true;
    enum err err = broker_kafka_open(&pair->ctx, &options, &broker);
    if (err)
        print_error("%s\n", pair->ctx.detail);
    assert_int_equal(err, OK);
    return broker;
}

static struct pair *pair_new(const char *topic)
{
    static struct pair pair;

    pair = (struct pair){ .topic = { .name = topic, .numbered = true } };
    pair.ctx.arena = arena_new(ARENA_BYTES);
    create_topic(NULL, topic, LANES);
    pair.publisher = open_end(&pair, false);
    pair.reader = open_end(&pair, true);
    return &pair;
}

static void pair_free(struct pair *pair)
{
    pair->publisher->operations->close(pair->publisher);
    pair->reader->operations->close(pair->reader);
    arena_free(pair->ctx.arena);
}

static enum err publish(struct pair *pair, int64_t lane, int64_t number)
{
    static const char value[BYTES];
    struct publication publication = { .lane = lane,
                                       .generation = 1,
                                       .number = number,
                                       .key = "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa",
                                       .value = value,
                                       .value_length = sizeof value };

    return pair->publisher->operations->publish(pair->publisher, &pair->ctx, &publication);
}

static void assign_all(struct pair *pair)
{
    struct read_position positions[LANES];

    for (int64_t lane = 0; lane < LANES; lane++)
        positions[lane] = (struct read_position){ 0, lane, 0, 0 };
    assert_int_equal(pair->reader->operations->assign(pair->reader, &pair->ctx, positions, LANES),
                     OK);
}

static bool readable(struct broker *broker, int wait_ms)
{
    struct pollfd wanted = { .fd = broker->operations->descriptor(broker), .events = POLLIN };

    return poll(&wanted, 1, wait_ms) == 1;
}

static size_t poll_some(struct pair *pair, struct record *records, size_t max)
{
    size_t count = max;

    arena_reset(pair->ctx.arena);
    assert_int_equal(pair->reader->operations->poll(pair->reader, &pair->ctx, records, &count, 0),
                     OK);
    return count;
}

static void the_descriptor_wakes(void **state)
{
    static struct record records[10];
    struct pair *pair = pair_new("wakes.facts");

    (void)state;
    assign_all(pair);
    for (int i = 0; i < 50 && readable(pair->reader, 100); i++)
        assert_int_equal(poll_some(pair, records, 10), 0);
    assert_false(readable(pair->reader, 300));
    for (int64_t number = 1; number <= 15; number++)
        assert_int_equal(publish(pair, 3, number), OK);
    assert_true(readable(pair->publisher, 3000)); /* acknowledged */

    size_t seen = 0;
    while (seen < 15) { /* never quiet while something is left */
        assert_true(readable(pair->reader, 3000));
        seen += poll_some(pair, records, 4);
    }
    for (int i = 0; i < 50 && readable(pair->reader, 100); i++)
        assert_int_equal(poll_some(pair, records, 10), 0);
    assert_false(readable(pair->reader, 300));
    pair_free(pair);
}

/* What a publisher with a stored cursor keeps of a lane. */
struct cursor {
    int64_t next, acknowledged;
};

static void keep_publishing(struct pair *pair, struct cursor *cursors, int64_t last)
{
    const struct broker_operations *operations = pair->publisher->operations;
    struct acknowledgment acknowledgments[LANES];

    size_t count = operations->acknowledged(pair->publisher, acknowledgments, LANES);
    for (size_t i = 0; i < count; i++)
        cursors[acknowledgments[i].lane].acknowledged = acknowledgments[i].number;
    if (operations->events(pair->publisher) & BROKER_PRODUCER_LOST) {
        print_message("producer lost\n");
        assert_int_equal(operations->renew_producer(pair->publisher, &pair->ctx), OK);
        for (int64_t lane = 0; lane < LANES; lane++)
            cursors[lane].next = cursors[lane].acknowledged + 1;
    }
    for (int64_t lane = 0; lane < LANES; lane++) {
        for (int i = 0; i < 20 && cursors[lane].next <= last; i++) {
            if (publish(pair, lane, cursors[lane].next) != OK)
                break;
            cursors[lane].next++;
        }
    }
}

static bool all_acknowledged(const struct cursor *cursors, int64_t last)
{
    for (int64_t lane = 0; lane < LANES; lane++) {
        if (cursors[lane].acknowledged < last)
            return false;
    }
    return true;
}

/* Reads everything there is and checks that no number comes before its predecessor; returns the highest of each lane. */
static void read_back(struct pair *pair, int64_t last, int64_t highest[LANES])
{
    static struct record records[500];
    int64_t number;
    int complete = 0;

    assign_all(pair);
    for (int silent = 0; complete < LANES && silent < 200;) {
        size_t count = poll_some(pair, records, 500);

        silent = count > 0 ? 0 : silent + 1;
        if (count == 0)
            pause_ms(20);
        for (size_t i = 0; i < count; i++) {
            int64_t lane = records[i].lane;

            assert_true(text_to_int(record_header(&records[i], HEADER_NUMBER), &number));
            assert_true(number <= highest[lane] + 1);
            if (number == highest[lane] + 1)
                complete += ++highest[lane] == last;
        }
    }
}

static void a_kill_under_load_loses_nothing(void **state)
{
    enum { LAST = 10000, KILLS = 3 };
    struct pair *pair = pair_new("kill.facts");
    struct cursor cursors[LANES] = { 0 };
    int64_t highest[LANES] = { 0 };
    unsigned events = 0;
    int kills = 0, under_way = 0;

    (void)state;
    for (int64_t lane = 0; lane < LANES; lane++)
        cursors[lane].next = 1;
    for (int round = 0; !all_acknowledged(cursors, LAST) && round < 60000; round++) {
        keep_publishing(pair, cursors, LAST);
        events |= pair->reader->operations->events(pair->reader);
        if (under_way > 0 && is_done()) {
            await_done();
            under_way = 0;
        }
        if (under_way == 0 && kills < KILLS &&
            cursors[0].acknowledged > (int64_t)LAST * (kills + 1) / (KILLS + 1)) {
            ask_for("restart\n"); /* and go on publishing while it dies */
            under_way = ++kills;
        }
        pause_ms(1);
    }
    if (under_way > 0)
        await_done();
    assert_true(all_acknowledged(cursors, LAST));
    assert_int_equal(kills, KILLS);
    read_back(pair, LAST, highest);
    for (int64_t lane = 0; lane < LANES; lane++)
        assert_int_equal(highest[lane], LAST);
    events |= pair->reader->operations->events(pair->reader);
    assert_true(events & BROKER_RECONNECTED);
    pair_free(pair);
}

static void an_absent_broker_blocks_nobody(void **state)
{
    struct pair *pair = pair_new("absent.facts");
    static struct record records[10];
    struct stream_tail tail = { 0 };
    struct partition_end ends[LANES];
    int64_t asked_at;

    (void)state;
    assign_all(pair);
    command("stop\n");
    int64_t started_at = kafka_now_ms();
    assert_int_equal(publish(pair, 0, 1), OK);
    assert_int_equal(poll_some(pair, records, 10), 0);
    assert_int_equal(pair->reader->operations->ends(pair->reader, ends, LANES, &asked_at), 0);
    assert_int_equal(pair->publisher->operations->renew_producer(pair->publisher, &pair->ctx), OK);
    assert_int_equal(publish(pair, 0, 1), OK);
    assert_true(kafka_now_ms() - started_at < 1000);
    assert_int_equal(pair->publisher->operations->tails(pair->publisher, &pair->ctx, &tail, 1),
                     ERR_RETRY);
    assert_true(kafka_now_ms() - started_at < 3500);

    struct broker *broker;
    struct broker_options options = { .bootstrap = bootstrap(), .client_id = "late" };
    assert_int_equal(broker_kafka_open(&pair->ctx, &options, &broker), ERR_RETRY);

    command("start\n");
    size_t seen = 0;
    for (int i = 0; seen == 0 && i < 1000; i++) {
        seen = poll_some(pair, records, 10);
        (void)pair->publisher->operations->unacknowledged(pair->publisher);
        pause_ms(10);
    }
    assert_int_equal(seen, 1);
    size_t count = 0;
    for (int i = 0; count == 0 && i < 1000; i++) {
        count = pair->reader->operations->ends(pair->reader, ends, LANES, &asked_at);
        pause_ms(10);
    }
    assert_int_equal(count, LANES);
    assert_true(asked_at >= started_at);
    pair_free(pair);
}

/* Reading ahead stops when enough is there; it has to go on before all is used up. */
static void a_steady_reader_does_not_starve(void **state)
{
    enum { A_LANE = 4000, POLLED = 200, PAUSE_MS = 3, BOUND_MS = 4000 };
    static struct record records[POLLED];
    struct pair *pair = pair_new("steady.facts");
    struct cursor cursors[LANES] = { 0 };
    size_t seen = 0;

    (void)state;
    for (int64_t lane = 0; lane < LANES; lane++)
        cursors[lane].next = 1;
    for (int round = 0; !all_acknowledged(cursors, A_LANE) && round < 60000; round++) {
        keep_publishing(pair, cursors, A_LANE);
        pause_ms(1);
    }
    assign_all(pair);
    while (seen == 0)
        seen = poll_some(pair, records, POLLED);
    int64_t started_at = kafka_now_ms();
    while (seen < (size_t)LANES * A_LANE && kafka_now_ms() - started_at < (int64_t)2 * BOUND_MS) {
        (void)readable(pair->reader, 100);
        seen += poll_some(pair, records, POLLED);
        pause_ms(PAUSE_MS);
    }
    int64_t taken_ms = kafka_now_ms() - started_at;
    print_message("%zu records read in %d ms\n", seen, (int)taken_ms);
    assert_int_equal(seen, LANES * A_LANE);
    assert_true(taken_ms < BOUND_MS);
    pair_free(pair);
}

static void a_refused_property_is_named(void **state)
{
    static const char *const properties[] = { "no.such.thing", "1", NULL };
    struct ctx ctx = { .arena = arena_new(ARENA_BYTES) };
    struct broker_options options = { .bootstrap = bootstrap(),
                                      .client_id = "x",
                                      .properties = properties };
    struct broker *broker;

    (void)state;
    assert_int_equal(broker_kafka_open(&ctx, &options, &broker), ERR_FATAL);
    assert_non_null(strstr(ctx.detail, "no.such.thing"));
    arena_free(ctx.arena);
}

int main(void)
{
    struct broker_world world = { world_open,    create_topic, world_pass,
                                  world_restart, world_cut,    world_lose_producer };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_property_is_named),
        cmocka_unit_test(the_descriptor_wakes),
        cmocka_unit_test(a_steady_reader_does_not_starve),
        cmocka_unit_test(an_absent_broker_blocks_nobody),
        cmocka_unit_test(a_kill_under_load_loses_nothing),
    };

    if (bootstrap() == NULL) {
        (void)fprintf(stderr,
                      "KERVAN_KAFKA is not set: run this under tests/kafka/with_kafka.py\n");
        return 2;
    }
    int failed = broker_conformance_run(&world);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
