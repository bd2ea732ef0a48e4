/* broker_kafka.c - the log in Kafka: opening, its topics, events, closing. */
#include "common/broker_kafka.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { OPEN_PATIENCE_MS = 5000, CLOSE_PATIENCE_MS = 5000 };

int64_t kafka_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void *kafka_allocate(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);

    if (memory == NULL) {
        (void)fprintf(stderr, "broker: the machine has no memory left (%zu bytes)\n", count * size);
        abort();
    }
    return memory;
}

void kafka_wake(struct kafka_broker *kafka)
{
    uint64_t one = 1;

    (void)!write(kafka->descriptor, &one, sizeof one); /* fails only when it is awake to the brim */
}

/* --- Topics ----------------------------------------------------------------------------------- */

static const struct rd_kafka_metadata_topic *find_topic(const struct rd_kafka_metadata *metadata,
                                                        const char *name)
{
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (text_equal(metadata->topics[i].topic, name))
            return &metadata->topics[i];
    }
    return NULL;
}

static enum err check_topic(struct ctx *ctx, const struct rd_kafka_metadata *metadata,
                            const struct broker_topic *wanted, int64_t lane_count,
                            int64_t *ret_partition_count)
{
    const struct rd_kafka_metadata_topic *topic = find_topic(metadata, wanted->name);
    int64_t partitions = wanted->partitions == 0 ? lane_count : wanted->partitions;

    if (topic == NULL || topic->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        topic->err == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION) {
        return err_set(ctx, ERR_FATAL, "topic \"%s\" does not exist", wanted->name);
    }
    if (topic->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return err_set(ctx, ERR_FATAL, "topic \"%s\" may not be used by this client", wanted->name);
    if (topic->err || topic->partition_cnt == 0) {
        return err_set(ctx, ERR_RETRY, "topic \"%s\": %s", wanted->name,
                       rd_kafka_err2str(topic->err));
    }
    if (partitions != PARTITIONS_ANY && partitions != topic->partition_cnt) {
        return err_set(ctx, ERR_FATAL, "topic \"%s\" has %d partitions, not %" PRId64, wanted->name,
                       topic->partition_cnt, partitions);
    }
    *ret_partition_count = topic->partition_cnt;
    return OK;
}

static enum err check_topics(struct kafka_broker *kafka, struct ctx *ctx,
                             const struct rd_kafka_metadata *metadata)
{
    const struct broker_options *options = &kafka->options;
    enum err err = OK;

    for (size_t i = 0; i < options->consumed_count && !err; i++) {
        struct kafka_consumed_topic *topic = &kafka->consumed[i];

        err = check_topic(ctx, metadata, &options->consumed[i], options->lane_count,
                          &topic->partition_count);
        topic->first_reading = kafka->reading_count;
        kafka->reading_count += (size_t)topic->partition_count;
    }
    for (size_t i = 0; i < options->published_count && !err; i++) {
        struct kafka_published_topic *topic = &kafka->published[i];

        err = check_topic(ctx, metadata, &options->published[i], options->lane_count,
                          &topic->partition_count);
        topic->first_stream = kafka->stream_count;
        kafka->stream_count += (size_t)topic->partition_count;
    }
    return err;
}

static rd_kafka_topic_t *open_topic(struct kafka_broker *kafka, const char *name, void *opaque)
{
    rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(kafka->consumer.handle);

    rd_kafka_topic_conf_set_opaque(conf, opaque);
    return rd_kafka_topic_new(kafka->consumer.handle, name, conf);
}

/* Topics that are only published are opened for this question alone. */
static enum err ask_for_topics(struct kafka_broker *kafka, struct ctx *ctx)
{
    const struct broker_options *options = &kafka->options;
    rd_kafka_topic_t **passing =
        kafka_allocate(options->published_count, sizeof(rd_kafka_topic_t *));
    const struct rd_kafka_metadata *metadata = NULL;

    for (size_t i = 0; i < options->published_count; i++)
        passing[i] = rd_kafka_topic_new(kafka->consumer.handle, options->published[i].name, NULL);

    rd_kafka_resp_err_t error =
        rd_kafka_metadata(kafka->consumer.handle, 0, NULL, &metadata, OPEN_PATIENCE_MS);
    enum err err = error ? err_set(ctx, ERR_RETRY, "no Kafka broker answers at \"%s\": %s",
                                   options->bootstrap, rd_kafka_err2str(error))
                         : check_topics(kafka, ctx, metadata);

    rd_kafka_metadata_destroy(metadata);
    for (size_t i = 0; i < options->published_count; i++)
        rd_kafka_topic_destroy(passing[i]);
    free(passing);
    return err;
}

static void name_readings(struct kafka_broker *kafka)
{
    kafka->readings = kafka_allocate(kafka->reading_count, sizeof *kafka->readings);
    for (size_t i = 0; i < kafka->options.consumed_count; i++) {
        const struct kafka_consumed_topic *topic = &kafka->consumed[i];

        for (int32_t lane = 0; lane < topic->partition_count; lane++) {
            kafka->readings[topic->first_reading + (size_t)lane] =
                (struct kafka_reading){ .topic = i, .lane = lane };
        }
    }
}

/* --- Life ------------------------------------------------------------------------------------- */

static enum err open_consumer(struct kafka_broker *kafka, struct ctx *ctx)
{
    const struct broker_options *options = &kafka->options;
    uint64_t one = 1;
    enum err err = kafka_client_open(kafka, ctx, &kafka->consumer, KAFKA_CONSUMER);

    if (err)
        return err;
    (void)rd_kafka_poll_set_consumer(kafka->consumer.handle);
    kafka->consumer_queue = rd_kafka_queue_get_consumer(kafka->consumer.handle);
    rd_kafka_queue_io_event_enable(kafka->consumer_queue, kafka->descriptor, &one, sizeof one);
    for (size_t i = 0; i < options->consumed_count; i++) {
        kafka->consumed[i].index = i;
        kafka->consumed[i].handle =
            open_topic(kafka, options->consumed[i].name, &kafka->consumed[i]);
    }
    return OK;
}

static void close_consumer(struct kafka_broker *kafka)
{
    if (kafka->consumer.handle == NULL)
        return;
    kafka->consumer.retired = true;
    for (size_t i = 0; i < kafka->options.consumed_count; i++)
        rd_kafka_topic_destroy(kafka->consumed[i].handle);
    rd_kafka_queue_destroy(kafka->consumer_queue);
    rd_kafka_destroy_flags(kafka->consumer.handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

static void release(struct kafka_broker *kafka)
{
    if (kafka->producer != NULL)
        kafka_producer_end(kafka->producer);
    close_consumer(kafka);
    if (kafka->descriptor >= 0)
        (void)close(kafka->descriptor);
    free(kafka->background.ends);
    free(kafka->background.lookups);
    free(kafka->consumed);
    free(kafka->published);
    free(kafka->readings);
    pthread_cond_destroy(&kafka->background.wake);
    pthread_mutex_destroy(&kafka->background.lock);
    free(kafka);
}

static void close_broker(struct broker *broker)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;

    kafka_flush(broker, CLOSE_PATIENCE_MS);
    kafka_background_stop(kafka);
    if (kafka->tails != NULL)
        kafka_tails_end(kafka->tails);
    release(kafka);
}

static int descriptor(struct broker *broker)
{
    return ((struct kafka_broker *)broker)->descriptor;
}

static unsigned events(struct broker *broker)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    struct kafka_producer *producer = kafka->producer;
    unsigned events = BROKER_FINE;

    (void)rd_kafka_poll(producer->client.handle, 0);
    kafka_tails_rest(kafka);
    if (producer->lost && !producer->lost_told)
        events |= BROKER_PRODUCER_LOST;
    producer->lost_told = producer->lost;
    pthread_mutex_lock(&kafka->background.lock);
    if (kafka->background.reconnected)
        events |= BROKER_RECONNECTED;
    kafka->background.reconnected = false;
    pthread_mutex_unlock(&kafka->background.lock);
    if (events & BROKER_RECONNECTED)
        kafka->error_told = RD_KAFKA_RESP_ERR_NO_ERROR;
    return events;
}

static const struct broker_operations operations = {
    .assign = kafka_assign,
    .unassign = kafka_unassign,
    .poll = kafka_poll,
    .publish = kafka_publish,
    .acknowledged = kafka_acknowledged,
    .events = events,
    .renew_producer = kafka_renew_producer,
    .tails = kafka_tails,
    .ends = kafka_ends,
    .known_ends = kafka_known_ends,
    .descriptor = descriptor,
    .unacknowledged = kafka_unacknowledged,
    .flush = kafka_flush,
    .close = close_broker,
};

static struct kafka_broker *kafka_new(const struct broker_options *options)
{
    struct kafka_broker *kafka = kafka_allocate(1, sizeof *kafka);

    kafka->broker.operations = &operations;
    kafka->options = *options;
    kafka->descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    kafka->consumed = kafka_allocate(options->consumed_count, sizeof *kafka->consumed);
    kafka->published = kafka_allocate(options->published_count, sizeof *kafka->published);
    for (size_t i = 0; i < options->published_count; i++) {
        kafka->published[i].name = options->published[i].name;
        kafka->published[i].numbered = options->published[i].numbered;
    }
    pthread_mutex_init(&kafka->background.lock, NULL);
    pthread_cond_init(&kafka->background.wake, NULL);
    return kafka;
}

enum err broker_kafka_open(struct ctx *ctx, const struct broker_options *options,
                           struct broker **ret)
{
    struct kafka_broker *kafka = kafka_new(options);
    enum err err = kafka->descriptor < 0 ? err_set(ctx, ERR_RETRY, "no descriptor is left")
                                         : open_consumer(kafka, ctx);

    if (!err)
        err = ask_for_topics(kafka, ctx);
    if (!err) {
        name_readings(kafka);
        err = kafka_producer_open(kafka, ctx, &kafka->producer);
    }
    if (!err)
        err = kafka_background_start(kafka, ctx);
    if (err) {
        release(kafka);
        return err;
    }
    *ret = &kafka->broker;
    return OK;
}

void broker_kafka_lose_producer(struct broker *broker)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;

    (void)rd_kafka_test_fatal_error(kafka->producer->client.handle,
                                    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                    "asked for by a test");
}
