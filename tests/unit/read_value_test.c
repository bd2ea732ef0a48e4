/* read_value_test.c - what a read route's parameters take, and what is said of the rest. */
#include "common/arena.h"
#include "common/read_value.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 65536 };

static bool is_yes(const char *text)
{
    return text_equal(text, "yes");
}

static void texts_within_their_lengths(void **state)
{
    const struct read_parameter plain = { .name = "a" };
    const struct read_parameter bounded = { .name = "a", .length_min = 2, .length_max = 4 };
    const struct read_parameter word = { .name = "a", .fits = is_yes, .must = "must be yes" };
    char longest[66];
    const struct {
        const struct read_parameter *parameter;
        const char *text, *fault;
    } cases[] = {
        { &plain, NULL, NULL },
        { &plain, "", NULL },
        { &plain, longest + 1, NULL },
        { &plain, longest, "is too long" },
        { &bounded, NULL, NULL },
        { &bounded, "1", "is too short" },
        { &bounded, "12", NULL },
        { &bounded, "1234", NULL },
        { &bounded, "12345", "is too long" },
        { &word, NULL, NULL },
        { &word, "yes", NULL },
        { &word, "", "must be yes" },
        { &word, "Yes", "must be yes" },
    };

    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *fault = NULL;

        assert_ptr_equal(read_value_text(cases[i].parameter, cases[i].text, &fault), cases[i].text);
        assert_true(text_equal(fault, cases[i].fault));
    }
}

static void digits_whatever_is_around_them(void **state)
{
    const struct read_parameter phone = { "phone", READ_QUERY_DIGITS, .length_min = 7 };
    const struct {
        const char *text, *digits, *fault;
    } cases[] = {
        { NULL, NULL, NULL },
        { "1234567", "1234567", NULL },
        { "+90 (532) 123-45-67", "905321234567", NULL },
        { "tel:123.45/67", "1234567", NULL },
        { "123456", "123456", "has too few digits" },
        { "", "", "has too few digits" },
        { "\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4\xd9\xa5\xd9\xa6\xd9\xa7", "", "has too few digits" },
        { "12345678901234567890123456789012345678901234567890123456789012345",
          "12345678901234567890123456789012345678901234567890123456789012345", "is too long" },
    };
    struct arena *arena = arena_new(ARENA_BYTES);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *fault = NULL;
        const char *digits = read_value_digits(arena, &phone, cases[i].text, &fault);

        assert_true(text_equal(digits, cases[i].digits));
        assert_true(text_equal(fault, cases[i].fault));
    }
    arena_free(arena);
}

static void numbers_and_amounts(void **state)
{
    const struct {
        enum read_parameter_kind kind;
        const char *text;
        int64_t number;
        const char *fault;
    } cases[] = {
        { READ_QUERY_INT, NULL, 0, NULL },
        { READ_QUERY_INT, "-5", -5, NULL },
        { READ_QUERY_INT, "5.0", 0, "must be an integer" },
        { READ_QUERY_AMOUNT, "0", 0, NULL },
        { READ_QUERY_AMOUNT, "9223372036854775807", INT64_MAX, NULL },
        { READ_QUERY_AMOUNT, "9223372036854775808", 0, "must be an integer" },
        { READ_QUERY_AMOUNT, "-1", -1, "must be 0 or more" },
        { READ_QUERY_AMOUNT, "", 0, "must be an integer" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct read_parameter parameter = { "total", cases[i].kind, .length_max = 0 };
        const char *fault = NULL;

        assert_int_equal(read_value_int(&parameter, cases[i].text, &fault), cases[i].number);
        assert_true(text_equal(fault, cases[i].fault));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_within_their_lengths),
        cmocka_unit_test(digits_whatever_is_around_them),
        cmocka_unit_test(numbers_and_amounts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
