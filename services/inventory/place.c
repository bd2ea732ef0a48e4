/* place.c - a place's calendar. */
#include "services/inventory/place.h"

#include "common/instant.h"
#include "common/text.h"
#include "common/time_zone.h"
#include "proto/types.h"

#include <assert.h>
#include <string.h>

enum {
    DATE_LENGTH = 10,
    HOUR_MINUTES = 60,
    DAY_MINUTES = 1440,
    DAYS_MAX = 366,
    WEEK_DAYS = 7,
    ALL_WEEKDAYS = 127,
    EPOCH_WEEKDAY = 3 /* 1970-01-01 was a Thursday; Monday is 0 */
};
static const int64_t minute_ms = INT64_C(60000);
static const int64_t day_ms = INT64_C(86400000);

_Static_assert(LOCATION_OPENING_WEEKDAY_MONDAY == 1 && LOCATION_OPENING_WEEKDAY_SUNDAY == 7,
               "location.open_weekdays keeps these numbers");

static bool is_date(const char *text)
{
    char instant[] = "0000-00-00T00:00:00.000Z";
    int64_t begins_ms = 0;

    memcpy(instant, text, DATE_LENGTH);
    return instant_parse(instant, strlen(instant), &begins_ms);
}

static int64_t two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* Of "14:30"; -1 when there is no such time. */
static int64_t minute_of_day(const char *text)
{
    int64_t hour = two_digits(text), minute = two_digits(text + 3);

    return hour * HOUR_MINUTES < DAY_MINUTES && minute < HOUR_MINUTES ? hour * HOUR_MINUTES + minute
                                                                      : NOT_GIVEN;
}

bool place_makes_sense(struct arena *arena, const struct location_body *body,
                       struct field_error *ret)
{
    const struct location_opening *opening = body->opening;

    *ret = (struct field_error){ .pointer = NULL };
    if (opening == NULL) {
        return true;
    }
    if (opening->time_zone != NULL && time_zone_find(opening->time_zone) == NULL) {
        *ret =
            (struct field_error){ "/opening/time_zone", "is no zone of the IANA database", NULL };
    }
    if (opening->cut_off != NULL && minute_of_day(opening->cut_off) == NOT_GIVEN) {
        *ret = (struct field_error){ "/opening/cut_off", "is no time of the day", NULL };
    }
    for (size_t i = 0; i < opening->holidays_count; i++) {
        if (!is_date(opening->holidays[i])) {
            *ret = (struct field_error){ text_format(arena, "/opening/holidays/%zu", i),
                                         "is no day of the calendar", NULL };
        }
    }
    return ret->pointer == NULL;
}

static const char *join_dates(struct arena *arena, const char *const *dates, size_t count)
{
    char *text = arena_alloc(arena, count * (DATE_LENGTH + 1) + 1);

    if (count == 0) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * (DATE_LENGTH + 1), dates[i], DATE_LENGTH);
        text[i * (DATE_LENGTH + 1) + DATE_LENGTH] = i + 1 < count ? ' ' : '\0';
    }
    return text;
}

static void fill_opening(struct arena *arena, const struct location_opening *opening,
                         struct location_row *row)
{
    row->time_zone = opening->time_zone;
    row->cut_off_minute = opening->cut_off == NULL ? NOT_GIVEN : minute_of_day(opening->cut_off);
    row->open_weekdays = opening->weekdays_count == 0 ? ALL_WEEKDAYS : 0;
    for (size_t i = 0; i < opening->weekdays_count; i++) {
        row->open_weekdays |= INT64_C(1)
                              << (opening->weekdays[i] - LOCATION_OPENING_WEEKDAY_MONDAY);
    }
    row->holidays = join_dates(arena, opening->holidays, opening->holidays_count);
}

void place_fill(struct arena *arena, const struct location_body *body, struct location_row *row)
{
    static const struct location_opening always = { 0 };
    const struct location_capacity *capacity = body->capacity;

    row->position_given = body->position != NULL;
    row->latitude = body->position == NULL ? 0 : body->position->latitude_microdegrees;
    row->longitude = body->position == NULL ? 0 : body->position->longitude_microdegrees;
    row->parcel_cost_minor = body->has_parcel_cost_minor ? body->parcel_cost_minor : 0;
    row->orders_a_day =
        capacity != NULL && capacity->has_orders_a_day ? capacity->orders_a_day : NOT_GIVEN;
    row->pieces_a_day =
        capacity != NULL && capacity->has_pieces_a_day ? capacity->pieces_a_day : NOT_GIVEN;
    fill_opening(arena, body->opening == NULL ? &always : body->opening, row);
}

static bool is_open(const struct location_row *location, int64_t day)
{
    struct instant_text date = instant_format(day * day_ms);

    date.text[DATE_LENGTH] = '\0';
    return (location->open_weekdays >> (day + EPOCH_WEEKDAY) % WEEK_DAYS & 1) != 0 &&
           (location->holidays == NULL || strstr(location->holidays, date.text) == NULL);
}

struct place_days place_days(const struct location_row *location, int64_t now_ms)
{
    const struct time_zone_rule *zone =
        location->time_zone == NULL ? NULL : time_zone_find(location->time_zone);
    int64_t local_ms = zone == NULL ? now_ms : time_zone_local_ms(zone, now_ms);
    int64_t minute = local_ms % day_ms / minute_ms;
    bool late = location->cut_off_minute != NOT_GIVEN && minute >= location->cut_off_minute;
    struct place_days days = { .today = local_ms / day_ms };

    days.begins = days.today + (late ? 1 : 0);
    while (days.begins < days.today + DAYS_MAX && !is_open(location, days.begins)) {
        days.begins++;
    }
    return days;
}
