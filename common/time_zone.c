/* time_zone.c - when clocks are changed, by the calendar. */
#include "common/time_zone.h"

#include "common/instant.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, WEEK_DAYS = 7, EPOCH_WEEKDAY = 4 /* 1970-01-01 was a Thursday */ };
static const int64_t day_ms = INT64_C(86400000);

static int compare_name(const void *name, const void *zone)
{
    return strcmp(name, ((const struct time_zone *)zone)->name);
}

const struct time_zone_rule *time_zone_find(const char *name)
{
    const struct time_zone *zone =
        bsearch(name, time_zones, time_zone_count, sizeof *time_zones, compare_name);

    return zone == NULL ? NULL : &zone->rule;
}

/* Of the first of a month, which may be the 13th: January of the next year. */
static int64_t month_begins_ms(int64_t year, int month)
{
    static const char digits[] = "0123456789";
    char text[] = "0000-00-01T00:00:00.000Z";
    int64_t begins_ms = 0;

    year += month > 12;
    month -= month > 12 ? 12 : 0;
    for (size_t i = 4; i > 0; i--) {
        text[i - 1] = digits[year % 10];
        year /= 10;
    }
    text[5] = digits[month / 10];
    text[6] = digits[month % 10];
    (void)instant_parse(text, strlen(text), &begins_ms);
    return begins_ms;
}

static int64_t year_of(int64_t local_ms)
{
    struct instant_text text = instant_format(local_ms < 0 ? 0 : local_ms);
    int64_t year = 0;

    for (size_t i = 0; i < 4; i++) {
        year = year * 10 + (text.text[i] - '0');
    }
    return year;
}

/* As the clock that is changed shows it. */
static int64_t change_ms(const struct time_zone_change *change, int64_t year)
{
    int64_t first_ms = month_begins_ms(year, change->month);
    int64_t next_ms = month_begins_ms(year, change->month + 1);
    int64_t weekday = (first_ms / day_ms + EPOCH_WEEKDAY) % WEEK_DAYS;
    int64_t days = (change->weekday - weekday + WEEK_DAYS) % WEEK_DAYS +
                   ((int64_t)change->week - 1) * WEEK_DAYS;

    while (first_ms + days * day_ms >= next_ms) {
        days -= WEEK_DAYS;
    }
    return first_ms + days * day_ms + (int64_t)change->minute * MINUTE_MS;
}

static bool is_summer(const struct time_zone_rule *rule, int64_t instant_ms)
{
    int64_t standard_ms = instant_ms + (int64_t)rule->standard_minutes * MINUTE_MS;
    int64_t summer_ms = instant_ms + (int64_t)rule->summer_minutes * MINUTE_MS;
    int64_t year = year_of(standard_ms);
    bool begun = standard_ms >= change_ms(&rule->summer_begins, year);
    bool ended = summer_ms >= change_ms(&rule->summer_ends, year);

    return rule->summer_begins.month < rule->summer_ends.month ? begun && !ended : begun || !ended;
}

int64_t time_zone_local_ms(const struct time_zone_rule *rule, int64_t instant_ms)
{
    bool summer = rule->standard_minutes != rule->summer_minutes && is_summer(rule, instant_ms);

    return instant_ms +
           (int64_t)(summer ? rule->summer_minutes : rule->standard_minutes) * MINUTE_MS;
}
