/* store_bench.h - sessions under test, and what they do in a line of a test.
 *
 * Every function here fails the test when the store does not answer as wanted.
 */
#ifndef KERVAN_TESTS_UNIT_STORE_BENCH_H
#define KERVAN_TESTS_UNIT_STORE_BENCH_H

#include "store_conformance.h"

#include "common/rows.h"

enum { LANES = 4, LEASE_MS = 400, SESSIONS_MAX = 3 };

/* A session, the lanes it holds, and the batch it has open. */
struct session {
    struct store *store;
    struct lane_hold held[LANES];
    size_t held_count;
    struct rows *rows;
    int64_t now;
};

struct bench {
    struct store_world *world;
    struct ctx ctx;
    struct session sessions[SESSIONS_MAX];
    size_t session_count;
};

void expect(const struct bench *bench, enum err wanted, enum err err);
struct session *open_session(struct bench *bench, const char *instance);
/* A heartbeat; what it takes is held from then on. */
struct lane_share beat(struct bench *bench, struct session *session, bool start);
/* Gives all lanes but the first `keep` back. */
void release(struct bench *bench, struct session *session, size_t keep);
/* Opens a batch of all held lanes, with rows of its own. */
void begin(struct bench *bench, struct session *session);
void load(struct bench *bench, struct session *session, enum err wanted);
void rollback(struct bench *bench, struct session *session);
/* Commits; a failure is rolled back, as every caller does. */
void commit(struct bench *bench, struct session *session, enum err wanted);
struct session *open_with_lanes(struct bench *bench, const char *instance);
/* Two sessions with half of the lanes each. */
void open_two(struct bench *bench, struct session **ret_a, struct session **ret_b);
/* At most 100 rows where the query has no limit. */
struct scan_answer scan(struct bench *bench, struct session *session, struct scan_query query);

/* A bench on an empty database, for each test; closes what the test opened. */
int bench_set_up(void **state);
int bench_tear_down(void **state);
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

/* The groups of tests, each in a file of its own; they return how many failed. */
int store_lane_tests(void);
int store_row_tests(void);
int store_runtime_tests(void);

#endif
