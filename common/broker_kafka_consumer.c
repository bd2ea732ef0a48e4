/* broker_kafka_consumer.c - positions and records.
 *
 * A lane starts with the record before its position.  If that is not the record that was handled,
 * the log was cut and grew again: reading goes back an hour, which numbers and identities make
 * harmless.  Where that is, the background thread asks; until it knows, the lane is silent.
 */
#include "common/broker_kafka.h"

#include "common/arena.h"
#include "common/log.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { GO_BACK_MS = 60 * 60 * 1000, FOUND_AT_ONCE = 64, MUCH_READ_AHEAD = 1000 };

static struct kafka_broker *self(struct broker *broker)
{
    return (struct kafka_broker *)broker;
}

static struct kafka_reading *find(struct kafka_broker *kafka, size_t topic, int64_t lane)
{
    assert(topic < kafka->options.consumed_count);
    if (lane < 0 || lane >= kafka->consumed[topic].partition_count)
        return NULL;
    return &kafka->readings[kafka->consumed[topic].first_reading + (size_t)lane];
}

/* --- Positions -------------------------------------------------------------------------------- */

static void add(rd_kafka_topic_partition_list_t *list, const struct kafka_broker *kafka,
                const struct kafka_reading *reading, int64_t offset)
{
    const char *topic = kafka->options.consumed[reading->topic].name;

    rd_kafka_topic_partition_list_add(list, topic, reading->lane)->offset = offset;
}

static enum err result(struct ctx *ctx, rd_kafka_error_t *error)
{
    if (error == NULL)
        return OK;

    enum err err =
        err_set(ctx, ERR_RETRY, "cannot assign partitions: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return err;
}

static void forget(struct kafka_broker *kafka, struct kafka_reading *reading)
{
    kafka->lost_count -= reading->state == READING_LOST;
    reading->state = READING_NOTHING;
    reading->epoch++;
}

/* Where reading starts, and what it will look at first. */
static int64_t begin(struct kafka_reading *reading, const struct read_position *from)
{
    reading->epoch++;
    reading->appended_at = from->appended_at;
    reading->state = READING_FREELY;
    if (from->next_offset == 0)
        return RD_KAFKA_OFFSET_BEGINNING;
    if (from->appended_at == 0)
        return from->next_offset;
    reading->state = READING_TO_VERIFY;
    reading->verified_offset = from->next_offset - 1;
    return reading->verified_offset;
}

static enum err check(struct kafka_broker *kafka, struct ctx *ctx,
                      const struct read_position *positions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (find(kafka, positions[i].topic, positions[i].lane) == NULL) {
            return err_set(ctx, ERR_FATAL, "topic \"%s\" has no partition %" PRId64,
                           kafka->options.consumed[positions[i].topic].name, positions[i].lane);
        }
    }
    return OK;
}

enum err kafka_assign(struct broker *broker, struct ctx *ctx, const struct read_position *positions,
                      size_t count)
{
    struct kafka_broker *kafka = self(broker);
    enum err err = check(kafka, ctx, positions, count);

    if (err || count == 0)
        return err;

    rd_kafka_topic_partition_list_t *old = rd_kafka_topic_partition_list_new((int)count);
    rd_kafka_topic_partition_list_t *new = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        struct kafka_reading *reading = find(kafka, positions[i].topic, positions[i].lane);

        if (reading->state != READING_NOTHING)
            add(old, kafka, reading, RD_KAFKA_OFFSET_INVALID);
        forget(kafka, reading);
        add(new, kafka, reading, begin(reading, &positions[i]));
    }
    if (old->cnt > 0)
        err = result(ctx, rd_kafka_incremental_unassign(kafka->consumer.handle, old));
    if (!err)
        err = result(ctx, rd_kafka_incremental_assign(kafka->consumer.handle, new));
    for (size_t i = 0; err && i < count; i++)
        forget(kafka, find(kafka, positions[i].topic, positions[i].lane));
    rd_kafka_topic_partition_list_destroy(old);
    rd_kafka_topic_partition_list_destroy(new);
    return err;
}

