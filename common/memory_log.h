/* memory_log.h - the inside of the log in memory, for memory_*.c and broker_memory.c only. */
#ifndef KERVAN_COMMON_MEMORY_LOG_H
#define KERVAN_COMMON_MEMORY_LOG_H

#include "common/broker_memory.h"
#include "common/stream_prefix.h"

enum { MEMORY_TOPICS_MAX = 64 };

/* Immutable; one allocation, headers and texts lie behind it. */
struct memory_record {
    int references;
    const char *key, *value;
    size_t value_length;
    const struct record_header *headers;
    size_t header_count;
};

struct memory_entry {
    int64_t appended_at;
    struct memory_record *record;
};

struct memory_partition {
    struct memory_entry *entries; /* [head, head + count) */
    size_t head, count, capacity;
    int64_t first_offset;
    int64_t appended_at_min; /* the next record's append time is at least this */
    int64_t landed_number;   /* the highest one so far */
};

struct memory_topic {
    char *name;
    struct memory_partition *partitions;
    int64_t partition_count;
    bool is_missed; /* what gets lost of it: one of its readers counts */
};

/* A stream as one producer sends it.  Sequences count its records, numbered or not, and wrap around. */
struct memory_stream {
    struct stream_prefix prefix;
    uint32_t flown, landed;
    uint32_t torn_end;    /* of a lost producer: the sequence from which on nothing lands */
    int64_t landing_at;   /* of the last one: keeps the order */
    int64_t answering_at; /* likewise */
    int64_t torn_at;      /* likewise */
};

/* Lives until its last record under way has landed or was dropped. */
struct memory_producer {
    size_t references;     /* the broker's, and one a record under way */
    bool lost;             /* nothing is acknowledged any more, and what lands is torn */
    bool left_alone;       /* its broker closed in good order: all lands, nobody hears of it */
    int64_t stalled_until; /* nothing lands before */
    int64_t unacknowledged;
    size_t stream_count;
    struct memory_stream streams[];
};

enum memory_flight_kind { FLIGHT_LANDING, FLIGHT_TORN, FLIGHT_ANSWERING, FLIGHT_ECHO };

/* A record under way. */
struct memory_flight {
    int64_t due_at;
    uint64_t serial; /* order of those due at one time */
    enum memory_flight_kind kind;
    bool numbered;
    int64_t missed_number; /* by which a reader misses it when it gets lost; 0: nobody does */
    uint32_t sequence, prefix_sequence;
    size_t stream;
    struct memory_producer *producer; /* NULL: an echo */
    struct memory_partition *partition;
    struct memory_record *record;
};

struct memory_log {
    struct memory_log_options options;
    uint64_t random;
    bool stopped;
    struct memory_topic topics[MEMORY_TOPICS_MAX];
    size_t topic_count;
    struct memory_flight *flights; /* a heap, earliest first */
    size_t flight_count, flight_capacity;
    uint64_t flight_serial;
    uint64_t restarts; /* brokers compare it with what they have seen */
};

int64_t memory_log_now(const struct memory_log *log);
/* 0 ... below - 1 */
int64_t memory_log_random(struct memory_log *log, int64_t below);
bool memory_log_chance(struct memory_log *log, int permille);
struct memory_topic *memory_log_topic(struct memory_log *log, const char *name);
int64_t memory_partition_end(const struct memory_partition *partition);
/* What stands at an offset, NULL when it is outside. */
const struct memory_entry *memory_partition_at(const struct memory_partition *partition,
                                               int64_t offset);
/* The first offset with an append time not before `instant_ms`, else the end. */
int64_t memory_partition_since(const struct memory_partition *partition, int64_t instant_ms);

/* A copy of a publication; `extra` headers follow its own. */
struct memory_record *memory_record_new(const struct publication *publication,
                                        const struct record_header *extra, size_t extra_count);

void memory_record_release(struct memory_record *record);
/* Counts a reference of its own. */
void memory_partition_append(struct memory_partition *partition, struct memory_record *record,
                             int64_t now_ms);
/* Everything of a record but topic, lane and offset, borrowed. */
void memory_entry_show(const struct memory_entry *entry, struct record *ret);

struct memory_producer *memory_producer_new(size_t stream_count);
void memory_producer_release(struct memory_producer *producer);
/* The producer is lost: decides what of the records under way still lands. */
void memory_producer_tear(struct memory_log *log, struct memory_producer *producer);

/* Sends a record off.  Given are stream, producer, partition, record (handed over), numbered and prefix_sequence. */
void memory_log_send(struct memory_log *log, struct memory_flight flight);
/* Lets everything happen that is due. */
void memory_log_advance(struct memory_log *log);
void memory_log_drop_flights(struct memory_log *log);

#endif
