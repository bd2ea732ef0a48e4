/* decode.c - from JSON text to a message, by the table of its fields; finds all that is wrong.
 *
 * parse.c makes the tree, pattern.c looks at characters.  Numbers are integers everywhere: 1.0 and
 * 1e3 are refused, for a price that went through a floating point number is no longer a price.
 */
#include "common/card_number.h"
#include "common/instant.h"
#include "proto/parse.h"
#include "proto/pattern.h"
#include "proto/violation.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct decoder {
    struct arena *arena;
    struct violations *violations;
    bool open;
};

/* No request may bring a card number, wherever it stands; messages between services hold none. */
static bool holds_card(struct decoder *decoder, const struct path *path,
                       const struct field_table *field, const char *text, size_t length)
{
    if (decoder->open || field->long_numbers || !has_card_number(text, length))
        return false;
    violate(decoder->violations, path, "card", "must not hold a card number");
    return true;
}

/* --- Text --------------------------------------------------------------------------------------- */

static void check_length(struct decoder *decoder, const struct path *path,
                         const struct field_table *field, int64_t characters)
{
    if (characters < field->min) {
        violate(decoder->violations, path, "minLength",
                "must have at least %" PRId64 " character%s", field->min,
                field->min == 1 ? "" : "s");
    }
    if (characters > field->max) {
        violate(decoder->violations, path, "maxLength", "must have at most %" PRId64 " character%s",
                field->max, field->max == 1 ? "" : "s");
    }
}

static void decode_text(struct decoder *decoder, const struct path *path,
                        const struct field_table *field, const json_t *value, void *slot)
{
    if (!json_is_string(value)) {
        violate(decoder->violations, path, "type", "must be a string");
        return;
    }
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    const char *copy;

    if (holds_card(decoder, path, field, text, length))
        return;
    check_length(decoder, path, field, (int64_t)text_characters(text, length));
    if (field->pattern != NULL && !pattern_matches(field->pattern, text, length))
        violate(decoder->violations, path, "pattern", "must match %s", field->pattern->source);
    if (field->constant != NULL && strcmp(text, field->constant) != 0)
        violate(decoder->violations, path, "const", "must be \"%s\"", field->constant);
    copy = arena_copy_text(decoder->arena, text, length);
    memcpy(slot, &copy, sizeof copy);
}

static void decode_enum(struct decoder *decoder, const struct path *path,
                        const struct field_table *field, const json_t *value, void *slot)
{
    if (!json_is_string(value)) {
        violate(decoder->violations, path, "type", "must be a string");
        return;
    }
    const struct enum_values *values = field->values;
    unsigned index = enum_find(values, json_string_value(value));

    if (index == 0 && decoder->open && values->has_unknown)
        index = (unsigned)values->count + 1;
    if (index == 0)
        violate(decoder->violations, path, "enum", "must be one of the listed values");
    memcpy(slot, &index, sizeof index);
}

static void decode_time(struct decoder *decoder, const struct path *path, const json_t *value,
                        void *slot)
{
    int64_t instant_ms = 0;

    if (!json_is_string(value)) {
        violate(decoder->violations, path, "type", "must be a string");
    } else if (!instant_parse(json_string_value(value), json_string_length(value), &instant_ms)) {
        violate(decoder->violations, path, "format",
                "must be an instant like 2026-01-31T08:30:00.000Z");
    }
    memcpy(slot, &instant_ms, sizeof instant_ms);
}

/* --- Numbers and truth ---------------------------------------------------------------------------- */

static void decode_integer(struct decoder *decoder, const struct path *path,
                           const struct field_table *field, const json_t *value, void *slot)
{
    if (!json_is_integer(value)) {
        violate(decoder->violations, path, "type",
                "must be an integer, written without fraction or exponent");
        return;
    }
    int64_t number = json_integer_value(value);

    if (number < field->min)
        violate(decoder->violations, path, "minimum", "must be at least %" PRId64, field->min);
    if (number > field->max)
        violate(decoder->violations, path, "maximum", "must be at most %" PRId64, field->max);
    memcpy(slot, &number, sizeof number);
}

static void decode_boolean(struct decoder *decoder, const struct path *path, const json_t *value,
                           void *slot)
{
    bool truth = json_is_true(value);

    if (!json_is_boolean(value))
        violate(decoder->violations, path, "type", "must be true or false");
    memcpy(slot, &truth, sizeof truth);
}

/* --- Free JSON ------------------------------------------------------------------------------------ */

static bool holds_real(json_t *value)
{
    for (void *at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at)) {
        if (holds_real(json_object_iter_value(at)))
            return true;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (holds_real(json_array_get(value, i)))
            return true;
    }
    return json_is_real(value);
}

static void decode_json(struct decoder *decoder, const struct path *path,
                        const struct field_table *field, json_t *value, void *slot)
{
    if (!json_is_object(value)) {
        violate(decoder->violations, path, "type", "must be an object");
        return;
    }
    if (holds_real(value)) {
        violate(decoder->violations, path, "type",
                "must hold integers only; write other numbers as strings");
        return;
    }
    size_t length = json_dumpb(value, NULL, 0, JSON_COMPACT);

    if ((int64_t)length > field->max) {
        violate(decoder->violations, path, "x-max-bytes",
                "must have at most %" PRId64 " bytes when written without spaces", field->max);
        return;
    }
    char *text = arena_alloc(decoder->arena, length + 1);

    (void)json_dumpb(value, text, length, JSON_COMPACT);
    if (holds_card(decoder, path, field, text, length))
        return;
    memcpy(slot, &text, sizeof text);
}

