/* broker_kafka_client.c - a client of the library: its settings, and what the library says.
 *
 * Callbacks come from the library's threads (log lines, closed sockets) or from within a poll.
 */
#define _DEFAULT_SOURCE /* struct tcp_info */
#include "common/broker_kafka.h"

#include "common/log.h"
#include "common/text.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ERROR_CHARACTERS = 400,
    /* Longer than any request may wait, shorter than brokers suffer idle connections. */
    CARRIED_NOTHING_MS = 5 * 60 * 1000,
    SYSLOG_WARNING = 4,
    SYSLOG_NOTICE = 5,
};

struct setting {
    const char *name, *value;
};

static const struct setting common_settings[] = {
    { "socket.nagle.disable", "true" },  { "socket.keepalive.enable", "true" },
    { "reconnect.backoff.ms", "50" },    { "reconnect.backoff.max.ms", "1000" },
    { "log.connection.close", "false" }, { NULL, NULL },
};

static const struct setting consumer_settings[] = {
    { "enable.auto.commit", "false" },
    { "enable.auto.offset.store", "false" },
    { "auto.offset.reset", "error" },
    /* A newly assigned lane waits for the fetch that is under way. */
    { "fetch.wait.max.ms", "100" },
    { "fetch.error.backoff.ms", "50" },
    { "fetch.max.bytes", "1048576" },
    { "max.partition.fetch.bytes", "1048576" },
    /* What is read ahead bounds the memory of a service that has fallen behind. */
    { "queued.max.messages.kbytes", "4096" },
    { "queued.min.messages", "10000" },
    { NULL, NULL },
};

static const struct setting producer_settings[] = {
    { "enable.idempotence", "true" },
    { "enable.gapless.guarantee", "true" },
    { "message.timeout.ms", "0" },
    /* Batches form by themselves while a request is under way; waiting for them costs latency and saves nothing. */
    { "linger.ms", "0" },
    { "retry.backoff.ms", "50" },
    { "queue.buffering.max.messages", "10000" },
    { "queue.buffering.max.kbytes", "16384" },
    { NULL, NULL },
};

static const struct setting tails_settings[] = {
    { "auto.offset.reset", "earliest" },
    { "enable.partition.eof", "true" },
    { "fetch.wait.max.ms", "20" },
    { "fetch.error.backoff.ms", "50" },
    { "fetch.max.bytes", "2097152" },
    { "max.partition.fetch.bytes", "1048576" },
    { NULL, NULL },
};

static const struct setting *const settings_of[] = {
    [KAFKA_CONSUMER] = consumer_settings,
    [KAFKA_PRODUCER] = producer_settings,
    [KAFKA_TAILS] = tails_settings,
};

/* --- What the library says -------------------------------------------------------------------- */

/* Every attempt to connect that fails is a line: the background thread tells it once.  A lost producer is told by failed. */
static bool told_elsewhere(const char *facility)
{
    static const char *const facilities[] = { "FAIL",     "ERROR",  "FATAL",
                                              "CONFWARN", "GETPID", "TERMINATE" };

    for (size_t i = 0; i < sizeof facilities / sizeof facilities[0]; i++) {
        if (text_equal(facility, facilities[i]))
            return true;
    }
    return false;
}

static void logged(const rd_kafka_t *handle, int level, const char *facility, const char *words)
{
    const struct log_field fields[] = {
        LOG_TEXT("facility", facility),
        LOG_TEXT("client", rd_kafka_name(handle)),
        LOG_TEXT("detail", words),
        { 0 },
    };
    enum log_level as = level <= SYSLOG_WARNING  ? LOG_LEVEL_WARNING
                        : level <= SYSLOG_NOTICE ? LOG_LEVEL_INFO
                                                 : LOG_LEVEL_DEBUG;

    if (told_elsewhere(facility))
        as = LOG_LEVEL_DEBUG;
    log_fields(as, "Kafka client", fields);
}

