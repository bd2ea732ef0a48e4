/* topic_admin.h - makes Kafka topics, and says where their logs end, for the kervan command.  Blocking; nothing is changed or removed. */
#ifndef KERVAN_COMMON_TOPIC_ADMIN_H
#define KERVAN_COMMON_TOPIC_ADMIN_H

#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

struct topic_admin;

struct topic_wanted {
    const char *name;
    int64_t partitions;
    int64_t retention_ms; /* -1: for ever */
    bool is_compacted;    /* the last record of a key is kept; no retention */
};

/* `properties` is "name=value;name=value" of librdkafka, "" for none.  ERR_FATAL when one is malformed,
 * ERR_RETRY when no broker answers. */
enum err topic_admin_open(struct ctx *ctx, const char *bootstrap, const char *properties,
                          struct topic_admin **ret) MUST_USE;
struct topic_admin *topic_admin_close(struct topic_admin *admin); /* takes NULL; returns NULL */

/* Makes a topic, or finds it there with the same number of partitions: *ret_made says which.
 * ERR_FATAL names a topic with another number. */
enum err topic_admin_make(struct ctx *ctx, struct topic_admin *admin,
                          const struct topic_wanted *wanted, int64_t replication,
                          bool *ret_made) MUST_USE;

/* Waits until every partition of the topic has a leader, so that whoever comes next can use it. */
enum err topic_admin_await(struct ctx *ctx, struct topic_admin *admin,
                           const struct topic_wanted *wanted) MUST_USE;

/* The end of a partition's log: the offset that the next record gets. */
struct topic_end {
    const char *topic;
    int64_t partition;
    int64_t offset; /* filled in */
};
/* Of all of them at once.  ERR_NOTFOUND names a partition that does not exist. */
enum err topic_admin_ends(struct ctx *ctx, struct topic_admin *admin, struct topic_end *ends,
                          size_t count) MUST_USE;

#endif
