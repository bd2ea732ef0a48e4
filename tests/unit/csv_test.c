/* csv_test.c - cells that must be quoted, and those that a spreadsheet would run. */
#include "common/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *const *cells, size_t count, const char *wanted)
{
    struct buffer to;
    struct csv_row row = { .to = &to };

    buffer_init(&to, 4096);
    for (size_t i = 0; i < count; i++) {
        csv_text(&row, cells[i]);
    }
    csv_end(&row);
    assert_int_equal(to.length, strlen(wanted));
    assert_memory_equal(to.bytes, wanted, to.length);
    buffer_release(&to);
}

static void cells(void **state)
{
    static const struct {
        const char *cell, *written;
    } cases[] = {
        { NULL, "\r\n" },
        { "", "\r\n" },
        { "plain", "plain\r\n" },
        { " blanks ", " blanks \r\n" },
        { "\xc4\xb0\xc5\x9f\xc4\xb1k", "\xc4\xb0\xc5\x9f\xc4\xb1k\r\n" },
        { "a,b", "\"a,b\"\r\n" },
        { "\"", "\"\"\"\"\r\n" },
        { "say \"hi\", twice", "\"say \"\"hi\"\", twice\"\r\n" },
        { "two\r\nlines", "\"two\r\nlines\"\r\n" },
        { "=1+1", "'=1+1\r\n" },
        { "+49 30", "'+49 30\r\n" },
        { "-1", "'-1\r\n" },
        { "@SUM(A1)", "'@SUM(A1)\r\n" },
        { "\t=1", "'\t=1\r\n" },
        { "\r=1", "\"'\r=1\"\r\n" },
        { "\n=1", "\"'\n=1\"\r\n" },
        { "=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"\r\n" },
        { "'=1", "'=1\r\n" },
        { "a=1", "a=1\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check(&cases[i].cell, 1, cases[i].written);
    }
}

static void rows(void **state)
{
    static const char *const three[] = { "a", NULL, "=b" };
    struct buffer to;
    struct csv_row row = { .to = &to };

    (void)state;
    check(three, 3, "a,,'=b\r\n");
    buffer_init(&to, 4096);
    csv_int(&row, -1); /* ours, and a number */
    csv_int(&row, 0);
    csv_end(&row);
    csv_text(&row, NULL);
    csv_int(&row, 7);
    csv_end(&row);
    assert_memory_equal(to.bytes, "-1,0\r\n,7\r\n", to.length);
    assert_int_equal(to.length, 10);
    buffer_release(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells),
        cmocka_unit_test(rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
