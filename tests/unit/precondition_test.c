/* precondition_test.c - what If-Match and If-None-Match mean, and which versions they hold for. */
#include "common/precondition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void reads_headers(void **state)
{
    static const struct {
        const char *match, *none_match, *want; /* NULL: refused */
    } cases[] = {
        { NULL, NULL, "" },
        { "*", NULL, "*" },
        { NULL, "*", "0" },
        { "\"17\"", NULL, "17" },
        { " \"17\" ,\t\"19\" ", NULL, "17,19" },
        { "\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"", NULL, "1,2,3,4,5,6" },
        { "\"9223372036854775807\"", NULL, "9223372036854775807" },
        /* These match nothing. */
        { "W/\"17\"", NULL, "-" },
        { "\"\"", NULL, "-" },
        { "\"0\"", NULL, "-" },
        { "\"017\"", NULL, "-" },
        { "\"-1\"", NULL, "-" },
        { "\"1x\"", NULL, "-" },
        { "\"17, 19\"", NULL, "-" },
        { "\"12345678901234567890\"", NULL, "-" },
        { "W/\"17\", \"19\"", NULL, "19" },
        /* These are no lists of ETags. */
        { "", NULL, NULL },
        { "17", NULL, NULL },
        { "\"17", NULL, NULL },
        { "\"17\",", NULL, NULL },
        { "\"17\" \"19\"", NULL, NULL },
        { "\"17\", *", NULL, NULL },
        { "w/\"17\"", NULL, NULL },
        { "\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\"", NULL, NULL },
        { NULL, "\"17\"", NULL },
        { NULL, "", NULL },
        { "*", "*", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct precondition_text text = { "untouched" };
        bool read = precondition_parse(cases[i].match, cases[i].none_match, &text);

        assert_int_equal(read, cases[i].want != NULL);
        if (read) {
            assert_string_equal(text.text, cases[i].want);
        }
    }
}

static void takes_the_longest_list(void **state)
{
    static const char list[] =
        "\"1000000000000000001\",\"1000000000000000002\",\"1000000000000000003\","
        "\"1000000000000000004\",\"1000000000000000005\",\"1000000000000000006\"";
    struct precondition_text text;

    (void)state;
    assert_true(precondition_parse(list, NULL, &text));
    assert_true(strlen(text.text) <= 128); /* as long as a header may be */
    assert_true(precondition_holds(text.text, 1000000000000000006));
    assert_false(precondition_holds(text.text, 1000000000000000007));
}

static void holds_for_versions(void **state)
{
    static const struct {
        const char *precondition;
        int64_t version;
        bool holds;
    } cases[] = {
        { NULL, 0, true },
        { NULL, 17, true },
        { "*", 17, true },
        { "*", 0, false },
        { "0", 0, true },
        { "0", 1, false },
        { "17", 17, true },
        { "17", 1, false },
        { "17", 7, false },
        { "17", 171, false },
        { "17", 0, false },
        { "17,19", 19, true },
        { "17,19", 18, false },
        { "-", 17, false },
        { "-", 0, false },
        { "", 0, false },
        { ",", 0, false },
        { "17,", 0, false },
        { "17,*", 18, false },
        { "12345678901234567890", 17, false },
        { "1234567890123456789012345", 1, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(precondition_holds(cases[i].precondition, cases[i].version),
                         cases[i].holds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_headers),
        cmocka_unit_test(takes_the_longest_list),
        cmocka_unit_test(holds_for_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
