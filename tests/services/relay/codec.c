/* codec.c - {"n":1,"key":"a"}: the one message body of the test services. */
#include "tests/services/relay/relay.h"

#include "common/arena.h"
#include "proto/registry.h"

#include <stdlib.h>
#include <string.h>

static enum err ping_decode(struct arena *arena, const char *bytes, size_t length, void *ret,
                            struct violations *violations)
{
    static const char head[] = "{\"n\":", middle[] = ",\"key\":\"";
    const char *text = arena_copy_text(arena, bytes, length);
    struct ping *ping = ret;
    char *end = NULL;

    if (strncmp(text, head, sizeof head - 1) != 0) {
        violations_add(violations, "/n", "required", "is required");
        return ERR_INPUT;
    }
    ping->n = strtoll(text + sizeof head - 1, &end, 10);
    if (strncmp(end, middle, sizeof middle - 1) != 0 || length < 3) {
        violations_add(violations, "/key", "required", "is required");
        return ERR_INPUT;
    }
    end += sizeof middle - 1;
    ping->key = arena_copy_text(arena, end, strcspn(end, "\""));
    return OK;
}

static void ping_encode(const void *message, struct buffer *buffer)
{
    const struct ping *ping = message;

    buffer_append_text(buffer, "{\"n\":");
    buffer_append_int(buffer, ping->n);
    buffer_append_text(buffer, ",\"key\":");
    buffer_append_json_string(buffer, ping->key);
    buffer_append_text(buffer, "}");
}

#define PING_INFO(type_, topic_, kind_)                                                            \
    {                                                                                              \
        .type = (type_), .topic = (topic_), .kind = (kind_), .size = sizeof(struct ping),          \
        .decode = ping_decode, .encode = ping_encode, .order_id_offset = MESSAGE_NO_FIELD,         \
        .order_no_offset = MESSAGE_NO_FIELD, .clock_offset = MESSAGE_NO_FIELD,                     \
        .valid_until_offset = MESSAGE_NO_FIELD                                                     \
    }

/* Sorted by type, as the generated registry is. */
const struct message_info relay_infos[RELAY_MESSAGE_COUNT] = {
    [RELAY_HUBBED] = PING_INFO("test.hubbed.v1", "", MESSAGE_REQUEST),
    [RELAY_PING] = PING_INFO("test.ping.v1", "relay.requests", MESSAGE_REQUEST),
    [RELAY_PINGED] = PING_INFO("test.pinged.v1", "relay.events", MESSAGE_EVENT),
};
