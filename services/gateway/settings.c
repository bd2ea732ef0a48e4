/* settings.c - what the gateway is told at its start. */
#include "services/gateway/gateway.h"

#include "common/config.h"
#include "common/order_link.h"
#include "common/start.h"
#include "common/text.h"
#include "services/gateway/signers.h"

#include <string.h>

enum { SETTINGS_MAX = 48, LENGTH_MAX = 4096, NOT_SET = -1 };

static size_t own_settings(struct gateway_settings *to, struct setting *ret)
{
    const struct setting settings[] = {
        { "KERVAN_INSTANCE", SETTING_TEXT, &to->instance, "gateway-1", 1, 64,
          "name of this process, unique among its kind" },
        { "KERVAN_PG", SETTING_SECRET, &to->pg, NULL, 1, LENGTH_MAX,
          "libpq conninfo of the gateway's role" },
        { "KERVAN_KAFKA", SETTING_TEXT, &to->kafka, "127.0.0.1:9092", 1, LENGTH_MAX,
          "bootstrap servers" },
        { "KERVAN_KAFKA_PROPERTIES", SETTING_SECRET, &to->kafka_properties_text, "", 0, LENGTH_MAX,
          "more librdkafka settings: name=value;name=value (SASL, TLS)" },
        { "KERVAN_HTTP_PORT", SETTING_INT, &to->http_port, "8080", 0, 65535,
          "port of the interface; 0: any" },
        { "KERVAN_HTTP_BIND", SETTING_TEXT, &to->http_bind, "127.0.0.1", 1, 64,
          "address to listen on" },
        { "KERVAN_LANES", SETTING_INT, &to->lanes, "12", 1, 1024,
          "fixed when the cluster is created" },
        { "KERVAN_REPLY_PARTITION", SETTING_INT, &to->reply_partition, "-1", -1, 100000,
          "of gateway.replies, one an instance; -1: from the number in the instance's name" },
        { "KERVAN_ACKNOWLEDGE_MS", SETTING_INT, &to->acknowledge_ms, "5000", 1000, 60000,
          "how long Kafka may take to acknowledge a request" },
        { "KERVAN_CONNECTIONS_MAX", SETTING_INT, &to->connections_max, "1024", 1, 30000,
          "at once" },
        { "KERVAN_CONNECTIONS_A_PEER_MAX", SETTING_INT, &to->connections_a_peer_max, "512", 1,
          30000, "at once, from one address" },
        { "KERVAN_RATE_PER_SECOND", SETTING_INT, &to->rate_per_second, "5000", 1, 100000,
          "requests of a key that has no limit of its own or its channel's" },
        { "KERVAN_RATE_BURST", SETTING_INT, &to->rate_burst, "10000", 1, 1000000,
          "as many at once" },
        { "KERVAN_LATE_MS", SETTING_INT, &to->late_ms, "2000", 0, 3600000,
          "new orders are refused while services are later than this and getting later; 0: never" },
        { "KERVAN_LINK_SECRET", SETTING_SECRET, &to->link_secret, "", 0, LENGTH_MAX,
          "what links to shoppers are signed with, as the notification service has it; none: no "
          "links" },
        { "KERVAN_LINK_RATE_PER_SECOND", SETTING_INT, &to->link_rate_per_second, "20", 1, 100000,
          "requests under such links from one address" },
        { "KERVAN_PAYPAL_CERTIFICATE_URLS", SETTING_TEXT, &to->certificate_addresses,
          "https://api.paypal.com/v1/notifications/certs/", 1, LENGTH_MAX,
          "what addresses of PayPal's certificates begin with, a blank between" },
        { "KERVAN_PAYPAL_CERTIFICATE_NAME", SETTING_TEXT, &to->certificate_name,
          "messageverificationcerts.paypal.com", 1, 253, "name that they bear" },
        { "KERVAN_PAYPAL_CERTIFICATE_ROOTS", SETTING_TEXT, &to->certificate_roots, "", 0,
          LENGTH_MAX,
          "file in PEM of the roots that they, and their addresses, are proven by; none: those of "
          "the system" },
        { "KERVAN_DRAIN_MS", SETTING_INT, &to->drain_ms, "5000", 0, 60000,
          "at most, after SIGTERM" },
        { "KERVAN_DOCS_DIR", SETTING_TEXT, &to->docs, "proto", 1, LENGTH_MAX,
          "folder of openapi.yaml and its schemas, shown under /docs/" },
        { "KERVAN_LOG_LEVEL", SETTING_TEXT, &to->log_level, "info", 1, 16,
          "debug, info, warning or error" },
    };

    memcpy(ret, settings, sizeof settings);
    return sizeof settings / sizeof settings[0];
}

