/* log.c - builds a line in a fixed buffer and writes it at once.
 *
 * A member goes in whole or not at all, so that every line is valid JSON however long its texts are.
 */
#include "common/log.h"

#include "common/instant.h"
#include "common/text.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES_MAX = 4096, /* PIPE_BUF: lines of several processes do not mix in one pipe */
    TEXT_BYTES_MAX = 1000,
    NAME_BYTES_MAX = 64,
    LEVEL_COUNT = LOG_LEVEL_ERROR + 1
};
static const char line_end[] = "}\n";
static const char cut_line_end[] = ",\"cut\":true}\n";

struct line {
    char bytes[LINE_BYTES_MAX];
    size_t length;
    bool overflowed; /* the member being written does not fit */
};

static char service_name[NAME_BYTES_MAX] = "";
static char instance_name[NAME_BYTES_MAX] = "";
static _Atomic int threshold = LOG_LEVEL_INFO;
static _Atomic uint64_t counts[LEVEL_COUNT];

void log_init(const char *service, const char *instance, enum log_level level_min)
{
    (void)snprintf(service_name, sizeof service_name, "%s", service);
    (void)snprintf(instance_name, sizeof instance_name, "%s", instance);
    log_set_level(level_min);
}

void log_set_level(enum log_level level_min)
{
    atomic_store_explicit(&threshold, (int)level_min, memory_order_relaxed);
}

uint64_t log_count(enum log_level level)
{
    assert((int)level < LEVEL_COUNT);
    return atomic_load_explicit(&counts[level], memory_order_relaxed);
}

static void add(struct line *line, const char *bytes, size_t length)
{
    if (length > LINE_BYTES_MAX - (sizeof cut_line_end - 1) - line->length)
        line->overflowed = true;
    if (line->overflowed)
        return;
    memcpy(line->bytes + line->length, bytes, length);
    line->length += length;
}

static void add_character(struct line *line, const unsigned char *text, size_t length)
{
    char escaped[8];

    if (length == 0) {
        add(line, "\xef\xbf\xbd", 3);
    } else if (text[0] == '"' || text[0] == '\\') {
        add(line, "\\", 1);
        add(line, (const char *)text, 1);
    } else if (text[0] < 0x20) {
        int size = snprintf(escaped, sizeof escaped, "\\u%04x", text[0]);
        add(line, escaped, (size_t)size);
    } else {
        add(line, (const char *)text, length);
    }
}

static void add_string(struct line *line, const char *text)
{
    const unsigned char *start = (const unsigned char *)text, *at = start;

    add(line, "\"", 1);
    while (*at != '\0' && at - start < TEXT_BYTES_MAX && !line->overflowed) {
        size_t length = text_sequence_length(at);
        add_character(line, at, length);
        at += length == 0 ? 1 : length;
    }
    add(line, "\"", 1);
}

/* `,"name":` and the value; nothing when it does not fit. */
static void add_field(struct line *line, struct log_field field, bool *cut)
{
    size_t before = line->length;
    char number[24];

    add(line, ",", 1);
    add_string(line, field.name);
    add(line, ":", 1);
    if (field.text != NULL) {
        add_string(line, field.text);
    } else {
        int size = snprintf(number, sizeof number, "%lld", (long long)field.number);
        add(line, number, (size_t)size);
    }
    if (line->overflowed) {
        line->length = before;
        line->overflowed = false;
        *cut = true;
    }
}

static struct instant_text now_text(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return instant_format((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void write_line(const struct line *line)
{
    ssize_t written;

    /* Nobody can be told when this fails: the log is where it would be said. */
    do {
        written = write(STDOUT_FILENO, line->bytes, line->length);
    } while (written < 0 && errno == EINTR);
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    struct line line;
    bool cut = false;

    assert((int)level < LEVEL_COUNT);
    if ((int)level < atomic_load_explicit(&threshold, memory_order_relaxed))
        return;
    line.length = 0;
    line.overflowed = false;
    add(&line, "{\"ts\":", 6);
    add_string(&line, now_text().text);
    add_field(&line, LOG_TEXT("level", names[level]), &cut);
    add_field(&line, LOG_TEXT("msg", message), &cut);
    add_field(&line, LOG_TEXT("service", service_name), &cut);
    add_field(&line, LOG_TEXT("instance", instance_name), &cut);
    for (; fields->name != NULL; fields++)
        add_field(&line, *fields, &cut);

    const char *end = cut ? cut_line_end : line_end;
    memcpy(line.bytes + line.length, end, strlen(end)); /* add() left room for it */
    line.length += strlen(end);
    atomic_fetch_add_explicit(&counts[level], 1, memory_order_relaxed);
    write_line(&line);
}
