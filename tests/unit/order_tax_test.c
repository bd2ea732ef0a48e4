/* order_tax_test.c - what an order is taxed with that does not bring its tax: to the last minor unit, by area, class, day and buyer.
 *
 * links: order
 */
#include "tests/unit/order_bench.h"

#include "common/money.h"
#include "common/store.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "services/order/detour.h"
#include "services/order/tax_reckon.h"
#include "services/order/vat_number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 40, RATES = 5 };

/* --- Arithmetic ------------------------------------------------------------------------------------ */

/* A small generator, so that a failure is the same again. */
static uint64_t state_of_chance = 88172645463325252U;

static int64_t chance(int64_t below)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return (int64_t)(state_of_chance % (uint64_t)below);
}

static const int64_t rates_ppm[RATES] = { 190000, 70000, 88750, 200000, 0 };

static int64_t off_by(int64_t one, int64_t other)
{
    return llabs(one - other);
}

/* Each rate's lines sum up to what their sum is taxed with, and none is off by a minor unit or more. */
static void assert_reckoned(const struct taxed *lines, size_t count,
                            int64_t (*tax_of)(int64_t, int64_t))
{
    for (size_t rate = 0; rate < RATES; rate++) {
        int64_t sum_minor = 0, tax_minor = 0;

        for (size_t i = 0; i < count; i++) {
            bool of_rate = lines[i].rule.rate_ppm == rates_ppm[rate];

            sum_minor += of_rate ? lines[i].amount_minor : 0;
            tax_minor += of_rate ? lines[i].tax_minor : 0;
        }
        assert_int_equal(tax_minor, tax_of(sum_minor, rates_ppm[rate]));
    }
    for (size_t i = 0; i < count; i++) {
        assert_in_range(lines[i].tax_minor, 0, MONEY_MINOR_MAX);
        assert_true(
            off_by(lines[i].tax_minor, tax_of(lines[i].amount_minor, lines[i].rule.rate_ppm)) <= 1);
        assert_true(tax_of != tax_within || lines[i].tax_minor <= lines[i].amount_minor);
    }
}

static void reckon_by_chance(int64_t amount_max)
{
    struct taxed lines[LINES_MAX];
    size_t count = 1 + (size_t)chance(LINES_MAX);

    for (size_t i = 0; i < count; i++) {
        int64_t rate_ppm = rates_ppm[chance(RATES)];

        lines[i] =
            (struct taxed){ .rule = { rate_ppm == 0 ? TAX_CATEGORY_ZERO : TAX_CATEGORY_STANDARD,
                                      rate_ppm },
                            .amount_minor = chance(amount_max) };
    }
    tax_reckon(lines, count, tax_within);
    assert_reckoned(lines, count, tax_within);
    tax_reckon(lines, count, tax_on_top);
    assert_reckoned(lines, count, tax_on_top);
}

/* Amounts of a currency's size: up to one, a hundred, ... of its units. */
static void reckon_in(int digits)
{
    int64_t unit = 1;

    for (int i = 0; i < digits; i++) {
        unit *= 10;
    }
    for (int64_t most = 1; most <= 100000000; most *= 100) {
        reckon_by_chance(most * unit + 1);
    }
}

/* Of every currency of ISO 4217: one has no decimals, one has three. */
static void parts_sum_up_in_every_currency(void **state)
{
    size_t currencies = 0;

    (void)state;
    for (int i = 0; i < 26 * 26 * 26; i++) {
        const char code[] = { (char)('A' + i / 676), (char)('A' + i / 26 % 26),
                              (char)('A' + i % 26), '\0' };
        int digits = currency_digits(code);

        if (digits >= 0) {
            reckon_in(digits);
            currencies++;
        }
    }
    assert_in_range(currencies, 150, 200);
}

static void known_sums(void **state)
{
    (void)state;
    assert_int_equal(tax_within(1190, 190000), 190);
    assert_int_equal(tax_on_top(1000, 190000), 190);
    assert_int_equal(tax_on_top(5, 100000), 1); /* half goes up */
    assert_int_equal(tax_on_top(4, 100000), 0);
    assert_int_equal(tax_within(MONEY_MINOR_MAX, 10000000), 8188362958855446);
    assert_int_equal(tax_on_top(MONEY_MINOR_MAX, 10000000), MONEY_MINOR_MAX);
    struct taxed thirds[3] = { { .rule = { TAX_CATEGORY_STANDARD, 190000 }, .amount_minor = 33 },
                               { .rule = { TAX_CATEGORY_STANDARD, 190000 }, .amount_minor = 33 },
                               { .rule = { TAX_CATEGORY_STANDARD, 190000 }, .amount_minor = 34 } };

    tax_reckon(thirds, 3, tax_on_top); /* 6.27 + 6.27 + 6.46 = 19: alone they would be 18 */
    assert_int_equal(thirds[0].tax_minor + thirds[1].tax_minor + thirds[2].tax_minor, 19);
    assert_int_equal(thirds[2].tax_minor, 7);
}