static size_t other_settings(struct gateway_settings *to, struct setting *ret)
{
    size_t count = 0;

    for (size_t i = 0; i < OWNER_COUNT; i++) {
        ret[count++] = (struct setting){ owners[i].api_setting,
                                         SETTING_TEXT,
                                         &to->owner_api[i],
                                         "",
                                         0,
                                         LENGTH_MAX,
                                         "base URL of that service's read API" };
    }
    for (size_t i = 0; i < WEBHOOK_PROVIDER_COUNT; i++) {
        ret[count++] = (struct setting){ webhook_secret_settings[i],
                                         SETTING_SECRET,
                                         &to->webhook_secrets[i],
                                         "",
                                         0,
                                         LENGTH_MAX,
                                         "secret that webhooks are signed with (of PayPal, the id "
                                         "of our webhook there), or two with a blank between; "
                                         "none: no webhooks" };
    }
    return count;
}

/* Two instances on one partition only read each other's replies in vain. */
static int64_t partition_of(const struct gateway_settings *settings)
{
    const char *name = settings->instance;
    size_t at = strlen(name);
    int64_t number = 0;

    while (at > 0 && strchr("0123456789", name[at - 1]) != NULL) {
        at--;
    }
    if (settings->reply_partition != NOT_SET) {
        return settings->reply_partition;
    }
    return text_to_int(name + at, &number) ? number : 0;
}

static enum err check(struct ctx *ctx, struct gateway *gateway)
{
    struct gateway_settings *settings = &gateway->settings;
    enum log_level level = LOG_LEVEL_INFO;
    enum err err = start_log_level(ctx, settings->log_level, &level);

    for (size_t i = 0; i < WEBHOOK_PROVIDER_COUNT && !err; i++) {
        if (!webhook_secrets_are_good(settings->webhook_secrets[i])) {
            err = err_set(ctx, ERR_FATAL,
                          "%s must be one or two secrets of 16 to 255 visible ASCII characters",
                          webhook_secret_settings[i]);
        }
    }
    if (!err && !signers_addresses_are_good(settings->certificate_addresses)) {
        err = err_set(ctx, ERR_FATAL,
                      "KERVAN_PAYPAL_CERTIFICATE_URLS must be addresses that begin with https:// "
                      "and end with a slash");
    }
    if (!err && settings->link_secret[0] != '\0' &&
        strlen(settings->link_secret) < LINK_SECRET_LENGTH_MIN) {
        err = err_set(ctx, ERR_FATAL, "KERVAN_LINK_SECRET must have %d characters at least",
                      LINK_SECRET_LENGTH_MIN);
    }
    if (!err) {
        err = start_kafka_properties(ctx, gateway->memory, settings->kafka_properties_text,
                                     &settings->kafka_properties);
    }
    if (!err) {
        settings->reply_partition = partition_of(settings);
        log_init("gateway", settings->instance, level);
    }
    return err;
}

enum err gateway_settings_read(struct ctx *ctx, struct gateway *gateway, int argc, char **argv,
                               bool *ret_help)
{
    struct setting all[SETTINGS_MAX];
    size_t count = own_settings(&gateway->settings, all);

    count += other_settings(&gateway->settings, all + count);
    count += start_tracing_settings(&gateway->settings.tracing, all + count);
    *ret_help = argc > 1 && strcmp(argv[1], "--help") == 0;
    if (*ret_help) {
        config_help(all, count);
        return OK;
    }
    enum err err = config_read(ctx, all, count);
    if (!err) {
        err = check(ctx, gateway);
    }
    if (!err) {
        config_log(all, count);
    }
    return err;
}
