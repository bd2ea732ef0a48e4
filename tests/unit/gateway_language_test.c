/* gateway_language_test.c - which language a page is written in.
 *
 * links: gateway
 */
#include "services/gateway/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_best_of_what_there_is(void **state)
{
    static const struct {
        const char *accepted, *tag;
    } cases[] = {
        { NULL, "en" },
        { "", "en" },
        { "tr", "tr" },
        { "TR-tr", "tr" },
        { "uk-UA,uk;q=0.9,en;q=0.8", "uk" },
        { "de-DE, tr;q=0.3, uk;q=0.31", "uk" },
        { "en;q=0.1,tr;q=0.2", "tr" },
        { "en,tr", "en" },
        { "tr;q=0", "en" },
        { "tr;q=0.000,uk;q=0.001", "uk" },
        { "trk,ukr,*", "en" },
        { "tr ; q=0.4 , uk ; q=0.3", "tr" },
        { ",,,;q=", "en" },
        { "uk;q=0.", "en" },
        { "uk;q=x", "uk" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(language_tag(language_wanted(cases[i].accepted)), cases[i].tag);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_best_of_what_there_is) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
