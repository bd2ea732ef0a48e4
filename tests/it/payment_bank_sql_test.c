/* payment_bank_sql_test.c - accounts and lines of banks on a real server: rows come back as they went, SQL makes our references.
 *
 * links: payment
 */
#include "common/arena.h"
#include "common/pg.h"
#include "common/text.h"
#include "services/payment/bank_reference.h"
#include "services/payment/bank_tables.h"
#include "services/payment/service.h"
#include "services/payment/tables.h"
#include "tests/it/service_sql_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int64_t noon = 1800000000000;

static struct rows *begin(struct service_sql_bench *bench)
{
    assert_int_equal(
        bench->store->operations->begin(bench->store, &bench->ctx, bench->holds, 1, &bench->now),
        OK);
    return rows_new(bench->ctx.arena);
}

static enum err save(struct service_sql_bench *bench, struct rows *rows)
{
    bool unknown = false;

    return bench->store->operations->save_and_commit(bench->store, &bench->ctx, rows, &unknown);
}

static void *load(struct service_sql_bench *bench, struct rows *rows, const struct table *table,
                  struct key key)
{
    rows_want(rows, table, key);
    assert_int_equal(bench->store->operations->load(bench->store, &bench->ctx, rows), OK);
    return rows_list(rows, table, key)[0];
}

static void assert_row(struct service_sql_bench *bench, const struct table *table, struct key key,
                       const void *want)
{
    assert_true(table_same_row(table, load(bench, begin(bench), table, key), want));
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

static void a_bank_account(struct service_sql_bench *bench)
{
    struct bank_account_row account = { "DE89370400440532013000",
                                        3,
                                        "Kervan GmbH",
                                        "Bank",
                                        "COBADEFFXXX",
                                        "EUR",
                                        10,
                                        true,
                                        1,
                                        2,
                                        3,
                                        "a",
                                        "b",
                                        "c",
                                        "d",
                                        "e",
                                        "f",
                                        "g",
                                        "h",
                                        "i",
                                        "j",
                                        noon };
    struct key key = key_text(account.account);
    struct rows *rows = begin(bench);

    rows_insert(rows, &bank_account_table, &account);
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &bank_account_table, key, &account);
    struct bank_account_row news = { account.account,
                                     4,
                                     "Other",
                                     NULL,
                                     NULL,
                                     "EUR",
                                     11,
                                     false,
                                     2,
                                     1,
                                     4,
                                     "j",
                                     "i",
                                     "h",
                                     "g",
                                     "f",
                                     "e",
                                     "d",
                                     "c",
                                     "b",
                                     "a",
                                     noon + 1 };

    rows = begin(bench);
    *(struct bank_account_row *)load(bench, rows, &bank_account_table, key) = news;
    rows_update(rows, &bank_account_table, rows_find(rows, &bank_account_table, key));
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &bank_account_table, key, &news);
}

/* What the bank said stays, what was decided changes. */
static void a_line_of_a_statement(struct service_sql_bench *bench)
{
    struct bank_line_row line = { "bnk_1", "A",    "S",      "R",   true,  false,
                                  4488,    "EUR",  noon,     "Ada", "DE1", "RF1",
                                  "E2E",   "text", noon + 1, 1,     0,     "no_reference",
                                  0,       0,      1,        NULL };
    const struct bank_line_event_row event = { "bnk_1", 1, 1,    0,    "no_reference",
                                               0,       0, NULL, NULL, noon };
    const struct transfer_row transfer = { "R", 7, 1, 4488, true, noon, noon + 1, 3, "bnk_1" };
    struct rows *rows = begin(bench);

    rows_insert(rows, &bank_line_table, &line);
    rows_insert(rows, &bank_line_event_table, &event);
    rows_insert(rows, &transfer_table, &transfer);
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &bank_line_table, key_text("bnk_1"), &line);
    assert_row(bench, &transfer_table, key_text("R"), &transfer);
    line.state = 3;
    line.rule = 5;
    line.reason = NULL;
    line.order_no = 7;
    line.payment_no = 2;
    line.event_count = 2;
    line.who = "r1";
    rows = begin(bench);
    *(struct bank_line_row *)load(bench, rows, &bank_line_table, key_text("bnk_1")) = line;
    rows_update(rows, &bank_line_table, rows_find(rows, &bank_line_table, key_text("bnk_1")));
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &bank_line_table, key_text("bnk_1"), &line);
}

/* SQL makes the references that the rules make: where they differ, it divides by nothing. */
static void references_are_the_same_everywhere(struct service_sql_bench *bench)
{
    static const int64_t order_nos[] = { 1, 2, 31, 961, 1099511627776, 13194139533311 };
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const struct pg_options options = { .conninfo = getenv("KERVAN_TEST_PG"),
                                        .application_name = "payment_sql_test",
                                        .search_path = "payment" };
    struct ctx ctx = { .arena = arena_new(1 << 20) };
    struct pg *pg = NULL;

    assert_int_equal(pg_open(&ctx, &options, &pg), OK);
    for (size_t i = 0; i < sizeof order_nos / sizeof order_nos[0]; i++) {
        for (int64_t payment_no = 1; payment_no < 13; payment_no += 11) {
            const char *made = creditor_reference_of(bench->ctx.arena, order_nos[i], payment_no);
            const char *compared = text_format(
                ctx.arena, "SELECT 1 / (payment.creditor_reference(%lld, %lld) = '%s')::integer",
                (long long)order_nos[i], (long long)payment_no, made);

            assert_int_equal(pg_script(&ctx, pg, "compare", compared), OK);
        }
    }
    pg_close(pg);
    arena_free(ctx.arena);
}

static void rows_come_back_as_they_went(void **state)
{
    struct service_sql_bench *bench = service_sql_bench_new(&payment_service);

    (void)state;
    a_bank_account(bench);
    a_line_of_a_statement(bench);
    references_are_the_same_everywhere(bench);
    service_sql_bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows_come_back_as_they_went) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
