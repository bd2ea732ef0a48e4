/* calendar.c - days of a place. */
#include "common/calendar.h"

#include "common/arena.h"
#include "common/instant.h"
#include "common/time_zone.h"
#include "proto/types.h"

#include <string.h>

enum {
    DATE_LENGTH = 10,
    HOUR_MINUTES = 60,
    DAY_MINUTES = 1440,
    DAYS_MAX = 366,
    WEEK_DAYS = 7,
    EPOCH_WEEKDAY = 3 /* 1970-01-01 was a Thursday; Monday is 0 */
};
static const int64_t minute_ms = INT64_C(60000);
static const int64_t day_ms = INT64_C(86400000);

_Static_assert(LOCATION_OPENING_WEEKDAY_MONDAY == 1 && LOCATION_OPENING_WEEKDAY_SUNDAY == 7,
               "open_weekdays keeps these numbers");

static int64_t two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

int64_t calendar_minute(const char *time)
{
    int64_t hour = two_digits(time), minute = two_digits(time + 3);

    return hour * HOUR_MINUTES < DAY_MINUTES && minute < HOUR_MINUTES ? hour * HOUR_MINUTES + minute
                                                                      : CALENDAR_NO_CUT_OFF;
}

bool calendar_day_parse(const char *date, int64_t *ret)
{
    char instant[] = "0000-00-00T00:00:00.000Z";
    int64_t begins_ms = 0;

    memcpy(instant, date, DATE_LENGTH);
    if (!instant_parse(instant, strlen(instant), &begins_ms)) {
        return false;
    }
    *ret = begins_ms / day_ms;
    return true;
}

const char *calendar_date(struct arena *arena, int64_t day)
{
    struct instant_text text = instant_format(day * day_ms);

    return arena_copy_text(arena, text.text, DATE_LENGTH);
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

struct calendar calendar_of(struct arena *arena, const struct location_opening *opening)
{
    struct calendar calendar = { .cut_off_minute = CALENDAR_NO_CUT_OFF,
                                 .open_weekdays = CALENDAR_ALL_WEEKDAYS };

    if (opening == NULL) {
        return calendar;
    }
    calendar.time_zone = opening->time_zone;
    calendar.handling_days = opening->has_handling_days ? opening->handling_days : 0;
    if (opening->cut_off != NULL) {
        calendar.cut_off_minute = calendar_minute(opening->cut_off);
    }
    if (opening->weekdays_count > 0) {
        calendar.open_weekdays = 0;
    }
    for (size_t i = 0; i < opening->weekdays_count; i++) {
        calendar.open_weekdays |= INT64_C(1)
                                  << (opening->weekdays[i] - LOCATION_OPENING_WEEKDAY_MONDAY);
    }
    calendar.holidays = join_dates(arena, opening->holidays, opening->holidays_count);
    return calendar;
}

static int64_t local_ms(const struct calendar *calendar, int64_t instant_ms)
{
    const struct time_zone_rule *zone =
        calendar->time_zone == NULL ? NULL : time_zone_find(calendar->time_zone);

    return zone == NULL ? instant_ms : time_zone_local_ms(zone, instant_ms);
}

int64_t calendar_zone_minutes(const struct calendar *calendar, int64_t instant_ms)
{
    return (local_ms(calendar, instant_ms) - instant_ms) / minute_ms;
}

int64_t calendar_today(const struct calendar *calendar, int64_t now_ms)
{
    return local_ms(calendar, now_ms) / day_ms;
}

bool calendar_is_open(const struct calendar *calendar, int64_t day)
{
    struct instant_text date = instant_format(day * day_ms);

    date.text[DATE_LENGTH] = '\0';
    return (calendar->open_weekdays >> (day + EPOCH_WEEKDAY) % WEEK_DAYS & 1) != 0 &&
           (calendar->holidays == NULL || strstr(calendar->holidays, date.text) == NULL);
}

int64_t calendar_open_from(const struct calendar *calendar, int64_t day)
{
    int64_t open = day;

    while (open < day + DAYS_MAX && !calendar_is_open(calendar, open)) {
        open++;
    }
    return open;
}

int64_t calendar_open_later(const struct calendar *calendar, int64_t day, int64_t days)
{
    int64_t open = calendar_open_from(calendar, day);

    for (int64_t i = 0; i < days; i++) {
        open = calendar_open_from(calendar, open + 1);
    }
    return open;
}

int64_t calendar_begins(const struct calendar *calendar, int64_t now_ms)
{
    int64_t local = local_ms(calendar, now_ms);
    bool late = calendar->cut_off_minute != CALENDAR_NO_CUT_OFF &&
                local % day_ms / minute_ms >= calendar->cut_off_minute;
    int64_t today = local / day_ms;
    int64_t begins = calendar_open_from(calendar, today + (late ? 1 : 0));

    return begins < today + DAYS_MAX ? begins : today + DAYS_MAX;
}
