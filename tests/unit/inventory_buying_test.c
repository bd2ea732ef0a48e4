/* inventory_buying_test.c - what orders wait for is bought by itself: gathered, once, no more than is missing, and shrunk as long as it is a draft.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "common/store.h"
#include "common/text.h"
#include "services/inventory/purchase.h"
#include "services/inventory/purchase_gather.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_ORDERS(bench, want) assert_string_equal(orders(bench), want)

static struct step request(struct bench *bench, uint32_t type, const void *message, size_t size)
{
    return (struct step){ .message_type = type,
                          .message = arena_copy(bench->kept, message, size),
                          .id = text_format(bench->kept, "request-%lld",
                                            (long long)++bench->request_no) };
}

static int64_t status(struct bench *bench, struct step step)
{
    return ((const struct gateway_reply *)bench_run(bench, step)->replies->message)->status;
}

/* --- The world ------------------------------------------------------------------------------------- */

static int64_t put_supplier(struct bench *bench, const char *code, struct supplier_body body)
{
    const struct supplier_put put = { .code = code, .body = body };

    return status(bench, request(bench, MESSAGE_SUPPLIER_PUT, &put, sizeof put));
}

static int64_t put_terms(struct bench *bench, const char *code, const char *sku,
                         struct supplier_terms body)
{
    const struct supplier_item_put put = { .code = code, .sku = sku, .body = body };

    return status(bench, request(bench, MESSAGE_SUPPLIER_ITEM_PUT, &put, sizeof put));
}

static struct supplier_body supplier(enum buying_policy buying)
{
    return (struct supplier_body){
        .name = "Acme", .currency = "EUR", .lead_time_days = 7, .location = "WH-1", .buying = buying
    };
}

static const struct supplier_terms sixes = { .pack_size = 6,
                                             .has_pack_size = true,
                                             .minimum_quantity = 12,
                                             .has_minimum_quantity = true,
                                             .price_minor = 250 };
static const struct supplier_terms singly = { .price_minor = 100 };

/* A in packs of 6, no less than 12, of which one is there; B by the piece. */
static void sells(struct bench *bench, enum buying_policy buying)
{
    const struct item_body patient = { .name = "Patient",
                                       .backorder_allowed = true,
                                       .has_backorder_allowed = true };

    bench_stocked_item(bench, "A", 1);
    bench_stocked_item(bench, "B", 0);
    bench_item(bench, "A", patient);
    bench_item(bench, "B", patient);
    assert_int_equal(put_supplier(bench, "ACME", supplier(buying)), 201);
    assert_int_equal(put_terms(bench, "ACME", "A", sixes), 201);
    assert_int_equal(put_terms(bench, "ACME", "B", singly), 201);
    (void)bench_settle(bench);
}

static void wait_for(struct bench *bench, int64_t order_no, const char *lines)
{
    struct step step = bench_reserve(bench, order_no, lines);
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    message->backorder_allowed = message->has_backorder_allowed = true;
    step.message = message;
    bench_run(bench, step);
    (void)bench_settle(bench);
}

static void cancel(struct bench *bench, int64_t order_no)
{
    bench_run(bench, bench_release(bench, order_no, CANCEL_REASON_SHOPPER_REQUEST));
    (void)bench_settle(bench);
}

static void its_time_comes(struct bench *bench, const char *id)
{
    bench_run(bench, (struct step){ .timer = PURCHASE_TIMER, .subject = { .id = id } });
    (void)bench_settle(bench);
}

static int64_t send_order(struct bench *bench, const char *id)
{
    const struct purchase_send message = { .purchase_order_id = id };
    int64_t answer = status(bench, request(bench, MESSAGE_PURCHASE_SEND, &message, sizeof message));

    (void)bench_settle(bench);
    return answer;
}

static int64_t cancel_order(struct bench *bench, const char *id)
{
    const struct purchase_cancel message = { .purchase_order_id = id };
    int64_t answer =
        status(bench, request(bench, MESSAGE_PURCHASE_CANCEL, &message, sizeof message));

    (void)bench_settle(bench);
    return answer;
}

/* --- What is ordered ------------------------------------------------------------------------------- */

static const char *lines_of(struct bench *bench, const char *id)
{
    const struct memory_slice lines =
        memory_database_find(bench->database, &purchase_order_line_table, key_text(id));
    const char *text = "";

    for (size_t i = 0; i < lines.count; i++) {
        const struct purchase_order_line_row *line = lines.rows[i];

        text = text_format(bench->kept, "%s %s %lld", text, line->sku, (long long)line->quantity);
    }
    return text;
}

