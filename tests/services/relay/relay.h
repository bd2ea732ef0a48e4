/* relay.h - two tiny services that exist only in tests: one relays pings, the other counts them.
 *
 * relay  takes `ping` from relay.requests, and from the topic of a storefront, and states `pinged` on relay.events.
 * count  takes `pinged`, adds it up by key, and notes whether numbers ever came out of order.  Some numbers also lead to
 *        a call to the outside (n % 10 == 0), a timer (n % 7 == 0) or an input to the lane of a hub
 *        key (n % 11 == 0), each counted when it comes back.  A negative number is impossible.
 */
#ifndef KERVAN_TESTS_SERVICES_RELAY_H
#define KERVAN_TESTS_SERVICES_RELAY_H

#include "common/service.h"
#include "proto/registry.h"

enum relay_message { RELAY_NONE, RELAY_HUBBED, RELAY_PING, RELAY_PINGED, RELAY_MESSAGE_COUNT };

/* The body of every message here. */
struct ping {
    int64_t n;
    const char *key;
};

struct tally_row {
    const char *key;
    int64_t count, sum, last_n, disorder; /* disorder: numbers that were not above the one before */
    int64_t echoes, fired, hubbed;
};

/* What a later release of the counter may know: how to count a negative number. */
extern bool count_accepts_negative;

extern const struct message_info relay_infos[];
extern const struct table tally_table;
extern const struct table *const relay_tables[];
extern const struct table *const count_tables[];
extern const struct service relay_service, count_service;

#endif
