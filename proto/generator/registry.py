"""Writes the list of all message types: message_type.h for rules, registry.h and .c for the bus."""

from __future__ import annotations

from .emit import _guarded as guarded
from .emit import head, quote
from .model import Message, Unit

HEAD_FIELDS = ("order_id", "order_no", "clock", "valid_until")


def registered(units: list[Unit]) -> list[Message]:
    """All that is decoded by its type, sorted by it: everything but views."""
    messages = [message for unit in units for message in unit.messages if message.kind != "view"]
    return sorted(messages, key=lambda message: message.type.encode())


def message_type_header(units: list[Unit]) -> str:
    """message_type.h: the enum, and nothing to link."""
    body = "enum message_type {\n    MESSAGE_NONE = 0,\n"
    for message in registered(units):
        where = f"on {message.topic}" if message.topic else f"({message.kind})"
        body += f"    {message.constant}, /* {message.type} {where} */\n"
    return guarded("message_type.h", "every type of message.",
                   body + "    MESSAGE_TYPE_COUNT\n};\n")


def registry_header() -> str:
    """registry.h: what is known about each type."""
    body = '''#include "proto/message_type.h"
#include "proto/runtime.h"

enum message_kind {
    MESSAGE_COMMAND,  /* from the order service, numbered */
    MESSAGE_EVENT,    /* a fact, numbered, kept for ever */
    MESSAGE_REQUEST,  /* from outside, may be refused */
    MESSAGE_REPLY,    /* to a gateway, best effort */
    MESSAGE_STATE,    /* on a compacted topic */
    MESSAGE_INTERNAL, /* kept or passed on within a service: what an effect was decided with, an input */
    MESSAGE_ANSWER    /* what a system outside says; null is absent */
};

enum { MESSAGE_NO_FIELD = -1 };

struct message_info {
    const char *type;  /* "kervan.order.placed.v1"; NULL for MESSAGE_NONE */
    const char *topic; /* "order.events"; "" for what goes over none */
    enum message_kind kind;
    size_t size; /* of the struct */
    /* `ret` and `message` point to the struct of this type. */
    enum err (*decode)(struct arena *arena, const char *bytes, size_t length, void *ret,
                       struct violations *violations);
    void (*encode)(const void *message, struct buffer *buffer);
    /* Offsets of the common fields in the struct, or MESSAGE_NO_FIELD. */
    int order_id_offset;
    int order_no_offset;
    int clock_offset;
    int valid_until_offset;
};

/* Indexed by enum message_type. */
extern const struct message_info message_infos[MESSAGE_TYPE_COUNT];

/* MESSAGE_NONE when there is no such type. */
enum message_type message_type_find(const char *type);

/* NULL for MESSAGE_NONE. */
const char *message_type_name(enum message_type type);

/* The common fields of a decoded message of a type: NULL or 0 when it has none. */
const char *message_order_id(enum message_type type, const void *message);
int64_t message_order_no(enum message_type type, const void *message);
int64_t message_clock(enum message_type type, const void *message);
int64_t message_valid_until(enum message_type type, const void *message);
'''
    return guarded("registry.h", "what is known about each type of message.", body)


def _offset(message: Message, name: str) -> str:
    for field in message.object.fields:
        if field.c_name == name and not field.array:
            return f"(int)offsetof(struct {message.object.name}, {name})"
    return "MESSAGE_NO_FIELD"


def _wrappers(message: Message) -> str:
    name = message.object.name
    return (
        f"static enum err decode_{name}(struct arena *arena, const char *bytes, size_t length,\n"
        f"    void *ret, struct violations *violations)\n{{\n"
        f"    return {name}_decode(arena, bytes, length, ret, violations);\n}}\n\n"
        f"static void encode_{name}(const void *message, struct buffer *buffer)\n{{\n"
        f"    {name}_encode(message, buffer);\n}}\n\n"
    )


def _row(message: Message) -> str:
    name = message.object.name
    rows = [
        f".type = {quote(message.type)}",
        f".topic = {quote(message.topic or '')}",
        f".kind = MESSAGE_{message.kind.upper()}",
        f".size = sizeof(struct {name})",
        f".decode = decode_{name}",
        f".encode = encode_{name}",
        *(f".{field}_offset = {_offset(message, field)}" for field in HEAD_FIELDS),
    ]
    return f"    [{message.constant}] = {{\n" + "".join(f"        {row},\n" for row in rows) + "    },\n"


LOOKUPS = '''
enum message_type message_type_find(const char *type)
{
    int low = MESSAGE_NONE + 1;
    int high = MESSAGE_TYPE_COUNT - 1;

    while (low <= high) {
        int middle = (low + high) / 2;
        int order = strcmp(type, message_infos[middle].type);

        if (order == 0)
            return (enum message_type)middle;
        if (order < 0)
            high = middle - 1;
        else
            low = middle + 1;
    }
    return MESSAGE_NONE;
}

const char *message_type_name(enum message_type type)
{
    return message_infos[type].type;
}

static int64_t integer_at(const void *message, int offset)
{
    int64_t number = 0;

    if (offset != MESSAGE_NO_FIELD)
        memcpy(&number, (const char *)message + offset, sizeof number);
    return number;
}

const char *message_order_id(enum message_type type, const void *message)
{
    int offset = message_infos[type].order_id_offset;
    const char *text = NULL;

    if (offset != MESSAGE_NO_FIELD)
        memcpy(&text, (const char *)message + offset, sizeof text);
    return text;
}

int64_t message_order_no(enum message_type type, const void *message)
{
    return integer_at(message, message_infos[type].order_no_offset);
}

int64_t message_clock(enum message_type type, const void *message)
{
    return integer_at(message, message_infos[type].clock_offset);
}

int64_t message_valid_until(enum message_type type, const void *message)
{
    return integer_at(message, message_infos[type].valid_until_offset);
}
'''


def registry_source(units: list[Unit]) -> str:
    """registry.c: the table of all types, sorted by type so that it can be searched."""
    messages = registered(units)
    out = head("registry.c", "every type of message, with how to read and write it.")
    out += '#include "proto/registry.h"\n\n#include <string.h>\n\n'
    out += "".join(f'#include "proto/{unit.name}_codec.h"\n' for unit in units if unit.messages)
    out += "\n" + "".join(_wrappers(message) for message in messages)
    out += "const struct message_info message_infos[MESSAGE_TYPE_COUNT] = {\n"
    none = "".join(f" .{name}_offset = MESSAGE_NO_FIELD," for name in HEAD_FIELDS)
    out += f"    [MESSAGE_NONE] = {{{none} }},\n"
    return out + "".join(_row(message) for message in messages) + "};\n" + LOOKUPS
