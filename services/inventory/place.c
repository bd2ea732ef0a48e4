/* place.c - a place's calendar. */
#include "services/inventory/place.h"

#include "common/text.h"
#include "common/time_zone.h"
#include "proto/types.h"

#include <assert.h>

_Static_assert((int)CALENDAR_NO_CUT_OFF == (int)NOT_GIVEN,
               "location.cut_off_minute keeps this number");

bool place_makes_sense(struct arena *arena, const struct location_body *body,
                       struct field_error *ret)
{
    const struct location_opening *opening = body->opening;

    int64_t day = 0;

    *ret = (struct field_error){ .pointer = NULL };
    if (opening == NULL) {
        return true;
    }
    if (opening->time_zone != NULL && time_zone_find(opening->time_zone) == NULL) {
        *ret =
            (struct field_error){ "/opening/time_zone", "is no zone of the IANA database", NULL };
    }
    if (opening->cut_off != NULL && calendar_minute(opening->cut_off) == CALENDAR_NO_CUT_OFF) {
        *ret = (struct field_error){ "/opening/cut_off", "is no time of the day", NULL };
    }
    for (size_t i = 0; i < opening->holidays_count; i++) {
        if (!calendar_day_parse(opening->holidays[i], &day)) {
            *ret = (struct field_error){ text_format(arena, "/opening/holidays/%zu", i),
                                         "is no day of the calendar", NULL };
        }
    }
    return ret->pointer == NULL;
}

void place_fill(struct arena *arena, const struct location_body *body, struct location_row *row)
{
    const struct location_capacity *capacity = body->capacity;

    row->position_given = body->position != NULL;
    row->latitude = body->position == NULL ? 0 : body->position->latitude_microdegrees;
    row->longitude = body->position == NULL ? 0 : body->position->longitude_microdegrees;
    row->parcel_cost_minor = body->has_parcel_cost_minor ? body->parcel_cost_minor : 0;
    row->orders_a_day =
        capacity != NULL && capacity->has_orders_a_day ? capacity->orders_a_day : NOT_GIVEN;
    row->pieces_a_day =
        capacity != NULL && capacity->has_pieces_a_day ? capacity->pieces_a_day : NOT_GIVEN;
    struct calendar calendar = calendar_of(arena, body->opening);

    row->time_zone = calendar.time_zone;
    row->cut_off_minute = calendar.cut_off_minute;
    row->open_weekdays = calendar.open_weekdays;
    row->holidays = calendar.holidays;
    row->handling_days = calendar.handling_days;
}

struct calendar place_calendar(const struct location_row *location)
{
    return (struct calendar){ .time_zone = location->time_zone,
                              .cut_off_minute = location->cut_off_minute,
                              .open_weekdays = location->open_weekdays,
                              .holidays = location->holidays,
                              .handling_days = location->handling_days };
}

struct place_days place_days(const struct location_row *location, int64_t now_ms)
{
    const struct calendar calendar = place_calendar(location);

    return (struct place_days){ .today = calendar_today(&calendar, now_ms),
                                .begins = calendar_begins(&calendar, now_ms) };
}
