/* rate_limit.c - fills a bucket by the time that passed, and takes from it. */
#include "services/gateway/rate_limit.h"

static const int64_t request_micro = 1000000;

static void fill(struct rate_bucket *bucket, struct rate_limit limit, int64_t now)
{
    int64_t full_micro = limit.burst * request_micro;
    int64_t passed = now - bucket->filled_at;
    int64_t full_after = full_micro / (limit.per_second * 1000) + 1;

    if (bucket->filled_at == 0 || passed >= full_after) {
        bucket->tokens_micro = full_micro;
    } else if (passed > 0) {
        bucket->tokens_micro += passed * limit.per_second * 1000;
    }
    if (bucket->tokens_micro > full_micro) {
        bucket->tokens_micro = full_micro;
    }
    if (bucket->filled_at == 0 || passed > 0) {
        bucket->filled_at = now;
    }
}

struct rate_verdict rate_take(struct rate_bucket *bucket, struct rate_limit limit, int64_t now)
{
    struct rate_verdict verdict = { .allowed = true, .next_second_s = 1 };

    if (limit.per_second <= 0 || limit.burst <= 0) {
        return verdict;
    }
    fill(bucket, limit, now);
    verdict.allowed = bucket->tokens_micro >= request_micro;
    if (verdict.allowed) {
        bucket->tokens_micro -= request_micro;
    }
    verdict.remaining = bucket->tokens_micro / request_micro;
    int64_t second_micro = limit.per_second * request_micro;
    int64_t missing_micro = request_micro - bucket->tokens_micro % request_micro;
    verdict.next_second_s = (missing_micro + second_micro - 1) / second_micro;
    return verdict;
}
