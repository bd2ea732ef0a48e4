/* instant_test.c - instants against known dates, every day of four centuries, and what is no date. */
#include "common/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    int64_t instant_ms;
} known[] = {
    { "1970-01-01T00:00:00.000Z", 0 },
    { "1970-01-01T00:00:00.001Z", 1 },
    { "2000-02-29T23:59:59.999Z", INT64_C(951868799999) },
    { "2001-09-09T01:46:40.000Z", INT64_C(1000000000000) },
    { "2026-11-22T09:54:58.123Z", INT64_C(1795341298123) },
    { "2100-03-01T00:00:00.000Z", INT64_C(4107542400000) },
    { "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
};

static void knows_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int64_t instant_ms = -1;
        assert_string_equal(instant_format(known[i].instant_ms).text, known[i].text);
        assert_true(instant_parse(known[i].text, strlen(known[i].text), &instant_ms));
        assert_true(instant_ms == known[i].instant_ms);
    }
}

static void every_day_comes_back(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 146400 /* 400 leap years */; day++) {
        int64_t instant_ms = day * 86400000 + day % 86400000;
        int64_t back = -1;
        assert_true(instant_parse(instant_format(instant_ms).text, 24, &back));
        assert_true(back == instant_ms);
    }
}

static void takes_every_spelling(void **state)
{
    static const struct {
        const char *text, *same;
    } cases[] = {
        { "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z" },
        { "2026-01-02t03:04:05z", "2026-01-02T03:04:05.000Z" },
        { "2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.100Z" },
        { "2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123Z" },
        { "2026-01-02T03:04:05.9999Z", "2026-01-02T03:04:05.999Z" },
        { "2026-01-02T03:04:05+05:30", "2026-01-01T21:34:05.000Z" },
        { "2026-01-02T03:04:05-23:59", "2026-01-03T03:03:05.000Z" },
        { "2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05.000Z" },
        { "1969-12-31T23:30:00-01:00", "1970-01-01T00:30:00.000Z" },
        { "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z" },
        { "2017-01-01T00:59:60.5+01:00", "2017-01-01T00:00:00.500Z" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t instant_ms = -1;
        assert_true(instant_parse(cases[i].text, strlen(cases[i].text), &instant_ms));
        assert_string_equal(instant_format(instant_ms).text, cases[i].same);
    }
}

static void refuses_the_rest(void **state)
{
    static const char *const wrong[] = {
        "",
        "2026",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05Z",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05,1Z",
        "2026-01-02T03:04:05.1234567890Z",
        "2026-01-02T03:04:05Zz",
        "2026-01-02T03:04:05+0530",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+05:60",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:00Z",
        "2026-01-02T03:04:61Z",
        "2026-01-02T03:04:60Z",
        "2026-00-02T03:04:05Z",
        "2026-13-02T03:04:05Z",
        "2026-01-00T03:04:05Z",
        "2026-01-32T03:04:05Z",
        "2026-04-31T03:04:05Z",
        "2026-02-29T03:04:05Z",
        "2100-02-29T03:04:05Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-00:01",
        "-026-01-02T03:04:05Z",
        "2026-1-02T03:04:05Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t instant_ms = 4711;
        assert_false(instant_parse(wrong[i], strlen(wrong[i]), &instant_ms));
        assert_int_equal(instant_ms, 4711);
    }
}

/* Every cut of a valid text is refused, and nothing behind `length` is read. */
static void stops_at_the_length(void **state)
{
    static const char text[] = "2026-01-02T03:04:05.123+05:30";
    int64_t instant_ms;

    (void)state;
    for (size_t length = 0; length < sizeof text - 1; length++)
        assert_false(instant_parse(text, length, &instant_ms));
    assert_true(instant_parse(text, sizeof text - 1, &instant_ms));
    assert_false(instant_parse("2026-01-02T03:04:05Z", 21, &instant_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_dates),          cmocka_unit_test(every_day_comes_back),
        cmocka_unit_test(takes_every_spelling), cmocka_unit_test(refuses_the_rest),
        cmocka_unit_test(stops_at_the_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
