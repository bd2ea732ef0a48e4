/* broker_bench.h - one broker that reads and writes topics of its own, for broker_conformance.c.
 *
 * A call that waits for something fails the test when it does not come.
 */
#ifndef KERVAN_TESTS_BROKER_BENCH_H
#define KERVAN_TESTS_BROKER_BENCH_H

#include "broker_conformance.h"

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

struct broker_options bench_options(struct bench *bench);
void bench_expect(struct bench *bench, enum err wanted, enum err err);
struct bench *bench_new(void **state, const char *name);
void bench_free(struct bench *bench);
struct publication bench_fact(int64_t lane, int64_t number, char value[32]);
enum err bench_publish(struct bench *bench, const struct publication *publication);
void bench_publish_facts(struct bench *bench, int64_t lane, int64_t first, int64_t last);
void bench_assign(struct bench *bench, int64_t lane, int64_t next_offset, int64_t appended_at);
void bench_assign_all(struct bench *bench);
void bench_turn(struct bench *bench);
void bench_read_records(struct bench *bench, size_t count);
void bench_linger(struct bench *bench);
void bench_expect_quiet(struct bench *bench);
void bench_wait_all_answered(struct bench *bench);
void bench_wait_acknowledged(struct bench *bench, int64_t lane, int64_t number);
void bench_wait_event(struct bench *bench, unsigned event);
void bench_write_ten(struct bench *bench);

#endif
