/* pg_test.c - the PostgreSQL wrapper against a real server: values, groups, failures, broken lines.
 *
 * KERVAN_TEST_PG is the address of a private server (tests/it/with_postgres.py starts one).
 */
#include "common/arena.h"
#include "common/pg.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum {
    ADD_ONE,
    ECHO,
    ECHO_ARRAYS,
    BIG,
    DIVIDE,
    FAIL,
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

static const struct sql_statement statements[STATEMENT_COUNT] = {
    [ADD_ONE] = { "add_one", "select $1::int8 + 1", 1 },
    [ECHO] = { "echo",
               "select $1::int2, $2::int4, $3::int8, $4::bool, $5::text, $6::bytea, "
               "$7::timestamptz, to_char($7::timestamptz, 'YYYY-MM-DD HH24:MI:SS.MS')",
               7 },
    [ECHO_ARRAYS] = { "echo_arrays",
                      "select * from unnest($1::int2[], $2::int4[], $3::int8[], $4::bool[], "
                      "$5::text[], $6::bytea[], $7::timestamptz[])",
                      7 },
    [BIG] = { "big", "select $1::bytea", 1 },
    [DIVIDE] = { "divide", "select 1 / $1::int4", 1 },
    [FAIL] = { "fail", "select raise_code($1::text)", 1 },
    [SLEEP] = { "sleep", "select pg_sleep($1::int4)", 1 },
    [KILL] = { "kill", "select pg_terminate_backend($1::int4)", 1 },
    [LOCK] = { "lock", "select id from item where id = $1::int8 for update", 1 },
    [BEGIN] = { "begin", "begin", 0 },
    [ROLLBACK] = { "rollback", "rollback", 0 },
    [MAKE] = { "make", "insert into item values ($1::int8, $2::int8)", 2 },
    [TWIN] = { "twin", "insert into twin values ($1::int8)", 1 },
    [TWINS] = { "twins", "select count(*) from twin", 0 },
    [SETTINGS] = { "settings",
                   "select concat_ws(' ', current_setting('search_path'), "
                   "current_setting('statement_timeout'), current_setting('lock_timeout'), "
                   "current_setting('idle_in_transaction_session_timeout'))",
                   0 },
    [REPEAT] = { "repeat", "select repeat('x', $1::int4)", 1 },
    [MOMENT] = { "moment", "select timestamptz '1999-12-31 23:59:59.9995+00'", 0 },
    [ASLEEP] = { "asleep",
                 "select count(*) from pg_stat_activity "
                 "where pid = $1::int4 and wait_event = 'PgSleep'",
                 1 },
};

static const struct sql_statement setup[] = {
    { "item",
      "create table item (id int8 primary key, "
      "held int8 not null constraint held_not_negative check (held >= 0))",
      0 },
    { "twin", "create table twin (id int8 constraint twin_once unique initially deferred)", 0 },
    { "raise_code",
      "create function raise_code(code text) returns void language plpgsql as "
      "$$ begin raise exception 'asked for' using errcode = code; end $$",
      0 },
    { "first_item", "insert into item values (1, 0)", 0 },
};

struct bench {
    struct ctx ctx;
    struct pg *pg, *other;
    struct pg_arguments *arguments; /* of the statement being put together */
};

static int64_t now_ms(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct pg_options options_for(const struct sql_statement *set, size_t count)
{
    const char *conninfo = getenv("KERVAN_TEST_PG");

    assert_non_null(conninfo);
    return (struct pg_options){ .conninfo = conninfo,
                                .application_name = "pg_test",
                                .search_path = "public",
                                .statement_timeout_ms = 2000,
                                .lock_timeout_ms = 300,
                                .idle_in_transaction_timeout_ms = 700,
                                .sets = { { set, count } } };
}

static struct pg *connect_with(struct ctx *ctx, const struct sql_statement *set, size_t count)
{
    struct pg_options options = options_for(set, count);
    struct pg *pg = NULL;

    if (pg_open(ctx, &options, &pg) != OK)
        fail_msg("%s", ctx->detail);
    return pg;
}

static int open_bench(void **state)
{
    static struct bench bench;

    bench = (struct bench){ .ctx.arena = arena_new(512 << 20) };
    bench.pg = connect_with(&bench.ctx, statements, STATEMENT_COUNT);
    bench.other = connect_with(&bench.ctx, statements, STATEMENT_COUNT);
    *state = &bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    bench->pg = pg_close(bench->pg);
    bench->other = pg_close(bench->other);
    arena_free(bench->ctx.arena);
    return 0;
}

static int make_tables(void **state)
{
    struct ctx ctx = { 0 };
    struct pg *pg = connect_with(&ctx, NULL, 0);
    pg_close(pg);
    for (size_t i = 0; i < sizeof setup / sizeof setup[0]; i++) {
        struct pg_result *result = NULL;
        pg = connect_with(&ctx, &setup[i], 1); /* each may need the one before it */
        assert_int_equal(pg_run(&ctx, pg, &setup[i], NULL, &result), OK);
        pg_result_free(result);
        pg_close(pg);
    }
    (void)state;
    return 0;
}

static struct pg_arguments *one_int(struct bench *bench, enum column_kind kind, int64_t value)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 1);

    pg_argument_int(arguments, kind, value);
    return arguments;
}

