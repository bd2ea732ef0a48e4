/* links: order */
/* order_delivery_test.c - when goods arrive: windows by example, and what holds of all of them. */
#include "services/order/delivery.h"

#include "common/arena.h"
#include "common/instant.h"
#include "proto/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { TRIES = 20000, DAY_MINUTES = 1440 };
static const int64_t day_ms = INT64_C(86400000), minute_ms = INT64_C(60000);

static int64_t instant(const char *text)
{
    int64_t instant_ms = 0;

    assert_true(instant_parse(text, strlen(text), &instant_ms));
    return instant_ms;
}

static int64_t day(const char *date)
{
    int64_t number = 0;

    assert_true(calendar_day_parse(date, &number));
    return number;
}

/* 2026-11-23 is a Monday. */
static const struct {
    const char *what, *zone, *holidays;
    int64_t cut_off_minute, weekdays, handling_days;
    struct transit transit;
    const char *now, *not_before, *begins_on;
    bool packed;
    int64_t later_days;
    const char *hand_over_on, *earliest, *latest;
} cases[] = {
    { "the same day, and two to five of the carrier's",
      NULL,
      NULL,
      -1,
      127,
      0,
      { 2, 5 },
      "2026-11-23T10:00:00.000Z",
      NULL,
      NULL,
      false,
      0,
      "2026-11-23",
      "2026-11-25",
      "2026-11-30" },
    { "after the cut-off the next day",
      "Europe/Berlin",
      NULL,
      840,
      31,
      0,
      { 1, 1 },
      "2026-11-23T13:00:00.000Z",
      NULL,
      NULL,
      false,
      0,
      "2026-11-24",
      "2026-11-25",
      "2026-11-25" },
    { "on Friday evening it is Monday's",
      "Europe/Berlin",
      NULL,
      840,
      31,
      0,
      { 1, 2 },
      "2026-11-27T15:00:00.000Z",
      NULL,
      NULL,
      false,
      0,
      "2026-11-30",
      "2026-12-01",
      "2026-12-02" },
    { "handed over on Saturday it travels from Monday on",
      NULL,
      NULL,
      -1,
      63,
      0,
      { 1, 2 },
      "2026-11-28T10:00:00.000Z",
      NULL,
      NULL,
      false,
      0,
      "2026-11-28",
      "2026-11-30",
      "2026-12-01" },
    { "handling takes open days",
      NULL,
      "2026-11-25",
      -1,
      31,
      3,
      { 1, 1 },
      "2026-11-23T10:00:00.000Z",
      NULL,
      NULL,
      false,
      0,
      "2026-11-27",
      "2026-11-30",
      "2026-11-30" },
    { "what is packed is not handled again",
      NULL,
      NULL,
      -1,
      31,
      3,
      { 1, 1 },
      "2026-11-23T10:00:00.000Z",
      NULL,
      NULL,
      true,
      0,
      "2026-11-23",
      "2026-11-24",
      "2026-11-24" },
    { "no earlier than the shopper wants",
      NULL,
      NULL,
      -1,
      31,
      0,
      { 1, 1 },
      "2026-11-23T10:00:00.000Z",
      "2026-11-28T00:00:00.000Z",
      NULL,
      false,
      0,
      "2026-11-30",
      "2026-12-01",
      "2026-12-01" },
    { "no earlier than the place has room",
      NULL,
      NULL,
      -1,
      31,
      1,
      { 1, 1 },
      "2026-11-23T10:00:00.000Z",
      NULL,
      "2026-11-26",
      false,
      0,
      "2026-11-27",
      "2026-11-30",
      "2026-11-30" },
    { "late before: days more",
      NULL,
      NULL,
      -1,
      31,
      0,
      { 1, 1 },
      "2026-11-23T10:00:00.000Z",
      NULL,
      NULL,
      false,
      3,
      "2026-11-26",
      "2026-11-27",
      "2026-11-27" },
    { "brought on the same day",
      NULL,
      NULL,
      600,
      127,
      0,
      { 0, 0 },
      "2026-11-28T09:59:00.000Z",
      NULL,
      NULL,
      false,
      0,
      "2026-11-28",
      "2026-11-28",
      "2026-11-28" },
    { "its day has begun before ours",
      "Pacific/Auckland",
      NULL,
      -1,
      127,
      0,
      { 1, 1 },
      "2026-11-23T12:00:00.000Z",
      NULL,
      NULL,
      false,
      0,
      "2026-11-24",
      "2026-11-25",
      "2026-11-25" },
};

static int64_t day_or_none(const char *date)
{
    return date == NULL ? 0 : day(date);
}

static struct delivery_terms terms_of(size_t i)
{
    return (struct delivery_terms){
        .place = { cases[i].zone, cases[i].cut_off_minute, cases[i].weekdays, cases[i].holidays,
                   cases[i].handling_days },
        .transit = cases[i].transit,
        .now_ms = instant(cases[i].now),
        .not_before_ms = cases[i].not_before == NULL ? 0 : instant(cases[i].not_before),
        .begins_on = day_or_none(cases[i].begins_on),
        .packed = cases[i].packed,
        .later_days = cases[i].later_days,
    };
}

static void windows_by_example(void **state)
{
    struct arena *arena = arena_new(65536);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct delivery_terms terms = terms_of(i);
        const struct delivery_window window = delivery_window(&terms);

        print_message("%s\n", cases[i].what);
        assert_string_equal(calendar_date(arena, window.hand_over_on), cases[i].hand_over_on);
        assert_string_equal(calendar_date(arena, window.earliest), cases[i].earliest);
        assert_string_equal(calendar_date(arena, window.latest), cases[i].latest);
    }
    arena_free(arena);
}

