/* problems.h - every kind of problem that an answer may state, and what its page says. */
#ifndef KERVAN_GATEWAY_PROBLEMS_H
#define KERVAN_GATEWAY_PROBLEMS_H

#include "common/http_server.h"

enum problem_kind {
    PROBLEM_VALIDATION = 0,
    PROBLEM_MALFORMED,
    PROBLEM_INVALID_PARAMETER,
    PROBLEM_IDENTITY_REQUIRED,
    PROBLEM_IDEMPOTENCY_KEY,
    PROBLEM_PRECONDITION,
    PROBLEM_UNAUTHENTICATED,
    PROBLEM_SIGNATURE,
    PROBLEM_FORBIDDEN,
    PROBLEM_CHANNEL,
    PROBLEM_NOT_FOUND,
    PROBLEM_METHOD,
    PROBLEM_CONFLICT,
    PROBLEM_LINK_EXPIRED,
    PROBLEM_STALE,
    PROBLEM_TOO_LARGE,
    PROBLEM_LONG_TARGET,
    PROBLEM_MEDIA_TYPE,
    PROBLEM_REFUSED,
    PROBLEM_INVALID,
    PROBLEM_KEY_REUSED,
    PROBLEM_MISMATCH,
    PROBLEM_OUT_OF_STOCK,
    PROBLEM_DECLINED,
    PROBLEM_NOT_CONFIRMED,
    PROBLEM_CANCEL_REFUSED,
    PROBLEM_PRECONDITION_REQUIRED,
    PROBLEM_RATE_LIMITED,
    PROBLEM_LONG_HEAD,
    PROBLEM_INTERNAL,
    PROBLEM_UNAVAILABLE,
    PROBLEM_OVERLOADED,
    PROBLEM_OUTCOME_UNKNOWN,
    PROBLEM_COUNT
};

struct problem_entry {
    struct problem_type problem;
    const char *meaning; /* of the page: what happened, and what to do */
};

extern const struct problem_entry problem_catalogue[PROBLEM_COUNT];

/* NULL when there is none with this slug. */
const struct problem_entry *problem_find(const char *slug);

#endif
