/* envelope.c - reads CloudEvents and our own headers of a record, and keeps them as text. */
#include "common/envelope.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/text.h"

#include <string.h>

enum { ID_LENGTH_MAX = 128 };

/* Texts and numbers that an envelope has, by header. */
struct text_member {
    const char *header;
    size_t length; /* of the header */
    size_t offset;
};
#define MEMBER(header, member)                                                                     \
    {                                                                                              \
        header, sizeof(header) - 1, offsetof(struct envelope, member)                              \
    }
static const struct text_member text_members[] = {
    MEMBER(HEADER_TYPE, type),       MEMBER(HEADER_ID, id),
    MEMBER(HEADER_SUBJECT, subject), MEMBER(HEADER_TRACE, trace),
    MEMBER(HEADER_CHANNEL, channel), MEMBER(HEADER_IDEMPOTENCY_KEY, idempotency_key),
    MEMBER(HEADER_ACTOR, actor),     MEMBER(HEADER_REQUEST_ID, request_id),
    MEMBER(HEADER_UNTIL, until),     MEMBER(HEADER_PRECONDITION, precondition),
};
static const struct text_member number_members[] = {
    MEMBER(HEADER_REPLY_PARTITION, reply_partition),
    MEMBER(HEADER_CLOCK, clock),
    MEMBER(HEADER_GENERATION, generation),
    MEMBER(HEADER_NUMBER, number),
    MEMBER(HEADER_AFTER_GENERATION, after_generation),
    MEMBER(HEADER_AFTER_NUMBER, after_number),
};
enum {
    TEXT_MEMBER_COUNT = sizeof text_members / sizeof text_members[0],
    NUMBER_MEMBER_COUNT = sizeof number_members / sizeof number_members[0]
};

static void keep_text(struct envelope *envelope, size_t offset, const char *value)
{
    if (strlen(value) <= ID_LENGTH_MAX && value[0] != '\0') {
        memcpy((char *)envelope + offset, &value, sizeof value);
    }
}

static void keep_number(struct envelope *envelope, size_t offset, const char *value)
{
    int64_t number = 0;

    if (text_to_int(value, &number) && number >= 0) {
        memcpy((char *)envelope + offset, &number, sizeof number);
    }
}

/* NULL when none stands for the header. */
static const struct text_member *find_member(const struct text_member *members, size_t count,
                                             const char *header)
{
    size_t length = strlen(header);

    for (size_t i = 0; i < count; i++) {
        if (members[i].length == length && memcmp(members[i].header, header, length) == 0) {
            return &members[i];
        }
    }
    return NULL;
}

/* False when no member stands for the header. */
static bool read_text_member(struct envelope *envelope, const struct record_header *header)
{
    const struct text_member *member = find_member(text_members, TEXT_MEMBER_COUNT, header->name);

    if (member != NULL) {
        keep_text(envelope, member->offset, header->value);
    }
    return member != NULL;
}

static bool read_number_member(struct envelope *envelope, const struct record_header *header)
{
    const struct text_member *member =
        find_member(number_members, NUMBER_MEMBER_COUNT, header->name);

    if (member != NULL) {
        keep_number(envelope, member->offset, header->value);
    }
    return member != NULL;
}

struct envelope envelope_read(const struct record_header *headers, size_t count)
{
    struct envelope envelope = { 0 };

    for (size_t i = 0; i < count; i++) {
        if (!read_text_member(&envelope, &headers[i])) {
            (void)read_number_member(&envelope, &headers[i]);
        }
    }
    if (!trace_is_valid(envelope.trace)) {
        envelope.trace = NULL;
    }
    return envelope;
}

/* Printable ASCII and UTF-8 bytes only: a line must stay a line, and a row must be storable. */
static bool is_keepable(const char *value)
{
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++) {
        if (*at < 0x20 || *at >= 0x7f) {
            return false;
        }
    }
    return true;
}

const char *headers_to_text(struct arena *arena, const struct record_header *headers, size_t count)
{
    struct envelope scratch = { 0 };
    struct buffer text;

    buffer_init(&text, RECORD_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        bool known = read_text_member(&scratch, &headers[i]) ||
                     read_number_member(&scratch, &headers[i]) ||
                     strcmp(headers[i].name, HEADER_TOPIC) == 0;

        if (known && is_keepable(headers[i].value)) {
            buffer_append_text(&text, headers[i].name);
            buffer_append_text(&text, ": ");
            buffer_append_text(&text, headers[i].value);
            buffer_append_text(&text, "\n");
        }
    }
    const char *copy = arena_copy_text(arena, text.length > 0 ? text.bytes : "", text.length);
    buffer_release(&text);
    return copy;
}

size_t headers_from_text(struct arena *arena, const char *text, struct record_header *ret)
{
    size_t count = 0;

    while (*text != '\0' && count < RECORD_HEADERS_MAX) {
        const char *colon = strstr(text, ": ");
        const char *end = strchr(text, '\n');

        if (colon == NULL || end == NULL || colon > end) {
            break;
        }
        ret[count].name = arena_copy_text(arena, text, (size_t)(colon - text));
        ret[count].value = arena_copy_text(arena, colon + 2, (size_t)(end - colon - 2));
        count++;
        text = end + 1;
    }
    return count;
}