/* --- What holds of all ----------------------------------------------------------------------------- */

static uint64_t dice(uint64_t *random, uint64_t below)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random % below;
}

static struct delivery_terms any_terms(uint64_t *random)
{
    static const char *const zones[] = { NULL, "Europe/Berlin", "America/Los_Angeles",
                                         "Pacific/Auckland", "Asia/Kathmandu" };
    static const char *const holidays[] = { NULL, "2026-12-25 2026-12-26 2027-01-01",
                                            "2026-11-24 2026-11-25 2026-11-26 2026-11-27" };
    int64_t days_min = (int64_t)dice(random, 6);

    return (struct delivery_terms){
        .place = { .time_zone = zones[dice(random, 5)],
                   .cut_off_minute = (int64_t)dice(random, DAY_MINUTES + 1) - 1,
                   .open_weekdays = 1 + (int64_t)dice(random, CALENDAR_ALL_WEEKDAYS),
                   .holidays = holidays[dice(random, 3)],
                   .handling_days = (int64_t)dice(random, 5) },
        .transit = { days_min, days_min + (int64_t)dice(random, 6) },
        .now_ms = instant("2026-11-20T00:00:00.000Z") + (int64_t)dice(random, 60) * day_ms +
                  (int64_t)dice(random, DAY_MINUTES) * minute_ms,
        .packed = dice(random, 4) == 0,
        .later_days = (int64_t)dice(random, 4),
    };
}

static void assert_no_earlier(const struct delivery_terms *terms,
                              const struct delivery_terms *worse)
{
    const struct delivery_window one = delivery_window(terms), other = delivery_window(worse);

    assert_true(other.hand_over_on >= one.hand_over_on);
    assert_true(other.earliest >= one.earliest);
    assert_true(other.latest >= one.latest);
}

/* The place hands over on a day on which it is open, never on one that is over; the window is in order. */
static void hands_over_when_it_is_open(void **state)
{
    uint64_t random = 7;

    (void)state;
    for (int i = 0; i < TRIES; i++) {
        const struct delivery_terms terms = any_terms(&random);
        const struct delivery_window window = delivery_window(&terms);

        assert_true(calendar_is_open(&terms.place, window.hand_over_on));
        assert_true(window.hand_over_on >= calendar_today(&terms.place, terms.now_ms));
        assert_true(window.earliest >= window.hand_over_on && window.latest >= window.earliest);
        assert_true(delivery_day_ends_ms(window.hand_over_on, window.zone_minutes) > terms.now_ms);
    }
}

/* Whatever takes more time brings nothing forward: a later order, an earlier cut-off, more handling, a holiday, a slower carrier. */
static void what_takes_longer_is_later(void **state)
{
    uint64_t random = 11;

    (void)state;
    for (int i = 0; i < TRIES; i++) {
        const struct delivery_terms terms = any_terms(&random);
        struct delivery_terms worse = terms;

        worse.now_ms += (int64_t)dice(&random, UINT64_C(3) * DAY_MINUTES) * minute_ms;
        assert_no_earlier(&terms, &worse);
        worse = terms;
        worse.place.cut_off_minute = terms.place.cut_off_minute == CALENDAR_NO_CUT_OFF
                                         ? (int64_t)dice(&random, DAY_MINUTES)
                                         : terms.place.cut_off_minute / 2;
        assert_no_earlier(&terms, &worse);
        worse = terms;
        worse.place.handling_days++;
        worse.transit.days_max++;
        assert_no_earlier(&terms, &worse);
        worse = terms;
        worse.place.open_weekdays &= ~(INT64_C(1) << dice(&random, 7));
        if (worse.place.open_weekdays != 0) {
            assert_no_earlier(&terms, &worse);
        }
        worse = terms;
        worse.later_days++;
        worse.begins_on = calendar_today(&terms.place, terms.now_ms) + (int64_t)dice(&random, 9);
        assert_no_earlier(&terms, &worse);
    }
}

/* --- Options ---------------------------------------------------------------------------------------- */

static void options_of_a_channel_go_first(void **state)
{
    static const struct delivery_option options[] = { { "standard", 1, 3 },
                                                      { "dhl.express", 1, 1 } };
    struct arena *arena = arena_new(4096);
    const char *text = delivery_options_text(arena, options, 2);
    struct field_error fault;

    (void)state;
    assert_string_equal(text, "standard 1 3 dhl.express 1 1");
    assert_int_equal(delivery_transit(text, "standard").days_max, 3);
    assert_int_equal(delivery_transit(text, "dhl.express").days_max, 1);
    assert_int_equal(delivery_transit(text, "express").days_max, 2);
    assert_int_equal(delivery_transit(NULL, "standard").days_max, 5);
    assert_int_equal(delivery_transit(text, "dhl").days_min, 2);
    assert_null(delivery_options_text(arena, NULL, 0));
    assert_true(delivery_options_make_sense(arena, options, 2, &fault));
    static const struct delivery_option twice[] = { { "a", 1, 3 }, { "a", 1, 1 } };
    assert_false(delivery_options_make_sense(arena, twice, 2, &fault));
    assert_string_equal(fault.pointer, "/delivery_options/1/service");
    static const struct delivery_option backwards[] = { { "a", 4, 3 } };
    assert_false(delivery_options_make_sense(arena, backwards, 1, &fault));
    assert_string_equal(fault.pointer, "/delivery_options/0/days_max");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_by_example),
        cmocka_unit_test(hands_over_when_it_is_open),
        cmocka_unit_test(what_takes_longer_is_later),
        cmocka_unit_test(options_of_a_channel_go_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
