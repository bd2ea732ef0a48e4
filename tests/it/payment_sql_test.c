/* payment_sql_test.c - the SQL of payments on a real server: rows come back as they went, and no account goes beyond its limit.
 *
 * links: payment
 */
#include "common/arena.h"
#include "common/pg.h"
#include "services/payment/document_rows.h"
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

static const struct credit_row granted = { .company = "ACME",
                                           .version = 3,
                                           .currency = "EUR",
                                           .limit_minor = 1000,
                                           .net_days = 30,
                                           .active = true,
                                           .held_minor = 600,
                                           .receivable_minor = 500,
                                           .excess_minor = 100,
                                           .changed_at = noon };

static void an_account(struct service_sql_bench *bench)
{
    struct rows *rows = begin(bench);

    rows_insert(rows, &credit_table, &granted);
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &credit_table, key_text("ACME"), &granted);

    struct credit_row news = { "ACME", 4, "EUR", 2000, 14, false, 700, 501, 7, noon + 1 };
    rows = begin(bench);
    *(struct credit_row *)load(bench, rows, &credit_table, key_text("ACME")) = news;
    rows_update(rows, &credit_table, rows_find(rows, &credit_table, key_text("ACME")));
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &credit_table, key_text("ACME"), &news);
}

static void beyond_its_limit(struct service_sql_bench *bench)
{
    struct rows *rows = begin(bench);
    struct credit_row *account = load(bench, rows, &credit_table, key_text("ACME"));

    account->held_minor = account->limit_minor + account->excess_minor;
    account->receivable_minor = 1;
    rows_update(rows, &credit_table, account);
    assert_int_not_equal(save(bench, rows), OK);
    assert_non_null(strstr(bench->ctx.detail, "credit_within_limit"));
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

/* Who has loaded an account is alone with it: another lane's batch waits, as for stock. */
static void nobody_else_has_it(struct service_sql_bench *bench)
{
    static const char lock[] =
        "SELECT 1 FROM payment.credit WHERE company = 'ACME' FOR NO KEY UPDATE NOWAIT";
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const struct pg_options options = { .conninfo = getenv("KERVAN_TEST_PG"),
                                        .application_name = "payment_sql_test",
                                        .search_path = "payment" };
    struct ctx ctx = { .arena = arena_new(1 << 20) };
    struct pg *other = NULL;

    assert_int_equal(pg_open(&ctx, &options, &other), OK);
    (void)load(bench, begin(bench), &credit_table, key_text("ACME"));
    assert_int_not_equal(pg_script(&ctx, other, "lock", lock), OK);
    assert_non_null(strstr(ctx.detail, "could not obtain lock"));
    bench->store->operations->rollback(bench->store, &bench->ctx);
    assert_int_equal(pg_script(&ctx, other, "lock", lock), OK);
    pg_close(other);
    arena_free(ctx.arena);
}

/* The oldest first, whatever its number. */
static void who_waits_stands_in_line(struct service_sql_bench *bench)
{
    unsigned char id[16] = { 1 };
    const struct bytes order_id = { id, sizeof id };
    const struct credit_waiter_row first = { "ACME", 7, 1, 500, noon + 1, order_id };
    const struct credit_waiter_row second = { "ACME", 3, 2, 400, noon + 2, order_id };
    struct rows *rows = begin(bench);

    rows_insert(rows, &credit_waiter_table, &second);
    rows_insert(rows, &credit_waiter_table, &first);
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &credit_waiter_table, key_text("ACME"), &first);
    rows = begin(bench);
    struct credit_waiter_row *waiter = load(bench, rows, &credit_waiter_table, key_text("ACME"));
    waiter->amount_minor = 300;
    rows_update(rows, &credit_waiter_table, waiter);
    assert_int_equal(save(bench, rows), OK);
    rows = begin(bench);
    waiter = load(bench, rows, &credit_waiter_table, key_text("ACME"));
    assert_int_equal(waiter->amount_minor, 300);
    rows_remove(rows, &credit_waiter_table, waiter);
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &credit_waiter_table, key_text("ACME"), &second);
}