static void failed(rd_kafka_t *handle, int error, const char *words, void *opaque)
{
    struct kafka_client *client = opaque;
    struct kafka_broker *kafka = client->owner;
    rd_kafka_resp_err_t code = (rd_kafka_resp_err_t)error;

    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        char detail[ERROR_CHARACTERS];
        rd_kafka_resp_err_t cause = rd_kafka_fatal_error(handle, detail, sizeof detail);

        log_warning("Kafka producer lost", LOG_TEXT("cause", rd_kafka_err2name(cause)),
                    LOG_TEXT("detail", detail));
        if (client->role == KAFKA_PRODUCER)
            ((struct kafka_producer *)opaque)->lost = true;
    } else if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
               code != RD_KAFKA_RESP_ERR__TRANSPORT && code != kafka->error_told) {
        kafka->error_told = code;
        log_warning("Kafka client error", LOG_TEXT("error", rd_kafka_err2name(code)),
                    LOG_TEXT("detail", words));
    }
}

/* Connections without traffic for minutes are closed by brokers as a matter of course. */
static bool carried_something(int socket)
{
    struct tcp_info info = { 0 };
    socklen_t length = sizeof info;

    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        return true;
    return info.tcpi_last_data_sent < CARRIED_NOTHING_MS;
}

static int close_socket(int socket, void *opaque)
{
    struct kafka_client *client = opaque;

    if (!client->retired && client->role != KAFKA_TAILS && carried_something(socket))
        kafka_background_connection_closed(client->owner);
    return close(socket);
}

/* --- Settings --------------------------------------------------------------------------------- */

static enum err set(struct ctx *ctx, rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char detail[ERROR_CHARACTERS];

    if (rd_kafka_conf_set(conf, name, value, detail, sizeof detail) == RD_KAFKA_CONF_OK)
        return OK;
    return err_set(ctx, ERR_FATAL, "Kafka setting \"%s\" is refused: %s", name, detail);
}

static enum err set_all(struct ctx *ctx, rd_kafka_conf_t *conf, const struct setting *settings)
{
    enum err err = OK;

    for (; !err && settings->name != NULL; settings++)
        err = set(ctx, conf, settings->name, settings->value);
    return err;
}

static enum err set_properties(struct ctx *ctx, rd_kafka_conf_t *conf,
                               const char *const *properties)
{
    enum err err = OK;

    for (; !err && properties != NULL && properties[0] != NULL; properties += 2)
        err = set(ctx, conf, properties[0], properties[1]);
    return err;
}

static enum err configure(struct kafka_broker *kafka, struct ctx *ctx, rd_kafka_conf_t *conf,
                          struct kafka_client *client)
{
    const struct broker_options *options = &kafka->options;
    enum err err = set(ctx, conf, "bootstrap.servers", options->bootstrap);

    if (!err)
        err = set(ctx, conf, "client.id", options->client_id);
    if (!err && client->role == KAFKA_CONSUMER) {
        err = set(ctx, conf, "group.id",
                  options->client_id); /* asked for by assign(); nothing is kept there */
    }
    if (!err)
        err = set_all(ctx, conf, common_settings);
    if (!err)
        err = set_all(ctx, conf, settings_of[client->role]);
    if (!err)
        err = set_properties(ctx, conf, options->properties);
    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_log_cb(conf, logged);
    rd_kafka_conf_set_error_cb(conf, failed);
    rd_kafka_conf_set_closesocket_cb(conf, close_socket);
    if (client->role == KAFKA_PRODUCER)
        rd_kafka_conf_set_dr_msg_cb(conf, kafka_delivered);
    return err;
}

enum err kafka_client_open(struct kafka_broker *kafka, struct ctx *ctx, struct kafka_client *client,
                           enum kafka_role role)
{
    char detail[ERROR_CHARACTERS];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    client->owner = kafka;
    client->role = role;
    enum err err = configure(kafka, ctx, conf, client);

    if (err) {
        rd_kafka_conf_destroy(conf);
        return err;
    }
    client->handle = rd_kafka_new(role == KAFKA_PRODUCER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                                  conf, detail, sizeof detail);
    if (client->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_set(ctx, ERR_FATAL, "cannot make a Kafka client: %s", detail);
    }
    return OK;
}