static struct pg_arguments *one_text(struct bench *bench, const char *text)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 1);

    pg_argument_text(arguments, text);
    return arguments;
}

static enum err send(struct bench *bench, int statement, const struct pg_arguments *arguments)
{
    return pg_send(&bench->ctx, bench->pg, &statements[statement], arguments);
}

static enum err run(struct bench *bench, int statement, const struct pg_arguments *arguments)
{
    struct pg_result *result = NULL;
    enum err e = pg_run(&bench->ctx, bench->pg, &statements[statement], arguments, &result);

    pg_result_free(result);
    return e;
}

static enum err receive(struct bench *bench)
{
    struct pg_result *result = NULL;
    enum err e = pg_receive(&bench->ctx, bench->pg, &result);

    pg_result_free(result);
    return e;
}

static void assert_usable(struct bench *bench)
{
    struct pg_result *result = NULL;
    assert_int_equal(pg_run(&bench->ctx, bench->pg, &statements[ADD_ONE],
                            one_int(bench, COLUMN_INT8, 41), &result),
                     OK);
    assert_int_equal(pg_int(result, 0, 0, COLUMN_INT8), 42);
    pg_result_free(result);
}

static void opens_with_its_settings(void **state)
{
    struct bench *bench = *state;
    struct pg_result *result = NULL;

    assert_int_equal(pg_run(&bench->ctx, bench->pg, &statements[SETTINGS], NULL, &result), OK);
    assert_string_equal(pg_text(result, 0, 0), "public 2s 300ms 700ms");
    pg_result_free(result);
    assert_true(pg_backend_pid(bench->pg) > 1);
}

static void names_the_statement_it_cannot_prepare(void **state)
{
    struct bench *bench = *state;
    const struct sql_statement wrong[] = { { "fine", "select 1", 0 },
                                           { "stock_lode", "select * from nowhere", 0 } };
    struct pg_options options = options_for(wrong, 2);
    struct pg *pg = bench->pg;

    assert_int_equal(pg_open(&bench->ctx, &options, &pg), ERR_FATAL);
    assert_null(pg);
    assert_non_null(strstr(bench->ctx.detail, "stock_lode"));
    assert_non_null(strstr(bench->ctx.detail, "42P01"));
}

static void tells_a_wrong_address_from_a_server_that_is_away(void **state)
{
    struct bench *bench = *state;
    struct pg_options options = options_for(NULL, 0);
    struct pg *pg = NULL;

    options.conninfo = "host=127.0.0.1 port=1 dbname=x user=x password=hush";
    assert_int_equal(pg_open(&bench->ctx, &options, &pg), ERR_RETRY);
    options.conninfo = "host=127.0.0.1 pasword=hush";
    assert_int_equal(pg_open(&bench->ctx, &options, &pg), ERR_FATAL);
    assert_null(strstr(bench->ctx.detail, "hush"));
}

struct row {
    int64_t small, middle, large;
    bool flag;
    const char *text;
    struct bytes bytes;
    int64_t at;
};

