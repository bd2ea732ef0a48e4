/* broker_kafka.h - the inside of the Kafka broker, for broker_kafka*.c and their test only.
 *
 *   broker_kafka.c             opening, topics, events, closing
 *   broker_kafka_client.c      settings, and what the client library says
 *   broker_kafka_consumer.c    positions and records
 *   broker_kafka_producer.c    publications and their acknowledgments
 *   broker_kafka_background.c  a thread for questions that wait for an answer of the brokers
 *   broker_kafka_tails.c       a second, passing consumer that looks at the ends of streams
 */
#ifndef KERVAN_COMMON_BROKER_KAFKA_H
#define KERVAN_COMMON_BROKER_KAFKA_H

#include "common/broker.h"
#include "common/stream_prefix.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

enum kafka_role { KAFKA_CONSUMER, KAFKA_PRODUCER, KAFKA_TAILS };

struct kafka_broker;

/* A client of the library.  It is the opaque of its callbacks, some of which come from the library's threads. */
struct kafka_client {
    rd_kafka_t *handle;
    struct kafka_broker *owner;
    enum kafka_role role;
    atomic_bool retired; /* its connections are closed on purpose */
};

/* --- Consumer --------------------------------------------------------------------------------- */

enum kafka_reading_state {
    READING_NOTHING = 0,
    READING_FREELY,
    READING_TO_VERIFY, /* the first record has to be the one handled last */
    READING_LOST,      /* the position is gone; the background thread looks for an older one */
};

struct kafka_reading {
    size_t topic;
    int32_t lane;
    enum kafka_reading_state state;
    uint32_t epoch; /* raised by each assignment: tells an answer that is for an older one */
    int64_t verified_offset;
    int64_t appended_at; /* of the record before the position; 0: not known */
};

struct kafka_consumed_topic {
    rd_kafka_topic_t *handle; /* its opaque is this struct */
    size_t index;
    size_t first_reading; /* reading = first_reading + lane */
    int64_t partition_count;
};

/* --- Producer --------------------------------------------------------------------------------- */

struct kafka_published_topic {
    const char *name;
    bool numbered;
    int64_t partition_count;
    size_t first_stream; /* stream = first_stream + lane */
};

/* One life of the producer; a lost one is replaced as a whole, so nothing of it can be mistaken for the next one's. */
struct kafka_producer {
    struct kafka_client client;
    bool lost, lost_told;
    int64_t unacknowledged;
    struct kafka_producer *next; /* among those waiting for their end */
    rd_kafka_topic_t **topics;
    size_t topic_count;
    struct stream_prefix *streams;
};

/* --- Background ------------------------------------------------------------------------------- */

/* A position that is looked for. */
struct kafka_lookup {
    size_t reading;
    uint32_t epoch;
    int64_t since_ms; /* first record appended then or later; 0: the first there is */
    int64_t offset;   /* the answer */
};

enum kafka_question { QUESTION_NONE = 0, QUESTION_PUT, QUESTION_ANSWERED };

/* Shared with the background thread, under the lock. */
struct kafka_background {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    uint64_t closed, closed_seen; /* connections that ended by themselves */
    bool reconnected, nudge;
    bool down; /* the thread's alone: told once a change */
    enum kafka_question ends_question;
    int64_t ends_asked_at;
    struct partition_end *ends;
    size_t end_count;
    enum kafka_question lookup_question;
    struct kafka_lookup *lookups;
    size_t lookup_count;
    struct kafka_producer *retired_producers;
    struct kafka_tails *retired_tails;
};

struct kafka_tails {
    struct kafka_client client;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t **topics;
    size_t topic_count;
    int64_t used_at;
    struct kafka_tails *next; /* among those waiting for their end */
};

struct kafka_broker {
    struct broker broker;
    struct broker_options options; /* its texts are the caller's and outlive the broker */
    int descriptor;
    rd_kafka_resp_err_t error_told; /* logs once per change */

    struct kafka_client consumer;
    rd_kafka_queue_t *consumer_queue;
    struct kafka_consumed_topic *consumed;
    struct kafka_reading *readings;
    size_t reading_count, lost_count;
    size_t queued_max; /* records read ahead, the most since the last nudge */

    struct kafka_published_topic *published;
    size_t stream_count;
    struct kafka_producer *producer;

    struct kafka_tails *tails; /* NULL: not there now */
    struct kafka_background background;
};

int64_t kafka_now_ms(void);
void *kafka_allocate(size_t count, size_t size);
void kafka_wake(struct kafka_broker *kafka);

/* broker_kafka_client.c */
enum err kafka_client_open(struct kafka_broker *kafka, struct ctx *ctx, struct kafka_client *client,
                           enum kafka_role role);

/* broker_kafka_consumer.c */
enum err kafka_assign(struct broker *broker, struct ctx *ctx, const struct read_position *positions,
                      size_t count);
void kafka_unassign(struct broker *broker, int64_t lane);
size_t kafka_known_ends(struct broker *broker, struct partition_end *ret, size_t max);
enum err kafka_poll(struct broker *broker, struct ctx *ctx, struct record *ret, size_t *count,
                    int64_t wait_ms);

/* broker_kafka_producer.c */
enum err kafka_producer_open(struct kafka_broker *kafka, struct ctx *ctx,
                             struct kafka_producer **ret);
/* The handle is gone when this returns, which may take a while. */
void kafka_producer_end(struct kafka_producer *producer);
void kafka_delivered(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque);
enum err kafka_publish(struct broker *broker, struct ctx *ctx,
                       const struct publication *publication);
size_t kafka_acknowledged(struct broker *broker, struct acknowledgment *ret, size_t max);
enum err kafka_renew_producer(struct broker *broker, struct ctx *ctx);
int64_t kafka_unacknowledged(struct broker *broker);
void kafka_flush(struct broker *broker, int64_t wait_ms);

/* broker_kafka_background.c */
enum err kafka_background_start(struct kafka_broker *kafka, struct ctx *ctx);
void kafka_background_stop(struct kafka_broker *kafka);
/* A connection ended that carried something: called by the library's threads. */
void kafka_background_connection_closed(struct kafka_broker *kafka);
/* Makes the library look at once whether it has to fetch. */
void kafka_background_nudge(struct kafka_broker *kafka);
/* Hands a client over to be ended. */
void kafka_background_retire_producer(struct kafka_broker *kafka, struct kafka_producer *producer);
void kafka_background_retire_tails(struct kafka_broker *kafka, struct kafka_tails *tails);
/* Puts the question for positions unless one is under way; whether it was put. */
bool kafka_background_look_up(struct kafka_broker *kafka, const struct kafka_lookup *lookups,
                              size_t count);
/* The answers of the last question, once; at most `max`. */
size_t kafka_background_found(struct kafka_broker *kafka, struct kafka_lookup *ret, size_t max);
size_t kafka_ends(struct broker *broker, struct partition_end *ret, size_t max,
                  int64_t *ret_asked_at);

/* broker_kafka_tails.c */
enum err kafka_tails(struct broker *broker, struct ctx *ctx, struct stream_tail *tails,
                     size_t count);
/* Gives the passing consumer up when it was not used for a while. */
void kafka_tails_rest(struct kafka_broker *kafka);
/* The handle is gone when this returns, which may take a while. */
void kafka_tails_end(struct kafka_tails *tails);

/* For tests: a fatal error of the producer, as the library raises it. */
void broker_kafka_lose_producer(struct broker *broker);

#endif
