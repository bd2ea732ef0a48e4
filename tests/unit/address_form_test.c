/* address_form_test.c - what an address needs in its country. */
#include "common/address_form.h"

#include "common/country.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct address {
    const char *country, *region, *postal_code;
    enum address_fault fault;
};

static const struct address addresses[] = {
    { "DE", NULL, "10115", ADDRESS_FAULT_NONE },
    { "DE", NULL, "1011", ADDRESS_FAULT_POSTAL_CODE_FORM },
    { "DE", NULL, "101155", ADDRESS_FAULT_POSTAL_CODE_FORM },
    { "DE", NULL, "D-10115", ADDRESS_FAULT_POSTAL_CODE_FORM },
    { "DE", NULL, NULL, ADDRESS_FAULT_POSTAL_CODE_MISSING },
    { "DE", NULL, "  ", ADDRESS_FAULT_POSTAL_CODE_MISSING },
    { "TR", NULL, "34000", ADDRESS_FAULT_NONE },
    { "UA", NULL, "01001", ADDRESS_FAULT_NONE },
    { "GB", NULL, "SW1A 1AA", ADDRESS_FAULT_NONE },
    { "GB", NULL, "M1 1AE", ADDRESS_FAULT_NONE },
    { "GB", NULL, "W1A1AA", ADDRESS_FAULT_NONE },
    { "GB", NULL, "BFPO 57", ADDRESS_FAULT_NONE },
    { "GB", NULL, "12345", ADDRESS_FAULT_POSTAL_CODE_FORM },
    { "IE", NULL, "D02 XY45", ADDRESS_FAULT_NONE },
    { "IE", NULL, "D6W XY45", ADDRESS_FAULT_NONE },
    { "NL", NULL, "1012 AB", ADDRESS_FAULT_NONE },
    { "NL", NULL, "1012  AB", ADDRESS_FAULT_POSTAL_CODE_FORM },
    { "PL", NULL, "00-950", ADDRESS_FAULT_NONE },
    { "PL", NULL, "00950", ADDRESS_FAULT_POSTAL_CODE_FORM },
    { "JP", "Tokyo", "100-0001", ADDRESS_FAULT_NONE },
    { "US", "NY", "10001-1234", ADDRESS_FAULT_NONE },
    { "US", "NY", "10001-", ADDRESS_FAULT_POSTAL_CODE_FORM },
    { "US", NULL, "10001", ADDRESS_FAULT_REGION_MISSING },
    { "US", " ", "10001", ADDRESS_FAULT_REGION_MISSING },
    { "CA", "ON", "K1A 0B1", ADDRESS_FAULT_NONE },
    { "AE", NULL, NULL, ADDRESS_FAULT_NONE },    /* has no postal codes */
    { "AE", NULL, "00000", ADDRESS_FAULT_NONE }, /* and what some write there is left alone */
    { "??", NULL, NULL, ADDRESS_FAULT_NONE },
};

static void check(const struct address *at)
{
    enum address_fault found = address_fault_of(at->country, at->region, at->postal_code);

    if (found != at->fault) {
        fail_msg("%s %s: %d", at->country, at->postal_code == NULL ? "-" : at->postal_code,
                 (int)found);
    }
}

static void finds_the_first_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        check(&addresses[i]);
    }
}

/* bsearch needs them sorted: each is found, and every form is one that a postal code can have. */
static bool has_sound_forms(const char *country)
{
    const char *forms = address_postal_forms(country);

    if (forms == NULL) {
        return false;
    }
    assert_true(country_is_known(country));
    assert_int_equal(strspn(forms, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_*|-"), strlen(forms));
    assert_true(strlen(forms) > 2);
    return true;
}

static void knows_its_own_countries(void **state)
{
    enum { LETTERS = 26 };
    size_t known = 0;

    (void)state;
    for (int i = 0; i < LETTERS * LETTERS; i++) {
        const char country[] = { (char)('A' + i / LETTERS), (char)('A' + i % LETTERS), '\0' };

        known += has_sound_forms(country) ? 1 : 0;
    }
    assert_int_equal(known, 122);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first_fault),
        cmocka_unit_test(knows_its_own_countries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
