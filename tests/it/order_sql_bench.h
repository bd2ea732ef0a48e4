/* order_sql_bench.h - the order service's schema on a real server, a store and a session for reads on it. */
#ifndef KERVAN_TESTS_ORDER_SQL_BENCH_H
#define KERVAN_TESTS_ORDER_SQL_BENCH_H

#include "common/id.h"
#include "common/pg.h"
#include "common/store.h"

enum { ORDER_SQL_LANES = 2 };

struct order_sql_bench {
    struct ctx ctx;
    struct pg *pg; /* as the service's reads: its statements and `order_sql_own` are prepared */
    struct store *store;
    struct lane_hold holds[ORDER_SQL_LANES];
    int64_t now;
};

/* Statements of the tests. */
enum {
    ORDER_SQL_ID_TEXT,
    ORDER_SQL_ID_BOUND,
    ORDER_SQL_SEARCH_PLAN,
    ORDER_SQL_STUCK_PLAN,
    ORDER_SQL_OWN_COUNT
};
extern const struct sql_statement order_sql_own[ORDER_SQL_OWN_COUNT];

int order_sql_make_schema(void **state); /* once a server */
int order_sql_set_up(void **state);      /* empties all tables */
int order_sql_tear_down(void **state);

/* Another session of the same service, which holds no lane. */
void order_sql_open_store(struct order_sql_bench *bench, struct store **ret);

struct rows *order_sql_begin(struct order_sql_bench *bench);
/* Rolls back when it fails. */
enum err order_sql_save(struct order_sql_bench *bench, struct rows *rows);
void order_sql_save_well(struct order_sql_bench *bench, struct rows *rows);

static const unsigned char order_sql_id[ORDER_ID_BYTES] = { 0, 1, 2,   3,   4,   5,   6,   7,
                                                            8, 9, 250, 251, 252, 253, 254, 255 };
static const int64_t order_sql_placed_at = 1800000000123;

#define ON_SQL_BENCH(test)                                                                         \
    cmocka_unit_test_setup_teardown(test, order_sql_set_up, order_sql_tear_down)

#endif
