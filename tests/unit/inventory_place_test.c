/* inventory_place_test.c - on which day a place begins what it is given.
 *
 * links: inventory
 */
#include "services/inventory/place.h"

#include "common/instant.h"
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { DAY_MS = 86400000 };

static int64_t instant(const char *text)
{
    int64_t instant_ms = 0;

    assert_true(instant_parse(text, strlen(text), &instant_ms));
    return instant_ms;
}

/* 2026-11-23 is a Monday. */
static const struct {
    const char *what, *zone, *holidays;
    int64_t cut_off_minute, weekdays;
    const char *now, *today, *begins;
} cases[] = {
    { "always open", NULL, NULL, NOT_GIVEN, 127, "2026-11-23T23:59:59.999Z", "2026-11-23",
      "2026-11-23" },
    { "before the cut-off", NULL, NULL, 840, 127, "2026-11-23T13:59:59.999Z", "2026-11-23",
      "2026-11-23" },
    { "at the cut-off", NULL, NULL, 840, 127, "2026-11-23T14:00:00.000Z", "2026-11-23",
      "2026-11-24" },
    { "by its own clock", "Europe/Berlin", NULL, 840, 127, "2026-11-23T13:00:00.000Z", "2026-11-23",
      "2026-11-24" },
    { "by summer time", "Europe/Berlin", NULL, 840, 127, "2026-07-01T12:00:00.000Z", "2026-07-01",
      "2026-07-02" },
    { "its day has begun", "Pacific/Auckland", NULL, NOT_GIVEN, 127, "2026-11-23T12:00:00.000Z",
      "2026-11-24", "2026-11-24" },
    { "over the weekend", NULL, NULL, 840, 31, "2026-11-27T15:00:00.000Z", "2026-11-27",
      "2026-11-30" },
    { "Sundays only", NULL, NULL, NOT_GIVEN, 64, "2026-11-23T00:00:00.000Z", "2026-11-23",
      "2026-11-29" },
    { "a holiday", NULL, "2026-11-24 2026-12-25", 840, 127, "2026-11-23T14:00:00.000Z",
      "2026-11-23", "2026-11-25" },
    { "holiday and weekend", NULL, "2026-11-30", NOT_GIVEN, 31, "2026-11-28T00:00:00.000Z",
      "2026-11-28", "2026-12-01" },
    { "never open", NULL, NULL, NOT_GIVEN, 0, "2026-11-23T00:00:00.000Z", "2026-11-23",
      "2027-11-24" },
};

static int64_t day(const char *date)
{
    char text[] = "0000-00-00T00:00:00.000Z";

    memcpy(text, date, 10);
    return instant(text) / DAY_MS;
}

static void check_case(size_t i)
{
    const struct location_row location = { .time_zone = cases[i].zone,
                                           .holidays = cases[i].holidays,
                                           .cut_off_minute = cases[i].cut_off_minute,
                                           .open_weekdays = cases[i].weekdays };
    struct place_days days = place_days(&location, instant(cases[i].now));

    if (days.today != day(cases[i].today) || days.begins != day(cases[i].begins)) {
        fail_msg("%s: today %lld, begins %lld days later", cases[i].what, (long long)days.today,
                 (long long)(days.begins - days.today));
    }
}

static void begins_when_it_is_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_case(i);
    }
}

static const struct decision *put(struct bench *bench, const struct location_opening *opening)
{
    static const struct location_capacity capacity = { .orders_a_day = 3,
                                                       .has_orders_a_day = true };
    static const struct position position = { 52531000, -13385000 };
    const struct location_put request = {
        .code = "SHOW-1",
        .body = { .name = "Showroom",
                  .kind = LOCATION_KIND_SHOWROOM,
                  .address = { .name = "Kervan",
                               .line1 = "Street 1",
                               .city = "Berlin",
                               .country = "DE" },
                  .position = &position,
                  .parcel_cost_minor = 490,
                  .has_parcel_cost_minor = true,
                  .capacity = &capacity,
                  .opening = opening },
    };

    return bench_run(bench,
                     (struct step){ .message_type = MESSAGE_LOCATION_PUT,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .subject = { .id = request.code } });
}

static const struct location_row *stored(struct bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &location_table, &count);

    assert_int_equal(count, 1);
    return rows[0];
}

static void keeps_what_is_put(void **state)
{
    static const enum location_opening_weekday weekdays[] = { LOCATION_OPENING_WEEKDAY_MONDAY,
                                                              LOCATION_OPENING_WEEKDAY_SATURDAY };
    static const char *const holidays[] = { "2026-12-25", "2028-02-29" };
    static const struct location_opening opening = { .time_zone = "Europe/Berlin",
                                                     .cut_off = "14:30",
                                                     .weekdays = weekdays,
                                                     .weekdays_count = 2,
                                                     .holidays = holidays,
                                                     .holidays_count = 2,
                                                     .handling_days = 3,
                                                     .has_handling_days = true };
    struct bench *bench = *state;

    assert_int_equal(put(bench, &opening)->err, OK);
    const struct location_row *row = stored(bench);
    assert_int_equal(row->kind, 4);
    assert_true(row->position_given && row->latitude == 52531000 && row->longitude == -13385000);
    assert_int_equal(row->parcel_cost_minor, 490);
    assert_int_equal(row->orders_a_day, 3);
    assert_int_equal(row->pieces_a_day, NOT_GIVEN);
    assert_string_equal(row->time_zone, "Europe/Berlin");
    assert_int_equal(row->cut_off_minute, 870);
    assert_int_equal(row->handling_days, 3);
    assert_int_equal(row->open_weekdays, 1 | 32);
    assert_string_equal(row->holidays, "2026-12-25 2028-02-29");
    assert_int_equal(row->version, 1);

    assert_int_equal(put(bench, &opening)->err, OK);
    assert_int_equal(stored(bench)->version, 1);
    assert_int_equal(put(bench, NULL)->err, OK);
    row = stored(bench);
    assert_int_equal(row->version, 2);
    assert_int_equal(row->open_weekdays, 127);
    assert_int_equal(row->cut_off_minute, NOT_GIVEN);
    assert_null(row->holidays);
}

static void check_refused(struct bench *bench, const struct location_opening *opening,
                          const char *pointer)
{
    const struct decision *decision = put(bench, opening);
    const struct gateway_reply *reply = decision->replies->message;
    size_t count = 0;

    assert_int_equal(reply->status, 422);
    assert_string_equal(reply->problem->errors[0].pointer, pointer);
    (void)memory_database_rows(bench->database, &location_table, &count);
    assert_int_equal(count, 0);
}

static void refuses_what_does_not_exist(void **state)
{
    static const char *const holidays[] = { "2026-12-25", "2026-02-29" };
    struct bench *bench = *state;

    check_refused(bench, &(struct location_opening){ .time_zone = "Europe/Atlantis" },
                  "/opening/time_zone");
    check_refused(bench, &(struct location_opening){ .cut_off = "24:00" }, "/opening/cut_off");
    check_refused(bench, &(struct location_opening){ .cut_off = "12:60" }, "/opening/cut_off");
    check_refused(bench, &(struct location_opening){ .holidays = holidays, .holidays_count = 2 },
                  "/opening/holidays/1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_when_it_is_open),
        cmocka_unit_test_setup_teardown(keeps_what_is_put, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_does_not_exist, bench_set_up, bench_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
