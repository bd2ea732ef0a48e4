/* pg_failure_test.c - groups that fail, statements that wait, connections that break. */
#include "tests/it/pg_bench.h"

#include "common/arena.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void a_failure_skips_the_rest_of_its_group_only(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(queue(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
    assert_int_equal(queue(bench, DIVIDE, one_int(bench, COLUMN_INT4, 0)), OK);
    assert_int_equal(queue(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 2)), OK);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    assert_int_equal(queue(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 3)), OK);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    assert_int_equal(receive(bench), OK);
    assert_int_equal(receive(bench), ERR_RULE);
    assert_string_equal(pg_sqlstate(bench->pg), "22012");
    assert_non_null(strstr(bench->ctx.detail, "\"divide\""));
    assert_int_equal(receive(bench), ERR_RULE);
    assert_non_null(strstr(bench->ctx.detail, "skipped"));
    assert_int_equal(pg_receive_sync(&bench->ctx, bench->pg), OK);
    assert_int_equal(receive(bench), OK);
    assert_int_equal(pg_receive_sync(&bench->ctx, bench->pg), OK);
    assert_usable(bench);
}

static void drain_after(struct bench *bench, int taken, bool with_unsynced)
{
    assert_int_equal(queue(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
    assert_int_equal(queue(bench, DIVIDE, one_int(bench, COLUMN_INT4, 0)), OK);
    assert_int_equal(queue(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 2)), OK);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    assert_int_equal(queue(bench, DIVIDE, one_int(bench, COLUMN_INT4, 0)), OK);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    if (with_unsynced)
        assert_int_equal(queue(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
    for (int i = 0; i < taken; i++)
        (void)receive(bench);
    pg_drain(bench->pg);
    assert_usable(bench);
}

static void draining_takes_exactly_what_is_pending(void **state)
{
    struct bench *bench = *state;

    for (int taken = 0; taken < 4; taken++) {
        drain_after(bench, taken, false);
        drain_after(bench, taken, true);
    }
    pg_drain(bench->pg); /* nothing is pending: nothing happens */
    assert_usable(bench);
}

static void a_transaction_spans_groups_and_is_rolled_back(void **state)
{
    struct bench *bench = *state;
    struct pg_result *result = NULL;

    assert_int_equal(run(bench, BEGIN, NULL), OK);
    assert_int_equal(run(bench, TWIN, one_int(bench, COLUMN_INT8, 5)), OK);
    assert_int_equal(run(bench, DIVIDE, one_int(bench, COLUMN_INT4, 0)), ERR_RULE);
    assert_int_equal(run(bench, TWINS, NULL), ERR_FATAL); /* 25P02: nobody rolled back */
    assert_int_equal(run(bench, ROLLBACK, NULL), OK);
    assert_int_equal(pg_run(&bench->ctx, bench->pg, &statements[TWINS], NULL, &result), OK);
    assert_int_equal(pg_int(result, 0, 0, COLUMN_INT8), 0);
    pg_result_free(result);
}

static void a_deferred_constraint_fails_at_the_sync(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(queue(bench, TWIN, one_int(bench, COLUMN_INT8, 1)), OK);
    assert_int_equal(queue(bench, TWIN, one_int(bench, COLUMN_INT8, 1)), OK);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    assert_int_equal(receive(bench), OK);
    assert_int_equal(receive(bench), OK);
    assert_int_equal(pg_receive_sync(&bench->ctx, bench->pg), ERR_RULE);
    assert_string_equal(pg_constraint(bench->pg), "twin_once");
    assert_usable(bench);
}

enum { BIG_COUNT = 100, BIG_BYTES = 1 << 20 };

static void send_big(struct bench *bench, int count)
{
    unsigned char *bytes = arena_alloc(bench->ctx.arena, BIG_BYTES);
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 1);

    memset(bytes, 'x', BIG_BYTES);
    bytes[BIG_BYTES - 1] = 'y';
    pg_argument_bytes(arguments, (struct bytes){ bytes, BIG_BYTES });
    for (int i = 0; i < count; i++)
        assert_int_equal(queue(bench, BIG, arguments), OK);
}

static void a_group_larger_than_all_buffers_does_not_stop_both_sides(void **state)
{
    struct bench *bench = *state;

    send_big(bench, BIG_COUNT);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    for (int i = 0; i < BIG_COUNT; i++) {
        struct pg_result *result = NULL;
        assert_int_equal(pg_receive(&bench->ctx, bench->pg, &result), OK);
        assert_int_equal(pg_bytes(result, 0, 0).length, BIG_BYTES);
        assert_int_equal(pg_bytes(result, 0, 0).bytes[BIG_BYTES - 1], 'y');
        pg_result_free(result);
    }
    assert_int_equal(pg_receive_sync(&bench->ctx, bench->pg), OK);
    assert_usable(bench);
}

/* The server writes first and much, so it reads on only if we read while we still have to write. */
static void an_answer_larger_than_all_buffers_is_read_while_sending(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(queue(bench, REPEAT, one_int(bench, COLUMN_INT4, 20 << 20)), OK);
    send_big(bench, 30);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    for (int i = 0; i < 31; i++)
        assert_int_equal(receive(bench), OK);
    assert_int_equal(pg_receive_sync(&bench->ctx, bench->pg), OK);
    assert_usable(bench);
}

static void each_sqlstate_has_its_code(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *sqlstate;
        enum err err;
    } rows[] = {
        { "22000", ERR_RULE },     { "22P02", ERR_RULE },     { "P0K01", ERR_CONFLICT },
        { "40001", ERR_CONFLICT }, { "40P01", ERR_CONFLICT }, { "40002", ERR_FATAL },
        { "08006", ERR_RETRY },    { "53100", ERR_RETRY },    { "55P03", ERR_RETRY },
        { "57014", ERR_RETRY },    { "25P03", ERR_RETRY },    { "25P02", ERR_FATAL },
        { "42P01", ERR_FATAL },    { "XX000", ERR_FATAL },    { "P0001", ERR_FATAL },
        { "23505", ERR_FATAL }, /* raised without the name of a constraint */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum err e = run(bench, FAIL, one_text(bench, rows[i].sqlstate));
        assert_string_equal(pg_sqlstate(bench->pg), rows[i].sqlstate);
        if (e != rows[i].err)
            fail_msg("%s gives %s, not %s", rows[i].sqlstate, err_name(e), err_name(rows[i].err));
    }
    assert_usable(bench);
}

/* `held` NULL is SQL NULL. */
static enum err make_item(struct bench *bench, int64_t id, const int64_t *held)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 2);

    pg_argument_int(arguments, COLUMN_INT8, id);
    if (held == NULL) {
        pg_argument_null(arguments);
    } else {
        pg_argument_int(arguments, COLUMN_INT8, *held);
    }
    return run(bench, MAKE, arguments);
}

