/* links: order */
/* order_intake_test.c - every rule of intake, one wrong thing at a time, and all at once. */
#include "services/order/intake.h"

#include "tests/unit/order_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t now = 1800000000000;

struct case_of {
    const char *what;
    void (*spoil)(struct order_submit *submit, struct order_submit_line *lines);
    const char *speaker, *pointer, *detail; /* pointer NULL: it is fine */
    enum order_rejected_reason reason;
};

static void nothing(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)submit;
    (void)lines;
}

static void total_low(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)lines;
    submit->total_minor -= 12;
}

static void total_high(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)lines;
    submit->total_minor += 1;
}

static void exclusive(struct order_submit *submit, struct order_submit_line *lines)
{
    submit->tax_mode = TAX_MODE_EXCLUSIVE;
    lines[0].tax_minor = 760;
    lines[1].tax_minor = 95;
    submit->total_minor += 855;
}

static void exclusive_forgotten(struct order_submit *submit, struct order_submit_line *lines)
{
    exclusive(submit, lines);
    submit->total_minor -= 855;
}

static void inclusive_tax(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)submit;
    lines[0].tax_minor = 638; /* it is in the price: the total stays */
}

static void tax_above_line(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)submit;
    lines[1].tax_minor = 501;
}

static void discount(struct order_submit *submit, struct order_submit_line *lines)
{
    lines[0].discount_minor = 98;
    submit->total_minor -= 98;
}

static void discount_whole(struct order_submit *submit, struct order_submit_line *lines)
{
    lines[1].discount_minor = 500;
    submit->total_minor -= 500;
}

static void discount_above_line(struct order_submit *submit, struct order_submit_line *lines)
{
    lines[1].discount_minor = 501;
    submit->total_minor -= 501;
}

static void line_overflow(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)submit;
    lines[0].unit_price_minor = INT64_C(9007199254740991);
}

static void sum_overflow(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)submit;
    lines[0].unit_price_minor = INT64_C(4503599627370495);
    lines[1].unit_price_minor = INT64_C(4503599627370495);
}

static void currency(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)lines;
    submit->currency = "XYZ";
}

static void no_token(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)lines;
    submit->payment.token = NULL;
}

static void invoice(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)lines;
    submit->payment = (struct order_submit_payment){ .method = PAYMENT_METHOD_INVOICE };
    submit->company = "ACME";
}

static void nobodys_account(struct order_submit *submit, struct order_submit_line *lines)
{
    invoice(submit, lines);
    submit->company = NULL;
}

static void far_ahead(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)lines;
    submit->has_ship_not_before = true;
    submit->ship_not_before = now + 367 * DAY_MS;
}

static void ahead(struct order_submit *submit, struct order_submit_line *lines)
{
    (void)lines;
    submit->has_ship_not_before = true;
    submit->ship_not_before = now + 30 * DAY_MS;
}

static void total_and_currency(struct order_submit *submit, struct order_submit_line *lines)
{
    total_low(submit, lines);
    currency(submit, lines);
}

#define INVALID ORDER_REJECTED_REASON_INVALID
#define TOTAL   ORDER_REJECTED_REASON_TOTAL_MISMATCH
#define CHANNEL ORDER_REJECTED_REASON_CHANNEL

static const struct case_of cases[] = {
    { "as it should be", nothing, "web", NULL, NULL, 0 },
    { "speaker unknown", nothing, NULL, NULL, NULL, 0 },
    { "speaker", nothing, "phone", "/channel", "is not the channel that submits the order",
      CHANNEL },
    { "total low", total_low, "web", "/total_minor", "is 12 too low: lines and shipping make 4988",
      TOTAL },
    { "total high", total_high, "web", "/total_minor",
      "is 1 too high: lines and shipping make 4988", TOTAL },
    { "exclusive tax", exclusive, "web", NULL, NULL, 0 },
    { "exclusive tax left out", exclusive_forgotten, "web", "/total_minor",
      "is 855 too low: lines and shipping make 5843", TOTAL },
    { "inclusive tax", inclusive_tax, "web", NULL, NULL, 0 },
    { "tax above line", tax_above_line, "web", "/lines/1/tax_minor",
      "is more than the line costs, which includes it", INVALID },
    { "discount", discount, "web", NULL, NULL, 0 },
    { "discount of a whole line", discount_whole, "web", NULL, NULL, 0 },
    { "discount above line", discount_above_line, "web", "/lines/1/discount_minor",
      "is more than the line costs", INVALID },
    { "line overflow", line_overflow, "web", "/lines/0/unit_price_minor",
      "is too large for this quantity", INVALID },
    { "sum overflow", sum_overflow, "web", "/lines", "cost more together than an order can hold",
      INVALID },
    { "currency", currency, "web", "/currency", "is not a currency of ISO 4217", INVALID },
    { "card without token", no_token, "web", "/payment/token", "is required for a card", INVALID },
    { "on nobody's account", nobodys_account, "web", "/company", "is required to pay on account",
      INVALID },
    { "invoice without token", invoice, "web", NULL, NULL, 0 },
    { "ship in a month", ahead, "web", NULL, NULL, 0 },
    { "ship in a year", far_ahead, "web", "/ship_not_before", "is more than a year ahead",
      INVALID },
};

static void judge(struct order_bench *bench, const struct case_of *one)
{
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_submit_line lines[2] = { submit.lines[0], submit.lines[1] };

    submit.lines = lines;
    one->spoil(&submit, lines);
    struct intake_verdict verdict = intake_check(bench->kept, &submit, one->speaker, now);
    if (verdict.error_count != (one->pointer == NULL ? 0 : 1)) {
        fail_msg("%s: %zu errors", one->what, verdict.error_count);
    }
    if (one->pointer != NULL) {
        assert_string_equal(verdict.errors[0].pointer, one->pointer);
        assert_string_equal(verdict.errors[0].detail, one->detail);
        assert_int_equal(verdict.reason, one->reason);
    }
}

static void judges(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        judge(*state, &cases[i]);
    }
}

static void names_the_weightiest_reason(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    total_and_currency(&submit, NULL);
    struct intake_verdict verdict = intake_check(bench->kept, &submit, "web", now);
    assert_int_equal(verdict.error_count, 2);
    assert_int_equal(verdict.reason, INVALID);
    verdict = intake_check(bench->kept, &submit, "phone", now);
    assert_int_equal(verdict.error_count, 3);
    assert_int_equal(verdict.reason, CHANNEL);
}

/* 500 wrong lines name the first 20, and end. */
static void stops_counting(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_submit_line *lines = arena_alloc(bench->kept, 500 * sizeof *lines);

    for (size_t i = 0; i < 500; i++) {
        lines[i] = (struct order_submit_line){ .sku = "A", .quantity = 1, .discount_minor = 1 };
    }
    submit.lines = lines;
    submit.lines_count = 500;
    struct intake_verdict verdict = intake_check(bench->kept, &submit, "web", now);
    assert_int_equal(verdict.error_count, INTAKE_ERRORS_MAX);
    assert_string_equal(verdict.errors[19].pointer, "/lines/19/discount_minor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(judges, order_bench_set_up, order_bench_tear_down),
        cmocka_unit_test_setup_teardown(names_the_weightiest_reason, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(stops_counting, order_bench_set_up, order_bench_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