static const struct column row_columns[] = {
    COLUMN(struct row, small, COLUMN_INT2), COLUMN(struct row, middle, COLUMN_INT4),
    COLUMN(struct row, large, COLUMN_INT8), COLUMN(struct row, flag, COLUMN_BOOL),
    COLUMN(struct row, text, COLUMN_TEXT),  COLUMN(struct row, bytes, COLUMN_BYTES),
    COLUMN(struct row, at, COLUMN_INSTANT),
};
static const struct table row_table = { .name = "row",
                                        .columns = row_columns,
                                        .column_count = COLUMN_COUNT(row_columns),
                                        .key_columns = 1,
                                        .row_bytes = sizeof(struct row) };

static struct bytes bytes_of(const char *bytes, size_t length)
{
    return (struct bytes){ (const unsigned char *)bytes, length };
}

/* The extremes, the empty and the NULL of every kind. */
static const struct row *sample_rows(size_t *ret_count)
{
    static struct row rows[4];

    rows[0] = (struct row){ INT16_MIN, INT32_MIN, INT64_MIN, true, "Çınar", { 0 }, 0 };
    rows[0].bytes = bytes_of("\0\1\377", 3);
    rows[1] = (struct row){ INT16_MAX, INT32_MAX, INT64_MAX, false, "", { 0 }, 1795341298123 };
    rows[1].bytes = bytes_of("", 0);
    rows[2] = (struct row){ -1, -1, -1, true, NULL, { 0 }, 1 };
    rows[3] = (struct row){ 0, 0, 0, false, "\"{,}\\ NULL", { 0 }, -86400001 };
    *ret_count = 4;
    return rows;
}

static void assert_row_equal(const struct row *got, const struct row *want)
{
    assert_int_equal(got->small, want->small);
    assert_int_equal(got->middle, want->middle);
    assert_true(got->large == want->large);
    assert_int_equal(got->flag, want->flag);
    assert_int_equal(got->text == NULL, want->text == NULL);
    if (want->text != NULL)
        assert_string_equal(got->text, want->text);
    assert_int_equal(got->bytes.bytes == NULL, want->bytes.bytes == NULL);
    assert_int_equal(got->bytes.length, want->bytes.length);
    if (want->bytes.length > 0)
        assert_memory_equal(got->bytes.bytes, want->bytes.bytes, want->bytes.length);
    assert_true(got->at == want->at);
}

static struct pg_arguments *arguments_of_row(struct bench *bench, const struct row *row)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 7);

    pg_argument_int(arguments, COLUMN_INT2, row->small);
    pg_argument_int(arguments, COLUMN_INT4, row->middle);
    pg_argument_int(arguments, COLUMN_INT8, row->large);
    pg_argument_bool(arguments, row->flag);
    pg_argument_text(arguments, row->text);
    pg_argument_bytes(arguments, row->bytes);
    pg_argument_int(arguments, COLUMN_INSTANT, row->at);
    return arguments;
}

static void values_come_back_as_they_went(void **state)
{
    struct bench *bench = *state;
    size_t count = 0;
    const struct row *rows = sample_rows(&count);

    for (size_t i = 0; i < count; i++) {
        struct pg_result *result = NULL;
        struct row got = { 0 };
        assert_int_equal(pg_run(&bench->ctx, bench->pg, &statements[ECHO],
                                arguments_of_row(bench, &rows[i]), &result),
                         OK);
        pg_row(result, 0, &row_table, bench->ctx.arena, &got);
        assert_int_equal(pg_is_null(result, 0, 6), rows[i].at == 0);
        if (i == 1) /* the server agrees about the hour, not only about the bytes */
            assert_string_equal(pg_text(result, 0, 7), "2026-11-22 09:54:58.123");
        pg_result_free(result);
        assert_row_equal(&got, &rows[i]);
    }
}

static struct pg_result *echo_rows(struct bench *bench, void *const *rows, size_t count)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 7);
    struct pg_result *result = NULL;

    for (size_t i = 0; i < COLUMN_COUNT(row_columns); i++)
        pg_argument_column(arguments, &row_columns[i], rows, count);
    if (pg_run(&bench->ctx, bench->pg, &statements[ECHO_ARRAYS], arguments, &result) != OK)
        fail_msg("%s", bench->ctx.detail);
    assert_int_equal(pg_row_count(result), count);
    return result;
}

static void instants_are_cut_to_milliseconds(void **state)
{
    struct bench *bench = *state;
    struct pg_result *result = NULL;

    assert_int_equal(pg_run(&bench->ctx, bench->pg, &statements[MOMENT], NULL, &result), OK);
    assert_int_equal(pg_int(result, 0, 0, COLUMN_INSTANT), 946684799999);
    pg_result_free(result);
}