static void a_constraint_is_told_by_its_name(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(make_item(bench, 2, &(int64_t){ -1 }), ERR_RULE);
    assert_string_equal(pg_constraint(bench->pg), "held_not_negative");
    assert_int_equal(make_item(bench, 1, &(int64_t){ 0 }), ERR_RULE);
    assert_string_equal(pg_constraint(bench->pg), "item_pkey");
    assert_int_equal(make_item(bench, 2, NULL), ERR_FATAL); /* a NULL is our own mistake */
    assert_string_equal(pg_sqlstate(bench->pg), "23502");
    assert_string_equal(pg_constraint(bench->pg), "");
}

static void a_number_used_twice_in_the_outbox_is_a_lost_lane(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(run(bench, FAIL_BY, one_text(bench, "outbox_20261122_pkey")), ERR_CONFLICT);
    assert_int_equal(run(bench, FAIL_BY, one_text(bench, "my_outbox_pkey")), ERR_RULE);
}

static void details_do_not_quote_values(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(run(bench, FAIL, one_text(bench, "22P02")), ERR_RULE);
    assert_null(strstr(bench->ctx.detail, "asked for"));
    assert_int_equal(run(bench, FAIL, one_text(bench, "42P01")), ERR_FATAL);
    assert_non_null(strstr(bench->ctx.detail, "asked for"));
}

static void a_lock_held_elsewhere_ends_in_a_retry(void **state)
{
    struct bench *bench = *state;
    struct pg_result *result = NULL;

    assert_int_equal(run(bench, BEGIN, NULL), OK);
    assert_int_equal(run(bench, LOCK, one_int(bench, COLUMN_INT8, 1)), OK);
    int64_t start_ms = now_ms();
    assert_int_equal(pg_run(&bench->ctx, bench->other, &statements[LOCK],
                            one_int(bench, COLUMN_INT8, 1), &result),
                     ERR_RETRY);
    assert_true(now_ms() - start_ms >= 290 && now_ms() - start_ms < 650);
    assert_string_equal(pg_sqlstate(bench->other), "55P03");
    assert_false(pg_is_broken(bench->other));
    assert_int_equal(run(bench, ROLLBACK, NULL), OK);
}

static void a_statement_that_takes_too_long_ends_in_a_retry(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(run(bench, SLEEP, one_int(bench, COLUMN_INT4, 5)), ERR_RETRY);
    assert_string_equal(pg_sqlstate(bench->pg), "57014");
    assert_false(pg_is_broken(bench->pg));
    assert_usable(bench);
}

static bool is_asleep(struct bench *bench)
{
    struct pg_result *result = NULL;

    assert_int_equal(pg_run(&bench->ctx, bench->other, &statements[ASLEEP],
                            one_int(bench, COLUMN_INT4, pg_backend_pid(bench->pg)), &result),
                     OK);
    bool asleep = pg_int(result, 0, 0, COLUMN_INT8) == 1;
    pg_result_free(result);
    return asleep;
}

