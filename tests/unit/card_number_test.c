/* card_number_test.c - card numbers are found however they are written; what only looks like one is not. */
#include "common/card_number.h"
#include "common/country.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *const *texts, size_t count, bool found)
{
    for (size_t i = 0; i < count; i++) {
        const char *wrong = has_card_number(texts[i], strlen(texts[i])) == found ? "" : texts[i];

        assert_string_equal(wrong, "");
    }
}

static void finds_each_scheme(void **state)
{
    static const char *const texts[] = {
        "4111111111111111", "4000056655665556", "5555555555554444", "2223003122003222",
        "378282246310005",  "371449635398431",  "30569309025904",   "36227206271667",
        "6011111111111117", "6011000990139424", "3566002020360505", "6200000000000005",
        "9792030394440796",
    };

    (void)state;
    expect(texts, sizeof texts / sizeof texts[0], true);
}

static void finds_it_in_text(void **state)
{
    static const char *const texts[] = {
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "3782 822463 10005",
        "card: 4111111111111111, 12/27",
        "pay with 4111 1111 1111 1111 12/27 please",
        "12 4111 1111 1111 1111",
        "(4111111111111111)",
        "tok_4111111111111111",
        "{\"a\":4111111111111111}",
        "2026-11-22 4111-1111-1111-1111",
    };

    (void)state;
    expect(texts, sizeof texts / sizeof texts[0], true);
}

static void leaves_the_rest_alone(void **state)
{
    static const char *const texts[] = {
        "4111111111111112",                     /* Luhn */
        "1234567812345670",                     /* passes Luhn, no scheme */
        "4222222222222",                        /* 13 digits: a barcode may look so */
        "4006381333931",                        /* a barcode of 13 digits */
        "00340434161094021501",                 /* 20 digits */
        "41111111-1111-4111-8111-111111111111", /* an id in hexadecimal */
        "f4111111111111111a",                   /* inside a longer word */
        "+4111111111111111",                    /* a phone */
        "4111 1111-1111 1111",                  /* two kinds of separators */
        "4111  1111 1111 1111",
        "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6",
        "411111111111111", /* too short for the scheme */
        "",
        "no digits here at all, none",
    };

    (void)state;
    expect(texts, sizeof texts / sizeof texts[0], false);
}

static void knows_countries(void **state)
{
    static const char *const known[] = { "AD", "TR", "DE", "GB", "XK", "ZW" };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(country_is_known(known[i]), strcmp(known[i], "XK") != 0);
    }
    assert_false(country_is_known("D"));
    assert_false(country_is_known("DEU"));
    assert_false(country_is_known("D "));
    assert_false(country_is_known("ED"));
    assert_false(country_is_known(""));
    assert_false(country_is_known(" A"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_scheme),
        cmocka_unit_test(finds_it_in_text),
        cmocka_unit_test(leaves_the_rest_alone),
        cmocka_unit_test(knows_countries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
