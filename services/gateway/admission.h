/* admission.h - how many new orders a second are taken while the services are late.
 *
 * How late a service is: how long what waits for it will take it.  Where orders come at a rate r and that time grows by g seconds
 * a second, r / (1 + g) of them are worked on.  When it is more than `late_ms` in two looks and does not fall, nine tenths of that are
 * taken from then on, until what waits is worked off; then twice as many every two seconds, until nobody is refused.  What falls by
 * itself is left alone: after an outage there is much to catch up with, and the orders of an ordinary day are no hindrance.
 * Pure; the caller locks.
 */
#ifndef KERVAN_GATEWAY_ADMISSION_H
#define KERVAN_GATEWAY_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

/* So many a second are taken always, by each instance: what is late may have another cause than orders. */
enum { ADMISSION_FLOOR_PER_SECOND = 10 };

/* What was seen between two looks. */
struct admission_span {
    double passed_s, grown_s; /* time, and by how much services were later at its end */
    int64_t taken;
};

/* All zero at the start. */
struct admission {
    int64_t looked_at;                  /* ms; 0: never */
    int64_t behind_ms;                  /* as of the last look */
    struct admission_span span, before; /* the last two */
    int64_t lowered_at;
    int64_t taken;           /* since the last look */
    double limit_per_second; /* 0: none */
    double tokens;
    int64_t filled_at;
};

/* By what the latest service is late at `now` (ms, monotonic); late_ms 0: nobody is ever refused. */
void admission_look(struct admission *admission, int64_t late_ms, int64_t behind_ms, int64_t now);
/* False when this order is to be refused. */
bool admission_take(struct admission *admission, int64_t now);
/* The same for one that can wait, as those of a bulk can: false, too, where services are more than half as late as they
 * may be, or where less than half of what may come at once would be left for who does not wait. */
bool admission_take_spare(struct admission *admission, int64_t late_ms, int64_t now);

#endif
