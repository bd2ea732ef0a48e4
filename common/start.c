/* start.c - settings that are more than a text or a number. */
#include "common/start.h"

#include "common/arena.h"
#include "common/tracing.h"

#include <stdbool.h>
#include <string.h>

enum { PROPERTIES_MAX = 32, TEXT_MAX = 4096 };

enum err start_kafka_properties(struct ctx *ctx, struct arena *memory, const char *text,
                                const char *const **ret)
{
    char *at = arena_copy_text(memory, text, strlen(text));
    const char **properties = arena_alloc(memory, (2 * PROPERTIES_MAX + 1) * sizeof *properties);
    size_t count = 0;

    while (*at != '\0') {
        size_t length = strcspn(at, ";");
        bool last = at[length] == '\0';

        at[length] = '\0';
        char *equals = strchr(at, '=');
        if (equals == NULL || count == PROPERTIES_MAX) {
            return err_set(ctx, ERR_FATAL,
                           "KERVAN_KAFKA_PROPERTIES must be name=value;name=value, at most %d",
                           PROPERTIES_MAX);
        }
        *equals = '\0';
        properties[2 * count] = at;
        properties[2 * count + 1] = equals + 1;
        count++;
        at += length + (last ? 0 : 1);
    }
    *ret = properties;
    return OK;
}

enum err start_log_level(struct ctx *ctx, const char *text, enum log_level *ret)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], text) == 0) {
            *ret = (enum log_level)i;
            return OK;
        }
    }
    return err_set(ctx, ERR_FATAL, "KERVAN_LOG_LEVEL must be debug, info, warning or error");
}

size_t start_tracing_settings(struct start_tracing *to, struct setting *ret)
{
    const struct setting settings[START_TRACING_SETTINGS] = {
        { "KERVAN_OTLP_URL", SETTING_TEXT, &to->url, "", 0, TEXT_MAX,
          "where spans of traces go, by OTLP over HTTP (http://collector:4318); none: no tracing" },
        { "OTEL_EXPORTER_OTLP_ENDPOINT", SETTING_TEXT, &to->standard_url, "", 0, TEXT_MAX,
          "the same by its standard name, where KERVAN_OTLP_URL is not set" },
        { "KERVAN_OTLP_AUTHORIZATION", SETTING_SECRET, &to->authorization, "", 0, TEXT_MAX,
          "value of the Authorization header for it" },
        { "KERVAN_TRACE_PERCENT", SETTING_INT, &to->share_percent, "100", 0, 100,
          "share of the traces begun here that is kept; a caller's own word counts for its "
          "traces" },
    };

    memcpy(ret, settings, sizeof settings);
    return START_TRACING_SETTINGS;
}

enum err start_tracing(struct ctx *ctx, const struct start_tracing *settings, const char *service,
                       const char *instance)
{
    const struct tracing_options options = {
        .url = settings->url[0] != '\0' ? settings->url : settings->standard_url,
        .authorization = settings->authorization,
        .service = service,
        .instance = instance,
        .share_percent = settings->share_percent,
    };

    return tracing_start(ctx, &options);
}
