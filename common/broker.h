/* broker.h - the log that services talk through: records in topics with as many partitions as lanes.
 *
 * One narrow interface with two implementations: Kafka (broker_kafka.c) and memory
 * (broker_memory.c, for the simulation).  Owned by one thread, the lane worker's; nothing here
 * blocks longer than the wait given.  Partition = lane, always explicit.
 */
#ifndef KERVAN_COMMON_BROKER_H
#define KERVAN_COMMON_BROKER_H

#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RECORD_HEADERS_MAX = 32,
    RECORD_BYTES_MAX = 900000,        /* key, value and headers of a publication */
    POLL_BYTES_MAX = 4 * 1024 * 1024, /* a poll ends with the record that goes over it */
};

struct record_header {
    const char *name;
    const char *value; /* NUL-terminated; not valid UTF-8 in records of strangers */
};

/* A record as it was read.  Texts are NUL-terminated copies in the arena of the poll. */
struct record {
    size_t topic; /* index into the broker's consumed topics */
    int64_t lane, offset;
    int64_t appended_at; /* ms, the broker's append time */
    const char *key;
    const char *value; /* NULL for a tombstone */
    size_t value_length;
    struct record_header headers[RECORD_HEADERS_MAX];
    size_t header_count;
    size_t headers_dropped; /* that there was no room for */
};
const char *record_header(const struct record *record, const char *name); /* NULL when absent */

/* Where to begin reading one lane of one topic. */
struct read_position {
    size_t topic;
    int64_t lane;
    int64_t next_offset; /* the first not yet handled; 0 = from the beginning */
    int64_t appended_at; /* of the record before next_offset, 0 when there is none */
};

/* A record to publish.  Everything is copied. */
struct publication {
    size_t topic; /* index into the broker's published topics */
    int64_t lane;
    /* Acknowledged, and added as headers where the topic is numbered.
     * 0 and 0: sent once, best effort, not acknowledged. */
    int64_t generation, number;
    const char *key;   /* NULL: none */
    const char *value; /* NULL: a tombstone */
    size_t value_length;
    const struct record_header *headers;
    size_t header_count;
};

/* How far a numbered stream is safely in the log: the unbroken prefix of what was sent by this
 * producer.  A publication that is not the successor of the one before it in its stream begins a
 * new prefix; what was under way before it is not acknowledged any more. */
struct acknowledgment {
    size_t topic;
    int64_t lane, generation, number;
};

/* What was found at the end of a stream in the log: 0,0 when there is none. */
struct stream_tail {
    size_t topic;
    int64_t lane;
    int64_t generation, number; /* the highest */
    /* The last one before the first that is missing.  What was on its way when the broker lost its tail may arrive behind
     * the hole before anybody looks. */
    int64_t unbroken_generation, unbroken_number;
};

/* The end of a consumed partition, asked at or after `asked_at` (worker's monotonic ms). */
struct partition_end {
    size_t topic;
    int64_t lane, end_offset;
};

enum broker_event {
    BROKER_FINE = 0,
    BROKER_PRODUCER_LOST = 1 << 0, /* renew_producer, then publish again from the stored cursor */
    BROKER_RECONNECTED = 1 << 1,   /* compare tails and verify positions again (assign) */
};

struct broker;