/* Sends a group whose second statement is under way when this returns. */
static void send_sleeping_group(struct bench *bench)
{
    int64_t start_ms = now_ms();

    assert_int_equal(queue(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
    assert_int_equal(queue(bench, SLEEP, one_int(bench, COLUMN_INT4, 2)), OK);
    assert_int_equal(queue(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    while (!is_asleep(bench))
        assert_true(now_ms() - start_ms < 1500);
}

static void kill_backend(struct bench *bench)
{
    struct pg_result *result = NULL;

    assert_int_equal(pg_run(&bench->ctx, bench->other, &statements[KILL],
                            one_int(bench, COLUMN_INT4, pg_backend_pid(bench->pg)), &result),
                     OK);
    assert_true(pg_bool(result, 0, 0));
    pg_result_free(result);
}

static void assert_broken(struct bench *bench)
{
    int64_t start_ms = now_ms();

    assert_true(pg_is_broken(bench->pg));
    assert_int_equal(receive(bench), ERR_RETRY);
    assert_int_equal(pg_receive_sync(&bench->ctx, bench->pg), ERR_RETRY);
    assert_int_equal(queue(bench, TWINS, NULL), ERR_RETRY);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), ERR_RETRY);
    pg_drain(bench->pg);
    assert_true(now_ms() - start_ms < 100);
}

static void a_backend_killed_in_a_group_ends_in_a_retry(void **state)
{
    struct bench *bench = *state;

    send_sleeping_group(bench);
    kill_backend(bench);
    assert_int_equal(receive(bench), OK); /* what was answered before counts */
    assert_int_equal(receive(bench), ERR_RETRY);
    assert_string_equal(pg_sqlstate(bench->pg), "57P01");
    assert_broken(bench);
}

static void a_backend_that_stands_still_is_given_up(void **state)
{
    struct bench *bench = *state;
    pid_t backend = (pid_t)pg_backend_pid(bench->pg);

    send_sleeping_group(bench);
    assert_int_equal(kill(backend, SIGSTOP), 0);
    int64_t start_ms = now_ms();
    enum err e = receive(bench);
    int64_t took_ms = now_ms() - start_ms;
    assert_int_equal(kill(backend, SIGCONT), 0);
    assert_int_equal(e, ERR_RETRY);
    assert_true(took_ms >= 3900 && took_ms < 4500); /* its time-out and 2 s */
    assert_broken(bench);
}

static void a_backend_killed_between_groups_ends_in_a_retry(void **state)
{
    struct bench *bench = *state;

    kill_backend(bench);
    enum err e = OK;
    for (int i = 0; i < 100 && e == OK; i++) /* until the server has closed its end */
        e = run(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1));
    assert_int_equal(e, ERR_RETRY);
    assert_broken(bench);
}

static void draining_a_dead_connection_ends(void **state)
{
    struct bench *bench = *state;

    for (int i = 0; i < 20; i++)
        assert_int_equal(queue(bench, SLEEP, one_int(bench, COLUMN_INT4, 1)), OK);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    kill_backend(bench);
    int64_t start_ms = now_ms();
    pg_drain(bench->pg);
    assert_true(now_ms() - start_ms < 1000);
    assert_broken(bench);
}

static void a_transaction_left_idle_loses_its_connection(void **state)
{
    struct bench *bench = *state;
    struct timespec nap = { .tv_nsec = 100 * 1000000L };

    assert_int_equal(run(bench, BEGIN, NULL), OK);
    for (int i = 0; i < 9; i++) /* the limit is 700 ms, and what passes here is the test */
        (void)nanosleep(&nap, NULL);
    assert_int_equal(run(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), ERR_RETRY);
    assert_broken(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_failure_skips_the_rest_of_its_group_only),
        BENCH_TEST(draining_takes_exactly_what_is_pending),
        BENCH_TEST(a_transaction_spans_groups_and_is_rolled_back),
        BENCH_TEST(a_deferred_constraint_fails_at_the_sync),
        BENCH_TEST(a_group_larger_than_all_buffers_does_not_stop_both_sides),
        BENCH_TEST(an_answer_larger_than_all_buffers_is_read_while_sending),
        BENCH_TEST(each_sqlstate_has_its_code),
        BENCH_TEST(a_constraint_is_told_by_its_name),
        BENCH_TEST(a_number_used_twice_in_the_outbox_is_a_lost_lane),
        BENCH_TEST(details_do_not_quote_values),
        BENCH_TEST(a_lock_held_elsewhere_ends_in_a_retry),
        BENCH_TEST(a_statement_that_takes_too_long_ends_in_a_retry),
        BENCH_TEST(a_backend_killed_in_a_group_ends_in_a_retry),
        BENCH_TEST(a_backend_that_stands_still_is_given_up),
        BENCH_TEST(a_backend_killed_between_groups_ends_in_a_retry),
        BENCH_TEST(draining_a_dead_connection_ends),
        BENCH_TEST(a_transaction_left_idle_loses_its_connection),
    };

    return cmocka_run_group_tests_name("pg failures", tests, make_tables, NULL);
}
