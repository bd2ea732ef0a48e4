/* broker_kafka_tails.c - a second, passing consumer that looks at the ends of streams.
 *
 * It is made when it is first asked, kept for the next lanes that are taken, and given up after ten
 * seconds without a question.
 */
#include "common/broker_kafka.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL_RECORDS = 64, PATIENCE_MS = 1900, REST_MS = 10000, NUMBER_CHARACTERS = 24 };

/* One question. */
struct reading {
    struct kafka_broker *kafka;
    struct kafka_tails *client;
    struct stream_tail *tails;
    size_t count;
    int64_t *ends; /* 0: nothing (more) to read */
    size_t left;
    int64_t deadline_ms;
};

static int patience(const struct reading *reading)
{
    int64_t left_ms = reading->deadline_ms - kafka_now_ms();

    return left_ms > 0 ? (int)left_ms : 0;
}

/* --- The client ------------------------------------------------------------------------------- */

static enum err wake_up(struct kafka_broker *kafka, struct ctx *ctx)
{
    if (kafka->tails != NULL)
        return OK;

    struct kafka_tails *tails = kafka_allocate(1, sizeof *tails);
    enum err err = kafka_client_open(kafka, ctx, &tails->client, KAFKA_TAILS);
    if (err) {
        free(tails);
        return err;
    }
    tails->queue = rd_kafka_queue_new(tails->client.handle);
    tails->topic_count = kafka->options.published_count;
    tails->topics = kafka_allocate(tails->topic_count, sizeof(rd_kafka_topic_t *));
    for (size_t i = 0; i < tails->topic_count; i++)
        tails->topics[i] = rd_kafka_topic_new(tails->client.handle, kafka->published[i].name, NULL);
    kafka->tails = tails;
    return OK;
}

void kafka_tails_end(struct kafka_tails *tails)
{
    tails->client.retired = true;
    rd_kafka_queue_destroy(tails->queue);
    for (size_t i = 0; i < tails->topic_count; i++)
        rd_kafka_topic_destroy(tails->topics[i]);
    rd_kafka_destroy_flags(tails->client.handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(tails->topics);
    free(tails);
}

void kafka_tails_rest(struct kafka_broker *kafka)
{
    if (kafka->tails == NULL || kafka_now_ms() - kafka->tails->used_at < REST_MS)
        return;
    kafka_background_retire_tails(kafka, kafka->tails);
    kafka->tails = NULL;
}

/* --- Reading ---------------------------------------------------------------------------------- */

static bool ask_ends(struct reading *reading)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)reading->count);
    bool answered = true;

    for (size_t i = 0; i < reading->count; i++) {
        const struct stream_tail *tail = &reading->tails[i];
        const char *topic = reading->kafka->published[tail->topic].name;

        rd_kafka_topic_partition_list_add(list, topic, (int32_t)tail->lane)->offset =
            RD_KAFKA_OFFSET_END;
    }
    if (rd_kafka_offsets_for_times(reading->client->client.handle, list, patience(reading)))
        answered = false;
    for (size_t i = 0; answered && i < reading->count; i++) {
        const struct stream_tail *tail = &reading->tails[i];
        const rd_kafka_topic_partition_t *end = rd_kafka_topic_partition_list_find(
            list, reading->kafka->published[tail->topic].name, (int32_t)tail->lane);

        answered = end->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        reading->ends[i] = end->offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return answered;
}

static void start(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct stream_tail *tail = &reading->tails[i];
        int64_t end = reading->ends[i];

        if (end <= 0)
            continue;
        if (rd_kafka_consume_start_queue(reading->client->topics[tail->topic], (int32_t)tail->lane,
                                         end > TAIL_RECORDS ? end - TAIL_RECORDS : 0,
                                         reading->client->queue) == 0)
            reading->left++;
    }
}

static void stop(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct stream_tail *tail = &reading->tails[i];

        (void)rd_kafka_consume_stop(reading->client->topics[tail->topic], (int32_t)tail->lane);
    }
}

static const char *number_text(const rd_kafka_message_t *message, const char *name,
                               char text[NUMBER_CHARACTERS])
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t length;

    if (rd_kafka_message_headers(message, &headers) ||
        rd_kafka_header_get_last(headers, name, &value, &length) || length >= NUMBER_CHARACTERS)
        return NULL;
    memcpy(text, value, length);
    text[length] = '\0';
    return text;
}

static void look_at(struct reading *reading, size_t index, const rd_kafka_message_t *message)
{
    char generation[NUMBER_CHARACTERS], number[NUMBER_CHARACTERS];
    bool at_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;

    if (!message->err) {
        stream_tail_raise(&reading->tails[index],
                          number_text(message, HEADER_GENERATION, generation),
                          number_text(message, HEADER_NUMBER, number));
        at_end = message->offset >= reading->ends[index] - 1;
    }
    if (at_end && reading->ends[index] > 0) {
        reading->ends[index] = 0;
        reading->left--;
    }
}

static bool is_of(const struct reading *reading, size_t index, const rd_kafka_message_t *message)
{
    const struct stream_tail *tail = &reading->tails[index];
    const char *topic = reading->kafka->published[tail->topic].name;

    return message->rkt != NULL && tail->lane == message->partition &&
           strcmp(rd_kafka_topic_name(message->rkt), topic) == 0;
}

static void read_to_ends(struct reading *reading)
{
    while (reading->left > 0 && patience(reading) > 0) {
        rd_kafka_message_t *message =
            rd_kafka_consume_queue(reading->client->queue, patience(reading));

        if (message == NULL)
            return;
        for (size_t i = 0; i < reading->count; i++) {
            if (is_of(reading, i, message))
                look_at(reading, i, message);
        }
        rd_kafka_message_destroy(message);
    }
}

static enum err read_tails(struct reading *reading, struct ctx *ctx)
{
    if (!ask_ends(reading))
        return err_set(ctx, ERR_RETRY, "the ends of streams are not known: no answer from Kafka");
    start(reading);
    read_to_ends(reading);
    stop(reading);
    if (reading->left > 0) {
        return err_set(ctx, ERR_RETRY, "%zu streams were not read to their ends in time",
                       reading->left);
    }
    return OK;
}

enum err kafka_tails(struct broker *broker, struct ctx *ctx, struct stream_tail *tails,
                     size_t count)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    struct reading reading = { .kafka = kafka, .tails = tails, .count = count };

    if (count == 0)
        return OK;
    reading.deadline_ms = kafka_now_ms() + PATIENCE_MS;
    enum err err = wake_up(kafka, ctx);
    if (err)
        return err;
    for (size_t i = 0; i < count; i++) {
        assert(tails[i].topic < kafka->options.published_count);
        tails[i] = (struct stream_tail){ .topic = tails[i].topic, .lane = tails[i].lane };
    }
    reading.client = kafka->tails;
    reading.ends = kafka_allocate(count, sizeof *reading.ends);
    err = read_tails(&reading, ctx);
    kafka->tails->used_at = kafka_now_ms();
    free(reading.ends);
    return err;
}
