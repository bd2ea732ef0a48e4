/* broker_memory.c - one service's end of the log in memory: positions, publications, events.
 *
 * It behaves as broker_kafka.c does over a broker that obeys: tests/unit/broker_conformance.c holds
 * both to the same list.
 */
#include "common/broker_memory.h"

#include "common/arena.h"
#include "common/memory_log.h"
#include "common/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL_RECORDS = 64, GO_BACK_MS = 60 * 60 * 1000, NUMBER_CHARACTERS = 24 };

/* One partition as it is read. */
struct reading {
    struct memory_partition *partition;
    size_t topic;
    int64_t lane;
    bool assigned;
    bool
        verifying; /* the record at `position` was handled before, if it was appended at `appended_at` */
    int64_t position;
    int64_t appended_at; /* of the record before `position`; 0: not known */
};

struct published_topic {
    struct memory_topic *topic;
    bool numbered;
    size_t first_stream; /* stream = first_stream + lane */
};

struct memory_broker {
    struct broker broker;
    struct memory_log *log;
    struct reading *readings;
    size_t reading_count;
    size_t next_reading; /* polls start here in turn */
    struct published_topic *published;
    size_t published_count, stream_count;
    struct memory_producer *producer;
    bool producer_lost_told;
    uint64_t restarts_seen;
    bool ends_asked;
    int64_t ends_asked_at;
};

static struct memory_broker *self(struct broker *broker)
{
    struct memory_broker *memory = (struct memory_broker *)broker;

    memory_log_advance(memory->log);
    return memory;
}

static struct reading *find(struct memory_broker *memory, size_t topic, int64_t lane)
{
    for (size_t i = 0; i < memory->reading_count; i++) {
        if (memory->readings[i].topic == topic && memory->readings[i].lane == lane)
            return &memory->readings[i];
    }
    return NULL;
}

/* --- Reading ---------------------------------------------------------------------------------- */

static enum err assign(struct broker *broker, struct ctx *ctx,
                       const struct read_position *positions, size_t count)
{
    struct memory_broker *memory = self(broker);

    for (size_t i = 0; i < count; i++) {
        const struct read_position *from = &positions[i];
        struct reading *reading = find(memory, from->topic, from->lane);

        if (reading == NULL)
            return err_set(ctx, ERR_FATAL, "partition %" PRId64 " does not exist", from->lane);
        reading->assigned = true;
        reading->verifying = from->next_offset > 0 && from->appended_at > 0;
        reading->position = from->next_offset - (reading->verifying ? 1 : 0);
        reading->appended_at = from->appended_at;
        if (from->next_offset == 0)
            reading->position = reading->partition->first_offset;
    }
    return OK;
}

static void unassign(struct broker *broker, int64_t lane)
{
    struct memory_broker *memory = self(broker);

    for (size_t i = 0; i < memory->reading_count; i++) {
        if (memory->readings[i].lane == lane)
            memory->readings[i].assigned = false;
    }
}

static void go_back(struct reading *reading)
{
    reading->verifying = false;
    reading->position =
        reading->appended_at > 0
            ? memory_partition_since(reading->partition, reading->appended_at - GO_BACK_MS)
            : reading->partition->first_offset;
}

/* Leaves `position` at the next record to hand out, if there is one. */
static void settle(struct reading *reading)
{
    const struct memory_partition *partition = reading->partition;

    if (reading->position < partition->first_offset ||
        reading->position > memory_partition_end(partition))
        go_back(reading);
    if (!reading->verifying)
        return;

    const struct memory_entry *entry = memory_partition_at(partition, reading->position);
    if (entry == NULL)
        return; /* it is to be seen what will stand there */
    if (entry->appended_at != reading->appended_at) {
        go_back(reading);
        return;
    }
    reading->verifying = false;
    reading->position++;
}

static const char *copy(struct arena *arena, const char *text, size_t length)
{
    return text == NULL ? NULL : arena_copy_text(arena, text, length);
}

static void hand_out(struct reading *reading, const struct memory_entry *entry, struct arena *arena,
                     struct record *ret)
{
    *ret = (struct record){ .topic = reading->topic,
                            .lane = reading->lane,
                            .offset = reading->position };
    memory_entry_show(entry, ret);
    ret->value = copy(arena, ret->value, ret->value_length);
    ret->key = copy(arena, ret->key, ret->key == NULL ? 0 : strlen(ret->key));
    for (size_t i = 0; i < ret->header_count; i++) {
        struct record_header *header = &ret->headers[i];

        header->name = copy(arena, header->name, strlen(header->name));
        header->value = copy(arena, header->value, strlen(header->value));
    }
    reading->appended_at = entry->appended_at;
    reading->position++;
}

