/* outside.h - how effects reach the world: real HTTP and SMTP, or the simulation's stand-ins.
 *
 * Two implementations of one narrow interface: outside_http.c (over http_client) and
 * the simulation's.  Owned by the worker's thread; nothing here blocks.
 */
#ifndef KERVAN_COMMON_OUTSIDE_H
#define KERVAN_COMMON_OUTSIDE_H

#include "common/service.h"

struct outside;

struct outside_call {
    int64_t id;    /* comes back in the end */
    size_t target; /* index into the service's targets */
    struct outside_request request;
    const char *key;   /* idempotency key, for stand-ins' books and logs */
    const char *trace; /* the header traceparent of an HTTP request; NULL: none */
    int64_t timeout_ms;
};

struct outside_operations {
    /* Starts a call; everything is copied. */
    void (*send)(struct outside *, const struct outside_call *);
    /* The end of a call, or NULL when none has ended; freed by http_end_free. */
    struct http_end *(*take)(struct outside *);
    /* Readable while ends wait, or -1. */
    int (*descriptor)(struct outside *);
    void (*close)(struct outside *);
};

struct outside {
    const struct outside_operations *operations;
};

/* The URL, the authorization and the patience of one target, from the settings. */
struct outside_access {
    const char *base_url;
    const char *authorization; /* value of the Authorization header, or NULL */
    const char
        *token_path; /* behind the base URL; NULL: the authorization itself goes with each call */
    int64_t calls_at_once_max;
    int64_t patience_ms; /* how long an effect is tried; 0: until it is known what happened */
};

/* `access` has one entry a target and must outlive the outside. */
enum err outside_http_open(struct ctx *ctx, const struct outside_access *access, size_t count,
                           struct outside **ret) MUST_USE;

#endif
