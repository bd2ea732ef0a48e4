/* runtime.c - what the decoder and the encoder both have to know about a table. */
#include "proto/runtime.h"

#include <string.h>

size_t field_item_size(const struct field_table *field)
{
    static const size_t sizes[] = {
        [FIELD_TEXT] = sizeof(const char *), [FIELD_INTEGER] = sizeof(int64_t),
        [FIELD_BOOLEAN] = sizeof(bool),      [FIELD_ENUM] = sizeof(unsigned),
        [FIELD_TIME] = sizeof(int64_t),      [FIELD_JSON] = sizeof(const char *),
    };

    return field->kind == FIELD_OBJECT ? field->object->size : sizes[field->kind];
}

const char *enum_text(const struct enum_values *values, unsigned value)
{
    if (value == values->count + 1 && values->has_unknown)
        return "unknown";
    return value >= 1 && value <= values->count ? values->names[value - 1] : NULL;
}

unsigned enum_find_bytes(const struct enum_values *values, const char *text, size_t length)
{
    for (unsigned i = 0; i < values->count; i++) {
        if (strlen(values->names[i]) == length && memcmp(values->names[i], text, length) == 0)
            return i + 1;
    }
    return 0;
}

unsigned enum_find(const struct enum_values *values, const char *text)
{
    return enum_find_bytes(values, text, strlen(text));
}