static size_t read_from(struct reading *reading, struct arena *arena, struct record *ret,
                        size_t max)
{
    size_t count = 0, used_before = arena_used_bytes(arena);
    const struct memory_entry *entry;

    settle(reading);
    if (reading->verifying)
        return 0;
    while (count < max && arena_used_bytes(arena) - used_before < POLL_BYTES_MAX &&
           (entry = memory_partition_at(reading->partition, reading->position)) != NULL)
        hand_out(reading, entry, arena, &ret[count++]);
    return count;
}

/* NOLINTNEXTLINE(readability-function-size): the interface's order of arguments */
static enum err poll(struct broker *broker, struct ctx *ctx, struct record *ret, size_t *room,
                     int64_t wait_ms)
{
    struct memory_broker *memory = self(broker);
    struct memory_log *log = memory->log;
    size_t max = *room, count = 0, used_before = arena_used_bytes(ctx->arena);

    (void)wait_ms; /* no time passes here */
    if (max > 1 && memory_log_chance(log, log->options.faults.short_poll_permille))
        max = 1 + (size_t)memory_log_random(log, (int64_t)max);
    memory->next_reading++;
    for (size_t i = 0; i < memory->reading_count && !log->stopped; i++) {
        struct reading *reading =
            &memory->readings[(memory->next_reading + i) % memory->reading_count];

        if (count == max || arena_used_bytes(ctx->arena) - used_before >= POLL_BYTES_MAX)
            break;
        if (reading->assigned)
            count += read_from(reading, ctx->arena, ret + count, max - count);
    }
    *room = count;
    return OK;
}

static size_t known_ends(struct broker *broker, struct partition_end *ret, size_t max)
{
    struct memory_broker *memory = self(broker);
    size_t count = 0;

    for (size_t i = 0; i < memory->reading_count && count < max; i++) {
        const struct reading *reading = &memory->readings[i];

        if (reading->assigned) {
            ret[count++] = (struct partition_end){ reading->topic, reading->lane,
                                                   memory_partition_end(reading->partition) };
        }
    }
    return count;
}

static size_t ends(struct broker *broker, struct partition_end *ret, size_t max,
                   int64_t *ret_asked_at)
{
    struct memory_broker *memory = self(broker);

    if (!memory->ends_asked) {
        memory->ends_asked = true;
        memory->ends_asked_at = memory_log_now(memory->log);
        return 0;
    }
    if (memory->log->stopped)
        return 0;
    memory->ends_asked = false;
    *ret_asked_at = memory->ends_asked_at;
    return known_ends(broker, ret, max);
}

/* --- Publishing ------------------------------------------------------------------------------- */

static enum err check(struct memory_broker *memory, struct ctx *ctx,
                      const struct publication *publication)
{
    size_t bytes = publication->value_length;

    assert(publication->topic < memory->published_count);
    const struct memory_topic *topic = memory->published[publication->topic].topic;

    if (publication->lane < 0 || publication->lane >= topic->partition_count) {
        return err_set(ctx, ERR_INPUT, "topic \"%s\" has no partition %" PRId64, topic->name,
                       publication->lane);
    }
    for (size_t i = 0; i < publication->header_count; i++)
        bytes += strlen(publication->headers[i].name) + strlen(publication->headers[i].value);
    if (publication->key != NULL)
        bytes += strlen(publication->key);
    if (bytes > RECORD_BYTES_MAX) {
        return err_set(ctx, ERR_INPUT, "record of %zu bytes, at most %d can be published", bytes,
                       RECORD_BYTES_MAX);
    }
    if (memory->producer->lost)
        return err_set(ctx, ERR_RETRY, "the producer is lost: renew it");
    return OK;
}

static struct memory_record *record_of(const struct publication *publication, bool numbered)
{
    char generation[NUMBER_CHARACTERS], number[NUMBER_CHARACTERS];
    const struct record_header extra[] = { { HEADER_GENERATION, generation },
                                           { HEADER_NUMBER, number } };

    (void)snprintf(generation, sizeof generation, "%" PRId64, publication->generation);
    (void)snprintf(number, sizeof number, "%" PRId64, publication->number);
    return memory_record_new(publication, extra, numbered ? 2 : 0);
}

