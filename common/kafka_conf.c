/* kafka_conf.c - common settings of Kafka clients, and what such a client asks first. */
#include "common/kafka_conf.h"

#include "common/log.h"

enum { ERROR_CHARACTERS = 400, SYSLOG_WARNING = 4 };

static const struct kafka_setting common_settings[] = {
    { "socket.nagle.disable", "true" },  { "socket.keepalive.enable", "true" },
    { "reconnect.backoff.ms", "50" },    { "reconnect.backoff.max.ms", "1000" },
    { "log.connection.close", "false" }, { NULL, NULL },
};

/* A broker that is away is a line a try: whoever owns the client tells it once. */
static void logged(const rd_kafka_t *client, int level, const char *facility, const char *words)
{
    const struct log_field fields[] = {
        LOG_TEXT("facility", facility),
        LOG_TEXT("client", rd_kafka_name(client)),
        LOG_TEXT("detail", words),
        { 0 },
    };

    log_fields(level < SYSLOG_WARNING ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "Kafka client", fields);
}

static enum err set(struct ctx *ctx, rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char detail[ERROR_CHARACTERS];

    if (rd_kafka_conf_set(conf, name, value, detail, sizeof detail) == RD_KAFKA_CONF_OK)
        return OK;
    return err_set(ctx, ERR_FATAL, "Kafka setting \"%s\" is refused: %s", name, detail);
}

static enum err set_all(struct ctx *ctx, rd_kafka_conf_t *conf,
                        const struct kafka_setting *settings)
{
    enum err err = OK;

    for (; !err && settings->name != NULL; settings++)
        err = set(ctx, conf, settings->name, settings->value);
    return err;
}

enum err kafka_conf_new(struct ctx *ctx, const struct kafka_conf_options *options,
                        rd_kafka_conf_t **ret)
{
    const char *const *property = options->properties;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum err err = set(ctx, conf, "bootstrap.servers", options->bootstrap);

    if (!err)
        err = set(ctx, conf, "client.id", options->client_id);
    if (!err)
        err = set_all(ctx, conf, common_settings);
    if (!err)
        err = set_all(ctx, conf, options->settings);
    for (; !err && property != NULL && property[0] != NULL; property += 2)
        err = set(ctx, conf, property[0], property[1]);
    if (err) {
        rd_kafka_conf_destroy(conf);
        return err;
    }
    rd_kafka_conf_set_log_cb(conf, logged);
    *ret = conf;
    return OK;
}

enum err kafka_partition_count(struct ctx *ctx, rd_kafka_t *client, rd_kafka_topic_t *topic,
                               int64_t *ret)
{
    const struct rd_kafka_metadata *metadata = NULL;
    const char *name = rd_kafka_topic_name(topic);
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic, &metadata, KAFKA_PATIENCE_MS);

    if (error) {
        return err_set(ctx, ERR_RETRY, "no Kafka broker tells of topic \"%s\": %s", name,
                       rd_kafka_err2str(error));
    }
    error = metadata->topic_cnt == 1 ? metadata->topics[0].err
                                     : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    int64_t count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return err_set(ctx, ERR_FATAL, "topic \"%s\" does not exist", name);
    if (error || count == 0)
        return err_set(ctx, ERR_RETRY, "topic \"%s\": %s", name, rd_kafka_err2str(error));
    *ret = count;
    return OK;
}
