/* request_writer.h - puts requests into topics, and waits until Kafka has them.
 *
 * For programs that have no lanes and hence no outbox: what is written here is known to nobody else until it is
 * acknowledged by all in-sync replicas.  A record may be in the log twice (a retry after a lost answer): requests
 * are idempotent by identity, so the producer needs no idempotence of its own, nor the fatal errors that come with it.
 * Thread-safe: many threads write at once.
 */
#ifndef KERVAN_COMMON_REQUEST_WRITER_H
#define KERVAN_COMMON_REQUEST_WRITER_H

#include "common/broker.h"

struct request_writer;

struct request_writer_options {
    const char *bootstrap, *client_id;
    const char *const *properties; /* as in broker_options */
    const char *const *topics;
    size_t topic_count;
    int64_t lane_count;     /* partitions of every topic */
    int64_t acknowledge_ms; /* after it, a record that was not sent never will be */
};

struct request_record {
    size_t topic; /* index into the options' topics */
    int64_t lane;
    const char *key, *value;
    size_t value_length;
    const struct record_header *headers;
    size_t header_count;
};

enum write_outcome {
    WRITE_DONE,    /* it is durable */
    WRITE_NOTHING, /* surely not written: the broker is away, the queue full, the record too large */
    WRITE_UNKNOWN, /* sent, and no answer came in time: it may be there */
};

/* ERR_RETRY when no broker answers within 5 s, ERR_FATAL when a topic is missing or has another number of partitions. */
enum err request_writer_open(struct ctx *ctx, const struct request_writer_options *options,
                             struct request_writer **ret) MUST_USE;
/* A record under way. */
struct request_ticket;
/* NULL when it is surely not written; the detail says why.  Else its outcome must be asked for. */
struct request_ticket *request_write_begin(struct request_writer *writer, struct ctx *ctx,
                                           const struct request_record *record) MUST_USE;
/* Blocks until the outcome is known, at most acknowledge_ms and 3 s behind the beginning.  `ret_took_ms`: how long Kafka took,
 * where it answered. */
enum write_outcome request_write_end(struct request_ticket *ticket, struct ctx *ctx,
                                     int64_t *ret_took_ms) MUST_USE;
/* Both halves: blocks until the outcome is known. */
enum write_outcome request_write(struct request_writer *writer, struct ctx *ctx,
                                 const struct request_record *record) MUST_USE;
/* No broker can be reached now: writes fail at once. */
bool request_writer_is_away(const struct request_writer *writer);
/* When no thread writes any more.  Takes NULL; returns NULL. */
struct request_writer *request_writer_close(struct request_writer *writer);

#endif
