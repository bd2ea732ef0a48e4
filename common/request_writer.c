/* request_writer.c - a producer whose callers wait for the acknowledgment of their own record.
 *
 * One thread polls the library for acknowledgments and, when all brokers seem to be gone, asks whether they
 * are: a question that fails means away, so that callers are refused at once instead of waiting in a queue.
 */
#include "common/request_writer.h"

#include "common/kafka_conf.h"
#include "common/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    POLL_MS = 100,
    PROBE_MS = 1000,
    PROBE_PAUSE_MS = 200,
    LIBRARY_SLACK_MS = 3000, /* the library looks for what is too old once a second */
    ERROR_CHARACTERS = 400,
    NUMBER_CHARACTERS = 24,
    HEADERS_PART = 0
};

struct request_writer {
    rd_kafka_t *handle;
    rd_kafka_topic_t **topics;
    struct request_writer_options options;
    pthread_t thread;
    atomic_bool stop, away;
    bool doubt; /* the thread's alone: a broker may be gone */
};

/* A record under way: its caller and the library each hold it once. */
struct request_ticket {
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    int holders;
    bool is_ended;
    enum write_outcome outcome;
    rd_kafka_resp_err_t error;
    int64_t began_ms, ended_ms, until_ms; /* of CLOCK_MONOTONIC */
};

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Records under way ------------------------------------------------------------------------ */

static struct request_ticket *ticket_new(void)
{
    struct request_ticket *ticket = calloc(1, sizeof *ticket);
    pthread_condattr_t attributes;

    if (ticket == NULL)
        abort();
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&ticket->mutex, NULL);
    (void)pthread_cond_init(&ticket->ended, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    ticket->holders = 2;
    return ticket;
}

static void ticket_free(struct request_ticket *ticket)
{
    (void)pthread_cond_destroy(&ticket->ended);
    (void)pthread_mutex_destroy(&ticket->mutex);
    free(ticket);
}

/* Gives the mutex back, and the record with it when nobody else holds it. */
static void ticket_leave(struct request_ticket *ticket)
{
    bool last = --ticket->holders == 0;

    (void)pthread_mutex_unlock(&ticket->mutex);
    if (last)
        ticket_free(ticket);
}

static enum write_outcome outcome_of(const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return WRITE_DONE;
    switch (rd_kafka_message_status(message)) {
    case RD_KAFKA_MSG_STATUS_NOT_PERSISTED:
        return WRITE_NOTHING;
    case RD_KAFKA_MSG_STATUS_PERSISTED:
        return WRITE_DONE;
    case RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED:
    default:
        return WRITE_UNKNOWN;
    }
}

static void delivered(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct request_writer *writer = opaque;
    struct request_ticket *ticket = message->_private;

    (void)handle;
    if (message->err)
        writer->doubt = true;
    (void)pthread_mutex_lock(&ticket->mutex);
    ticket->outcome = outcome_of(message);
    ticket->error = message->err;
    ticket->ended_ms = now_ms();
    ticket->is_ended = true;
    (void)pthread_cond_signal(&ticket->ended);
    ticket_leave(ticket);
}

enum write_outcome request_write_end(struct request_ticket *ticket, struct ctx *ctx,
                                     int64_t *ret_took_ms)
{
    const struct timespec end = { .tv_sec = (time_t)(ticket->until_ms / 1000),
                                  .tv_nsec = (long)(ticket->until_ms % 1000) * 1000000L };
    int waited = 0;

    (void)pthread_mutex_lock(&ticket->mutex);
    while (!ticket->is_ended && waited == 0)
        waited = pthread_cond_timedwait(&ticket->ended, &ticket->mutex, &end);
    enum write_outcome outcome = ticket->is_ended ? ticket->outcome : WRITE_UNKNOWN;
    *ret_took_ms = ticket->ended_ms - ticket->began_ms;
    if (outcome != WRITE_DONE) {
        (void)err_set(ctx, ERR_RETRY, "Kafka did not take the record: %s",
                      ticket->is_ended ? rd_kafka_err2name(ticket->error) : "no answer in time");
    }
    ticket_leave(ticket);
    return outcome;
}

