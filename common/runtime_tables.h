/* runtime_tables.h - the runtime's own rows as C structs, and their descriptions.
 *
 * The lane worker writes them through the same narrow store as a service's aggregates.  Pure data.
 * Members are the columns of common/schema; what they mean stands there.
 */
#ifndef KERVAN_COMMON_RUNTIME_TABLES_H
#define KERVAN_COMMON_RUNTIME_TABLES_H

#include "common/store.h"

struct read_position_row {
    int64_t lane;
    const char *topic;
    int64_t next_offset, appended_at;
    int64_t generation, number;
    int64_t seen_generation, seen_number;
};

struct stream_row {
    int64_t lane;
    const char *topic;
    int64_t generation, number;
    int64_t cursor_generation, cursor_number;
    int64_t previous_generation, previous_number;
};

struct outbox_row {
    int64_t lane;
    const char *topic;
    int64_t generation, number;
    int64_t day; /* since 1970-01-01 UTC */
    const char *type, *key;
    int64_t clock;
    const char *cause, *trace;
    int64_t written_at;
    struct bytes body;
};

struct timer_row {
    int64_t lane, due_at;
    const char *subject_id, *kind;
    int64_t step, subject_number;
    const char *trace;
};

struct effect_row {
    int64_t lane, id;
    const char *kind, *key, *subject_id;
    int64_t subject_number, not_before, decided_at, clock;
    const char *trace;
    struct bytes payload, request;
};

struct input_row {
    int64_t lane, id;
    const char *key, *headers;
    struct bytes body;
};

struct parked_row {
    int64_t lane, id;
    const char *subject_id, *source, *topic;
    int64_t record_offset;
    const char *key, *headers;
    struct bytes body;
    const char *reason, *state;
    int64_t parked_at;
};

struct operator_request_row {
    int64_t lane, id;
    const char *kind;
    int64_t parked_id;
    const char *subject_id, *topic;
    int64_t generation, number;
    int64_t done_at; /* 0: it waits */
    const char *outcome, *detail;
};

extern const struct table read_position_table, stream_table, outbox_table, timer_table,
    effect_table, input_table, parked_table, operator_request_table;

/* Arguments: (lane). */
extern const struct scan read_positions_of_lane, streams_of_lane;
/* Arguments: (lane, topic, generation, number). */
extern const struct scan outbox_after;
/* Arguments: (lane, due not after, ms). */
extern const struct scan timers_due;
/* Arguments: (lane, id): later than this id. */
extern const struct scan effects_after, inputs_after, parked_after, operator_requests_open;

#endif