/* --- Objects and arrays --------------------------------------------------------------------------- */

static void decode_object(struct decoder *decoder, const struct path *path,
                          const struct object_table *table, json_t *value, char *base);

static void decode_value(struct decoder *decoder, const struct path *path,
                         const struct field_table *field, json_t *value, void *slot)
{
    switch (field->kind) {
    case FIELD_TEXT:
        decode_text(decoder, path, field, value, slot);
        break;
    case FIELD_INTEGER:
        decode_integer(decoder, path, field, value, slot);
        break;
    case FIELD_BOOLEAN:
        decode_boolean(decoder, path, value, slot);
        break;
    case FIELD_ENUM:
        decode_enum(decoder, path, field, value, slot);
        break;
    case FIELD_TIME:
        decode_time(decoder, path, value, slot);
        break;
    case FIELD_OBJECT:
        decode_object(decoder, path, field->object, value, slot);
        break;
    case FIELD_JSON:
        decode_json(decoder, path, field, value, slot);
        break;
    default:
        assert(false); /* a field kind without a decoder */
    }
}

/* Quadratic; the generator bounds maxItems where uniqueItems is asked for. */
static bool has_repeats(const json_t *array, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (json_equal(json_array_get(array, i), json_array_get(array, k)))
                return true;
        }
    }
    return false;
}

static void decode_array(struct decoder *decoder, const struct path *path,
                         const struct field_table *field, const json_t *value, char *base)
{
    if (!json_is_array(value)) {
        violate(decoder->violations, path, "type", "must be an array");
        return;
    }
    size_t count = json_array_size(value);

    if (count < field->items_min) {
        violate(decoder->violations, path, "minItems", "must have at least %" PRIu32 " item%s",
                field->items_min, field->items_min == 1 ? "" : "s");
    }
    if (count > field->items_max) {
        violate(decoder->violations, path, "maxItems", "must have at most %" PRIu32 " items",
                field->items_max);
        return;
    }
    if (field->unique && has_repeats(value, count))
        violate(decoder->violations, path, "uniqueItems", "must not repeat an item");
    if (count == 0)
        return;

    size_t size = field_item_size(field);
    char *items = arena_alloc(decoder->arena, count * size);

    for (size_t i = 0; i < count; i++) {
        decode_value(decoder, &(struct path){ .parent = path, .index = i }, field,
                     json_array_get(value, i), items + i * size);
    }
    memcpy(base + field->offset, &items, sizeof items);
    memcpy(base + field->extra_offset, &count, sizeof count);
}

/* Returns whether the field was there. */
static bool decode_field(struct decoder *decoder, const struct path *parent,
                         const struct field_table *field, const json_t *object, char *base)
{
    const char *name = field->key + 2;
    struct path path = { .parent = parent, .name = name, .name_length = field->name_length };
    json_t *value = json_object_getn(object, name, field->name_length);

    if (value == NULL) {
        if (field->required)
            violate(decoder->violations, &path, "required", "is required");
        return false;
    }
    if (field->nullable && json_is_null(value))
        return true;
    if (field->array) {
        decode_array(decoder, &path, field, value, base);
    } else if (field->kind == FIELD_OBJECT && !field->required) {
        char *inner = arena_alloc(decoder->arena, field->object->size);

        decode_object(decoder, &path, field->object, value, inner);
        memcpy(base + field->offset, &inner, sizeof inner);
    } else {
        decode_value(decoder, &path, field, value, base + field->offset);
        if (field->extra_offset != 0)
            base[field->extra_offset] = 1;
    }
    return true;
}

static bool table_has(const struct object_table *table, const char *name, size_t length)
{
    for (size_t i = 0; i < table->field_count; i++) {
        if (table->fields[i].name_length == length &&
            memcmp(table->fields[i].key + 2, name, length) == 0)
            return true;
    }
    return false;
}

static void report_unknown(struct decoder *decoder, const struct path *parent,
                           const struct object_table *table, json_t *object)
{
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        struct path path = { .parent = parent,
                             .name = json_object_iter_key(at),
                             .name_length = json_object_iter_key_len(at) };

        if (!table_has(table, path.name, path.name_length))
            violate(decoder->violations, &path, "additionalProperties", "is not a known field");
    }
}

static void decode_object(struct decoder *decoder, const struct path *path,
                          const struct object_table *table, json_t *value, char *base)
{
    if (!json_is_object(value)) {
        violate(decoder->violations, path, "type", "must be an object");
        return;
    }
    size_t found = 0;

    for (size_t i = 0; i < table->field_count; i++)
        found += decode_field(decoder, path, &table->fields[i], value, base);
    if (table->closed && !decoder->open && found < json_object_size(value))
        report_unknown(decoder, path, table, value);
}

enum err message_decode(const struct object_table *table, const struct message_source *source,
                        void *ret, struct violations *violations)
{
    struct decoder decoder = { .arena = source->arena,
                               .violations = violations,
                               .open = !table->closed };

    violations_clear(violations);
    memset(ret, 0, table->size);

    json_auto_t *root = message_parse(table, source, violations);

    if (root != NULL)
        decode_object(&decoder, NULL, table, root, ret);
    return violations->found == 0 ? OK : ERR_INPUT;
}
