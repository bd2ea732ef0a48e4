/* time_zone_test.c - the clock on the wall, against the C library's. */
#define _DEFAULT_SOURCE /* tm_gmtoff */
#include "common/time_zone.h"

#include "common/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static int64_t instant(const char *text)
{
    int64_t instant_ms = 0;

    assert_true(instant_parse(text, strlen(text), &instant_ms));
    return instant_ms;
}

static int64_t local(const char *zone, const char *text)
{
    const struct time_zone_rule *rule = time_zone_find(zone);

    assert_non_null(rule);
    return time_zone_local_ms(rule, instant(text));
}

static void knows_when_clocks_change(void **state)
{
    (void)state;
    assert_int_equal(local("Europe/Berlin", "2026-03-29T00:59:59.999Z"),
                     instant("2026-03-29T01:59:59.999Z"));
    assert_int_equal(local("Europe/Berlin", "2026-03-29T01:00:00.000Z"),
                     instant("2026-03-29T03:00:00.000Z"));
    assert_int_equal(local("Europe/Berlin", "2026-10-25T00:59:59.999Z"),
                     instant("2026-10-25T02:59:59.999Z"));
    assert_int_equal(local("Europe/Berlin", "2026-10-25T01:00:00.000Z"),
                     instant("2026-10-25T02:00:00.000Z"));
    assert_int_equal(local("UTC", "2026-07-01T12:00:00.000Z"), instant("2026-07-01T12:00:00.000Z"));
    assert_null(time_zone_find("Europe/Berlin2"));
    assert_null(time_zone_find(""));
}

/* South of the equator summer goes over the year's end; Dublin calls its winter the exception; Lord Howe moves by half an hour. */
static const char *const zones[] = { "Europe/Berlin",    "Europe/London",       "Europe/Dublin",
                                     "America/New_York", "America/Los_Angeles", "America/Santiago",
                                     "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland",
                                     "Asia/Kathmandu",   "Europe/Istanbul",     "Asia/Tokyo" };

/* Every 29 minutes of two years that begin on different weekdays, one of them a leap year. */
static void agrees_with_the_c_library(void **state)
{
    const int64_t step_ms = INT64_C(29) * 60000;

    (void)state;
    for (size_t zone = 0; zone < sizeof zones / sizeof zones[0]; zone++) {
        const struct time_zone_rule *rule = time_zone_find(zones[zone]);

        assert_non_null(rule);
        const char *zone_name = zones[zone];
        (void)setenv("TZ", zone_name, 1); /* NOLINT(concurrency-mt-unsafe): it has one thread */
        tzset();
        for (int64_t at = instant("2027-01-01T00:00:00.000Z");
             at < instant("2029-01-01T00:00:00.000Z"); at += step_ms) {
            time_t seconds = at / 1000;
            struct tm parts;

            assert_non_null(localtime_r(&seconds, &parts));
            assert_int_equal(time_zone_local_ms(rule, at), at + parts.tm_gmtoff * INT64_C(1000));
        }
    }
}

static void finds_every_zone(void **state)
{
    (void)state;
    for (size_t i = 0; i < time_zone_count; i++) {
        assert_ptr_equal(time_zone_find(time_zones[i].name), &time_zones[i].rule);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_when_clocks_change),
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(finds_every_zone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
