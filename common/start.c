/* start.c - settings that are more than a text or a number. */
#include "common/start.h"

#include "common/arena.h"

#include <stdbool.h>
#include <string.h>

enum { PROPERTIES_MAX = 32 };

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
