/* delivery.c - hand-over by the calendar of the place, arrival by that of the carrier. */
#include "services/order/delivery.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/types.h"

#include <string.h>

static const int64_t minute_ms = INT64_C(60000), day_ms = INT64_C(86400000);

/* What the words mean that shipping knows, where the channel does not say. */
static const struct {
    const char *service;
    struct transit transit;
} words[] = {
    { "economy", { 3, 7 } },  { "standard", { 2, 5 } },  { "express", { 1, 2 } },
    { "next_day", { 1, 1 } }, { "overnight", { 1, 1 } }, { "same_day", { 0, 0 } },
};
static const struct transit otherwise = { 2, 5 };

int64_t delivery_days_later(int64_t day, int64_t days)
{
    static const struct calendar carrier = { .cut_off_minute = CALENDAR_NO_CUT_OFF,
                                             .open_weekdays = CALENDAR_WORKDAYS };

    return days == 0 ? day : calendar_open_later(&carrier, day + 1, days - 1);
}

int64_t delivery_day_ends_ms(int64_t day, int64_t zone_minutes)
{
    return (day + 1) * day_ms - zone_minutes * minute_ms;
}

int64_t delivery_day_of(int64_t instant_ms, int64_t zone_minutes)
{
    return (instant_ms + zone_minutes * minute_ms) / day_ms;
}

static int64_t later(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

struct delivery_window delivery_window(const struct delivery_terms *terms)
{
    const struct calendar *place = &terms->place;
    int64_t told_ms = later(terms->now_ms, terms->not_before_ms);
    int64_t begins = later(calendar_begins(place, told_ms), terms->begins_on);
    int64_t days = (terms->packed ? 0 : place->handling_days) + terms->later_days;
    struct delivery_window window = { .hand_over_on = calendar_open_later(place, begins, days) };

    window.earliest = delivery_days_later(window.hand_over_on, terms->transit.days_min);
    window.latest = delivery_days_later(window.hand_over_on, terms->transit.days_max);
    window.zone_minutes = calendar_zone_minutes(place, window.hand_over_on * day_ms);
    return window;
}

const char *delivery_options_text(struct arena *arena, const struct delivery_option *options,
                                  size_t count)
{
    const char *text = NULL;

    for (size_t i = 0; i < count; i++) {
        text = text_format(arena, "%s%s%s %lld %lld", text == NULL ? "" : text,
                           text == NULL ? "" : " ", options[i].service,
                           (long long)options[i].days_min, (long long)options[i].days_max);
    }
    return text;
}

bool delivery_options_make_sense(struct arena *arena, const struct delivery_option *options,
                                 size_t count, struct field_error *ret)
{
    for (size_t i = 0; i < count; i++) {
        size_t first = 0;

        while (!text_equal(options[first].service, options[i].service)) {
            first++;
        }
        if (first < i) {
            *ret = (struct field_error){ text_format(arena, "/delivery_options/%zu/service", i),
                                         "is there twice", NULL };
            return false;
        }
        if (options[i].days_min > options[i].days_max) {
            *ret = (struct field_error){ text_format(arena, "/delivery_options/%zu/days_max", i),
                                         "is less than days_min", NULL };
            return false;
        }
    }
    return true;
}

/* Digits, up to the next space. */
static int64_t take_number(const char **at)
{
    int64_t number = 0;

    for (; **at >= '0' && **at <= '9'; ++*at) {
        number = number * 10 + (**at - '0');
    }
    *at += **at == ' ' ? 1 : 0;
    return number;
}

struct transit delivery_transit(const char *options, const char *service)
{
    size_t length = strlen(service);

    while (options != NULL && *options != '\0') {
        size_t word = strcspn(options, " ");
        bool found = word == length && memcmp(options, service, length) == 0;
        struct transit transit;

        options += word + 1;
        transit.days_min = take_number(&options);
        transit.days_max = take_number(&options);
        if (found) {
            return transit;
        }
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].service, service) == 0) {
            return words[i].transit;
        }
    }
    return otherwise;
}