static void a_payment_on_account(struct service_sql_bench *bench)
{
    unsigned char id[16] = { 1 };
    struct payment_row payment = { .order_no = 7,
                                   .payment_no = 1,
                                   .state = 4,
                                   .method = 4,
                                   .amount_minor = 1000,
                                   .authorized_minor = 1000,
                                   .currency = "EUR",
                                   .changed_at = noon,
                                   .order_id = { id, sizeof id },
                                   .company = "ACME",
                                   .net_days = 30,
                                   .provider = "stripe",
                                   .hold_ref = "hold-1" };
    const struct payment_order_row order = { { id, sizeof id }, 7, "ACME" };
    struct rows *rows = begin(bench);

    rows_insert(rows, &payment_table, &payment);
    rows_insert(rows, &payment_order_table, &order);
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &payment_table, key_number(7), &payment);
    assert_row(bench, &payment_order_table, key_bytes(order.order_id), &order);
    rows = begin(bench);
    payment.captured_minor = 400;
    payment.company = "OTHER";
    payment.net_days = 10;
    payment.provider = "paypal";
    payment.hold_ref = NULL;
    *(struct payment_row *)load(bench, rows, &payment_table, key_number(7)) = payment;
    rows_update(rows, &payment_table, rows_list(rows, &payment_table, key_number(7))[0]);
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &payment_table, key_number(7), &payment);
}

/* What refunds are made of has a name there. */
static void a_capture_and_its_refund(struct service_sql_bench *bench)
{
    struct capture_row capture = { .order_no = 7,
                                   .capture_no = 1,
                                   .payment_no = 1,
                                   .state = CAPTURE_SENT,
                                   .amount_minor = 400,
                                   .at = noon };
    struct refund_row refund = { .order_no = 7,
                                 .refund_no = 1,
                                 .payment_no = 1,
                                 .state = REFUND_WAITING,
                                 .reason = 1,
                                 .amount_minor = 100,
                                 .at = noon };
    struct rows *rows = begin(bench);

    rows_insert(rows, &capture_table, &capture);
    rows_insert(rows, &refund_table, &refund);
    assert_int_equal(save(bench, rows), OK);
    rows = begin(bench);
    capture.state = CAPTURE_SUCCEEDED;
    capture.ended_at = noon;
    capture.provider_ref = "cap-1";
    refund.state = REFUND_SENT;
    refund.capture_no = 1;
    *(struct capture_row *)load(bench, rows, &capture_table, key_number(7)) = capture;
    *(struct refund_row *)load(bench, rows, &refund_table, key_number(7)) = refund;
    rows_update(rows, &capture_table, rows_list(rows, &capture_table, key_number(7))[0]);
    rows_update(rows, &refund_table, rows_list(rows, &refund_table, key_number(7))[0]);
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &capture_table, key_number(7), &capture);
    assert_row(bench, &refund_table, key_number(7), &refund);
}

static struct document_row document_of(struct bytes order_id, int64_t document_no, int64_t serial,
                                       const char *number)
{
    return (struct document_row){ .order_no = 7,
                                  .document_no = document_no,
                                  .kind = 1,
                                  .subject_no = document_no,
                                  .payment_no = 1,
                                  .series = "INV-2026",
                                  .serial = serial,
                                  .number = number,
                                  .amount_minor = 1190,
                                  .tax_minor = 190,
                                  .currency = "EUR",
                                  .order_id = order_id,
                                  .issued_at = noon };
}

