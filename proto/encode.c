/* encode.c - from a message to compact JSON, by the table of its fields.
 *
 * Written straight into the buffer: no tree, no printf.  It trusts the values, which our own rules
 * made, but not their presence: a required field that is missing ends the process, because what is
 * published stays in the log for ever.
 */
#include "common/instant.h"
#include "proto/runtime.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_at(const char *slot)
{
    const char *text;

    memcpy(&text, slot, sizeof text);
    return text;
}

static int64_t integer_at(const char *slot)
{
    int64_t number;

    memcpy(&number, slot, sizeof number);
    return number;
}

static unsigned enum_at(const char *slot)
{
    unsigned value;

    memcpy(&value, slot, sizeof value);
    return value;
}

static size_t count_at(const char *slot)
{
    size_t count;

    memcpy(&count, slot, sizeof count);
    return count;
}

static void encode_object(const struct object_table *table, const char *base,
                          struct buffer *buffer);

static void encode_value(const struct field_table *field, const char *slot, struct buffer *buffer)
{
    struct instant_text instant;

    switch (field->kind) {
    case FIELD_TEXT:
        buffer_append_json_string(buffer, text_at(slot));
        break;
    case FIELD_INTEGER:
        buffer_append_int(buffer, integer_at(slot));
        break;
    case FIELD_BOOLEAN:
        buffer_append_text(buffer, *slot ? "true" : "false");
        break;
    case FIELD_ENUM:
        buffer_append_json_string(buffer, enum_text(field->values, enum_at(slot)));
        break;
    case FIELD_TIME:
        instant = instant_format(integer_at(slot));
        buffer_append_json_string(buffer, instant.text);
        break;
    case FIELD_OBJECT:
        encode_object(field->object, slot, buffer);
        break;
    case FIELD_JSON:
        buffer_append_text(buffer, text_at(slot));
        break;
    default:
        assert(false); /* a field kind without an encoder */
    }
}

/* Can the value in the slot be written at all? */
static bool holds_value(const struct field_table *field, const char *slot)
{
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_JSON:
        return text_at(slot) != NULL;
    case FIELD_ENUM:
        return enum_text(field->values, enum_at(slot)) != NULL;
    case FIELD_INTEGER:
    case FIELD_BOOLEAN:
    case FIELD_TIME:
    case FIELD_OBJECT:
    default:
        return true;
    }
}

static _Noreturn void die(const struct object_table *table, const struct field_table *field)
{
    (void)fprintf(stderr, "proto: cannot encode %s: \"%.*s\" is required and not set\n",
                  table->name, (int)field->name_length, field->key + 2);
    abort();
}

static void encode_array(const struct object_table *table, const struct field_table *field,
                         const char *base, struct buffer *buffer)
{
    const char *items = text_at(base + field->offset);
    size_t count = count_at(base + field->extra_offset);
    size_t size = field_item_size(field);

    buffer_append(buffer, "[", 1);
    for (size_t i = 0; i < count; i++) {
        if (!holds_value(field, items + i * size))
            die(table, field);
        if (i > 0)
            buffer_append(buffer, ",", 1);
        encode_value(field, items + i * size, buffer);
    }
    buffer_append(buffer, "]", 1);
}

static bool is_present(const struct field_table *field, const char *base)
{
    const char *slot = base + field->offset;

    if (field->array)
        return field->required || count_at(base + field->extra_offset) > 0;
    if (field->extra_offset != 0)
        return base[field->extra_offset] != 0;
    if (field->kind == FIELD_OBJECT)
        return field->required || text_at(slot) != NULL;
    return holds_value(field, slot);
}

static void encode_object(const struct object_table *table, const char *base, struct buffer *buffer)
{
    bool first = true;

    buffer_append(buffer, "{", 1);
    for (size_t i = 0; i < table->field_count; i++) {
        const struct field_table *field = &table->fields[i];
        const char *slot = base + field->offset;

        if (!is_present(field, base)) {
            if (field->required)
                die(table, field);
            continue;
        }
        buffer_append(buffer, field->key + first, field->name_length + 4 - first);
        first = false;
        if (field->array) {
            encode_array(table, field, base, buffer);
        } else if (field->kind == FIELD_OBJECT && !field->required) {
            encode_object(field->object, text_at(slot), buffer);
        } else {
            encode_value(field, slot, buffer);
        }
    }
    buffer_append(buffer, "}", 1);
}

void message_encode(const struct object_table *table, const void *message, struct buffer *buffer)
{
    encode_object(table, message, buffer);
}