/* "ACME-S1 sent A 12 B 3; ACME-S2 draft B 1", in the order of their ids. */
static const char *orders(struct bench *bench)
{
    static const char *const states[] = { "none",   "draft",    "sent",   "confirmed",
                                          "partly", "received", "closed", "canceled" };
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &purchase_order_table, &count);
    const char *text = "";

    for (size_t i = 0; i < count; i++) {
        const struct purchase_order_row *row = rows[i];

        text = text_format(bench->kept, "%s%s%s %s%s", text, i == 0 ? "" : "; ",
                           row->purchase_order_id, states[row->state],
                           lines_of(bench, row->purchase_order_id));
    }
    return text;
}

static int64_t dismissed(struct bench *bench, const char *sku)
{
    const struct memory_slice found =
        memory_database_find(bench->database, &stock_buying_table, key_text(sku));

    return found.count == 0 ? 0 : ((const struct stock_buying_row *)found.rows[0])->dismissed;
}

/* --- Tests ----------------------------------------------------------------------------------------- */

static void nobody_buys_what_nobody_said(void **state)
{
    struct bench *bench = *state;

    sells(bench, BUYING_POLICY_ABSENT);
    wait_for(bench, 1, "A:3");
    ASSERT_ORDERS(bench, "");
    struct supplier_terms drafts = sixes;
    drafts.buying = BUYING_POLICY_DRAFT; /* the item says so, and who waits already counts */
    assert_int_equal(put_terms(bench, "ACME", "A", drafts), 200);
    (void)bench_settle(bench);
    ASSERT_ORDERS(bench, "ACME-D1 draft A 12");
    bench_check(bench);
}

static void ten_orders_are_one(void **state)
{
    struct bench *bench = *state;

    sells(bench, BUYING_POLICY_SEND);
    for (int64_t order = 1; order <= 10; order++) {
        bench->now += 60000;
        wait_for(bench, order, "A:2 B:1");
    }
    ASSERT_ORDERS(bench, "ACME-S1 draft A 24 B 10"); /* 19 of A are missing */
    its_time_comes(bench, "ACME-S1");
    ASSERT_ORDERS(bench, "ACME-S1 sent A 24 B 10");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 1-1+0 incoming 24");
    its_time_comes(bench, "ACME-S1"); /* again: it is sent already */
    wait_for(bench, 11, "A:5");       /* five more are incoming and nobody's */
    ASSERT_ORDERS(bench, "ACME-S1 sent A 24 B 10");
    wait_for(bench, 12, "A:1");
    ASSERT_ORDERS(bench, "ACME-S1 sent A 24 B 10; ACME-S2 draft A 12");
    bench_check(bench);
}

static void a_draft_shrinks_and_what_is_sent_does_not(void **state)
{
    struct bench *bench = *state;

    sells(bench, BUYING_POLICY_SEND);
    wait_for(bench, 1, "A:14 B:2");
    wait_for(bench, 2, "B:3");
    ASSERT_ORDERS(bench, "ACME-S1 draft A 18 B 5");
    cancel(bench, 1);
    ASSERT_ORDERS(bench, "ACME-S1 draft B 3");
    its_time_comes(bench, "ACME-S1");
    cancel(bench, 2);
    ASSERT_ORDERS(bench, "ACME-S1 sent B 3");
    wait_for(bench, 3, "B:3"); /* has what the other does not want */
    ASSERT_ORDERS(bench, "ACME-S1 sent B 3");
    bench_check(bench);
}

static void an_empty_draft_is_canceled(void **state)
{
    struct bench *bench = *state;

    sells(bench, BUYING_POLICY_SEND);
    wait_for(bench, 1, "B:2");
    cancel(bench, 1);
    ASSERT_ORDERS(bench, "ACME-S1 canceled B 2");
    assert_int_equal(dismissed(bench, "B"), 0);
    wait_for(bench, 2, "B:1");
    ASSERT_ORDERS(bench, "ACME-S1 canceled B 2; ACME-S2 draft B 1");
    bench_check(bench);
}

