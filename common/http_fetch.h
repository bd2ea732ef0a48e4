/* http_fetch.h - a blocking GET or POST with kept connections, for threads that each wait for their own answer.
 *
 * For calls inside the installation: no proxy, no redirect, http and https only.  Thread-safe.
 */
#ifndef KERVAN_COMMON_HTTP_FETCH_H
#define KERVAN_COMMON_HTTP_FETCH_H

#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

struct http_fetcher;

struct http_fetch_request {
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; NULL for none */
    int64_t timeout_ms;         /* of the whole call */
    bool post;                  /* POST instead of GET */
    const char *body;           /* of a POST; NULL: none */
};

/* Texts live in the arena; NULL where the answer has no such header. */
struct http_fetched {
    int64_t status;
    const char *content_type, *etag, *link;
    const char *body; /* NUL-terminated */
    size_t body_length;
};

/* Answers longer than body_bytes_max are failures. */
enum err http_fetcher_open(struct ctx *ctx, int64_t body_bytes_max,
                           struct http_fetcher **ret) MUST_USE;
/* When no thread fetches any more.  Takes NULL; returns NULL. */
struct http_fetcher *http_fetcher_close(struct http_fetcher *fetcher);
/* OK with any status; ERR_RETRY when there was no whole answer in time. */
enum err http_fetch(struct http_fetcher *fetcher, struct ctx *ctx,
                    const struct http_fetch_request *request, struct http_fetched *ret) MUST_USE;

#endif
