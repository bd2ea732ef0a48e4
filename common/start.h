/* start.h - what every process of Kervan makes of its settings at the start. */
#ifndef KERVAN_COMMON_START_H
#define KERVAN_COMMON_START_H

#include "common/err.h"
#include "common/log.h"

/* "a=b;c=d" as name, value, name, value, NULL, in `memory`; at most 32 pairs.  ERR_FATAL when it is not that. */
enum err start_kafka_properties(struct ctx *ctx, struct arena *memory, const char *text,
                                const char *const **ret) MUST_USE;
/* ERR_FATAL when `text` is no level. */
enum err start_log_level(struct ctx *ctx, const char *text, enum log_level *ret) MUST_USE;

#endif
