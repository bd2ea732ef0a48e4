/* order_billing_test.c - what is told to payment of what was taken: the share's lines, its tax, and in which series.
 *
 * links: order
 */
#include "tests/unit/order_bench.h"

#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/gateway.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "services/order/billing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct invoice_series abroad_and_here[] = {
    { .country = "TR",
      .invoices = { .prefix = "TRF" },
      .credit_notes = { .prefix = "TRI", .digits = 9, .has_digits = true } },
    { .invoices = { .prefix = "INV", .yearly = true, .has_yearly = true },
      .credit_notes = { .prefix = "CN" } },
};

static void run(struct order_bench *bench, uint32_t type, const void *message)
{
    order_bench_run(bench,
                    (struct order_step){
                        .message_type = type, .message = message, .id = "it", .waited_for = true });
}

static void put_series(struct order_bench *bench, const struct invoice_series *series, size_t count)
{
    struct order_channel_put *put = arena_alloc(bench->kept, sizeof *put);

    *put = (struct order_channel_put){ .code = "web",
                                       .body = { .stock_policy = STOCK_POLICY_REJECT,
                                                 .invoice_series = series,
                                                 .invoice_series_count = count } };
    run(bench, MESSAGE_ORDER_CHANNEL_PUT, put);
}

/* An order of three pieces of one line with 29 cents of tax: two are at one place, one at another. */
struct life {
    struct order_bench *bench;
    const char *id;
    int64_t order_no;
};

#define HEAD(life)         .order_id = (life)->id, .order_no = (life)->order_no, .clock = 1
#define CHILD(life, child) order_bench_child((life)->bench, (life)->id, child)

static struct life placed_with(struct order_bench *bench, const char *country, bool tax)
{
    struct order_submit_line line = { .sku = "A",
                                      .quantity = 3,
                                      .unit_price_minor = 61,
                                      .tax_minor = tax ? 29 : 0,
                                      .has_tax_minor = tax };
    struct order_submit submit = order_bench_submit(bench, "1");

    submit.lines = &line;
    submit.lines_count = 1;
    submit.shipping.price_minor = 500;
    submit.total_minor = 3 * 61 + 500;
    submit.ship_to.country = country;
    order_bench_run(bench, order_bench_submission(bench, &submit, "req-1"));
    const struct order_placed *fact = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    return (struct life){ bench, text_format(bench->kept, "%s", fact->order_id), fact->order_no };
}

static struct life placed(struct order_bench *bench, const char *country)
{
    return placed_with(bench, country, true);
}

static void reserve_and_pay(const struct life *life)
{
    const struct allocation held[] = {
        { .line_no = 1, .sku = "A", .location = "WH-1", .quantity = 2 },
        { .line_no = 1, .sku = "A", .location = "WH-2", .quantity = 1 }
    };
    const struct inventory_reserved reserved = { HEAD(life), .reservation_id = CHILD(life, "H1"),
                                                 .allocations = held, .allocations_count = 2 };
    const struct payment_authorized authorized = { HEAD(life), .payment_id = CHILD(life, "P1"),
                                                   .amount_minor = 683, .currency = "EUR",
                                                   .provider = "stripe" };

    run(life->bench, MESSAGE_INVENTORY_RESERVED, &reserved);
    run(life->bench, MESSAGE_PAYMENT_AUTHORIZED, &authorized);
}

static void pack(const struct life *life, const char *fulfillment)
{
    const struct parcel_line line = { .line_no = 1, .quantity = 1 };
    const struct parcel parcel = {
        .parcel_no = 1, .weight_grams = 100, .lines = &line, .lines_count = 1
    };
    const struct fulfillment_opened opened = { HEAD(life),
                                               .fulfillment_id = CHILD(life, fulfillment),
                                               .location = "WH-1" };
    const struct fulfillment_packed packed = { HEAD(life),
                                               .fulfillment_id = CHILD(life, fulfillment),
                                               .location = "WH-1", .parcels = &parcel,
                                               .parcels_count = 1 };

    run(life->bench, MESSAGE_FULFILLMENT_OPENED, &opened);
    run(life->bench, MESSAGE_FULFILLMENT_PACKED, &packed);
}

static const struct payment_document *captured(const struct life *life, const char *capture,
                                               int64_t amount_minor, int64_t captured_minor)
{
    const struct payment_captured fact = { HEAD(life),
                                           .payment_id = CHILD(life, "P1"),
                                           .capture_id = CHILD(life, capture),
                                           .amount_minor = amount_minor,
                                           .currency = "EUR",
                                           .captured_minor = captured_minor };

    run(life->bench, MESSAGE_PAYMENT_CAPTURED, &fact);
    return order_bench_said(life->bench, MESSAGE_PAYMENT_DOCUMENT, 0);
}

