/* rates.h - how often each key, or address, has asked of this instance; every instance counts on its own.  Thread-safe. */
#ifndef KERVAN_GATEWAY_RATES_H
#define KERVAN_GATEWAY_RATES_H

#include "services/gateway/rate_limit.h"

struct arena;
struct rates;

struct rates *rates_new(struct arena *memory);
/* `name` has 63 characters at most; keys and addresses look different. */
struct rate_verdict rates_take(struct rates *rates, const char *name, struct rate_limit limit);

#endif
