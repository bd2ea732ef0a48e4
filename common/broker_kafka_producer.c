/* broker_kafka_producer.c - publications and their acknowledgments.
 *
 * A record's opaque is its stream and its sequence in it, in one word: nothing is allocated for it.
 */
#include "common/broker_kafka.h"

#include "common/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RENEW_PATIENCE_MS = 300, NUMBER_CHARACTERS = 24, SEQUENCE_BITS = 32, HEADERS_PART = 0 };

#define STREAM_NONE ((uintptr_t)1 << 63)
_Static_assert(sizeof(uintptr_t) == 8, "a stream and a sequence share an opaque");

static struct kafka_broker *self(struct broker *broker)
{
    return (struct kafka_broker *)broker;
}

/* --- Life ------------------------------------------------------------------------------------- */

static void open_topics(struct kafka_broker *kafka, struct kafka_producer *producer)
{
    const struct rd_kafka_metadata *metadata = NULL;

    producer->topic_count = kafka->options.published_count;
    producer->topics = kafka_allocate(producer->topic_count, sizeof(rd_kafka_topic_t *));
    for (size_t i = 0; i < producer->topic_count; i++) {
        producer->topics[i] =
            rd_kafka_topic_new(producer->client.handle, kafka->published[i].name, NULL);
    }
    /* Without it the first record of each topic may wait a second.  When nobody answers it does not matter. */
    if (producer->topic_count > 0 &&
        rd_kafka_metadata(producer->client.handle, 0, NULL, &metadata, RENEW_PATIENCE_MS) ==
            RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(metadata);
    }
}

static void wake_on_acknowledgment(struct kafka_broker *kafka, struct kafka_producer *producer)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(producer->client.handle);
    uint64_t one = 1;

    rd_kafka_queue_io_event_enable(queue, kafka->descriptor, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
}

enum err kafka_producer_open(struct kafka_broker *kafka, struct ctx *ctx,
                             struct kafka_producer **ret)
{
    struct kafka_producer *producer = kafka_allocate(1, sizeof *producer);
    enum err err = kafka_client_open(kafka, ctx, &producer->client, KAFKA_PRODUCER);

    if (err) {
        free(producer);
        return err;
    }
    producer->streams = kafka_allocate(kafka->stream_count, sizeof *producer->streams);
    open_topics(kafka, producer);
    if (kafka->options.wake_on_acknowledgment)
        wake_on_acknowledgment(kafka, producer);
    *ret = producer;
    return OK;
}

void kafka_producer_end(struct kafka_producer *producer)
{
    producer->client.retired = true;
    (void)rd_kafka_purge(producer->client.handle, RD_KAFKA_PURGE_F_QUEUE |
                                                      RD_KAFKA_PURGE_F_INFLIGHT |
                                                      RD_KAFKA_PURGE_F_NON_BLOCKING);
    for (size_t i = 0; i < producer->topic_count; i++)
        rd_kafka_topic_destroy(producer->topics[i]);
    rd_kafka_destroy(producer->client.handle);
    free(producer->topics);
    free(producer->streams);
    free(producer);
}

enum err kafka_renew_producer(struct broker *broker, struct ctx *ctx)
{
    struct kafka_broker *kafka = self(broker);
    struct kafka_producer *fresh;
    enum err err = kafka_producer_open(kafka, ctx, &fresh);

    if (err)
        return err;
    kafka->producer->client.retired = true;
    kafka_background_retire_producer(kafka, kafka->producer);
    kafka->producer = fresh;
    return OK;
}

/* --- Publishing ------------------------------------------------------------------------------- */

static size_t bytes_of(const struct publication *publication)
{
    size_t bytes =
        publication->value_length + (publication->key == NULL ? 0 : strlen(publication->key));

    for (size_t i = 0; i < publication->header_count; i++)
        bytes += strlen(publication->headers[i].name) + strlen(publication->headers[i].value);
    return bytes;
}

static enum err check(struct kafka_broker *kafka, struct ctx *ctx,
                      const struct publication *publication)
{
    assert(publication->topic < kafka->options.published_count);

    const struct kafka_published_topic *topic = &kafka->published[publication->topic];
    size_t bytes = bytes_of(publication);

    if (publication->lane < 0 || publication->lane >= topic->partition_count) {
        return err_set(ctx, ERR_INPUT, "topic \"%s\" has no partition %" PRId64, topic->name,
                       publication->lane);
    }
    if (bytes > RECORD_BYTES_MAX) {
        return err_set(ctx, ERR_INPUT, "record of %zu bytes, at most %d can be published", bytes,
                       RECORD_BYTES_MAX);
    }
    if (kafka->producer->lost)
        return err_set(ctx, ERR_RETRY, "the producer is lost: renew it");
    return OK;
}

static void add_number(rd_kafka_headers_t *headers, const char *name, int64_t number)
{
    char text[NUMBER_CHARACTERS];

    (void)snprintf(text, sizeof text, "%" PRId64, number);
    (void)rd_kafka_header_add(headers, name, -1, text, -1);
}