/* --- Writing ---------------------------------------------------------------------------------- */

/* The library does not write to what it copies, but its interface cannot say so. */
static void *unconst(const void *bytes)
{
    union {
        const void *given;
        void *taken;
    } same = { .given = bytes };

    return same.taken;
}

static rd_kafka_headers_t *headers_of(const struct request_record *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);

    for (size_t i = 0; i < record->header_count; i++) {
        (void)rd_kafka_header_add(headers, record->headers[i].name, -1, record->headers[i].value,
                                  -1);
    }
    return headers;
}

static rd_kafka_resp_err_t produce(struct request_writer *writer,
                                   const struct request_record *record,
                                   struct request_ticket *ticket)
{
    const rd_kafka_vu_t parts[] = {
        [HEADERS_PART] = { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers_of(record) },
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = writer->topics[record->topic] },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = (int32_t)record->lane },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { unconst(record->key), strlen(record->key) } },
        { .vtype = RD_KAFKA_VTYPE_VALUE,
          .u.mem = { unconst(record->value), record->value_length } },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = ticket },
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(writer->handle, parts, sizeof parts / sizeof parts[0]);

    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(parts[HEADERS_PART].u.headers);
    return code;
}

struct request_ticket *request_write_begin(struct request_writer *writer, struct ctx *ctx,
                                           const struct request_record *record)
{
    if (atomic_load(&writer->away)) {
        (void)err_set(ctx, ERR_RETRY, "no Kafka broker can be reached");
        return NULL;
    }
    struct request_ticket *ticket = ticket_new();
    ticket->began_ms = now_ms();
    ticket->until_ms = ticket->began_ms + writer->options.acknowledge_ms + LIBRARY_SLACK_MS;
    rd_kafka_resp_err_t error = produce(writer, record, ticket);

    if (error) {
        ticket_free(ticket);
        (void)err_set(ctx, ERR_RETRY, "Kafka did not take the record: %s",
                      rd_kafka_err2name(error));
        return NULL;
    }
    return ticket;
}

enum write_outcome request_write(struct request_writer *writer, struct ctx *ctx,
                                 const struct request_record *record)
{
    struct request_ticket *ticket = request_write_begin(writer, ctx, record);
    int64_t unused = 0;

    return ticket == NULL ? WRITE_NOTHING : request_write_end(ticket, ctx, &unused);
}

bool request_writer_is_away(const struct request_writer *writer)
{
    return atomic_load(&writer->away);
}

/* --- The thread ------------------------------------------------------------------------------- */

static void failed(rd_kafka_t *handle, int error, const char *words, void *opaque)
{
    struct request_writer *writer = opaque;

    (void)handle;
    writer->doubt = true;
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && error != RD_KAFKA_RESP_ERR__TRANSPORT) {
        log_warning("Kafka client error",
                    LOG_TEXT("error", rd_kafka_err2name((rd_kafka_resp_err_t)error)),
                    LOG_TEXT("detail", words));
    }
}

/* Asks a broker for anything: an answer ends the doubt. */
static void probe(struct request_writer *writer)
{
    const struct rd_kafka_metadata *metadata = NULL;
    struct timespec pause = { .tv_nsec = PROBE_PAUSE_MS * 1000000L };
    bool answered = rd_kafka_metadata(writer->handle, 0, NULL, &metadata, PROBE_MS) ==
                    RD_KAFKA_RESP_ERR_NO_ERROR;

    if (answered) {
        rd_kafka_metadata_destroy(metadata);
        writer->doubt = false;
    }
    if (atomic_exchange(&writer->away, !answered) == answered) {
        log_warning(answered ? "Kafka is back" : "Kafka is away: requests are refused",
                    LOG_NOTHING);
    }
    if (!answered)
        (void)nanosleep(&pause, NULL);
}