/* One under each number, and never another word in it. */
static void a_document(struct service_sql_bench *bench)
{
    static const char change[] = "UPDATE payment.document SET amount_minor = 1";
    unsigned char id[16] = { 1 };
    const struct bytes order_id = { id, sizeof id };
    struct document_row document = document_of(order_id, 1, 1, "INV-2026-000001");
    struct document_row second = document_of(order_id, 2, 1, "INV-2026-000002");
    const struct document_tax_row tax = { 7, 1, 1, 1, 190000, 1190, 190 };
    struct document_series_row series = { "INV-", 2026, 1 };
    struct rows *rows = begin(bench);

    (void)load(bench, rows, &document_series_table, key_text("INV-"));
    *(struct document_series_row *)rows_find(rows, &document_series_table, key_text("INV-")) =
        series;
    rows_update(rows, &document_series_table,
                rows_find(rows, &document_series_table, key_text("INV-")));
    rows_insert(rows, &document_table, &document);
    rows_insert(rows, &document_tax_table, &tax);
    assert_int_equal(save(bench, rows), OK);
    assert_row(bench, &document_table, key_number(7), &document);
    assert_row(bench, &document_tax_table, key_number(7), &tax);
    assert_row(bench, &document_series_table, key_text("INV-"), &series);

    rows = begin(bench);
    rows_insert(rows, &document_table, &second);
    assert_int_not_equal(save(bench, rows), OK);
    assert_non_null(strstr(bench->ctx.detail, "document_numbered_once"));
    bench->store->operations->rollback(bench->store, &bench->ctx);

    struct ctx ctx = { .arena = arena_new(1 << 20) };
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const struct pg_options options = { .conninfo = getenv("KERVAN_TEST_PG"),
                                        .application_name = "payment_sql_test",
                                        .search_path = "payment" };
    struct pg *other = NULL;
    assert_int_equal(pg_open(&ctx, &options, &other), OK);
    assert_int_not_equal(pg_script(&ctx, other, "change", change), OK);
    assert_non_null(strstr(ctx.detail, "stays as it is"));
    pg_close(other);
    arena_free(ctx.arena);
}

/* A mail, as it was asked for and as it ended. */
static void its_mail(struct service_sql_bench *bench)
{
    const struct document_mail_row asked = { .order_no = 7,
                                             .document_no = 1,
                                             .mail_no = 1,
                                             .name = "Ada",
                                             .email = "ada@shop.example",
                                             .language = "tr",
                                             .with_xml = true,
                                             .request_id = "r",
                                             .state = 2,
                                             .asked_at = noon,
                                             .changed_at = noon };
    struct rows *rows = begin(bench);

    rows_insert(rows, &document_mail_table, &asked);
    assert_int_equal(save(bench, rows), OK);
    rows = begin(bench);
    struct document_mail_row *kept = load(bench, rows, &document_mail_table, key_number(7));
    assert_true(table_same_row(&document_mail_table, kept, &asked));
    kept->name = "";
    kept->email = NULL;
    kept->state = 4;
    kept->reason = 3;
    kept->attempts = 5;
    kept->changed_at = noon + 1;
    const struct document_mail_row ended = *kept;
    rows_update(rows, &document_mail_table, kept);
    assert_int_equal(save(bench, rows), OK);
    kept = load(bench, begin(bench), &document_mail_table, key_number(7));
    assert_true(table_same_row(&document_mail_table, kept, &ended));
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

/* As it was made first: it goes with mails. */
static void its_file(struct service_sql_bench *bench)
{
    unsigned char bytes[] = "{}", others[] = "[1]";
    const struct document_file_row file = {
        7, 1, "invoice.json", "application/json", { bytes, 2 }, noon
    };
    const struct document_file_row again = {
        7, 1, "invoice.json", "application/json", { others, 3 }, noon
    };
    struct rows *rows = begin(bench);

    rows_insert(rows, &document_file_table, &file);
    assert_int_equal(save(bench, rows), OK);
    rows = begin(bench);
    rows_insert(rows, &document_file_table, &again);
    assert_int_equal(save(bench, rows), OK);
    const struct document_file_row *kept =
        load(bench, begin(bench), &document_file_table, key_number(7));
    assert_string_equal(kept->name, file.name);
    assert_int_equal(kept->content.length, 2);
    assert_memory_equal(kept->content.bytes, bytes, 2);
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

static void rows_come_back_as_they_went(void **state)
{
    struct service_sql_bench *bench = service_sql_bench_new(&payment_service);

    (void)state;
    an_account(bench);
    beyond_its_limit(bench);
    nobody_else_has_it(bench);
    who_waits_stands_in_line(bench);
    a_payment_on_account(bench);
    a_capture_and_its_refund(bench);
    a_document(bench);
    its_file(bench);
    its_mail(bench);
    service_sql_bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows_come_back_as_they_went) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