static void columns_travel_as_arrays(void **state)
{
    struct bench *bench = *state;
    size_t count = 0;
    const struct row *rows = sample_rows(&count);
    void *pointers[8] = { 0 };

    for (size_t i = 0; i < count; i++)
        pointers[i] = arena_copy(bench->ctx.arena, &rows[i], sizeof rows[i]);
    struct pg_result *result = echo_rows(bench, pointers, count);
    for (size_t i = 0; i < count; i++) {
        struct row got = { 0 };
        pg_row(result, (int)i, &row_table, bench->ctx.arena, &got);
        assert_row_equal(&got, &rows[i]);
    }
    pg_result_free(result);
    pg_result_free(echo_rows(bench, pointers, 0));
}

static void keys_and_numbers_travel_as_arrays(void **state)
{
    struct bench *bench = *state;
    const int64_t numbers[] = { 1, 0, -3 };
    const struct key numbered[] = { key_number(7), key_number(8), key_number(9) };
    const struct key texts[] = { key_text("a"), key_text(""), key_text("ç") };
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 7);
    struct pg_result *result = NULL;

    pg_argument_ints(arguments, COLUMN_INT2, numbers, 3);
    pg_argument_keys(arguments, COLUMN_INT4, numbered, 3);
    pg_argument_ints(arguments, COLUMN_INT8, numbers, 2); /* shorter: unnest fills with NULL */
    pg_argument_null(arguments);
    pg_argument_keys(arguments, COLUMN_TEXT, texts, 3);
    pg_argument_keys(arguments, COLUMN_BYTES, texts, 3);
    pg_argument_ints(arguments, COLUMN_INSTANT, numbers, 3);
    assert_int_equal(pg_run(&bench->ctx, bench->pg, &statements[ECHO_ARRAYS], arguments, &result),
                     OK);
    assert_int_equal(pg_row_count(result), 3);
    assert_int_equal(pg_int(result, 2, 0, COLUMN_INT2), -3);
    assert_int_equal(pg_int(result, 2, 1, COLUMN_INT4), 9);
    assert_true(pg_is_null(result, 2, 2));
    assert_string_equal(pg_text(result, 2, 4), "ç");
    assert_int_equal(pg_bytes(result, 2, 5).length, 2);
    assert_int_equal(pg_int(result, 1, 6, COLUMN_INSTANT), 0);
    assert_int_equal(pg_int(result, 2, 6, COLUMN_INSTANT), -3);
    pg_result_free(result);
}

static void a_number_too_big_for_its_kind_is_refused_before_it_is_sent(void **state)
{
    struct bench *bench = *state;
    const int64_t numbers[] = { 1, 32768 };
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 7);

    pg_argument_ints(arguments, COLUMN_INT2, numbers, 2);
    for (int i = 1; i < 7; i++)
        pg_argument_null(arguments);
    assert_int_equal(send(bench, ECHO_ARRAYS, arguments), ERR_RULE);
    assert_int_equal(send(bench, DIVIDE, one_int(bench, COLUMN_INT4, INT64_C(1) << 31)), ERR_RULE);
    assert_non_null(strstr(bench->ctx.detail, "argument 1 "));
    assert_usable(bench);
}

