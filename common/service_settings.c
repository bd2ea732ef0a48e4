/* service_settings.c - what a process is told: by the environment, by a file, and for --help by its tables. */
#include "common/service_parts.h"

#include "common/arena.h"
#include "common/config.h"
#include "common/log.h"

#include <string.h>

enum {
    SETTINGS_MAX = 64,
    TEXT_MAX = 4096,
    SETTINGS_BYTES_MAX = 1 << 20,
    PATIENCE_MS_MAX = 7 * 86400000
};

static size_t runtime_settings(struct process *process, struct setting *ret)
{
    struct process_settings *to = &process->settings;
    const struct setting settings[] = {
        { "KERVAN_INSTANCE", SETTING_TEXT, &to->instance, process->service->name, 1, 64,
          "name of this process, unique among its kind" },
        { "KERVAN_PG", SETTING_SECRET, &to->pg, NULL, 1, TEXT_MAX,
          "libpq conninfo of the service's role" },
        { "KERVAN_KAFKA", SETTING_TEXT, &to->kafka, "127.0.0.1:9092", 1, TEXT_MAX,
          "bootstrap servers" },
        { "KERVAN_KAFKA_PROPERTIES", SETTING_SECRET, &to->kafka_properties_text, "", 0, TEXT_MAX,
          "more librdkafka settings: name=value;name=value (SASL, TLS)" },
        { "KERVAN_HTTP_PORT", SETTING_INT, &to->http_port, "0", 0, 65535,
          "port of reads, health and metrics; 0: any" },
        { "KERVAN_HTTP_BIND", SETTING_TEXT, &to->http_bind, "127.0.0.1", 1, 64,
          "address to listen on" },
        { "KERVAN_LANES", SETTING_INT, &to->lanes, "12", 1, LANES_MAX,
          "fixed when the cluster is created" },
        { "KERVAN_LEASE_MS", SETTING_INT, &to->lease_ms, "3000", 1500, 60000,
          "how long a lane is held without a sign of life" },
        { "KERVAN_DRAIN_MS", SETTING_INT, &to->drain_ms, "5000", 0, 60000,
          "at most, after SIGTERM" },
        { "KERVAN_OUTBOX_DAYS", SETTING_INT, &to->outbox_days, "2", 1, 365,
          "whole days of the outbox that are kept" },
        { "KERVAN_LOG_LEVEL", SETTING_TEXT, &to->log_level, "info", 1, 16,
          "debug, info, warning or error" },
        { "KERVAN_AUDIT_PERCENT", SETTING_INT, &to->audit_percent, "1", 0, 100,
          "of the time that the auditor may be at work; 0: there is none" },
    };

    memcpy(ret, settings, sizeof settings);
    return sizeof settings / sizeof settings[0];
}

static size_t target_settings(struct process *process, struct setting *ret)
{
    size_t count = 0;

    for (size_t i = 0; i < process->service->target_count; i++) {
        const struct outside_target *target = &process->service->targets[i];

        if (target->make != NULL) {
            continue;
        }
        ret[count++] = (struct setting){ target->url_setting,
                                         SETTING_TEXT,
                                         &process->access[i].base_url,
                                         target->default_url,
                                         1,
                                         TEXT_MAX,
                                         target->name };
        process->access[i].calls_at_once_max = target->calls_at_once_max;
        process->access[i].token_path = target->token_path;
        if (target->authorization_setting != NULL) {
            ret[count++] = (struct setting){ target->authorization_setting,
                                             SETTING_SECRET,
                                             &process->access[i].authorization,
                                             "",
                                             0,
                                             TEXT_MAX,
                                             "value of the Authorization header" };
        }
        if (target->patience_setting != NULL) {
            ret[count++] = (struct setting){ target->patience_setting,
                                             SETTING_INT,
                                             &process->access[i].patience_ms,
                                             target->default_patience_ms,
                                             1000,
                                             PATIENCE_MS_MAX,
                                             "how long a call is tried before it is given up" };
        }
    }
    return count;
}

static size_t audit_settings(struct process *process, struct setting *ret)
{
    size_t count = 0;

    for (size_t i = 0; i < service_audit_rule_count(process->service); i++) {
        const struct audit_rule *rule = &process->service->audit_rules->rows[i];

        process->owner_urls[i] = "";
        if (rule->owner != NULL) {
            ret[count++] = (struct setting){ rule->owner_setting,
                                             SETTING_TEXT,
                                             &process->owner_urls[i],
                                             "",
                                             0,
                                             TEXT_MAX,
                                             "read API that the auditor asks; empty: none" };
        }
    }
    return count;
}

enum err service_settings_read(struct ctx *ctx, struct process *process, int argc, char **argv)
{
    const struct service *service = process->service;
    struct setting settings[SETTINGS_MAX];
    enum log_level level = LOG_LEVEL_INFO;

    process->memory = arena_new(SETTINGS_BYTES_MAX);
    process->access =
        arena_alloc(process->memory, (service->target_count + 1) * sizeof *process->access);
    process->owner_urls =
        arena_alloc(process->memory, (service_audit_rule_count(service) + 1) * sizeof(char *));
    if (service->setting_count > SETTINGS_MAX / 2) {
        return err_set(ctx, ERR_FATAL, "too many settings");
    }
    size_t count = runtime_settings(process, settings);
    count += target_settings(process, settings + count);
    count += audit_settings(process, settings + count);
    count += start_tracing_settings(&process->settings.tracing, settings + count);
    if (service->setting_count > 0) {
        memcpy(settings + count, service->settings, service->setting_count * sizeof *settings);
        count += service->setting_count;
    }
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        config_help(settings, count);
        process->help_shown = true;
        return OK;
    }
    enum err err = config_read(ctx, settings, count);
    if (!err) {
        err = start_kafka_properties(ctx, process->memory, process->settings.kafka_properties_text,
                                     &process->settings.kafka_properties);
    }
    if (!err) {
        err = start_log_level(ctx, process->settings.log_level, &level);
    }
    if (!err) {
        log_init(service->name, process->settings.instance, level);
        config_log(settings, count);
    }
    return err;
}