struct broker_operations {
    /* Starts reading (anew, where it is assigned already); the record before next_offset is read
     * first, and if it is gone or has another append time, reading goes back to one hour before that
     * time (or the beginning): the offsets of the records tell. */
    enum err (*assign)(struct broker *, struct ctx *, const struct read_position *positions,
                       size_t count);
    /* Stops reading all topics of a lane; records already fetched are thrown away. */
    void (*unassign)(struct broker *, int64_t lane);
    /* Up to *count records that have arrived, in order within topic and lane, and how many there were;
     * waits at most wait_ms for the first (0: not at all).  What they point to is in ctx's arena. */
    enum err (*poll)(struct broker *, struct ctx *, struct record *ret, size_t *count,
                     int64_t wait_ms);
    /* Queues a record; nothing is waited for.  ERR_RETRY when the queue is full (call acknowledged
     * and try again) or the producer is lost (renew it).  ERR_INPUT when it is too large or its
     * partition does not exist: it will never go. */
    enum err (*publish)(struct broker *, struct ctx *, const struct publication *);
    /* Acknowledgments since the last call, at most one a stream (the highest of its unbroken prefix). */
    size_t (*acknowledged)(struct broker *, struct acknowledgment *ret, size_t max);
    /* What happened since the last call: bits of enum broker_event. */
    unsigned (*events)(struct broker *);
    /* A new producer in place of the old one; what was under way in the old one may still arrive, later. */
    enum err (*renew_producer)(struct broker *, struct ctx *);
    /* Reads the ends of published streams (at most 64 records each); `tails` come with topic and
     * lane filled in.  Takes at most 2 s; ERR_RETRY when they were not enough. */
    enum err (*tails)(struct broker *, struct ctx *, struct stream_tail *tails, size_t count);
    /* Ends of all consumed partitions assigned now; asked in the background: the first call asks,
     * later calls return the answer once (*ret_asked_at is when the question was put, in ms of
     * clock_monotonic_ms), count 0 while it is under way.  Partitions assigned after the question
     * are not in its answer, those unassigned since may be. */
    size_t (*ends)(struct broker *, struct partition_end *ret, size_t max, int64_t *ret_asked_at);
    /* Ends of consumed partitions assigned now as the last answers to fetches told, for figures only; nobody is asked.
     * Those not known yet are left out. */
    size_t (*known_ends)(struct broker *, struct partition_end *ret, size_t max);
    /* A descriptor that is readable while poll or events may have something (acknowledged too, with
     * wake_on_acknowledgment); poll makes it quiet again.  -1 where there is none. */
    int (*descriptor)(struct broker *);
    /* Records not yet acknowledged. */
    int64_t (*unacknowledged)(struct broker *);
    /* Waits at most wait_ms for what is under way to be acknowledged. */
    void (*flush)(struct broker *, int64_t wait_ms);
    void (*close)(struct broker *);
};

struct broker {
    const struct broker_operations *operations;
};

/* What one service reads and writes. */
struct broker_topic {
    const char *name;
    bool numbered;      /* its records carry generation and number in headers */
    int64_t partitions; /* 0: as many as there are lanes */
    /* For the lane worker: */
    const char *
        requests; /* of a consumed numbered topic: where its publisher takes requests to send again */
    const char *channel; /* of a storefront's own topic: the topic is the channel */
    const char *
        default_type; /* of records without a type header, as strangers write them; NULL: they are parked */
};
enum { PARTITIONS_ANY = -1 }; /* as many as it has: gateway.replies has one a gateway */

struct broker_options {
    const char *bootstrap;
    const char *client_id;
    const struct broker_topic *consumed;
    size_t consumed_count;
    const struct broker_topic *published;
    size_t published_count;
    int64_t lane_count;
    bool wake_on_acknowledgment;
    const char *const
        *properties; /* extra librdkafka settings: name, value, name, value, NULL (SASL, TLS) */
};

/* Header names of a stream's number in a record. */
#define HEADER_GENERATION "ce_generation"
#define HEADER_NUMBER     "ce_number"

/* Takes what the headers of one record of a stream say into `tail`, in the order of the log; NULL and nonsense are ignored. */
void stream_tail_raise(struct stream_tail *tail, const char *generation, const char *number);

/* ERR_FATAL when a topic is missing or has another number of partitions, or a property is refused;
 * ERR_RETRY when no broker answers within 5 s. */
enum err broker_kafka_open(struct ctx *ctx, const struct broker_options *options,
                           struct broker **ret) MUST_USE;

#endif
