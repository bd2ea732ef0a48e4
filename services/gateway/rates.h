/* rates.h - how often each key has asked of this instance; every instance counts on its own.  Thread-safe. */
#ifndef KERVAN_GATEWAY_RATES_H
#define KERVAN_GATEWAY_RATES_H

#include "services/gateway/rate_limit.h"

struct arena;
struct rates;

struct rates *rates_new(struct arena *memory);
struct rate_verdict rates_take(struct rates *rates, const char *key_id, struct rate_limit limit);

#endif
