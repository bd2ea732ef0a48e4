/* broker_memory.h - a log in memory that several brokers of one process share, with faults on order.
 *
 * Deterministic: time comes from the clock given, chance from the seed, and things happen only
 * inside calls.  With no faults set a publication is in the log at once and acknowledged at the
 * next call.  A restart, a cut, a lost producer and a crash behave as Kafka's do.  One thread.
 */
#ifndef KERVAN_COMMON_BROKER_MEMORY_H
#define KERVAN_COMMON_BROKER_MEMORY_H

#include "common/broker.h"

struct memory_log;

struct memory_faults {
    int64_t landing_ms_max;       /* until a publication is in the log; a stream keeps its order */
    int64_t acknowledging_ms_max; /* from then until its acknowledgment */
    int64_t torn_ms_max;    /* until what was under way in a lost producer lands, if it does */
    int duplicate_permille; /* of records, which land a second time up to torn_ms_max later */
    int hole_permille; /* of numbered records that somebody reads, which are acknowledged and were never there */
    int short_poll_permille; /* of polls, which return less than there is */
};

struct memory_log_options {
    uint64_t seed;
    int64_t (*now_ms)(void *clock); /* never goes back */
    void *clock;
    struct memory_faults faults;
};

struct memory_log *memory_log_new(const struct memory_log_options *options);
/* All its brokers are closed. */
void memory_log_free(struct memory_log *log);

/* Once a name; a broker opened on a topic that is missing fails as with Kafka. */
void memory_log_create_topic(struct memory_log *log, const char *name, int64_t partition_count);

enum err broker_memory_open(struct memory_log *log, struct ctx *ctx,
                            const struct broker_options *options, struct broker **ret) MUST_USE;

/* --- What goes wrong ------------------------------------------------------------------------- */

void memory_log_set_faults(struct memory_log *log, const struct memory_faults *faults);
/* As kill -9 of the process: of each stream a beginning of what was under way may still land.  Frees the broker. */
void broker_memory_crash(struct broker *broker);
/* A fatal producer error; what was under way is torn as by a crash. */
void broker_memory_lose_producer(struct broker *broker);
/* No broker answers: nothing lands, nothing is read, tails fails. */
void memory_log_stop(struct memory_log *log);
/* It answers again: every broker is told to reconnect. */
void memory_log_start(struct memory_log *log);
/* The last `count` records of a partition are lost in a restart. */
void memory_log_cut(struct memory_log *log, const char *topic, int64_t lane, int64_t count);
/* Retention: records appended before `instant_ms` leave from the front. */
void memory_log_trim(struct memory_log *log, int64_t instant_ms);

/* All that this broker has under way, or will publish until then, lands at `until_ms` at the earliest: as of a process that
 * stands still in the middle of handing over. */
void broker_memory_stall(struct broker *broker, int64_t until_ms);

/* --- What a schedule and a checker look at ----------------------------------------------------- */

/* Whether a poll would find records now. */
bool broker_memory_has_news(struct broker *broker);
/* When something lands or is acknowledged next; INT64_MAX: nothing is under way. */
int64_t memory_log_next_at(const struct memory_log *log);
/* Offsets [*ret_first, *ret_end) are there. */
void memory_log_range(struct memory_log *log, const char *topic, int64_t lane, int64_t *ret_first,
                      int64_t *ret_end);
/* The record at an offset of that range, borrowed until the next call that changes the log. */
void memory_log_record(struct memory_log *log, const char *topic, int64_t lane, int64_t offset,
                       struct record *ret);

#endif