static const struct {
    const char *number, *country;
} known[] = {
    { "DE123456789", "DE" },    { "DE 123.456.789", "DE" },
    { "DE12345678", "" },       { "ATU12345678", "AT" },
    { "AT12345678", "" },       { "EL123456789", "GR" },
    { "GR123456789", "" },      { "FRXX123456789", "FR" },
    { "NL123456789B01", "NL" }, { "NL12345678901", "" },
    { "ESX1234567X", "ES" },    { "IE1234567WA", "IE" },
    { "GB123456789", "" },      { "TR1234567890", "" },
    { "CHE123456789", "" },     { "RO12", "RO" },
    { "SE123456789012", "SE" }, { "D", "" },
    { "DE1234567890", "" },     { "BE0123456789", "BE" },
    { "BE2123456789", "" },     { "DE123456789DE1234567890123456789", "" },
};

static void forms_of_vat_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *country = vat_number_country(known[i].number);

        assert_string_equal(country == NULL ? "" : country, known[i].country);
    }
    assert_true(vat_is_member("GR"));
    assert_false(vat_is_member("GB"));
}

/* --- Orders ---------------------------------------------------------------------------------------- */

static const struct gateway_reply *put(struct order_bench *bench, uint32_t type,
                                       const void *message, const char *precondition)
{
    order_bench_run(bench, (struct order_step){ .message_type = type,
                                                .message = message,
                                                .id = "put",
                                                .precondition = precondition,
                                                .waited_for = true });
    return order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
}

static void put_policy(struct order_bench *bench, const struct tax_policy *policy)
{
    struct order_channel_put *request = arena_alloc(bench->kept, sizeof *request);

    *request = (struct order_channel_put){
        .code = "web", .body = { .stock_policy = STOCK_POLICY_REJECT, .tax = policy }
    };
    assert_in_range(put(bench, MESSAGE_ORDER_CHANNEL_PUT, request, NULL)->status, 200, 201);
}

static const struct tax_rate german[] = {
    { .tax_class = TAX_CLASS_STANDARD, .rate_ppm = 160000, .valid_from = "2020-07-01" },
    { .tax_class = TAX_CLASS_STANDARD, .rate_ppm = 190000, .valid_from = "2021-01-01" },
    { .tax_class = TAX_CLASS_REDUCED, .rate_ppm = 70000, .valid_from = "2021-01-01" },
    { .tax_class = TAX_CLASS_STANDARD, .rate_ppm = 210000, .valid_from = "2090-01-01" },
    { .tax_class = TAX_CLASS_EXEMPT,
      .rate_ppm = 0,
      .valid_from = "2021-01-01",
      .reason = "Section 4 UStG" },
};

static const struct gateway_reply *put_rates(struct order_bench *bench, const char *area,
                                             const struct tax_rate *rates, size_t count)
{
    struct tax_rates_put *request = arena_alloc(bench->kept, sizeof *request);

    *request =
        (struct tax_rates_put){ .area = area, .body = { .rates = rates, .rates_count = count } };
    return put(bench, MESSAGE_TAX_RATES_PUT, request, NULL);
}

static void put_class(struct order_bench *bench, const char *sku, enum tax_class tax_class)
{
    struct tax_class_put *request = arena_alloc(bench->kept, sizeof *request);

    *request = (struct tax_class_put){ .sku = sku, .body = { .tax_class = tax_class } };
    assert_in_range(put(bench, MESSAGE_TAX_CLASS_PUT, request, NULL)->status, 200, 201);
}

static const struct tax_policy from_germany = { .seller_country = "DE" };

static void put_germany(struct order_bench *bench)
{
    put_policy(bench, &from_germany);
    assert_int_equal(put_rates(bench, "DE", german, 5)->status, 201);
}

static const struct order_placed *place(struct order_bench *bench,
                                        const struct order_submit *submit)
{
    order_bench_run(bench, order_bench_submission(bench, submit, submit->channel_order_ref));
    return order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
}

/* Its row off the straight way; without one all is zero. */
static struct detour_row detour_of(struct order_bench *bench, int64_t order_no)
{
    struct memory_slice found =
        memory_database_find(bench->database, &order_detour_table, key_number(order_no));

    return found.count == 0 ? (struct detour_row){ .order_no = 0 }
                            : *(const struct detour_row *)found.rows[0];
}