static enum err publish(struct broker *broker, struct ctx *ctx,
                        const struct publication *publication)
{
    struct memory_broker *memory = self(broker);
    enum err err = check(memory, ctx, publication);

    if (err)
        return err;

    const struct published_topic *published = &memory->published[publication->topic];
    struct memory_flight flight = {
        .producer = memory->producer,
        .stream = published->first_stream + (size_t)publication->lane,
        .numbered = publication->number != 0,
        .missed_number = published->topic->is_missed ? publication->number : 0,
        .partition = &published->topic->partitions[publication->lane],
    };

    flight.record = record_of(publication, published->numbered && flight.numbered);
    if (flight.numbered) {
        flight.prefix_sequence =
            stream_prefix_send(&memory->producer->streams[flight.stream].prefix,
                               publication->generation, publication->number);
    }
    memory_log_send(memory->log, flight);
    return OK;
}

static size_t acknowledged(struct broker *broker, struct acknowledgment *ret, size_t max)
{
    struct memory_broker *memory = self(broker);
    size_t count = 0;

    for (size_t i = 0; i < memory->published_count; i++) {
        const struct published_topic *published = &memory->published[i];
        struct memory_stream *streams = &memory->producer->streams[published->first_stream];

        for (int64_t lane = 0; lane < published->topic->partition_count && count < max; lane++) {
            struct acknowledgment *found = &ret[count];

            if (!stream_prefix_take(&streams[lane].prefix, &found->generation, &found->number))
                continue;
            found->topic = i;
            found->lane = lane;
            count++;
        }
    }
    return count;
}

static enum err renew_producer(struct broker *broker, struct ctx *ctx)
{
    struct memory_broker *memory = self(broker);

    (void)ctx;
    if (!memory->producer->lost)
        memory_producer_tear(memory->log, memory->producer);
    memory_producer_release(memory->producer);
    memory->producer = memory_producer_new(memory->stream_count);
    memory->producer_lost_told = false;
    return OK;
}

static int64_t unacknowledged(struct broker *broker)
{
    return self(broker)->producer->unacknowledged;
}

static void flush(struct broker *broker, int64_t wait_ms)
{
    (void)self(broker); /* what is due has happened by now */
    (void)wait_ms;
}

/* --- The rest --------------------------------------------------------------------------------- */

static unsigned events(struct broker *broker)
{
    struct memory_broker *memory = self(broker);
    unsigned events = BROKER_FINE;

    if (memory->producer->lost && !memory->producer_lost_told)
        events |= BROKER_PRODUCER_LOST;
    memory->producer_lost_told = memory->producer->lost;
    if (!memory->log->stopped && memory->restarts_seen != memory->log->restarts) {
        memory->restarts_seen = memory->log->restarts;
        events |= BROKER_RECONNECTED;
    }
    return events;
}

static void find_tail(const struct memory_partition *partition, struct stream_tail *tail)
{
    int64_t end = memory_partition_end(partition);
    struct record record = { 0 };

    *tail = (struct stream_tail){ .topic = tail->topic, .lane = tail->lane };
    for (int64_t offset = end - TAIL_RECORDS; offset < end; offset++) {
        const struct memory_entry *entry = memory_partition_at(partition, offset);

        if (entry == NULL)
            continue;
        memory_entry_show(entry, &record);
        stream_tail_raise(tail, record_header(&record, HEADER_GENERATION),
                          record_header(&record, HEADER_NUMBER));
    }
}

static enum err tails(struct broker *broker, struct ctx *ctx, struct stream_tail *tails,
                      size_t count)
{
    struct memory_broker *memory = self(broker);

    if (memory->log->stopped)
        return err_set(ctx, ERR_RETRY, "no broker answers");
    for (size_t i = 0; i < count; i++) {
        const struct memory_topic *topic = memory->published[tails[i].topic].topic;

        find_tail(&topic->partitions[tails[i].lane], &tails[i]);
    }
    return OK;
}

static int descriptor(struct broker *broker)
{
    (void)broker;
    return -1;
}

static void release(struct memory_broker *memory)
{
    memory_producer_release(memory->producer);
    free(memory->readings);
    free(memory->published);
    free(memory);
}

static void close_in_order(struct broker *broker)
{
    struct memory_broker *memory = self(broker);

    memory->producer->left_alone = true;
    release(memory);
}

void broker_memory_crash(struct broker *broker)
{
    struct memory_broker *memory = self(broker);

    memory_producer_tear(memory->log, memory->producer);
    release(memory);
}

void broker_memory_lose_producer(struct broker *broker)
{
    struct memory_broker *memory = self(broker);

    memory_producer_tear(memory->log, memory->producer);
}

