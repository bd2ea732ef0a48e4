/* reply_reader.h - reads one partition of a topic from its end, for whoever waits for what comes.
 *
 * Best effort: what was there before, and what comes while a broker is away and is gone by then, is never seen.
 * `take` is called on the reader's own thread.
 */
#ifndef KERVAN_COMMON_REPLY_READER_H
#define KERVAN_COMMON_REPLY_READER_H

#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

struct reply_reader;

struct reply_reader_options {
    const char *bootstrap, *client_id;
    const char *const *properties; /* as in broker_options */
    const char *topic;
    int64_t partition; /* taken modulo the number that there are */
    /* The key is NUL-terminated and "" when there is none; both live until it returns. */
    void (*take)(void *taker, const char *key, const char *value, size_t length);
    void *taker;
};

/* ERR_RETRY when no broker answers within 5 s, ERR_FATAL when the topic does not exist. */
enum err reply_reader_open(struct ctx *ctx, const struct reply_reader_options *options,
                           struct reply_reader **ret) MUST_USE;
int64_t reply_reader_partition(const struct reply_reader *reader);
/* Whether the end was found: from then on nothing is missed. */
bool reply_reader_is_ready(const struct reply_reader *reader);
/* Takes NULL; returns NULL. */
struct reply_reader *reply_reader_close(struct reply_reader *reader);

#endif
