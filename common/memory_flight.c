/* memory_flight.c - records under way to the log in memory: when they land, echo, tear, are acknowledged. */
#include "common/memory_log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* --- A heap, earliest first ------------------------------------------------------------------- */

static bool earlier(const struct memory_flight *left, const struct memory_flight *right)
{
    if (left->due_at != right->due_at)
        return left->due_at < right->due_at;
    return left->serial < right->serial;
}

static void swap(struct memory_flight *left, struct memory_flight *right)
{
    struct memory_flight kept = *left;

    *left = *right;
    *right = kept;
}

static void put(struct memory_log *log, struct memory_flight flight)
{
    if (log->flight_count == log->flight_capacity) {
        log->flight_capacity = log->flight_capacity == 0 ? 256 : log->flight_capacity * 2;
        log->flights = realloc(log->flights, log->flight_capacity * sizeof flight);
        if (log->flights == NULL)
            abort();
    }
    size_t i = log->flight_count++;
    log->flights[i] = flight;
    for (; i > 0 && earlier(&log->flights[i], &log->flights[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&log->flights[i], &log->flights[(i - 1) / 2]);
}

/* Behind all that is due at the same time. */
static void push(struct memory_log *log, struct memory_flight flight)
{
    flight.serial = log->flight_serial++;
    put(log, flight);
}

static struct memory_flight pop(struct memory_log *log)
{
    struct memory_flight first = log->flights[0];
    size_t count = --log->flight_count, i = 0;

    log->flights[0] = log->flights[count];
    for (;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < count; child++) {
            if (earlier(&log->flights[child], &log->flights[least]))
                least = child;
        }
        if (least == i)
            return first;
        swap(&log->flights[i], &log->flights[least]);
        i = least;
    }
}

int64_t memory_log_next_at(const struct memory_log *log)
{
    return log->flight_count == 0 ? INT64_MAX : log->flights[0].due_at;
}

/* --- Producers -------------------------------------------------------------------------------- */

struct memory_producer *memory_producer_new(size_t stream_count)
{
    struct memory_producer *producer =
        calloc(1, sizeof *producer + stream_count * sizeof producer->streams[0]);

    if (producer == NULL)
        abort();
    producer->references = 1;
    producer->stream_count = stream_count;
    return producer;
}

void memory_producer_release(struct memory_producer *producer)
{
    if (--producer->references == 0)
        free(producer);
}

void memory_producer_tear(struct memory_log *log, struct memory_producer *producer)
{
    memory_log_advance(log);
    producer->lost = true;
    for (size_t i = 0; i < producer->stream_count; i++) {
        struct memory_stream *stream = &producer->streams[i];
        uint32_t under_way = stream->flown - stream->landed;

        stream->torn_end = stream->landed;
        if (under_way > 0)
            stream->torn_end += (uint32_t)memory_log_random(log, (int64_t)under_way + 1);
    }
}

/* --- Flights ---------------------------------------------------------------------------------- */

/* A time at most `ms_max` from now and not before the last one of its kind in the stream. */
static int64_t later(struct memory_log *log, int64_t ms_max, int64_t *last_at)
{
    int64_t at = memory_log_now(log) + (ms_max > 0 ? memory_log_random(log, ms_max + 1) : 0);

    if (*last_at < at)
        *last_at = at;
    return *last_at;
}

void memory_log_send(struct memory_log *log, struct memory_flight flight)
{
    struct memory_stream *stream = &flight.producer->streams[flight.stream];

    flight.kind = FLIGHT_LANDING;
    flight.sequence = stream->flown++;
    flight.due_at = later(log, log->options.faults.landing_ms_max, &stream->landing_at);
    flight.producer->references++;
    flight.producer->unacknowledged++;
    push(log, flight);
}

static void finish(struct memory_flight flight)
{
    memory_record_release(flight.record);
    if (flight.producer != NULL) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the analyzer does not follow the count */
        memory_producer_release(flight.producer);
    }
}

