/* kafka_conf.h - the settings that every plain Kafka client of a process begins with.
 *
 * For the files that stand for the client library beside broker_kafka*.c: request_writer.c, reply_reader.c.
 */
#ifndef KERVAN_COMMON_KAFKA_CONF_H
#define KERVAN_COMMON_KAFKA_CONF_H

#include "common/err.h"

#include <librdkafka/rdkafka.h>

enum { KAFKA_PATIENCE_MS = 5000 }; /* how long opening waits for a broker */

struct kafka_setting {
    const char *name, *value;
};

struct kafka_conf_options {
    const char *bootstrap, *client_id;
    const char *const *properties; /* the operator's: name, value, name, value, NULL; or NULL */
    const struct kafka_setting *settings; /* the program's, ended by one without a name */
};

/* ERR_FATAL, naming the setting, when one is refused.  The library's log goes to ours. */
enum err kafka_conf_new(struct ctx *ctx, const struct kafka_conf_options *options,
                        rd_kafka_conf_t **ret) MUST_USE;

/* Partitions of a topic: ERR_RETRY when nobody says, ERR_FATAL when it does not exist. */
enum err kafka_partition_count(struct ctx *ctx, rd_kafka_t *client, rd_kafka_topic_t *topic,
                               int64_t *ret) MUST_USE;

#endif
