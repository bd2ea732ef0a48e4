/* log.h - one JSON object a line on standard output, an event of interest each.
 *
 * Members: ts (RFC 3339, UTC, ms), level, msg (constant text), service, instance, then the fields
 * given.  Never personal data, secrets or whole bodies.  A library never logs its caller's errors:
 * the dispatcher does, once.  Thread-safe; a line is written with one write(2) and is at most 4096
 * bytes, which a pipe takes as a whole: fields that do not fit are left out, and `cut` is true.
 * Texts are cut at 1000 bytes; what is not UTF-8 in them becomes U+FFFD.
 */
#ifndef KERVAN_COMMON_LOG_H
#define KERVAN_COMMON_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Names the process in every line; before the first line, once. */
void log_init(const char *service, const char *instance, enum log_level level_min);
void log_set_level(enum log_level level_min);
/* Lines written since the start at this level, for the metrics. */
uint64_t log_count(enum log_level level);

struct log_field {
    const char *name;
    const char *text; /* NULL: `number` counts */
    int64_t number;
};
static inline struct log_field log_field_text(const char *name, const char *text)
{
    return (struct log_field){ .name = name, .text = text != NULL ? text : "" };
}
static inline struct log_field log_field_int(const char *name, int64_t number)
{
    return (struct log_field){ .name = name, .number = number };
}
#define LOG_TEXT(name, text)  log_field_text((name), (text))
#define LOG_INT(name, number) log_field_int((name), (number))

/* `message` is a constant; what varies goes into fields.  Ends with a field without a name. */
void log_fields(enum log_level level, const char *message, const struct log_field *fields);

/* log_info("lane taken", LOG_INT("lane", 3)): the message, then any number of fields. */
#define log_debug(...)   LOG(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)    LOG(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) LOG(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...)   LOG(LOG_LEVEL_ERROR, __VA_ARGS__)
#define LOG_NOTHING      ((struct log_field){ 0 }) /* where fields are wanted and there are none */
/* The end of the fields comes with the message, since C17 wants an argument where it says "...". */
#define LOG(level, ...) LOG_WITH_END(level, __VA_ARGS__, { 0 })
#define LOG_WITH_END(level, message, ...)                                                          \
    log_fields((level), (message), (const struct log_field[]){ __VA_ARGS__ })

#endif