static void unassign_readings(struct kafka_broker *kafka, rd_kafka_topic_partition_list_t *list)
{
    if (list->cnt > 0) {
        rd_kafka_error_t *error = rd_kafka_incremental_unassign(kafka->consumer.handle, list);

        if (error != NULL) {
            log_warning("cannot unassign partitions",
                        LOG_TEXT("detail", rd_kafka_error_string(error)));
            rd_kafka_error_destroy(error);
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
}

void kafka_unassign(struct broker *broker, int64_t lane)
{
    struct kafka_broker *kafka = self(broker);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);

    for (size_t i = 0; i < kafka->reading_count; i++) {
        struct kafka_reading *reading = &kafka->readings[i];

        if (reading->lane != lane || reading->state == READING_NOTHING)
            continue;
        add(list, kafka, reading, RD_KAFKA_OFFSET_INVALID);
        forget(kafka, reading);
    }
    unassign_readings(kafka, list);
}

size_t kafka_known_ends(struct broker *broker, struct partition_end *ret, size_t max)
{
    struct kafka_broker *kafka = self(broker);
    size_t count = 0;

    for (size_t i = 0; i < kafka->reading_count && count < max; i++) {
        const struct kafka_reading *reading = &kafka->readings[i];
        int64_t low = 0, high = -1;

        if (reading->state == READING_NOTHING)
            continue;
        (void)rd_kafka_get_watermark_offsets(kafka->consumer.handle,
                                             kafka->options.consumed[reading->topic].name,
                                             reading->lane, &low, &high);
        if (high >= 0)
            ret[count++] = (struct partition_end){ reading->topic, reading->lane, high };
    }
    return count;
}

/* --- Going back ------------------------------------------------------------------------------- */

static void lose(struct kafka_broker *kafka, struct kafka_reading *reading, const char *why)
{
    if (reading->state == READING_LOST)
        return;
    reading->state = READING_LOST;
    kafka->lost_count++;
    log_warning("position is not what it was, going back", LOG_TEXT("why", why),
                LOG_TEXT("topic", kafka->options.consumed[reading->topic].name),
                LOG_INT("lane", reading->lane), LOG_INT("hours", reading->appended_at > 0 ? 1 : 0));
}

static void ask_for_lost(struct kafka_broker *kafka)
{
    struct kafka_lookup lookups[FOUND_AT_ONCE];
    size_t count = 0;

    for (size_t i = 0; i < kafka->reading_count && count < FOUND_AT_ONCE; i++) {
        const struct kafka_reading *reading = &kafka->readings[i];

        if (reading->state != READING_LOST)
            continue;
        lookups[count++] = (struct kafka_lookup){
            .reading = i,
            .epoch = reading->epoch,
            .since_ms = reading->appended_at > GO_BACK_MS ? reading->appended_at - GO_BACK_MS : 0,
        };
    }
    if (count > 0)
        (void)kafka_background_look_up(kafka, lookups, count);
}

/* Starts at what was found.  The append time stays known, should that be gone, too, before it is read. */
static void start_again(struct kafka_broker *kafka, struct ctx *ctx, struct kafka_reading *reading,
                        int64_t offset)
{
    struct read_position position = { reading->topic, reading->lane, offset, 0 };
    int64_t appended_at = reading->appended_at;

    if (kafka_assign(&kafka->broker, ctx, &position, 1)) {
        log_warning("cannot go back, trying again", LOG_TEXT("detail", ctx->detail));
        reading->state = READING_LOST;
        kafka->lost_count++;
    }
    reading->appended_at = appended_at;
}

static void take_found(struct kafka_broker *kafka, struct ctx *ctx)
{
    struct kafka_lookup found[FOUND_AT_ONCE];
    size_t count = kafka_background_found(kafka, found, FOUND_AT_ONCE);

    for (size_t i = 0; i < count; i++) {
        struct kafka_reading *reading = &kafka->readings[found[i].reading];

        /* Else it was assigned anew or unassigned since. */
        if (reading->state == READING_LOST && reading->epoch == found[i].epoch)
            start_again(kafka, ctx, reading, found[i].offset);
    }
}

static void go_back(struct kafka_broker *kafka, struct ctx *ctx)
{
    if (kafka->lost_count == 0)
        return;
    take_found(kafka, ctx);
    if (kafka->lost_count > 0)
        ask_for_lost(kafka);
}

/* --- Records ---------------------------------------------------------------------------------- */

static const char *copy(struct arena *arena, const void *bytes, size_t length)
{
    return bytes == NULL ? NULL : arena_copy_text(arena, bytes, length);
}

static void copy_headers(const rd_kafka_message_t *message, struct arena *arena, struct record *ret)
{
    rd_kafka_headers_t *headers;

    if (rd_kafka_message_headers(message, &headers))
        return;

    size_t count = rd_kafka_header_cnt(headers);
    for (size_t i = 0; i < count && i < RECORD_HEADERS_MAX; i++) {
        const char *name;
        const void *value;
        size_t length;

        if (rd_kafka_header_get_all(headers, i, &name, &value, &length))
            break;
        ret->headers[ret->header_count++] = (struct record_header){
            copy(arena, name, strlen(name)),
            value == NULL ? "" : copy(arena, value, length),
        };
    }
    ret->headers_dropped = count - ret->header_count;
}

static void copy_record(const rd_kafka_message_t *message, const struct kafka_reading *reading,
                        struct arena *arena, struct record *ret)
{
    ret->topic = reading->topic;
    ret->lane = reading->lane;
    ret->offset = message->offset;
    ret->appended_at = reading->appended_at;
    ret->key = copy(arena, message->key, message->key_len);
    ret->value = copy(arena, message->payload, message->len);
    ret->value_length = message->len;
    ret->header_count = ret->headers_dropped = 0;
    copy_headers(message, arena, ret);
}

static bool verify(struct kafka_broker *kafka, struct kafka_reading *reading,
                   const rd_kafka_message_t *message)
{
    int64_t appended_at = rd_kafka_message_timestamp(message, NULL);

    if (message->offset == reading->verified_offset && appended_at == reading->appended_at) {
        reading->state = READING_FREELY;
        return true;
    }
    lose(kafka, reading,
         message->offset == reading->verified_offset ? "append time differs" : "record is gone");
    return false;
}

static void take_error(struct kafka_broker *kafka, const rd_kafka_message_t *message)
{
    const struct kafka_consumed_topic *topic =
        message->rkt == NULL ? NULL : rd_kafka_topic_opaque(message->rkt);
    struct kafka_reading *reading =
        topic == NULL ? NULL : find(kafka, topic->index, message->partition);

    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && reading != NULL) {
        if (reading->state != READING_NOTHING)
            lose(kafka, reading, "offset out of range");
    } else if (message->err != kafka->error_told) {
        kafka->error_told = message->err;
        log_warning("Kafka consumer error", LOG_TEXT("error", rd_kafka_err2name(message->err)),
                    LOG_TEXT("detail", rd_kafka_message_errstr(message)));
    }
}

