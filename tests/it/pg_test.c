/* pg_test.c - opening a connection, and values to a real server and back. */
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

static void opens_with_its_settings(void **state)
{
    struct bench *bench = *state;
    struct pg_result *result = NULL;

    assert_int_equal(pg_run(&bench->ctx, bench->pg, &statements[SETTINGS], NULL, &result), OK);
    assert_string_equal(pg_text(result, 0, 0), "public 2s 300ms 700ms off");
    pg_result_free(result);
    assert_true(pg_backend_pid(bench->pg) > 1);
}

/* How a session would read a small table. */
static const char *plan_of(struct bench *bench, bool by_key)
{
    const struct sql_statement plan = { "plan", "explain (costs off) select count(*) from item",
                                        0 };
    struct pg_options options = options_for(&plan, 1);
    struct pg *pg = NULL;
    struct pg_result *result = NULL;

    options.by_key = by_key;
    assert_int_equal(pg_open(&bench->ctx, &options, &pg), OK);
    assert_int_equal(pg_run(&bench->ctx, pg, &plan, NULL, &result), OK);
    const char *line = pg_text(result, 1, 0);
    const char *copy = arena_copy_text(bench->ctx.arena, line, strlen(line));
    pg_result_free(result);
    pg_close(pg);
    return copy;
}

static void reads_by_key_even_what_is_small(void **state)
{
    struct bench *bench = *state;

    assert_non_null(strstr(plan_of(bench, false), "Seq Scan"));
    assert_null(strstr(plan_of(bench, true), "Seq Scan"));
}

/* How many plans a session makes for one run of a statement that finds a row by key. */
static int64_t plans_of_one_run(struct bench *bench, bool by_key)
{
    const struct sql_statement texts[] = {
        { "find", "select id from item where id = any (array[$1::int8])", 1 },
        { "plans", "select custom_plans from pg_prepared_statements where name = 'find'", 0 },
    };
    struct pg_options options = options_for(texts, 2);
    struct pg *pg = NULL;
    struct pg_result *result = NULL;

    options.by_key = by_key;
    assert_int_equal(pg_open(&bench->ctx, &options, &pg), OK);
    assert_int_equal(pg_run(&bench->ctx, pg, &texts[0], one_int(bench, COLUMN_INT8, 1), &result),
                     OK);
    pg_result_free(result);
    assert_int_equal(pg_run(&bench->ctx, pg, &texts[1], NULL, &result), OK);
    int64_t plans = pg_int(result, 0, 0, COLUMN_INT8);
    pg_result_free(result);
    pg_close(pg);
    return plans;
}

static void keeps_the_plan_of_what_is_found_by_key(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(plans_of_one_run(bench, false), 1);
    assert_int_equal(plans_of_one_run(bench, true), 0);
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
    assert_int_equal(queue(bench, ECHO_ARRAYS, arguments), ERR_RULE);
    assert_int_equal(queue(bench, DIVIDE, one_int(bench, COLUMN_INT4, INT64_C(1) << 31)), ERR_RULE);
    assert_non_null(strstr(bench->ctx.detail, "argument 1 "));
    assert_usable(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(opens_with_its_settings),
        BENCH_TEST(reads_by_key_even_what_is_small),
        BENCH_TEST(keeps_the_plan_of_what_is_found_by_key),
        BENCH_TEST(names_the_statement_it_cannot_prepare),
        BENCH_TEST(tells_a_wrong_address_from_a_server_that_is_away),
        BENCH_TEST(values_come_back_as_they_went),
        BENCH_TEST(instants_are_cut_to_milliseconds),
        BENCH_TEST(columns_travel_as_arrays),
        BENCH_TEST(keys_and_numbers_travel_as_arrays),
        BENCH_TEST(a_number_too_big_for_its_kind_is_refused_before_it_is_sent),
    };

    return cmocka_run_group_tests_name("pg", tests, make_tables, NULL);
}