static void by_class_and_day(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    const struct order_placed *placed;

    put_germany(bench);
    put_class(bench, "B", TAX_CLASS_REDUCED);
    submit.ship_to.country = "DE";
    placed = place(bench, &submit);
    assert_int_equal(placed->lines[0].tax_minor, 638); /* of 3998 */
    assert_int_equal(placed->lines[1].tax_minor, 33);  /* of 500 */
    assert_string_equal(detour_of(bench, placed->order_no).taxes,
                        "1 190000;1 70000;1 190000;2 0;3 0|0 1 190000;1 1 190000;2 1 70000");
    assert_string_equal(detour_of(bench, placed->order_no).tax_reason, "Section 4 UStG");
}

static void what_brings_its_tax_stays(void **state)
{
    struct order_bench *bench = *state;
    static const struct order_submit_line lines[] = {
        { .sku = "A",
          .quantity = 1,
          .unit_price_minor = 119,
          .tax_minor = 7,
          .has_tax_minor = true },
        { .sku = "B", .quantity = 1, .unit_price_minor = 119 },
    };
    struct order_submit submit = order_bench_submit(bench, "1");

    put_germany(bench);
    submit.lines = lines;
    submit.lines_count = 2;
    submit.ship_to.country = "DE";
    submit.total_minor = 238 + 490;
    const struct order_placed *placed = place(bench, &submit);
    assert_int_equal(placed->lines[0].tax_minor, 7);
    assert_int_equal(placed->lines[1].tax_minor, 0);
    assert_int_equal(detour_of(bench, placed->order_no).order_no, 0);
    put_policy(bench, NULL);
    submit = order_bench_submit(bench, "2");
    submit.ship_to.country = "DE";
    assert_int_equal(place(bench, &submit)->lines[0].tax_minor, 0);
}

static void prices_without_tax(void **state)
{
    struct order_bench *bench = *state;
    static const struct tax_rate californian[] = {
        { .tax_class = TAX_CLASS_STANDARD, .rate_ppm = 72500, .valid_from = "2020-01-01" }
    };
    static const struct tax_mode_rule modes[] = {
        { .country = "US", .tax_mode = TAX_MODE_EXCLUSIVE }, { .tax_mode = TAX_MODE_INCLUSIVE }
    };
    static const struct tax_policy policy = { .seller_country = "DE",
                                              .modes = modes,
                                              .modes_count = 2 };
    struct order_submit submit = order_bench_submit(bench, "1");

    put_policy(bench, &policy);
    put_rates(bench, "US-CA", californian, 1);
    submit.ship_to.country = "US";
    submit.ship_to.region = "CA";
    submit.ship_to.postal_code = "94105";
    order_bench_run(bench, order_bench_submission(bench, &submit, "1"));
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_TOTAL_MISMATCH);
    submit.channel_order_ref = "2";
    submit.total_minor += 326; /* 7.25 % of 4498 is 326.1 */
    const struct order_placed *placed = place(bench, &submit);
    assert_int_equal(placed->tax_mode, TAX_MODE_EXCLUSIVE);
    assert_int_equal(placed->lines[0].tax_minor + placed->lines[1].tax_minor, 326);
    submit.channel_order_ref = "3";
    submit.ship_to.region = "NY"; /* of which nothing is known */
    submit.total_minor -= 326;
    assert_int_equal(place(bench, &submit)->lines[0].tax_minor, 0);
}

/* --- Companies ------------------------------------------------------------------------------------- */

static const struct company_buyer buyer = { .channel_customer_ref = "c" };

static const struct gateway_reply *put_company(struct order_bench *bench, const char *tax_number,
                                               const struct tax_exemption *exemptions, size_t count)
{
    struct company_put *request = arena_alloc(bench->kept, sizeof *request);

    *request = (struct company_put){ .code = "ACME",
                                     .body = { .name = "Acme",
                                               .tax_number = tax_number,
                                               .currency = "EUR",
                                               .tax_exemptions = exemptions,
                                               .tax_exemptions_count = count,
                                               .buyers = &buyer,
                                               .buyers_count = 1 } };
    return put(bench, MESSAGE_COMPANY_PUT, request, NULL);
}

/* "1 190000": of the first line of an order of the company, and why. */
static const char *charged(struct order_bench *bench, const char *ref, const char *country)
{
    struct order_submit submit = order_bench_submit(bench, ref);

    submit.company = "ACME";
    submit.customer.channel_customer_ref = "c";
    submit.ship_to.country = country;
    const struct order_placed *placed = place(bench, &submit);
    const struct detour_row detour = detour_of(bench, placed->order_no);
    const char *taxes = detour.taxes == NULL ? "" : detour.taxes;
    size_t length = strcspn(taxes, ";");

    return text_format(bench->kept, "%.*s %lld %s", (int)length, taxes,
                       (long long)placed->lines[0].tax_minor,
                       detour.tax_reason == NULL ? "-" : detour.tax_reason);
}

