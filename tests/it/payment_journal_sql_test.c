/* payment_journal_sql_test.c - the journal on a real server: its postings are those of posting.c, what it is read from stays as it is.
 *
 * What is compared divides by nothing where it differs.
 *
 * links: payment
 */
#include "common/arena.h"
#include "common/pg.h"
#include "common/text.h"
#include "proto/payment.h"
#include "services/payment/posting.h"
#include "services/payment/service.h"
#include "services/payment/tables.h"
#include "tests/it/service_sql_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const int64_t noon = 1800000000000;

static struct pg *server(struct ctx *ctx)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const struct pg_options options = { .conninfo = getenv("KERVAN_TEST_PG"),
                                        .application_name = "payment_sql_test",
                                        .search_path = "payment" };
    struct pg *pg = NULL;

    assert_int_equal(pg_open(ctx, &options, &pg), OK);
    return pg;
}

static void expect(struct ctx *ctx, struct pg *pg, const char *condition)
{
    const char *text = text_format(ctx->arena, "SELECT 1 / (%s)::integer", condition);

    if (pg_script(ctx, pg, "compare", text) != OK) {
        fail_msg("%s: not so", condition);
    }
}

static void postings_are_the_same_everywhere(struct ctx *ctx, struct pg *pg)
{
    for (size_t i = 0; i < posting_count; i++) {
        const struct posting *posting = &postings[i];
        const char *code =
            posting->code == NULL ? "IS NULL" : text_format(ctx->arena, "= '%s'", posting->code);

        expect(ctx, pg,
               text_format(
                   ctx->arena,
                   "EXISTS (SELECT FROM payment.posting WHERE posting_no = %zu AND kind = %lld "
                   "AND operation = %lld AND method = %lld AND code %s AND debit = %d AND credit = "
                   "%d)",
                   i + 1, (long long)posting->kind, (long long)posting->operation,
                   (long long)posting->method, code, (int)posting->debit, (int)posting->credit));
    }
    expect(ctx, pg,
           text_format(ctx->arena, "(SELECT count(*) FROM payment.posting) = %zu", posting_count));
    for (int account = 1; account < ACCOUNT_COUNT; account++) {
        expect(ctx, pg,
               text_format(ctx->arena, "payment.account_name(%d::smallint) = '%s'", account,
                           account_name(account)));
    }
    expect(ctx, pg,
           text_format(ctx->arena, "payment.account_name(%d::smallint) IS NULL", ACCOUNT_COUNT));
}

/* A transfer that came short, was taken for enough, and was taken in part; a request moves nothing. */
static void insert_ledger(struct service_sql_bench *bench)
{
    static const unsigned char order_id[16] = { 7 };
    static const struct event_row events[] = {
        { 7, 1, 1, EVENT_REQUEST, PAYMENT_CALL_OPERATION_AUTHORIZE, 0, 100, NULL, NULL, noon },
        { 7, 1, 2, EVENT_SUCCESS, OPERATION_RECEIVE, 0, 98, NULL, NULL, noon },
        { 7, 1, 3, EVENT_SUCCESS, OPERATION_RECEIVE, 0, 2, "accepted_short", NULL, noon },
        { 7, 1, 4, EVENT_SUCCESS, PAYMENT_CALL_OPERATION_CAPTURE, 1, 60, NULL, NULL, noon },
    };
    const struct payment_row payment = { .order_no = 7,
                                         .payment_no = 1,
                                         .state = PAYMENT_STATE_PARTIALLY_CAPTURED,
                                         .method = PAYMENT_METHOD_BANK_TRANSFER,
                                         .amount_minor = 100,
                                         .received_minor = 100,
                                         .authorized_minor = 100,
                                         .captured_minor = 60,
                                         .currency = "EUR",
                                         .changed_at = noon,
                                         .order_id = { order_id, sizeof order_id } };
    bool unknown = false;

    assert_int_equal(
        bench->store->operations->begin(bench->store, &bench->ctx, bench->holds, 1, &bench->now),
        OK);
    struct rows *rows = rows_new(bench->ctx.arena);

    rows_insert(rows, &payment_table, &payment);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        rows_insert(rows, &event_table, &events[i]);
    }
    assert_int_equal(
        bench->store->operations->save_and_commit(bench->store, &bench->ctx, rows, &unknown), OK);
}

static void entries_are_posted(struct ctx *ctx, struct pg *pg)
{
    static const char *const wanted[] = { "bank deposits 98", "differences deposits 2",
                                          "receivable sales 60", "deposits receivable 60" };

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        expect(
            ctx, pg,
            text_format(ctx->arena,
                        "EXISTS (SELECT FROM payment.journal WHERE order_no = 7 AND "
                        "concat_ws(' ', payment.account_name(debit), payment.account_name(credit), "
                        "amount_minor) = '%s')",
                        wanted[i]));
    }
    expect(ctx, pg, "(SELECT count(*) FROM payment.journal WHERE order_no = 7) = 4");
    /* Refused by a trigger: no program of ours tries. */
    assert_int_equal(
        pg_script(ctx, pg, "change", "UPDATE payment.payment_event SET amount_minor = 1"),
        ERR_FATAL);
    assert_int_equal(pg_script(ctx, pg, "forget", "DELETE FROM payment.payment_event"), ERR_FATAL);
}

/* What is taken off at another rate is posted the other way round: all of it comes to the tax of the document. */
static void tax_is_posted(struct ctx *ctx, struct pg *pg)
{
    assert_int_equal(
        pg_script(
            ctx, pg, "write",
            "INSERT INTO payment.document (order_no, document_no, kind, subject_no, payment_no, "
            "series, serial, number, amount_minor, tax_minor, currency, order_id, issued_at) "
            "VALUES (7, 1, 1, 1, 1, 'X', 1, 'X-1', 60, 8, 'EUR', decode('07', 'hex'), now());"
            "INSERT INTO payment.document_tax (order_no, document_no, tax_no, category, "
            "rate_ppm, amount_minor, tax_minor) "
            "VALUES (7, 1, 1, 1, 200000, 72, 12), (7, 1, 2, 1, 333333, -12, -4)"),
        OK);
    expect(
        ctx, pg,
        "(SELECT sum(CASE payment.account_name(credit) WHEN 'tax' THEN amount_minor "
        "ELSE -amount_minor END) FROM payment.journal WHERE order_no = 7 AND document_no = 1) = 8");
}

static void the_journal_is_read_from_the_ledger(void **state)
{
    struct service_sql_bench *bench = service_sql_bench_new(&payment_service);
    struct ctx ctx = { .arena = arena_new(1 << 20) };
    struct pg *pg = server(&ctx);

    (void)state;
    postings_are_the_same_everywhere(&ctx, pg);
    insert_ledger(bench);
    entries_are_posted(&ctx, pg);
    tax_is_posted(&ctx, pg);
    pg_close(pg);
    arena_free(ctx.arena);
    service_sql_bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_journal_is_read_from_the_ledger) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
