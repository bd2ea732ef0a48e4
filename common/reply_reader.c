/* reply_reader.c - a consumer of one partition, assigned by hand, that begins at the end. */
#include "common/reply_reader.h"

#include "common/kafka_conf.h"
#include "common/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 200, KEY_CHARACTERS = 256, ERROR_CHARACTERS = 400 };

struct reply_reader {
    rd_kafka_t *handle;
    struct reply_reader_options options;
    int64_t partition;
    pthread_t thread;
    atomic_bool stop, ready;
    rd_kafka_resp_err_t error_told; /* logs once a change */
};

static const struct kafka_setting settings[] = {
    { "enable.auto.commit", "false" },
    { "enable.auto.offset.store", "false" },
    { "auto.offset.reset", "latest" },
    { "enable.partition.eof", "true" },
    { "fetch.error.backoff.ms", "50" },
    { "queued.max.messages.kbytes", "8192" },
    { NULL, NULL },
};

static void take(struct reply_reader *reader, const rd_kafka_message_t *message)
{
    char key[KEY_CHARACTERS] = "";

    if (message->key_len >= sizeof key || message->payload == NULL)
        return; /* nobody waits under such a name */
    if (message->key_len > 0)
        memcpy(key, message->key, message->key_len);
    reader->options.take(reader->options.taker, key, message->payload, message->len);
}

static void handle(struct reply_reader *reader, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        /* Under load the end is never met: there is always one more. */
        atomic_store(&reader->ready, true);
        take(reader, message);
        reader->error_told = message->err;
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        atomic_store(&reader->ready, true);
    } else if (message->err != reader->error_told) {
        reader->error_told = message->err;
        log_warning("replies cannot be read", LOG_TEXT("error", rd_kafka_err2name(message->err)));
    }
}

static void *thread_main(void *argument)
{
    struct reply_reader *reader = argument;

    while (!atomic_load(&reader->stop)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->handle, POLL_MS);

        if (message != NULL) {
            handle(reader, message);
            rd_kafka_message_destroy(message);
        }
    }
    return NULL;
}

static enum err open_client(struct ctx *ctx, struct reply_reader *reader)
{
    const struct kafka_conf_options options = { reader->options.bootstrap,
                                                reader->options.client_id,
                                                reader->options.properties, settings };
    char detail[ERROR_CHARACTERS];
    rd_kafka_conf_t *conf = NULL;
    enum err err = kafka_conf_new(ctx, &options, &conf);

    if (err)
        return err;
    /* Asked for by assign(); nothing is kept under it. */
    if (rd_kafka_conf_set(conf, "group.id", reader->options.client_id, detail, sizeof detail) ==
        RD_KAFKA_CONF_OK) {
        reader->handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, detail, sizeof detail);
    }
    if (reader->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_set(ctx, ERR_FATAL, "cannot make a Kafka client: %s", detail);
    }
    (void)rd_kafka_poll_set_consumer(reader->handle);
    return OK;
}

static enum err assign(struct ctx *ctx, struct reply_reader *reader)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(reader->handle, reader->options.topic, NULL);
    int64_t count = 0;
    enum err err = kafka_partition_count(ctx, reader->handle, topic, &count);

    rd_kafka_topic_destroy(topic);
    if (err)
        return err;
    reader->partition = reader->options.partition % count;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, reader->options.topic, (int32_t)reader->partition)
        ->offset = RD_KAFKA_OFFSET_END;
    rd_kafka_resp_err_t error = rd_kafka_assign(reader->handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error)
        return err_set(ctx, ERR_RETRY, "replies cannot be read: %s", rd_kafka_err2str(error));
    return OK;
}

static void release(struct reply_reader *reader)
{
    if (reader->handle != NULL)
        rd_kafka_destroy_flags(reader->handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(reader);
}

enum err reply_reader_open(struct ctx *ctx, const struct reply_reader_options *options,
                           struct reply_reader **ret)
{
    struct reply_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return err_set(ctx, ERR_FATAL, "no memory for the reply reader");
    reader->options = *options;
    enum err err = open_client(ctx, reader);
    if (!err)
        err = assign(ctx, reader);
    if (!err && pthread_create(&reader->thread, NULL, thread_main, reader) != 0)
        err = err_set(ctx, ERR_FATAL, "cannot start the reply reader's thread");
    if (err) {
        release(reader);
        return err;
    }
    *ret = reader;
    return OK;
}

int64_t reply_reader_partition(const struct reply_reader *reader)
{
    return reader->partition;
}

bool reply_reader_is_ready(const struct reply_reader *reader)
{
    return atomic_load(&reader->ready);
}

struct reply_reader *reply_reader_close(struct reply_reader *reader)
{
    if (reader == NULL)
        return NULL;
    atomic_store(&reader->stop, true);
    (void)pthread_join(reader->thread, NULL);
    release(reader);
    return NULL;
}