static void append(struct memory_log *log, const struct memory_flight *flight)
{
    const struct memory_faults *faults = &log->options.faults;

    memory_partition_append(flight->partition, flight->record, memory_log_now(log));
    if (flight->kind == FLIGHT_ECHO || !memory_log_chance(log, faults->duplicate_permille))
        return;

    struct memory_flight echo = *flight;
    int64_t none_before = 0;
    echo.kind = FLIGHT_ECHO;
    echo.producer = NULL;
    echo.record->references++;
    echo.due_at = later(log, faults->torn_ms_max, &none_before);
    push(log, echo);
}

/* Only what comes for the first time: who has read it before the log lost its end would not ask for it again. */
static bool gets_lost(struct memory_log *log, const struct memory_flight *flight)
{
    bool first = flight->missed_number > flight->partition->landed_number;

    if (first) {
        flight->partition->landed_number = flight->missed_number;
    }
    return first && memory_log_chance(log, log->options.faults.hole_permille);
}

static void land(struct memory_log *log, struct memory_flight flight)
{
    struct memory_stream *stream = &flight.producer->streams[flight.stream];

    if (!gets_lost(log, &flight)) {
        append(log, &flight);
    }
    stream->landed = flight.sequence + 1;
    if (flight.producer->lost || flight.producer->left_alone) {
        finish(flight);
        return;
    }
    flight.kind = FLIGHT_ANSWERING;
    flight.due_at = later(log, log->options.faults.acknowledging_ms_max, &stream->answering_at);
    push(log, flight);
}

/* What was under way when its producer was lost: a beginning of the stream lands, later than it would have. */
static void land_torn(struct memory_log *log, struct memory_flight flight)
{
    struct memory_stream *stream = &flight.producer->streams[flight.stream];

    if ((int32_t)(flight.sequence - stream->torn_end) >= 0) {
        finish(flight);
    } else if (flight.kind == FLIGHT_TORN) {
        land(log, flight);
    } else {
        flight.kind = FLIGHT_TORN;
        flight.due_at = later(log, log->options.faults.torn_ms_max, &stream->torn_at);
        push(log, flight);
    }
}

static void answer(struct memory_flight flight)
{
    struct memory_producer *producer = flight.producer;

    if (!producer->lost && !producer->left_alone) {
        producer->unacknowledged--;
        if (flight.numbered) {
            bool in_turn = stream_prefix_acknowledge(&producer->streams[flight.stream].prefix,
                                                     flight.prefix_sequence);
            assert(in_turn);
            (void)in_turn;
        }
    }
    finish(flight);
}

/* By its own time, not by the clock, which may have gone on past what was stalled before it. */
static bool is_stalled(const struct memory_flight *flight)
{
    return (flight->kind == FLIGHT_LANDING || flight->kind == FLIGHT_TORN) &&
           flight->producer->stalled_until > flight->due_at;
}

static void arrive(struct memory_log *log, struct memory_flight flight)
{
    if (is_stalled(&flight)) {
        /* With its serial: a stream keeps its order, also where it was stalled before, for less long. */
        flight.due_at = flight.producer->stalled_until;
        put(log, flight);
        return;
    }
    switch (flight.kind) {
    case FLIGHT_LANDING:
    case FLIGHT_TORN:
        if (flight.producer->lost) {
            land_torn(log, flight);
        } else {
            land(log, flight);
        }
        break;
    case FLIGHT_ANSWERING:
        answer(flight);
        break;
    case FLIGHT_ECHO:
        append(log, &flight);
        finish(flight);
        break;
    }
}

void memory_log_advance(struct memory_log *log)
{
    while (!log->stopped && log->flight_count > 0 && log->flights[0].due_at <= memory_log_now(log))
        arrive(log, pop(log));
}

void memory_log_drop_flights(struct memory_log *log)
{
    for (size_t i = 0; i < log->flight_count; i++)
        finish(log->flights[i]);
    free(log->flights);
    log->flights = NULL;
    log->flight_count = log->flight_capacity = 0;
}
