/* time_zone.h - the clock on the wall of a place.
 *
 * Knows the zones of the IANA time zone database by name and the rule that holds in each from now on, so an instant of years ago may be
 * off by an hour.  The table is compiled in: it is renewed by tools/time_zones.  Pure, thread-safe.
 */
#ifndef KERVAN_COMMON_TIME_ZONE_H
#define KERVAN_COMMON_TIME_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The `week`th `weekday` (0: Sunday; week 5: the last) of a month, so many minutes after midnight of the clock before the change; may
 * be below 0 and beyond the day. */
struct time_zone_change {
    int month, week, weekday, minute;
};

struct time_zone_rule {
    int standard_minutes, summer_minutes; /* east of UTC; the same where no clock is changed */
    struct time_zone_change summer_begins, summer_ends;
};

struct time_zone {
    const char *name; /* "Europe/Berlin" */
    struct time_zone_rule rule;
};

/* Sorted by name (time_zone_table.c). */
extern const struct time_zone time_zones[];
extern const size_t time_zone_count;

/* NULL: there is no such zone. */
const struct time_zone_rule *time_zone_find(const char *name);
/* What the clock shows: milliseconds since 1970-01-01T00:00 of the place.  Instants from 1970 to 9998. */
int64_t time_zone_local_ms(const struct time_zone_rule *rule, int64_t instant_ms);

#endif
