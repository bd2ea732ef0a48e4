/* topic_admin.c - Kafka's admin requests, one topic at a time, each with a bound. */
#include "common/topic_admin.h"

#include "common/log.h"
#include "common/text.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    REQUEST_MS_MAX = 15000,
    LEADER_TRIES_MAX = 100,
    LEADER_PAUSE_MS = 100,
    RECORD_BYTES_MAX = 1048576,
    REPLICATION_WITH_QUORUM = 3 /* from here on two of the replicas confirm each record */
};

struct topic_admin {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
};

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    (void)client, (void)level, (void)facility;
    log_debug("Kafka client", LOG_TEXT("text", text));
}

static enum err set(struct ctx *ctx, rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256] = "";

    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
        return OK;
    return err_set(ctx, ERR_FATAL, "Kafka setting \"%s\" cannot be used: %s", name,
                   strstr(name, "password") == NULL ? why : "its value is not allowed");
}

static enum err set_properties(struct ctx *ctx, rd_kafka_conf_t *conf, const char *properties)
{
    enum err e = OK;

    for (const char *at = properties; e == OK && *at != '\0';) { /* `at` moves to the end */
        size_t length = strcspn(at, ";"), name_length = strcspn(at, "=");
        if (name_length == 0 || name_length >= length)
            return err_set(ctx, ERR_FATAL, "Kafka properties must be name=value;name=value");
        char *pair = strndup(at, length);
        if (pair == NULL)
            return err_set(ctx, ERR_RETRY, "no memory for Kafka properties");
        pair[name_length] = '\0';
        e = set(ctx, conf, pair, pair + name_length + 1);
        free(pair);
        at += length + (at[length] == ';');
    }
    return e;
}

static enum err open_client(struct ctx *ctx, rd_kafka_conf_t *conf, rd_kafka_t **ret)
{
    char why[256] = "";
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);

    if (client == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_set(ctx, ERR_FATAL, "cannot make a Kafka client: %s", why);
    }
    rd_kafka_resp_err_t failed = rd_kafka_metadata(client, 0, NULL, &metadata, REQUEST_MS_MAX);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_destroy(client);
        return err_set(ctx, ERR_RETRY, "no Kafka broker answers: %s", rd_kafka_err2str(failed));
    }
    rd_kafka_metadata_destroy(metadata);
    *ret = client;
    return OK;
}

enum err topic_admin_open(struct ctx *ctx, const char *bootstrap, const char *properties,
                          struct topic_admin **ret)
{
    struct topic_admin *admin = calloc(1, sizeof *admin);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    *ret = NULL;
    if (admin == NULL)
        return err_set(ctx, ERR_RETRY, "no memory for a Kafka client");
    rd_kafka_conf_set_log_cb(conf, on_log);
    enum err e = set(ctx, conf, "bootstrap.servers", bootstrap);
    if (e == OK)
        e = set_properties(ctx, conf, properties);
    if (e == OK) {
        e = open_client(ctx, conf, &admin->client);
    } else {
        rd_kafka_conf_destroy(conf);
    }
    if (e != OK) {
        free(admin);
        return e;
    }
    admin->queue = rd_kafka_queue_new(admin->client);
    *ret = admin;
    return OK;
}

struct topic_admin *topic_admin_close(struct topic_admin *admin)
{
    if (admin == NULL)
        return NULL;
    rd_kafka_queue_destroy(admin->queue);
    rd_kafka_destroy(admin->client);
    free(admin);
    return NULL;
}

static void configure_number(rd_kafka_NewTopic_t *topic, const char *name, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    (void)rd_kafka_NewTopic_set_config(topic, name, text); /* fails for want of a name only */
}

static void configure(rd_kafka_NewTopic_t *topic, const struct topic_wanted *wanted,
                      int64_t replication)
{
    (void)rd_kafka_NewTopic_set_config(topic, "message.timestamp.type", "LogAppendTime");
    configure_number(topic, "max.message.bytes", RECORD_BYTES_MAX);
    configure_number(topic, "min.insync.replicas", replication >= REPLICATION_WITH_QUORUM ? 2 : 1);
    if (wanted->is_compacted) {
        (void)rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "compact");
    } else {
        configure_number(topic, "retention.ms", wanted->retention_ms);
    }
}

