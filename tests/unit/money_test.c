/* money_test.c - no amount wraps, no cent is lost in a split, and currencies have their digits. */
#include "common/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void adds_within_range(void **state)
{
    static const struct {
        int64_t sum, amount;
        bool ok;
    } cases[] = {
        { 1, 2, true },
        { MONEY_MINOR_MAX - 1, 1, true },
        { MONEY_MINOR_MAX, 1, false },
        { -MONEY_MINOR_MAX, -1, false },
        { -MONEY_MINOR_MAX, 1, true },
        { MONEY_MINOR_MAX, INT64_MAX, false },
        { -1, INT64_MIN, false },
        { 0, INT64_MIN, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t sum = cases[i].sum;
        assert_int_equal(money_add(&sum, cases[i].amount), cases[i].ok);
        assert_true(sum == cases[i].sum + (cases[i].ok ? cases[i].amount : 0));
    }
}

static void multiplies_within_range(void **state)
{
    static const struct {
        int64_t unit, quantity;
        bool ok;
    } cases[] = {
        { 1999, 3, true },
        { -1999, 3, true },
        { 0, INT64_MAX, true },
        { MONEY_MINOR_MAX, 1, true },
        { MONEY_MINOR_MAX, -1, true },
        { MONEY_MINOR_MAX, 2, false },
        { INT64_C(94906266), INT64_C(94906267), false }, /* just above 2^53 */
        { INT64_MAX, INT64_MAX, false },
        { INT64_MIN, -1, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t result = 4711;
        assert_int_equal(money_multiply(cases[i].unit, cases[i].quantity, &result), cases[i].ok);
        assert_true(result == (cases[i].ok ? cases[i].unit * cases[i].quantity : 4711));
    }
}

static void splits_by_largest_remainder(void **state)
{
    static const struct {
        int64_t total, weights[4], parts[4];
    } cases[] = {
        { 100, { 1, 1, 1, 0 }, { 34, 33, 33, 0 } },
        { -100, { 1, 1, 1, 0 }, { -34, -33, -33, 0 } },
        { 1, { 1, 1, 1, 1 }, { 1, 0, 0, 0 } },
        { 3, { 1, 1, 1, 1 }, { 1, 1, 1, 0 } },
        { 10, { 0, 3, 0, 4 }, { 0, 4, 0, 6 } }, /* 4.29 and 5.71 */
        { 0, { 5, 0, 0, 5 }, { 0, 0, 0, 0 } },
        { 7, { 0, 0, 9, 0 }, { 0, 0, 7, 0 } },
        { 2, { 1, 2, 1, 2 }, { 0, 1, 0, 1 } },
        { MONEY_MINOR_MAX,
          { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX },
          { INT64_C(2251799813685248), INT64_C(2251799813685248), INT64_C(2251799813685248),
            INT64_C(2251799813685247) } },
        { MONEY_MINOR_MAX, { INT64_MAX, 0, 0, 0 }, { MONEY_MINOR_MAX, 0, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t parts[4];
        money_split(cases[i].total, cases[i].weights, 4, parts);
        assert_memory_equal(parts, cases[i].parts, sizeof parts);
    }
}

static uint64_t draw(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 20;
}

/* Parts sum up exactly, and each is its exact share rounded down or up. */
static void splits_lose_nothing(void **state)
{
    static int64_t weights[1000], parts[1000];
    uint64_t seed = 7;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        size_t count = 1 + draw(&seed) % (round % 100 == 0 ? 1000 : 12);
        int64_t total = (int64_t)(draw(&seed) % 2000001) - 1000000;
        int64_t weight_sum = 0, sum = 0;
        for (size_t i = 0; i < count; i++)
            weights[i] = (int64_t)(draw(&seed) % 5) * (int64_t)(draw(&seed) % 10000);
        weights[count - 1]++; /* so that they are not all 0 */
        for (size_t i = 0; i < count; i++)
            weight_sum += weights[i];

        money_split(total, weights, count, parts);
        for (size_t i = 0; i < count; i++) {
            int64_t distance = parts[i] * weight_sum - total * weights[i];
            assert_true(distance < weight_sum && distance > -weight_sum);
            assert_true(weights[i] != 0 || parts[i] == 0);
            sum += parts[i];
        }
        assert_true(sum == total);
    }
}

static void knows_currencies(void **state)
{
    static const struct {
        const char *codes;
        int digits;
    } cases[] = {
        { "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ", 0 },
        { "AED AFN ARS AUD BRL BYN CAD CHE CHF CNY CZK DKK EUR GBP HKD HUF IDR INR MGA MRU MXN NOK "
          "PLN RON RSD SEK SLE STN TRY USD USN UYU VED VES XCD XCG YER ZAR ZMW ZWG ",
          2 },
        { "BHD IQD JOD KWD LYD OMR TND ", 3 },
        { "CLF UYW ", 4 },
        { "BGN HRK DEM ANG XAU XXX XTS XDR AAA ZZZ eur EUr U   ", -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (const char *at = cases[i].codes; *at != '\0'; at += 4) {
            const char code[] = { at[0], at[1], at[2], '\0' };
            assert_int_equal(currency_digits(code), cases[i].digits);
        }
    }
    assert_int_equal(currency_digits(""), -1);
    assert_int_equal(currency_digits("EU"), -1);
    assert_int_equal(currency_digits("EUR "), -1);
    assert_int_equal(currency_digits("EURO"), -1);
}

/* Every code there could be: a table out of order would hide some. */
static void finds_every_currency(void **state)
{
    int found[5] = { 0 };

    (void)state;
    for (int i = 0; i < 26 * 26 * 26; i++) {
        const char code[] = { (char)('A' + i / 676), (char)('A' + i / 26 % 26),
                              (char)('A' + i % 26), '\0' };
        int digits = currency_digits(code);
        if (digits >= 0)
            found[digits]++;
    }
    assert_int_equal(found[0], 17);
    assert_int_equal(found[2], 138);
    assert_int_equal(found[3], 7);
    assert_int_equal(found[4], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_within_range),
        cmocka_unit_test(multiplies_within_range),
        cmocka_unit_test(splits_by_largest_remainder),
        cmocka_unit_test(splits_lose_nothing),
        cmocka_unit_test(knows_currencies),
        cmocka_unit_test(finds_every_currency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
