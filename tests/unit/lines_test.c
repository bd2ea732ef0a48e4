/* lines_test.c - a body is cut into the same lines wherever it is cut on its way. */
#include "common/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LINE_MAX_BYTES = 8, TOLD_BYTES = 512 };

/* What was found, as "1:abc|3:!|": the number and the text, ! for a line that is too long. */
struct told {
    char text[TOLD_BYTES];
    size_t length;
};

static void tell(struct told *told, const struct line *line)
{
    told->length += (size_t)snprintf(told->text + told->length, sizeof told->text - told->length,
                                     "%lld:%.*s|", (long long)line->number, (int)line->length,
                                     line->too_long ? "" : line->text);
    if (line->too_long) {
        told->text[told->length - 1] = '!';
    }
}

static void feed(struct line_splitter *splitter, struct told *told, const char *at, size_t length)
{
    const char *end = at + length;
    struct line line;

    while (line_next(splitter, &at, end, &line)) {
        tell(told, &line);
    }
    assert_ptr_equal(at, end);
}

/* In pieces of `piece` bytes, the first of `first`. */
static struct told cut(const char *body, size_t first, size_t piece)
{
    size_t length = strlen(body), at = first < length ? first : length;
    struct told told = { .length = 0 };
    struct line_splitter splitter;
    struct line line;

    line_splitter_init(&splitter, LINE_MAX_BYTES);
    feed(&splitter, &told, body, at);
    for (; at < length; at += piece) {
        feed(&splitter, &told, body + at, length - at < piece ? length - at : piece);
    }
    if (line_last(&splitter, &line)) {
        tell(&told, &line);
    }
    assert_false(line_last(&splitter, &line));
    line_splitter_release(&splitter);
    return told;
}

static void check(const char *body, const char *lines)
{
    size_t length = strlen(body);

    for (size_t first = 0; first <= length; first++) {
        for (size_t piece = 1; piece <= length + 1; piece++) {
            assert_string_equal(cut(body, first, piece).text, lines);
        }
    }
}

static void lines_are_the_same_wherever_they_are_cut(void **state)
{
    static const struct {
        const char *body, *lines;
    } cases[] = {
        { "", "" },
        { "a", "1:a|" },
        { "a\n", "1:a|" },
        { "a\nb", "1:a|2:b|" },
        { "a\r\nb\r\n", "1:a|2:b|" },
        { "a\rb\r\r\n", "1:a\rb\r|" },
        { "\n\na\n \t\r\n\nb", "3:a|6:b|" },
        { "\r", "" },
        { "12345678\nx\n", "1:12345678|2:x|" },
        { "123456789\nx\n", "1:!2:x|" },
        { "1234567\r\nx", "1:1234567|2:x|" },
        { "a\n1234567890123456789012345", "1:a|2:!" },
        { "          \na\n", "1:!2:a|" },
        { "\xff\xc3\n\xc3\xa7\n", "1:\xff\xc3|2:\xc3\xa7|" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check(cases[i].body, cases[i].lines);
    }
}

static void a_nul_is_a_byte_like_others(void **state)
{
    static const char body[] = { 'a', '\0', 'b', '\n', '\0', '\n' };
    const char *at = body, *end = body + sizeof body;
    struct line_splitter splitter;
    struct line line;

    (void)state;
    line_splitter_init(&splitter, LINE_MAX_BYTES);
    assert_true(line_next(&splitter, &at, end, &line));
    assert_int_equal(line.length, 3);
    assert_memory_equal(line.text, body, 3);
    assert_true(line_next(&splitter, &at, end, &line));
    assert_int_equal(line.length, 1);
    assert_false(line_next(&splitter, &at, end, &line));
    line_splitter_release(&splitter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_wherever_they_are_cut),
        cmocka_unit_test(a_nul_is_a_byte_like_others),
    };

    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