static void who_accounts_for_it(void **state)
{
    struct order_bench *bench = *state;

    put_germany(bench);
    put_rates(bench, "FR", german, 3);
    put_company(bench, "FRAB123456789", NULL, 0);
    assert_string_equal(charged(bench, "1", "FR"), "4 0 0 -");
    assert_string_equal(charged(bench, "2", "DE"), "1 190000 638 Section 4 UStG");
    assert_string_equal(charged(bench, "3", "CH"), "2 0 0 -");
    put_company(bench, "DE123456789", NULL, 0);
    assert_string_equal(charged(bench, "4", "FR"), "1 190000 638 -");
    put_company(bench, "FR12", NULL, 0);
    assert_string_equal(charged(bench, "5", "FR"), "1 190000 638 -");
    put_company(bench, NULL, NULL, 0);
    assert_string_equal(charged(bench, "6", "FR"), "1 190000 638 -");
}

static void who_is_exempt(void **state)
{
    struct order_bench *bench = *state;
    static const struct tax_exemption exemptions[] = {
        { .area = "DE", .certificate = "OVER", .valid_until = "2020-01-01" },
        { .area = "DE", .certificate = "TO-COME", .valid_from = "2099-01-01" },
        { .area = "DE-BY", .certificate = "ELSEWHERE" },
        { .area = "DE", .certificate = "NATO 7", .valid_from = "2020-01-01" },
    };
    static const struct tax_exemption wrong = {
        .area = "DE", .certificate = "X", .valid_from = "2026-02-02", .valid_until = "2026-02-01"
    };

    put_germany(bench);
    put_company(bench, NULL, exemptions, 3);
    assert_string_equal(charged(bench, "1", "DE"), "1 190000 638 Section 4 UStG");
    put_company(bench, NULL, exemptions, 4);
    assert_string_equal(charged(bench, "2", "DE"), "3 0 0 NATO 7");
    assert_int_equal(put_company(bench, NULL, &wrong, 1)->status, 422);
    assert_string_equal(put_company(bench, NULL, &wrong, 1)->problem->errors[0].pointer,
                        "/tax_exemptions/0/valid_until");
}

/* --- What people put ------------------------------------------------------------------------------- */

static void assert_refused(const struct gateway_reply *reply, const char *pointer)
{
    assert_int_equal(reply->status, 422);
    assert_string_equal(reply->problem->errors[0].pointer, pointer);
}

static void rates_that_make_no_sense(void **state)
{
    struct order_bench *bench = *state;
    struct tax_rate rates[2] = { german[0], german[0] };
    static const struct tax_policy nowhere = { .seller_country = "XX" };
    struct order_channel_put policy = {
        .code = "web", .body = { .stock_policy = STOCK_POLICY_REJECT, .tax = &nowhere }
    };

    assert_refused(put_rates(bench, "XX", german, 1), "/area");
    assert_refused(put_rates(bench, "DEBY", german, 1), "/area");
    assert_refused(put_rates(bench, "DE", rates, 2), "/rates/1/valid_from");
    rates[1].valid_from = "2021-02-29";
    assert_refused(put_rates(bench, "DE", rates, 2), "/rates/1/valid_from");
    rates[1] =
        (struct tax_rate){ .tax_class = TAX_CLASS_ZERO, .rate_ppm = 1, .valid_from = "2021-01-01" };
    assert_refused(put_rates(bench, "DE", rates, 2), "/rates/1/rate_ppm");
    assert_refused(put(bench, MESSAGE_ORDER_CHANNEL_PUT, &policy, NULL), "/tax/seller_country");
}

static void every_version_is_kept(void **state)
{
    struct order_bench *bench = *state;

    assert_int_equal(put_rates(bench, "DE", german, 1)->status, 201);
    assert_int_equal(put_rates(bench, "DE", german, 1)->status, 200); /* nothing changed */
    assert_int_equal(put_rates(bench, "DE", german, 2)->status, 200);
    size_t count = 0;
    (void)memory_database_rows(bench->database, &order_tax_area_version_table, &count);
    assert_int_equal(count, 2);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_sum_up_in_every_currency),
        cmocka_unit_test(known_sums),
        cmocka_unit_test(forms_of_vat_numbers),
        TEST(by_class_and_day),
        TEST(what_brings_its_tax_stays),
        TEST(prices_without_tax),
        TEST(who_accounts_for_it),
        TEST(who_is_exempt),
        TEST(rates_that_make_no_sense),
        TEST(every_version_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
