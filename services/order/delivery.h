/* delivery.h - when goods arrive: the days from a place to the shopper.
 *
 * Days are counted since 1970-01-01.  A place hands over on an open day of its own calendar; a carrier's days are Monday to Friday.
 * A window is never narrower than the delivery option says, and never begins before the goods are handed over.  Pure.
 */
#ifndef KERVAN_ORDER_DELIVERY_H
#define KERVAN_ORDER_DELIVERY_H

#include "common/calendar.h"

#include <stddef.h>

struct delivery_option;
struct field_error;

/* Days that a carrier needs. */
struct transit {
    int64_t days_min, days_max;
};

struct delivery_terms {
    struct calendar place;
    struct transit transit;
    int64_t now_ms;        /* when the place is told, or told again */
    int64_t not_before_ms; /* the shopper wants it no earlier; 0 */
    int64_t begins_on;     /* the place is so full that it begins no earlier; 0 */
    bool packed;           /* nothing is left to be done at the place */
    int64_t later_days;    /* so many open days more, because it was late before */
};

struct delivery_window {
    int64_t hand_over_on, earliest, latest;
    int64_t zone_minutes; /* of the place, east of UTC, on the day of the hand-over */
};
struct delivery_window delivery_window(const struct delivery_terms *terms);

/* So many of a carrier's days later; 0: the same day. */
int64_t delivery_days_later(int64_t day, int64_t days);
/* When a day ends, where the clock is so many minutes east of UTC. */
int64_t delivery_day_ends_ms(int64_t day, int64_t zone_minutes);
/* The day of an instant there. */
int64_t delivery_day_of(int64_t instant_ms, int64_t zone_minutes);

/* As a channel keeps its options: "standard 2 4 express 1 1"; NULL for none. */
const char *delivery_options_text(struct arena *arena, const struct delivery_option *options,
                                  size_t count);
/* False when the days of an option do not fit, or a service is there twice. */
bool delivery_options_make_sense(struct arena *arena, const struct delivery_option *options,
                                 size_t count, struct field_error *ret);
/* Of a service: what the channel says (NULL: nothing), else what its word promises, else two to five days. */
struct transit delivery_transit(const char *options, const char *service);

#endif
