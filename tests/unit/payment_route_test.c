/* payment_route_test.c - which provider takes a payment, and what it takes.
 *
 * links: payment
 */
#include "services/payment/route.h"

#include "services/payment/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *found(enum payment_method method, const char *currency, const char *channel)
{
    const struct payment_authorize command = { .method = method,
                                               .currency = currency,
                                               .channel = channel };
    const struct provider *provider = route_find(&command);

    return provider == NULL ? "" : provider->name;
}

static void the_first_that_fits_counts(void **state)
{
    (void)state;
    assert_string_equal(found(PAYMENT_METHOD_CARD, "EUR", "web"), "stripe");
    assert_string_equal(found(PAYMENT_METHOD_WALLET, "EUR", "web"), "");
    payment_routes = " card/JPY@store=paypal card/USD=paypal  card@pos=paypal card=stripe "
                     "wallet/EUR=paypal ";
    assert_string_equal(found(PAYMENT_METHOD_CARD, "JPY", "store"), "paypal");
    assert_string_equal(found(PAYMENT_METHOD_CARD, "JPY", "web"), "stripe");
    assert_string_equal(found(PAYMENT_METHOD_CARD, "USD", "web"), "paypal");
    assert_string_equal(found(PAYMENT_METHOD_CARD, "EUR", "pos"), "paypal");
    assert_string_equal(found(PAYMENT_METHOD_CARD, "EUR", "posh"), "stripe");
    assert_string_equal(found(PAYMENT_METHOD_WALLET, "EUR", "web"), "paypal");
    assert_string_equal(found(PAYMENT_METHOD_WALLET, "USD", "web"), "");
    assert_string_equal(found(PAYMENT_METHOD_BANK_TRANSFER, "EUR", "web"), "");
    payment_routes = ROUTES_DEFAULT;
}

static void what_is_no_route_is_named(void **state)
{
    static const char *const bad[] = {
        "card",           "card=",        "card=nobody",      "=stripe",      "cards=stripe",
        "invoice=stripe", "card/=stripe", "card/EURO=stripe", "card@=stripe", "card/EUR=stripe=x"
    };
    size_t length = 0;

    (void)state;
    assert_null(route_find_bad("", &length));
    assert_null(route_find_bad("card=stripe wallet/EUR@web=paypal", &length));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_ptr_equal(route_find_bad(bad[i], &length), bad[i]);
        assert_int_equal(length, strlen(bad[i]));
    }
    const char *second = "card=stripe wallet=stripes card=x";

    assert_ptr_equal(route_find_bad(second, &length), second + 12);
    assert_int_equal(length, 14);
}

static void amounts_have_a_form(void **state)
{
    static const struct {
        enum provider_index provider;
        const char *currency;
        int64_t amount_minor;
        const char *against;
    } cases[] = {
        { PROVIDER_STRIPE, "EUR", 50, NULL },
        { PROVIDER_STRIPE, "EUR", 49, "amount_too_small" },
        { PROVIDER_STRIPE, "KWD", 1230, NULL },
        { PROVIDER_STRIPE, "KWD", 1234, "amount_not_divisible" },
        { PROVIDER_STRIPE, "XOF", 1, NULL },
        { PROVIDER_STRIPE, "JPY", 49, "amount_too_small" },
        { PROVIDER_STRIPE, "JPY", 50, NULL },
        { PROVIDER_STRIPE, "ISK", 1, NULL },
        { PROVIDER_STRIPE, "UGX", 1, NULL },
        { PROVIDER_STRIPE, "MGA", 100, NULL },
        { PROVIDER_STRIPE, "MGA", 150, "amount_not_divisible" },
        { PROVIDER_STRIPE, "HUF", 17501, NULL },
        { PROVIDER_STRIPE, "TWD", 150, NULL },
        { PROVIDER_STRIPE, "OMR", 9, "amount_too_small" },
        { PROVIDER_PAYPAL, "EUR", 1, NULL },
        { PROVIDER_PAYPAL, "JPY", 1, NULL },
        { PROVIDER_PAYPAL, "HUF", 12300, NULL },
        { PROVIDER_PAYPAL, "HUF", 12345, "amount_not_divisible" },
        { PROVIDER_PAYPAL, "TWD", 99, "amount_too_small" },
        { PROVIDER_PAYPAL, "KWD", 1000, "currency_not_supported" },
        { PROVIDER_PAYPAL, "ISK", 1000, "currency_not_supported" },
        { PROVIDER_RAZORPAY, "INR", 99, "amount_too_small" },
        { PROVIDER_RAZORPAY, "INR", 100, NULL },
        { PROVIDER_RAZORPAY, "EUR", 99, "amount_too_small" },
        { PROVIDER_RAZORPAY, "EUR", 100, NULL },
        { PROVIDER_RAZORPAY, "JPY", 295, NULL },
        { PROVIDER_RAZORPAY, "KWD", 295990, NULL },
        { PROVIDER_RAZORPAY, "KWD", 295991, "amount_not_divisible" },
        { PROVIDER_RAZORPAY, "XXX", 1000, "currency_not_supported" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *against = provider_objection(&payment_providers[cases[i].provider],
                                                 cases[i].currency, cases[i].amount_minor);

        if (cases[i].against == NULL) {
            assert_null(against);
        } else {
            assert_string_equal(against, cases[i].against);
        }
    }
}

/* What is sent, and back; of currencies whose decimals a provider counts otherwise than ISO 4217. */
static void amounts_are_said_as_the_provider_does(void **state)
{
    static const struct {
        enum provider_index provider;
        const char *currency;
        int64_t ours, theirs;
    } cases[] = {
        { PROVIDER_STRIPE, "EUR", 1234, 1234 },   { PROVIDER_STRIPE, "JPY", 500, 500 },
        { PROVIDER_STRIPE, "KWD", 5120, 5120 },   { PROVIDER_STRIPE, "ISK", 5, 500 },
        { PROVIDER_STRIPE, "UGX", 5, 500 },       { PROVIDER_STRIPE, "MGA", 500, 5 },
        { PROVIDER_STRIPE, "HUF", 1045, 1045 },   { PROVIDER_STRIPE, "TWD", 80045, 80045 },
        { PROVIDER_PAYPAL, "HUF", 150000, 1500 }, { PROVIDER_PAYPAL, "TWD", 100, 1 },
        { PROVIDER_PAYPAL, "JPY", 1500, 1500 },   { PROVIDER_RAZORPAY, "INR", 100, 100 },
        { PROVIDER_RAZORPAY, "ISK", 295, 295 },   { PROVIDER_RAZORPAY, "KWD", 295990, 295990 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct provider *provider = &payment_providers[cases[i].provider];

        assert_int_equal(provider_amount(provider, cases[i].currency, cases[i].ours),
                         cases[i].theirs);
        assert_int_equal(provider_minor(provider, cases[i].currency, cases[i].theirs),
                         cases[i].ours);
    }
}

static void providers_have_names(void **state)
{
    (void)state;
    assert_ptr_equal(provider_find(NULL), &payment_providers[PROVIDER_STRIPE]);
    assert_ptr_equal(provider_find("paypal"), &payment_providers[PROVIDER_PAYPAL]);
    assert_null(provider_find("nobody"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_fits_counts),
        cmocka_unit_test(what_is_no_route_is_named),
        cmocka_unit_test(amounts_have_a_form),
        cmocka_unit_test(amounts_are_said_as_the_provider_does),
        cmocka_unit_test(providers_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
