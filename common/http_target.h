/* http_target.h - what a request's target says: path segments, query, and which pattern they fit.
 *
 * Everything is decoded once, here: percent signs, UTF-8, and nothing that could end a C text early.
 * Texts live in the arena.  Pure and thread-safe.
 */
#ifndef KERVAN_COMMON_HTTP_TARGET_H
#define KERVAN_COMMON_HTTP_TARGET_H

#include "common/err.h"

#include <stdbool.h>

enum { TARGET_SEGMENTS_MAX = 16, TARGET_QUERY_MAX = 32, TARGET_PARAMETERS_MAX = 8 };

struct http_pair {
    const char *name, *value;
};

struct http_target {
    const char *segments[TARGET_SEGMENTS_MAX]; /* of "/v1/orders": "v1", "orders"; of "/": none */
    size_t segment_count;
    struct http_pair query[TARGET_QUERY_MAX];
    size_t query_count;
    struct http_pair parameters[TARGET_PARAMETERS_MAX]; /* of the pattern that it fitted last */
    size_t parameter_count;
};

/* ERR_INPUT when `text` is not a path with an optional query, is not UTF-8 or has too many parts. */
enum err http_target_parse(struct ctx *ctx, const char *text, struct http_target *ret) MUST_USE;

/* Whether the path fits "/v1/orders/:id"; a last "*" takes all that is left, as one path without
 * "." and "..", and with no slash in front.  Sets the parameters when it does. */
bool http_target_fits(struct http_target *target, const char *pattern, struct arena *arena);

/* The value of a name (the first), or NULL. */
const char *http_pair_find(const struct http_pair *pairs, size_t count, const char *name);

#endif
