/* text_test.c - the edges of comparing, formatting and reading. */
#include "common/text.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void compares(void **state)
{
    (void)state;
    assert_true(text_equal("sku", "sku"));
    assert_false(text_equal("sku", "sku-1"));
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("", NULL));
    assert_true(text_is_among("b", (const char *const[]){ "a", "b" }, 2));
    assert_false(text_is_among("b", (const char *const[]){ "a", "b" }, 1));
    assert_false(text_is_among(NULL, (const char *const[]){ "a", "b" }, 2));
    assert_true(text_starts_with("ord_abc", "ord_"));
    assert_true(text_starts_with("ord_", ""));
    assert_false(text_starts_with("ord", "ord_"));
}

static void formats_and_cuts(void **state)
{
    struct arena *arena = arena_new(1 << 20);

    (void)state;
    assert_string_equal(text_format(arena, "%s-%d", "P", 12), "P-12");
    assert_string_equal(text_format(arena, "%s", ""), "");
    assert_int_equal(strlen(text_format(arena, "%065535d", 1)), 65535);
    assert_int_equal(strlen(text_format(arena, "%070000d", 1)), 65535);
    arena_free(arena);
}

static void joins_what_says_something(void **state)
{
    struct arena *arena = arena_new(1 << 16);

    (void)state;
    assert_string_equal(TEXT_JOIN(arena, ", ", "a", NULL, "", "bc", "d"), "a, bc, d");
    assert_string_equal(TEXT_JOIN(arena, "\n", NULL, "a"), "a");
    assert_string_equal(TEXT_JOIN(arena, "\n", "", NULL), "");
    arena_free(arena);
}

static void reads_numbers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "007", true, 7 },
        { "-12", true, -12 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999999", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "--1", false, 0 },
        { "+1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "0x1", false, 0 },
        { "1e3", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 4711;
        assert_int_equal(text_to_int(cases[i].text, &value), cases[i].ok);
        assert_true(value == (cases[i].ok ? cases[i].value : 4711));
    }
}

static void writes_hex(void **state)
{
    char text[9];

    (void)state;
    text_hex((const unsigned char[]){ 0x00, 0x9f, 0xa0, 0xff }, 4, text);
    assert_string_equal(text, "009fa0ff");
    text_hex(NULL, 0, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares),
        cmocka_unit_test(formats_and_cuts),
        cmocka_unit_test(joins_what_says_something),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(writes_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