/* Sends one request and waits for the topic's own code. */
static enum err create(struct ctx *ctx, struct topic_admin *admin, rd_kafka_NewTopic_t *topic,
                       rd_kafka_resp_err_t *ret_code)
{
    char why[256] = "";
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(admin->client, RD_KAFKA_ADMIN_OP_CREATETOPICS);

    (void)rd_kafka_AdminOptions_set_request_timeout(options, REQUEST_MS_MAX, why, sizeof why);
    (void)rd_kafka_AdminOptions_set_operation_timeout(options, REQUEST_MS_MAX, why, sizeof why);
    rd_kafka_CreateTopics(admin->client, &topic, 1, options, admin->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_event_t *event = rd_kafka_queue_poll(admin->queue, 2 * REQUEST_MS_MAX);
    const rd_kafka_CreateTopics_result_t *result =
        event == NULL ? NULL : rd_kafka_event_CreateTopics_result(event);
    size_t count = 0;
    const rd_kafka_topic_result_t **topics =
        result == NULL ? NULL : rd_kafka_CreateTopics_result_topics(result, &count);
    enum err e = OK;
    if (count == 1) {
        *ret_code = rd_kafka_topic_result_error(topics[0]);
    } else {
        e = err_set(ctx, ERR_RETRY, "Kafka did not answer: %s",
                    event == NULL ? "time-out" : rd_kafka_event_error_string(event));
    }
    if (event != NULL)
        rd_kafka_event_destroy(event);
    return e;
}

/* The topic's partitions, and how many of them have a leader. */
static enum err count_partitions(struct ctx *ctx, struct topic_admin *admin, const char *name,
                                 int64_t *ret_count, int64_t *ret_led)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(admin->client, name, NULL);
    rd_kafka_resp_err_t failed =
        rd_kafka_metadata(admin->client, 0, topic, &metadata, REQUEST_MS_MAX);

    rd_kafka_topic_destroy(topic);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR)
        return err_set(ctx, ERR_RETRY, "no Kafka broker answers: %s", rd_kafka_err2str(failed));
    *ret_count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    *ret_led = 0;
    for (int i = 0; i < *ret_count; i++)
        *ret_led += metadata->topics[0].partitions[i].leader >= 0;
    rd_kafka_metadata_destroy(metadata);
    return OK;
}

static enum err check_partitions(struct ctx *ctx, struct topic_admin *admin,
                                 const struct topic_wanted *wanted)
{
    int64_t count = 0, led = 0;
    enum err e = count_partitions(ctx, admin, wanted->name, &count, &led);

    if (e != OK || count == wanted->partitions)
        return e;
    return err_set(
        ctx, ERR_FATAL,
        "topic \"%s\" has %lld partitions where %lld are wanted; the number is fixed when a "
        "cluster is created",
        wanted->name, (long long)count, (long long)wanted->partitions);
}

enum err topic_admin_make(struct ctx *ctx, struct topic_admin *admin,
                          const struct topic_wanted *wanted, int64_t replication, bool *ret_made)
{
    char why[256] = "";
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(wanted->name, (int)wanted->partitions,
                                                       (int)replication, why, sizeof why);

    if (topic == NULL)
        return err_set(ctx, ERR_FATAL, "topic \"%s\" cannot be made: %s", wanted->name, why);
    configure(topic, wanted, replication);
    enum err e = create(ctx, admin, topic, &code);
    rd_kafka_NewTopic_destroy(topic);
    if (e != OK)
        return e;
    *ret_made = code == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return check_partitions(ctx, admin, wanted);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return OK;
    return err_set(ctx, ERR_FATAL, "topic \"%s\" cannot be made: %s", wanted->name,
                   rd_kafka_err2str(code));
}

enum err topic_admin_await(struct ctx *ctx, struct topic_admin *admin,
                           const struct topic_wanted *wanted)
{
    struct timespec pause = { .tv_nsec = LEADER_PAUSE_MS * 1000000L };

    for (int i = 0; i < LEADER_TRIES_MAX; i++) {
        int64_t count = 0, led = 0;
        enum err e = count_partitions(ctx, admin, wanted->name, &count, &led);
        if (e != OK || (count == wanted->partitions && led == count))
            return e;
        (void)nanosleep(&pause, NULL);
    }
    return err_set(ctx, ERR_RETRY, "topic \"%s\" has partitions without a leader", wanted->name);
}

static enum err read_ends(struct ctx *ctx, const rd_kafka_topic_partition_list_t *list,
                          struct topic_end *ends, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_topic_partition_t *partition = &list->elems[i];

        if (partition->err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
            partition->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
            return err_set(ctx, ERR_NOTFOUND, "topic \"%s\" has no partition %d", partition->topic,
                           (int)partition->partition);
        }
        if (partition->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return err_set(ctx, ERR_RETRY, "the end of \"%s\" is not known: %s", partition->topic,
                           rd_kafka_err2str(partition->err));
        }
        ends[i].offset = partition->offset;
    }
    return OK;
}

enum err topic_admin_ends(struct ctx *ctx, struct topic_admin *admin, struct topic_end *ends,
                          size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_list_add(list, ends[i].topic, (int32_t)ends[i].partition)->offset =
            RD_KAFKA_OFFSET_END;
    }
    rd_kafka_resp_err_t failed = rd_kafka_offsets_for_times(admin->client, list, REQUEST_MS_MAX);
    enum err err =
        failed == RD_KAFKA_RESP_ERR_NO_ERROR || failed == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION
            ? read_ends(ctx, list, ends, count)
            : err_set(ctx, ERR_RETRY, "the ends of topics are not known: %s",
                      rd_kafka_err2str(failed));
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}
