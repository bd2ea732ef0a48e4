/* start.h - what every process of Kervan makes of its settings at the start. */
#ifndef KERVAN_COMMON_START_H
#define KERVAN_COMMON_START_H

#include "common/config.h"
#include "common/err.h"
#include "common/log.h"

/* "a=b;c=d" as name, value, name, value, NULL, in `memory`; at most 32 pairs.  ERR_FATAL when it is not that. */
enum err start_kafka_properties(struct ctx *ctx, struct arena *memory, const char *text,
                                const char *const **ret) MUST_USE;
/* ERR_FATAL when `text` is no level. */
enum err start_log_level(struct ctx *ctx, const char *text, enum log_level *ret) MUST_USE;

/* Where spans go, as tracing.h has it. */
struct start_tracing {
    const char *url, *standard_url, *authorization;
    int64_t share_percent;
};
/* The settings of tracing, for a process's table; their count. */
size_t start_tracing_settings(struct start_tracing *to, struct setting *ret);
enum { START_TRACING_SETTINGS = 4 };
/* `service` and `instance` must outlive the process.  ERR_FATAL when the URL is none. */
enum err start_tracing(struct ctx *ctx, const struct start_tracing *settings, const char *service,
                       const char *instance) MUST_USE;

#endif