static void what_was_taken_is_listed(void **state)
{
    struct order_bench *bench = *state;

    put_series(bench, abroad_and_here, 2);
    struct life life = placed(bench, "DE");
    reserve_and_pay(&life);
    pack(&life, "F1");
    const struct payment_document *first = captured(&life, "C1", 622, 622);
    assert_non_null(first);
    assert_int_equal(first->kind, DOCUMENT_KIND_INVOICE);
    assert_string_equal(first->series.prefix, "INV");
    assert_true(first->series.yearly);
    assert_int_equal(first->series.digits, 6);
    assert_int_equal(first->tax_of_order_minor, 29);
    assert_int_equal(first->lines_count, 2);
    assert_int_equal(first->lines[0].quantity, 2);
    assert_int_equal(first->lines[0].amount_minor, 122);
    assert_int_equal(first->lines[1].kind, INVOICE_LINE_KIND_SHIPPING);
    assert_int_equal(first->lines[1].amount_minor, 500);
    int64_t tax_minor = first->lines[0].tax_minor;
    assert_null(captured(&life, "C1", 622, 622)); /* told again */
    pack(&life, "F2");
    const struct payment_document *second = captured(&life, "C2", 61, 683);
    assert_int_equal(second->lines_count, 1);
    assert_int_equal(tax_minor + second->lines[0].tax_minor, 29);
}

static void a_refund_has_its_own_series(void **state)
{
    struct order_bench *bench = *state;

    put_series(bench, abroad_and_here, 2);
    struct life life = placed(bench, "TR");
    reserve_and_pay(&life);
    pack(&life, "F1");
    assert_string_equal(captured(&life, "C1", 622, 622)->series.prefix, "TRF");
    const struct payment_refunded fact = { HEAD(&life),
                                           .payment_id = CHILD(&life, "P1"),
                                           .refund_id = CHILD(&life, "B5001"),
                                           .amount_minor = 100,
                                           .currency = "EUR",
                                           .refunded_minor = 100 };
    run(bench, MESSAGE_PAYMENT_REFUNDED, &fact);
    const struct payment_document *note = order_bench_must_say(bench, MESSAGE_PAYMENT_DOCUMENT);
    assert_int_equal(note->kind, DOCUMENT_KIND_CREDIT_NOTE);
    assert_string_equal(note->series.prefix, "TRI");
    assert_false(note->series.yearly);
    assert_int_equal(note->series.digits, 9);
    assert_string_equal(note->refund_id, fact.refund_id);
}

/* 19 % of what goes to Germany, and of its shipping. */
static void put_taxes(struct order_bench *bench)
{
    static const struct tax_policy policy = { .seller_country = "DE" };
    static const struct tax_rate rate = { .tax_class = TAX_CLASS_STANDARD,
                                          .rate_ppm = 190000,
                                          .valid_from = "2021-01-01" };
    struct order_channel_put *put = arena_alloc(bench->kept, sizeof *put);
    struct tax_rates_put *rates = arena_alloc(bench->kept, sizeof *rates);

    *put = (struct order_channel_put){ .code = "web",
                                       .body = { .stock_policy = STOCK_POLICY_REJECT,
                                                 .invoice_series = abroad_and_here,
                                                 .invoice_series_count = 2,
                                                 .tax = &policy } };
    *rates = (struct tax_rates_put){ .area = "DE", .body = { .rates = &rate, .rates_count = 1 } };
    run(bench, MESSAGE_ORDER_CHANNEL_PUT, put);
    run(bench, MESSAGE_TAX_RATES_PUT, rates);
}

static void what_was_reckoned_is_told(void **state)
{
    struct order_bench *bench = *state;

    put_taxes(bench);
    struct life life = placed_with(bench, "DE", false);
    reserve_and_pay(&life);
    pack(&life, "F1");
    const struct payment_document *first = captured(&life, "C1", 622, 622);
    assert_non_null(first);
    assert_int_equal(first->tax_of_order_minor, 29 + 80); /* 19 / 119 of 183 and of 500 */
    assert_int_equal(first->lines_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(first->lines[i].category, TAX_CATEGORY_STANDARD);
        assert_int_equal(first->lines[i].rate_ppm, 190000);
    }
    assert_int_equal(first->lines[1].tax_minor, 80);
    int64_t tax_minor = first->lines[0].tax_minor;
    pack(&life, "F2");
    const struct payment_document *second = captured(&life, "C2", 61, 683);
    assert_int_equal(tax_minor + second->lines[0].tax_minor, 29);
}

static void others_have_none(void **state)
{
    struct order_bench *bench = *state;

    put_series(bench, abroad_and_here, 1); /* for one country alone */
    struct life life = placed(bench, "DE");
    reserve_and_pay(&life);
    pack(&life, "F1");
    assert_null(captured(&life, "C1", 622, 622));
}

static void a_country_has_one(void **state)
{
    struct order_bench *bench = *state;
    struct invoice_series twice[] = { abroad_and_here[1], abroad_and_here[1] };

    struct field_error fault;

    assert_true(billing_series_make_sense(bench->kept, abroad_and_here, 2, &fault));
    assert_false(billing_series_make_sense(bench->kept, twice, 2, &fault));
    assert_string_equal(fault.pointer, "/invoice_series/1/country");
    put_series(bench, twice, 2);
    const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
    assert_int_equal(reply->status, 422);
    assert_string_equal(billing_series_text(bench->kept, abroad_and_here, 2),
                        "TR TRF -6 TRI -9;* INV y6 CN -6");
    twice[0].mailed = true;
    assert_string_equal(billing_series_text(bench->kept, twice, 1), "* INV y6 CN -6 mailed");
    assert_null(billing_series_text(bench->kept, NULL, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_taken_is_listed),  TEST(a_refund_has_its_own_series),
        TEST(what_was_reckoned_is_told), TEST(others_have_none),
        TEST(a_country_has_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
