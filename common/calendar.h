/* calendar.h - the days of a place: which are open, and on which it begins what it is given.
 *
 * Days are counted since 1970-01-01 by the calendar of the place, instants are milliseconds in UTC.  A place that is closed for a
 * year is taken as open after it.  Pure, thread-safe.
 */
#ifndef KERVAN_COMMON_CALENDAR_H
#define KERVAN_COMMON_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct location_opening;

enum { CALENDAR_NO_CUT_OFF = -1, CALENDAR_ALL_WEEKDAYS = 127, CALENDAR_WORKDAYS = 31 };

struct calendar {
    const char *time_zone;  /* of the IANA database; NULL, or one that is not known: UTC */
    int64_t cut_off_minute; /* of the day: from it on work is begun the next; CALENDAR_NO_CUT_OFF */
    int64_t open_weekdays;  /* bits 1 << 0 Monday to 1 << 6 Sunday */
    const char *holidays;   /* dates with a space between; NULL when there are none */
    int64_t
        handling_days; /* open days from the one on which work is begun to that on which the carrier has it */
};

/* Minute of "14:30"; CALENDAR_NO_CUT_OFF when there is no such time. */
int64_t calendar_minute(const char *time);
/* Whether ten characters are a day of the calendar; then `ret` is that day. */
bool calendar_day_parse(const char *date, int64_t *ret);
/* "2026-12-25", in the arena. */
const char *calendar_date(struct arena *arena, int64_t day);

/* What a place says of itself; NULL: it is always open.  Texts live in the arena or in what it says. */
struct calendar calendar_of(struct arena *arena, const struct location_opening *opening);

int64_t calendar_today(const struct calendar *calendar, int64_t now_ms);
/* The day on which it begins what it is given now. */
int64_t calendar_begins(const struct calendar *calendar, int64_t now_ms);
bool calendar_is_open(const struct calendar *calendar, int64_t day);
/* The first open day from this one on. */
int64_t calendar_open_from(const struct calendar *calendar, int64_t day);
/* So many open days later; 0: the first open one from this day on. */
int64_t calendar_open_later(const struct calendar *calendar, int64_t day, int64_t days);
/* Minutes east of UTC that its clock shows at an instant. */
int64_t calendar_zone_minutes(const struct calendar *calendar, int64_t instant_ms);

#endif