static rd_kafka_headers_t *headers_of(const struct publication *publication, bool numbered)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(publication->header_count + 2);

    for (size_t i = 0; i < publication->header_count; i++) {
        (void)rd_kafka_header_add(headers, publication->headers[i].name, -1,
                                  publication->headers[i].value, -1);
    }
    if (numbered) {
        add_number(headers, HEADER_GENERATION, publication->generation);
        add_number(headers, HEADER_NUMBER, publication->number);
    }
    return headers;
}

/* The library does not write to what it copies, but its interface cannot say so. */
static void *unconst(const void *bytes)
{
    union {
        const void *given;
        void *taken;
    } same = { .given = bytes };

    return same.taken;
}

static rd_kafka_resp_err_t produce(struct kafka_broker *kafka,
                                   const struct publication *publication, uintptr_t mark)
{
    bool numbered = kafka->published[publication->topic].numbered && publication->number != 0;
    size_t key_length = publication->key == NULL ? 0 : strlen(publication->key);
    const rd_kafka_vu_t parts[] = {
        [HEADERS_PART] = { .vtype = RD_KAFKA_VTYPE_HEADERS,
                           .u.headers = headers_of(publication, numbered) },
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = kafka->producer->topics[publication->topic] },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = (int32_t)publication->lane },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { unconst(publication->key), key_length } },
        { .vtype = RD_KAFKA_VTYPE_VALUE,
          .u.mem = { unconst(publication->value), publication->value_length } },
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): a number that travels */
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)mark },
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(kafka->producer->client.handle, parts, sizeof parts / sizeof parts[0]);

    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(parts[HEADERS_PART].u.headers);
    return code;
}

static enum err refused(struct kafka_broker *kafka, struct ctx *ctx, rd_kafka_resp_err_t error)
{
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return err_set(ctx, ERR_RETRY, "the producer's queue is full");
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
        kafka->producer->lost = true;
        return err_set(ctx, ERR_RETRY, "the producer is lost: renew it");
    }
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
        error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
        return err_set(ctx, ERR_INPUT, "the record cannot be published: %s",
                       rd_kafka_err2str(error));
    }
    return err_set(ctx, ERR_RETRY, "the record is not taken: %s", rd_kafka_err2str(error));
}

enum err kafka_publish(struct broker *broker, struct ctx *ctx,
                       const struct publication *publication)
{
    struct kafka_broker *kafka = self(broker);
    enum err err = check(kafka, ctx, publication);

    if (err)
        return err;

    size_t stream = kafka->published[publication->topic].first_stream + (size_t)publication->lane;
    struct stream_prefix *prefix = &kafka->producer->streams[stream], before = *prefix;
    uintptr_t mark = STREAM_NONE;

    if (publication->number != 0) {
        mark = (uintptr_t)stream << SEQUENCE_BITS |
               stream_prefix_send(prefix, publication->generation, publication->number);
    }
    rd_kafka_resp_err_t error = produce(kafka, publication, mark);
    if (error) {
        *prefix = before;
        return refused(kafka, ctx, error);
    }
    kafka->producer->unacknowledged++;
    return OK;
}

/* --- Acknowledgments -------------------------------------------------------------------------- */

void kafka_delivered(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_producer *producer = opaque;
    uintptr_t mark = (uintptr_t)message->_private;

    (void)handle;
    producer->unacknowledged--;
    if (mark == STREAM_NONE)
        return; /* best effort */

    struct stream_prefix *prefix = &producer->streams[mark >> SEQUENCE_BITS];
    if (!message->err && stream_prefix_acknowledge(prefix, (uint32_t)mark))
        return;
    prefix->broken = true;
    if (!producer->lost) {
        log_warning("Kafka producer lost", LOG_TEXT("cause", rd_kafka_err2name(message->err)),
                    LOG_TEXT("topic", rd_kafka_topic_name(message->rkt)),
                    LOG_INT("lane", message->partition));
    }
    producer->lost = true;
}

size_t kafka_acknowledged(struct broker *broker, struct acknowledgment *ret, size_t max)
{
    struct kafka_broker *kafka = self(broker);
    size_t count = 0;

    (void)rd_kafka_poll(kafka->producer->client.handle, 0);
    for (size_t i = 0; i < kafka->options.published_count; i++) {
        const struct kafka_published_topic *topic = &kafka->published[i];
        struct stream_prefix *streams = &kafka->producer->streams[topic->first_stream];

        for (int64_t lane = 0; lane < topic->partition_count && count < max; lane++) {
            struct acknowledgment *found = &ret[count];

            if (!stream_prefix_take(&streams[lane], &found->generation, &found->number))
                continue;
            found->topic = i;
            found->lane = lane;
            count++;
        }
    }
    return count;
}

int64_t kafka_unacknowledged(struct broker *broker)
{
    struct kafka_broker *kafka = self(broker);

    (void)rd_kafka_poll(kafka->producer->client.handle, 0);
    return kafka->producer->unacknowledged;
}

void kafka_flush(struct broker *broker, int64_t wait_ms)
{
    struct kafka_broker *kafka = self(broker);

    if (!kafka->producer->lost)
        (void)rd_kafka_flush(kafka->producer->client.handle, (int)wait_ms);
}