static void *thread_main(void *argument)
{
    struct request_writer *writer = argument;

    while (!atomic_load(&writer->stop)) {
        (void)rd_kafka_poll(writer->handle, POLL_MS);
        if (writer->doubt)
            probe(writer);
    }
    return NULL;
}

/* --- Life ------------------------------------------------------------------------------------- */

static enum err open_client(struct ctx *ctx, struct request_writer *writer)
{
    char timeout[NUMBER_CHARACTERS], detail[ERROR_CHARACTERS];
    const struct kafka_setting settings[] = {
        { "acks", "all" },
        { "linger.ms", "1" },
        { "retry.backoff.ms", "50" },
        { "message.timeout.ms", timeout },
        { "queue.buffering.max.messages", "20000" },
        { "queue.buffering.max.kbytes", "65536" },
        { NULL, NULL },
    };
    const struct kafka_conf_options options = { writer->options.bootstrap,
                                                writer->options.client_id,
                                                writer->options.properties, settings };
    rd_kafka_conf_t *conf = NULL;

    (void)snprintf(timeout, sizeof timeout, "%" PRId64, writer->options.acknowledge_ms);
    enum err err = kafka_conf_new(ctx, &options, &conf);
    if (err)
        return err;
    rd_kafka_conf_set_opaque(conf, writer);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_error_cb(conf, failed);
    writer->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, detail, sizeof detail);
    if (writer->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_set(ctx, ERR_FATAL, "cannot make a Kafka client: %s", detail);
    }
    return OK;
}

static enum err open_topics(struct ctx *ctx, struct request_writer *writer)
{
    enum err err = OK;

    writer->topics = calloc(writer->options.topic_count + 1, sizeof(rd_kafka_topic_t *));
    if (writer->topics == NULL)
        return err_set(ctx, ERR_FATAL, "no memory for topics");
    for (size_t i = 0; i < writer->options.topic_count && !err; i++) {
        const char *name = writer->options.topics[i];
        int64_t partitions = 0;

        writer->topics[i] = rd_kafka_topic_new(writer->handle, name, NULL);
        err = kafka_partition_count(ctx, writer->handle, writer->topics[i], &partitions);
        if (!err && partitions != writer->options.lane_count) {
            err = err_set(ctx, ERR_FATAL, "topic \"%s\" has %" PRId64 " partitions, not %" PRId64,
                          name, partitions, writer->options.lane_count);
        }
    }
    return err;
}

/* What does not need the thread. */
static void release(struct request_writer *writer)
{
    for (size_t i = 0; writer->topics != NULL && i < writer->options.topic_count; i++) {
        if (writer->topics[i] != NULL)
            rd_kafka_topic_destroy(writer->topics[i]);
    }
    if (writer->handle != NULL)
        rd_kafka_destroy(writer->handle);
    free(writer->topics);
    free(writer);
}

enum err request_writer_open(struct ctx *ctx, const struct request_writer_options *options,
                             struct request_writer **ret)
{
    struct request_writer *writer = calloc(1, sizeof *writer);

    if (writer == NULL)
        return err_set(ctx, ERR_FATAL, "no memory for the Kafka writer");
    writer->options = *options;
    enum err err = open_client(ctx, writer);
    if (!err)
        err = open_topics(ctx, writer);
    if (!err && pthread_create(&writer->thread, NULL, thread_main, writer) != 0)
        err = err_set(ctx, ERR_FATAL, "cannot start the Kafka writer's thread");
    if (err) {
        release(writer);
        return err;
    }
    *ret = writer;
    return OK;
}

struct request_writer *request_writer_close(struct request_writer *writer)
{
    if (writer == NULL)
        return NULL;
    (void)rd_kafka_flush(writer->handle, (int)writer->options.acknowledge_ms);
    atomic_store(&writer->stop, true);
    (void)pthread_join(writer->thread, NULL);
    (void)rd_kafka_purge(writer->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)rd_kafka_poll(writer->handle, 0);
    release(writer);
    return NULL;
}