void broker_memory_stall(struct broker *broker, int64_t until_ms)
{
    struct memory_producer *producer = self(broker)->producer;

    /* What waits already lands no earlier than it would have: a stream keeps its order. */
    producer->stalled_until =
        producer->stalled_until > until_ms ? producer->stalled_until : until_ms;
}

bool broker_memory_has_news(struct broker *broker)
{
    const struct memory_broker *memory = self(broker);
    bool news = memory->producer->lost || memory->restarts_seen != memory->log->restarts;

    for (size_t i = 0; i < memory->reading_count && !news && !memory->log->stopped; i++) {
        const struct reading *reading = &memory->readings[i];

        news = reading->assigned && reading->position + (reading->verifying ? 1 : 0) <
                                        memory_partition_end(reading->partition);
    }
    return news;
}

static const struct broker_operations operations = {
    .assign = assign,
    .unassign = unassign,
    .poll = poll,
    .publish = publish,
    .acknowledged = acknowledged,
    .events = events,
    .renew_producer = renew_producer,
    .tails = tails,
    .ends = ends,
    .known_ends = known_ends,
    .descriptor = descriptor,
    .unacknowledged = unacknowledged,
    .flush = flush,
    .close = close_in_order,
};

/* --- Opening ---------------------------------------------------------------------------------- */

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);

    if (memory == NULL)
        abort();
    return memory;
}

static enum err check_topic(struct memory_log *log, struct ctx *ctx,
                            const struct broker_topic *wanted, int64_t lane_count)
{
    const struct memory_topic *topic = memory_log_topic(log, wanted->name);
    int64_t partitions = wanted->partitions == 0 ? lane_count : wanted->partitions;

    if (topic == NULL)
        return err_set(ctx, ERR_FATAL, "topic \"%s\" does not exist", wanted->name);
    if (partitions != PARTITIONS_ANY && partitions != topic->partition_count) {
        return err_set(ctx, ERR_FATAL, "topic \"%s\" has %" PRId64 " partitions, not %" PRId64,
                       wanted->name, topic->partition_count, partitions);
    }
    return OK;
}

static enum err check_topics(struct memory_log *log, struct ctx *ctx,
                             const struct broker_options *options)
{
    for (size_t i = 0; i < options->consumed_count + options->published_count; i++) {
        const struct broker_topic *wanted = i < options->consumed_count
                                                ? &options->consumed[i]
                                                : &options->published[i - options->consumed_count];
        enum err err = check_topic(log, ctx, wanted, options->lane_count);

        if (err)
            return err;
    }
    return OK;
}

static void open_consumed(struct memory_broker *memory, const struct broker_options *options)
{
    for (size_t i = 0; i < options->consumed_count; i++) {
        memory->reading_count +=
            (size_t)memory_log_topic(memory->log, options->consumed[i].name)->partition_count;
    }
    memory->readings = allocate(memory->reading_count, sizeof *memory->readings);

    struct reading *next = memory->readings;
    for (size_t i = 0; i < options->consumed_count; i++) {
        struct memory_topic *topic = memory_log_topic(memory->log, options->consumed[i].name);

        topic->is_missed |= options->consumed[i].numbered;
        for (int64_t lane = 0; lane < topic->partition_count; lane++) {
            *next++ =
                (struct reading){ .partition = &topic->partitions[lane], .topic = i, .lane = lane };
        }
    }
}

static void open_published(struct memory_broker *memory, const struct broker_options *options)
{
    memory->published_count = options->published_count;
    memory->published = allocate(options->published_count, sizeof *memory->published);
    for (size_t i = 0; i < options->published_count; i++) {
        struct memory_topic *topic = memory_log_topic(memory->log, options->published[i].name);

        memory->published[i] =
            (struct published_topic){ topic, options->published[i].numbered, memory->stream_count };
        memory->stream_count += (size_t)topic->partition_count;
    }
    memory->producer = memory_producer_new(memory->stream_count);
}

enum err broker_memory_open(struct memory_log *log, struct ctx *ctx,
                            const struct broker_options *options, struct broker **ret)
{
    enum err err = check_topics(log, ctx, options);

    if (err)
        return err;

    struct memory_broker *memory = allocate(1, sizeof *memory);
    memory->broker.operations = &operations;
    memory->log = log;
    memory->restarts_seen = log->restarts;
    open_consumed(memory, options);
    open_published(memory, options);
    *ret = &memory->broker;
    return OK;
}