static void what_somebody_cancels_is_not_bought_again(void **state)
{
    struct bench *bench = *state;

    sells(bench, BUYING_POLICY_DRAFT);
    wait_for(bench, 1, "B:2");
    assert_int_equal(cancel_order(bench, "ACME-D1"), 200);
    ASSERT_ORDERS(bench, "ACME-D1 canceled B 2");
    assert_int_equal(dismissed(bench, "B"), 2);
    wait_for(bench, 2, "B:3"); /* who comes later is bought for */
    ASSERT_ORDERS(bench, "ACME-D1 canceled B 2; ACME-D2 draft B 3");
    assert_int_equal(send_order(bench, "ACME-D2"), 200);
    const struct purchase_decline no = { .purchase_order_id = "ACME-D2",
                                         .body = { .reason = UNDELIVERED_REASON_OUT_OF_STOCK } };
    assert_int_equal(status(bench, request(bench, MESSAGE_PURCHASE_DECLINE, &no, sizeof no)), 200);
    (void)bench_settle(bench);
    ASSERT_ORDERS(bench, "ACME-D1 canceled B 2; ACME-D2 canceled B 3");
    assert_int_equal(dismissed(bench, "B"), 5);
    cancel(bench, 2);
    assert_int_equal(dismissed(bench, "B"), 2);
    bench_check(bench);
}

static void who_is_too_late_goes_into_the_next(void **state)
{
    struct bench *bench = *state;

    sells(bench, BUYING_POLICY_SEND);
    wait_for(bench, 1, "B:1");
    struct step step = bench_reserve(bench, 2, "A:3");
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);
    message->backorder_allowed = message->has_backorder_allowed = true;
    step.message = message;
    bench_run(bench, step); /* its item is on its way to the draft... */
    while (bench->waiting_count > 0 && bench->waiting[0].message_type != MESSAGE_PURCHASE_GATHER) {
        (void)bench_settle_one(bench, 0);
    }
    assert_true(bench->waiting_count > 0);
    bench_run(bench, (struct step){ .timer = PURCHASE_TIMER, .subject = { .id = "ACME-S1" } });
    (void)bench_settle(bench); /* ...which was sent */
    ASSERT_ORDERS(bench, "ACME-S1 sent B 1; ACME-S2 draft A 12");
    bench->now += 3600000; /* nobody sent it in its time: it takes no more */
    wait_for(bench, 3, "B:1");
    ASSERT_ORDERS(bench, "ACME-S1 sent B 1; ACME-S2 draft A 12; ACME-S3 draft B 1");
    bench_check(bench);
}

static void another_supplier_is_preferred(void **state)
{
    struct bench *bench = *state;
    struct supplier_terms first = singly;

    sells(bench, BUYING_POLICY_DRAFT);
    wait_for(bench, 1, "B:2");
    wait_for(bench, 2, "A:3");
    assert_int_equal(put_supplier(bench, "BETTER", supplier(BUYING_POLICY_SEND)), 201);
    first.has_priority = true;
    assert_int_equal(put_terms(bench, "BETTER", "B", first), 201);
    (void)bench_settle(bench);
    ASSERT_ORDERS(bench, "ACME-D1 draft A 12; BETTER-S1 draft B 2");
    first.has_active = true;
    assert_int_equal(put_terms(bench, "BETTER", "B", first), 200);
    (void)bench_settle(bench);
    ASSERT_ORDERS(bench, "ACME-D1 draft A 12 B 2; BETTER-S1 canceled B 2");
    bench_check(bench);
}

static void what_is_found_is_not_bought(void **state)
{
    struct bench *bench = *state;

    sells(bench, BUYING_POLICY_DRAFT);
    wait_for(bench, 1, "B:5");
    ASSERT_ORDERS(bench, "ACME-D1 draft B 5");
    bench_count(bench, "B", "WH-1", 3);
    (void)bench_settle(bench);
    ASSERT_ORDERS(bench, "ACME-D1 draft B 2");
    bench_check(bench);
}

static void where_it_is_delivered_must_be_known(void **state)
{
    struct bench *bench = *state;
    struct supplier_body nowhere = supplier(BUYING_POLICY_SEND);
    struct supplier_terms drafts = singly;

    sells(bench, BUYING_POLICY_NO);
    nowhere.location = NULL;
    assert_int_equal(put_supplier(bench, "NOWHERE", nowhere), 422);
    nowhere.buying = BUYING_POLICY_NO;
    assert_int_equal(put_supplier(bench, "NOWHERE", nowhere), 201);
    drafts.buying = BUYING_POLICY_DRAFT;
    assert_int_equal(put_terms(bench, "NOWHERE", "A", drafts), 422);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_buys_what_nobody_said, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(ten_orders_are_one, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_draft_shrinks_and_what_is_sent_does_not, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(an_empty_draft_is_canceled, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_somebody_cancels_is_not_bought_again, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(who_is_too_late_goes_into_the_next, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(another_supplier_is_preferred, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(what_is_found_is_not_bought, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(where_it_is_delivered_must_be_known, bench_set_up,
                                        bench_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
