/* rate_limit.h - a token bucket: so many requests a second on average, so many at once.  Pure; times in ms. */
#ifndef KERVAN_GATEWAY_RATE_LIMIT_H
#define KERVAN_GATEWAY_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct rate_limit {
    int64_t per_second, burst; /* 0: no limit */
};

struct rate_bucket {
    int64_t tokens_micro; /* millionths of a request */
    int64_t filled_at;    /* 0: never used, which is full */
};

struct rate_verdict {
    bool allowed;
    int64_t remaining;     /* requests that may follow at once */
    int64_t next_second_s; /* whole seconds until there is room for one more, at least 1 */
};

/* Takes one request's worth, where there is as much.  A clock that stands still or goes back fills nothing. */
struct rate_verdict rate_take(struct rate_bucket *bucket, struct rate_limit limit, int64_t now);

#endif
