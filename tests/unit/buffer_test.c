/* buffer_test.c - bytes that grow to a maximum and not beyond; numbers and JSON text in them. */
#include "common/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_holds(const struct buffer *buffer, const char *text)
{
    assert_int_equal(buffer->length, strlen(text));
    if (buffer->length > 0)
        assert_memory_equal(buffer->bytes, text, buffer->length);
}

static void test_grows_to_its_maximum(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 1000);
    for (int i = 0; i < 1000; i++)
        buffer_append(&buffer, &(char){ (char)i }, 1);
    assert_false(buffer.overflowed);
    assert_int_equal(buffer.length, 1000);
    assert_true(buffer.capacity <= 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buffer.bytes[i], (char)i);
    buffer_append(&buffer, "x", 1);
    assert_true(buffer.overflowed);
    assert_int_equal(buffer.length, 1000);
    buffer_release(&buffer);
    assert_null(buffer.bytes);
}

static void test_nothing_follows_an_overflow(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 5);
    buffer_append_text(&buffer, "abc");
    buffer_append_text(&buffer, "def");
    buffer_append_text(&buffer, "g");
    assert_true(buffer.overflowed);
    assert_holds(&buffer, "abc");
    buffer_clear(&buffer);
    buffer_append_text(&buffer, "defgh");
    assert_false(buffer.overflowed);
    assert_holds(&buffer, "defgh");
    buffer_release(&buffer);
    buffer_append_text(&buffer, "again");
    assert_holds(&buffer, "again");
    buffer_release(&buffer);
}

static void test_integers(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {
        { 0, "0" },
        { 7, "7" },
        { -7, "-7" },
        { 10, "10" },
        { 9007199254740991, "9007199254740991" },
        { INT64_MAX, "9223372036854775807" },
        { INT64_MIN, "-9223372036854775808" },
    };
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 100);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buffer_clear(&buffer);
        buffer_append_int(&buffer, rows[i].value);
        assert_holds(&buffer, rows[i].text);
    }
    buffer_release(&buffer);
}

static void test_json_strings(void **state)
{
    static const char *const rows[][2] = {
        { "", "\"\"" },
        { "plain", "\"plain\"" },
        { "\"", "\"\\\"\"" },
        { "a\\b", "\"a\\\\b\"" },
        { "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
        { "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
        { "caf\303\251 \360\237\233\222/", "\"caf\303\251 \360\237\233\222/\"" },
    };
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 100);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buffer_clear(&buffer);
        buffer_append_json_string(&buffer, rows[i][0]);
        assert_holds(&buffer, rows[i][1]);
    }
    buffer_release(&buffer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_to_its_maximum),
        cmocka_unit_test(test_nothing_follows_an_overflow),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_json_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
