/* log.h - one JSON object a line on standard output, an event of interest each.
 *
 * Members: ts (RFC 3339, UTC, ms), level, msg (constant text), service, instance, then the fields
 * given.  Never personal data, secrets or whole bodies.  A library never logs its caller's errors:
 * the dispatcher does, once.  Thread-safe; a line is written with one write(2).
 */
#ifndef KERVAN_COMMON_LOG_H
#define KERVAN_COMMON_LOG_H

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
#define LOG_TEXT(name_, text_) ((struct log_field){ .name = (name_), .text = (text_) ? (text_) : "" })
#define LOG_INT(name_, number_) ((struct log_field){ .name = (name_), .number = (number_) })

/* `message` is a constant; what varies goes into fields.  Ends with a field without a name. */
void log_fields(enum log_level level, const char *message, const struct log_field *fields);

/* At least one field is given; LOG_NOTHING where there is nothing to add. */
#define LOG_NOTHING ((struct log_field){ 0 })
#define LOG(level, message, ...) \
    log_fields((level), (message), (const struct log_field[]){ __VA_ARGS__, { 0 } })
#define log_debug(message, ...) LOG(LOG_LEVEL_DEBUG, message, __VA_ARGS__)
#define log_info(message, ...) LOG(LOG_LEVEL_INFO, message, __VA_ARGS__)
#define log_warning(message, ...) LOG(LOG_LEVEL_WARNING, message, __VA_ARGS__)
#define log_error(message, ...) LOG(LOG_LEVEL_ERROR, message, __VA_ARGS__)

#endif