/* Whether the record is one for the caller. */
static bool take(struct kafka_broker *kafka, const rd_kafka_message_t *message, struct arena *arena,
                 struct record *ret)
{
    if (message->err) {
        take_error(kafka, message);
        return false;
    }

    const struct kafka_consumed_topic *topic = rd_kafka_topic_opaque(message->rkt);
    struct kafka_reading *reading = find(kafka, topic->index, message->partition);
    if (reading->state == READING_TO_VERIFY) {
        (void)verify(kafka, reading, message); /* handled before, or not to be trusted */
    } else if (reading->state == READING_FREELY) {
        reading->appended_at = rd_kafka_message_timestamp(message, NULL);
        copy_record(message, reading, arena, ret);
        return true;
    }
    return false;
}

static void be_quiet(struct kafka_broker *kafka)
{
    uint64_t count;

    (void)!read(kafka->descriptor, &count, sizeof count); /* fails when it is quiet */
}

/* When enough is read ahead, fetching stops, and this version of the library looks a second later whether to go on.  By
 * then a fast reader has been without work for long. */
static void keep_fetching(struct kafka_broker *kafka)
{
    size_t queued = rd_kafka_queue_length(kafka->consumer_queue);

    if (queued > kafka->queued_max)
        kafka->queued_max = queued;
    if (kafka->queued_max < MUCH_READ_AHEAD || queued > kafka->queued_max / 2)
        return;
    kafka->queued_max = queued;
    kafka_background_nudge(kafka);
}

enum err kafka_poll(struct broker *broker, struct ctx *ctx, struct record *ret, size_t *count,
                    int64_t wait_ms)
{
    struct kafka_broker *kafka = self(broker);
    size_t max = *count, used_before = arena_used_bytes(ctx->arena);
    rd_kafka_message_t *message;

    be_quiet(kafka); /* before looking: what comes in between wakes again */
    go_back(kafka, ctx);
    keep_fetching(kafka);
    *count = 0;
    for (size_t seen = 0; seen < max && arena_used_bytes(ctx->arena) - used_before < POLL_BYTES_MAX;
         seen++) {
        message = rd_kafka_consumer_poll(kafka->consumer.handle, seen == 0 ? (int)wait_ms : 0);
        if (message == NULL)
            return OK;
        if (take(kafka, message, ctx->arena, &ret[*count]))
            ++*count;
        rd_kafka_message_destroy(message);
    }
    kafka_wake(kafka); /* there may be more */
    return OK;
}