static void a_failure_skips_the_rest_of_its_group_only(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(send(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
    assert_int_equal(send(bench, DIVIDE, one_int(bench, COLUMN_INT4, 0)), OK);
    assert_int_equal(send(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 2)), OK);
    assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
    assert_int_equal(send(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 3)), OK);
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

static void draining_takes_exactly_what_is_pending(void **state)
{
    struct bench *bench = *state;

    for (int taken = 0; taken < 4; taken++)
        for (int unsynced = 0; unsynced < 2; unsynced++) {
            assert_int_equal(send(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
            assert_int_equal(send(bench, DIVIDE, one_int(bench, COLUMN_INT4, 0)), OK);
            assert_int_equal(send(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 2)), OK);
            assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
            assert_int_equal(send(bench, DIVIDE, one_int(bench, COLUMN_INT4, 0)), OK);
            assert_int_equal(pg_sync(&bench->ctx, bench->pg), OK);
            for (int i = 0; i < unsynced; i++)
                assert_int_equal(send(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
            for (int i = 0; i < taken; i++)
                (void)receive(bench);
            pg_drain(bench->pg);
            assert_usable(bench);
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

    assert_int_equal(send(bench, TWIN, one_int(bench, COLUMN_INT8, 1)), OK);
    assert_int_equal(send(bench, TWIN, one_int(bench, COLUMN_INT8, 1)), OK);
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
    char *bytes = arena_alloc(bench->ctx.arena, BIG_BYTES);
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 1);

    memset(bytes, 'x', BIG_BYTES);
    bytes[BIG_BYTES - 1] = 'y';
    pg_argument_bytes(arguments, bytes_of(bytes, BIG_BYTES));
    for (int i = 0; i < count; i++)
        assert_int_equal(send(bench, BIG, arguments), OK);
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

    assert_int_equal(send(bench, REPEAT, one_int(bench, COLUMN_INT4, 60 << 20)), OK);
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

static enum err make_item(struct bench *bench, int64_t id, bool with_held, int64_t held)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 2);

    pg_argument_int(arguments, COLUMN_INT8, id);
    if (with_held)
        pg_argument_int(arguments, COLUMN_INT8, held);
    else
        pg_argument_null(arguments);
    return run(bench, MAKE, arguments);
}

static void a_constraint_is_told_by_its_name(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(make_item(bench, 2, true, -1), ERR_RULE);
    assert_string_equal(pg_constraint(bench->pg), "held_not_negative");
    assert_int_equal(make_item(bench, 1, true, 0), ERR_RULE);
    assert_string_equal(pg_constraint(bench->pg), "item_pkey");
    assert_int_equal(make_item(bench, 2, false, 0), ERR_FATAL); /* a NULL is our own mistake */
    assert_string_equal(pg_sqlstate(bench->pg), "23502");
    assert_string_equal(pg_constraint(bench->pg), "");
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

    assert_int_equal(send(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
    assert_int_equal(send(bench, SLEEP, one_int(bench, COLUMN_INT4, 2)), OK);
    assert_int_equal(send(bench, ADD_ONE, one_int(bench, COLUMN_INT8, 1)), OK);
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
    assert_int_equal(send(bench, TWINS, NULL), ERR_RETRY);
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
        assert_int_equal(send(bench, SLEEP, one_int(bench, COLUMN_INT4, 1)), OK);
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

#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(opens_with_its_settings),
        BENCH_TEST(names_the_statement_it_cannot_prepare),
        BENCH_TEST(tells_a_wrong_address_from_a_server_that_is_away),
        BENCH_TEST(values_come_back_as_they_went),
        BENCH_TEST(instants_are_cut_to_milliseconds),
        BENCH_TEST(columns_travel_as_arrays),
        BENCH_TEST(keys_and_numbers_travel_as_arrays),
        BENCH_TEST(a_number_too_big_for_its_kind_is_refused_before_it_is_sent),
        BENCH_TEST(a_failure_skips_the_rest_of_its_group_only),
        BENCH_TEST(draining_takes_exactly_what_is_pending),
        BENCH_TEST(a_transaction_spans_groups_and_is_rolled_back),
        BENCH_TEST(a_deferred_constraint_fails_at_the_sync),
        BENCH_TEST(a_group_larger_than_all_buffers_does_not_stop_both_sides),
        BENCH_TEST(an_answer_larger_than_all_buffers_is_read_while_sending),
        BENCH_TEST(each_sqlstate_has_its_code),
        BENCH_TEST(a_constraint_is_told_by_its_name),
        BENCH_TEST(details_do_not_quote_values),
        BENCH_TEST(a_lock_held_elsewhere_ends_in_a_retry),
        BENCH_TEST(a_statement_that_takes_too_long_ends_in_a_retry),
        BENCH_TEST(a_backend_killed_in_a_group_ends_in_a_retry),
        BENCH_TEST(a_backend_that_stands_still_is_given_up),
        BENCH_TEST(a_backend_killed_between_groups_ends_in_a_retry),
        BENCH_TEST(draining_a_dead_connection_ends),
        BENCH_TEST(a_transaction_left_idle_loses_its_connection),
    };

    return cmocka_run_group_tests_name("pg", tests, make_tables, NULL);
}
