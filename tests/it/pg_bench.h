/* pg_bench.h - two connections to the test server with statements prepared, and short words for tests. */
#ifndef KERVAN_TESTS_PG_BENCH_H
#define KERVAN_TESTS_PG_BENCH_H

#include "common/pg.h"

/* Statements of every bench's connections. */
enum {
    ADD_ONE,
    ECHO,
    ECHO_ARRAYS,
    BIG,
    DIVIDE,
    FAIL,
    FAIL_BY,
    SLEEP,
    KILL,
    LOCK,
    BEGIN,
    ROLLBACK,
    MAKE,
    TWIN,
    TWINS,
    SETTINGS,
    ASLEEP,
    REPEAT,
    MOMENT,
    STATEMENT_COUNT
};

extern const struct sql_statement statements[STATEMENT_COUNT];

struct bench {
    struct ctx ctx;
    struct pg *pg, *other;
};

#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int make_tables(void **state); /* once a server */
int open_bench(void **state);
int close_bench(void **state);

int64_t now_ms(void);
struct pg_options options_for(const struct sql_statement *set, size_t count);
struct pg_arguments *one_int(struct bench *bench, enum column_kind kind, int64_t value);
struct pg_arguments *one_text(struct bench *bench, const char *text);
/* pg_send, pg_run and pg_receive on `pg`, the result thrown away. */
enum err queue(struct bench *bench, int statement, const struct pg_arguments *arguments);
enum err run(struct bench *bench, int statement, const struct pg_arguments *arguments);
enum err receive(struct bench *bench);
void assert_usable(struct bench *bench);

#endif
