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
#include <stdio.h>
#include <string.h>

/* A tree takes most where each value takes two bytes of the text: "[1,1,1". */
enum { TREE_BYTES_A_BYTE = 32, TREE_BYTES_MIN = 4096 };

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

static bool has_items(const struct json_value *value)
{
    return value->kind == JSON_KIND_OBJECT || value->kind == JSON_KIND_ARRAY;
}

static bool is_text(const struct json_text *text, const char *wanted)
{
    return strlen(wanted) == text->length && memcmp(text->bytes, wanted, text->length) == 0;
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
                        const struct field_table *field, const struct json_value *value, void *slot)
{
    if (value->kind != JSON_KIND_STRING) {
        violate(decoder->violations, path, "type", "must be a string");
        return;
    }
    const char *text = value->is.text.bytes, *copy;
    size_t length = value->is.text.length;

    if (holds_card(decoder, path, field, text, length))
        return;
    check_length(decoder, path, field, (int64_t)text_characters(text, length));
    if (field->pattern != NULL && !pattern_matches(field->pattern, text, length))
        violate(decoder->violations, path, "pattern", "must match %s", field->pattern->source);
    if (field->constant != NULL && !is_text(&value->is.text, field->constant))
        violate(decoder->violations, path, "const", "must be \"%s\"", field->constant);
    copy = arena_copy_text(decoder->arena, text, length);
    memcpy(slot, &copy, sizeof copy);
}

static void decode_enum(struct decoder *decoder, const struct path *path,
                        const struct field_table *field, const struct json_value *value, void *slot)
{
    if (value->kind != JSON_KIND_STRING) {
        violate(decoder->violations, path, "type", "must be a string");
        return;
    }
    const struct enum_values *values = field->values;
    unsigned index = enum_find_bytes(values, value->is.text.bytes, value->is.text.length);

    if (index == 0 && decoder->open && values->has_unknown)
        index = (unsigned)values->count + 1;
    if (index == 0)
        violate(decoder->violations, path, "enum", "must be one of the listed values");
    memcpy(slot, &index, sizeof index);
}

static void decode_time(struct decoder *decoder, const struct path *path,
                        const struct json_value *value, void *slot)
{
    int64_t instant_ms = 0;

    if (value->kind != JSON_KIND_STRING) {
        violate(decoder->violations, path, "type", "must be a string");
    } else if (!instant_parse(value->is.text.bytes, value->is.text.length, &instant_ms)) {
        violate(decoder->violations, path, "format",
                "must be an instant like 2026-01-31T08:30:00.000Z");
    }
    memcpy(slot, &instant_ms, sizeof instant_ms);
}

/* --- Numbers and truth ---------------------------------------------------------------------------- */

static void decode_integer(struct decoder *decoder, const struct path *path,
                           const struct field_table *field, const struct json_value *value,
                           void *slot)
{
    if (value->kind != JSON_KIND_INTEGER) {
        violate(decoder->violations, path, "type",
                "must be an integer, written without fraction or exponent");
        return;
    }
    int64_t number = value->is.integer;

    if (number < field->min)
        violate(decoder->violations, path, "minimum", "must be at least %" PRId64, field->min);
    if (number > field->max)
        violate(decoder->violations, path, "maximum", "must be at most %" PRId64, field->max);
    memcpy(slot, &number, sizeof number);
}

static void decode_boolean(struct decoder *decoder, const struct path *path,
                           const struct json_value *value, void *slot)
{
    bool truth = value->kind == JSON_KIND_BOOLEAN && value->is.truth;

    if (value->kind != JSON_KIND_BOOLEAN)
        violate(decoder->violations, path, "type", "must be true or false");
    memcpy(slot, &truth, sizeof truth);
}

/* --- Free JSON ------------------------------------------------------------------------------------ */

static bool holds_real(const struct json_value *value)
{
    const struct json_value *item = has_items(value) ? value->is.items.first : NULL;

    while (item != NULL && !holds_real(item))
        item = item->next;
    return item != NULL || value->kind == JSON_KIND_REAL;
}

/* NULL when it takes more than `bytes_max`. */
static char *compact_text(struct decoder *decoder, const struct json_value *value, size_t bytes_max)
{
    struct buffer compact;
    char *text = NULL;

    buffer_init(&compact, bytes_max);
    json_write(&compact, value);
    if (!compact.overflowed)
        text = arena_copy_text(decoder->arena, compact.bytes, compact.length);
    buffer_release(&compact);
    return text;
}

static void decode_json(struct decoder *decoder, const struct path *path,
                        const struct field_table *field, const struct json_value *value, void *slot)
{
    if (value->kind != JSON_KIND_OBJECT) {
        violate(decoder->violations, path, "type", "must be an object");
        return;
    }
    if (holds_real(value)) {
        violate(decoder->violations, path, "type",
                "must hold integers only; write other numbers as strings");
        return;
    }
    char *text = compact_text(decoder, value, (size_t)field->max);

    if (text == NULL) {
        violate(decoder->violations, path, "x-max-bytes",
                "must have at most %" PRId64 " bytes when written without spaces", field->max);
        return;
    }
    if (holds_card(decoder, path, field, text, strlen(text)))
        return;
    memcpy(slot, &text, sizeof text);
}

/* --- Objects and arrays --------------------------------------------------------------------------- */

static void decode_object(struct decoder *decoder, const struct path *path,
                          const struct object_table *table, const struct json_value *value,
                          char *base);

static void decode_value(struct decoder *decoder, const struct path *path,
                         const struct field_table *field, const struct json_value *value,
                         void *slot)
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
static bool has_repeats(const struct json_value *array)
{
    for (const struct json_value *one = array->is.items.first; one != NULL; one = one->next) {
        for (const struct json_value *other = one->next; other != NULL; other = other->next) {
            if (json_same(one, other))
                return true;
        }
    }
    return false;
}

static void decode_array(struct decoder *decoder, const struct path *path,
                         const struct field_table *field, const struct json_value *value,
                         char *base)
{
    if (value->kind != JSON_KIND_ARRAY) {
        violate(decoder->violations, path, "type", "must be an array");
        return;
    }
    size_t count = value->is.items.count;

    if (count < field->items_min) {
        violate(decoder->violations, path, "minItems", "must have at least %" PRIu32 " item%s",
                field->items_min, field->items_min == 1 ? "" : "s");
    }
    if (count > field->items_max) {
        violate(decoder->violations, path, "maxItems", "must have at most %" PRIu32 " items",
                field->items_max);
        return;
    }
    if (count == 0)
        return;

    size_t before = decoder->violations->found;
    size_t size = field_item_size(field);
    char *items = arena_alloc(decoder->arena, count * size);

    const struct json_value *item = value->is.items.first;

    for (size_t i = 0; i < count; i++, item = item->next) {
        decode_value(decoder, &(struct path){ .parent = path, .index = i }, field, item,
                     items + i * size);
    }
    /* What is no item could be large, and take seconds to compare. */
    if (field->unique && decoder->violations->found == before && has_repeats(value))
        violate(decoder->violations, path, "uniqueItems", "must not repeat an item");
    memcpy(base + field->offset, &items, sizeof items);
    memcpy(base + field->extra_offset, &count, sizeof count);
}

/* Null; or, as systems written in PHP say an object without members, an empty list. */
static bool is_nothing(const struct field_table *field, const struct json_value *value)
{
    bool empty = value->kind == JSON_KIND_ARRAY && value->is.items.count == 0;

    return value->kind == JSON_KIND_NULL || (empty && field->kind == FIELD_OBJECT && !field->array);
}

/* Returns whether the field was there. */
static bool decode_field(struct decoder *decoder, const struct path *parent,
                         const struct field_table *field, const struct json_value *object,
                         char *base)
{
    const char *name = field->key + 2;
    struct path path = { .parent = parent, .name = name, .name_length = field->name_length };
    const struct json_value *value = json_find(object, name, field->name_length);

    if (value == NULL) {
        if (field->required)
            violate(decoder->violations, &path, "required", "is required");
        return false;
    }
    if (field->nullable && is_nothing(field, value))
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
                           const struct object_table *table, const struct json_value *object)
{
    for (const struct json_value *member = object->is.items.first; member != NULL;
         member = member->next) {
        struct path path = { .parent = parent,
                             .name = member->name.bytes,
                             .name_length = member->name.length };

        if (!table_has(table, path.name, path.name_length))
            violate(decoder->violations, &path, "additionalProperties", "is not a known field");
    }
}

static void decode_object(struct decoder *decoder, const struct path *path,
                          const struct object_table *table, const struct json_value *value,
                          char *base)
{
    if (value->kind != JSON_KIND_OBJECT) {
        violate(decoder->violations, path, "type", "must be an object");
        return;
    }
    size_t found = 0;

    for (size_t i = 0; i < table->field_count; i++)
        found += decode_field(decoder, path, &table->fields[i], value, base);
    if (table->closed && !decoder->open && found < value->is.items.count)
        report_unknown(decoder, path, table, value);
}

enum err message_decode(const struct object_table *table, const struct message_source *source,
                        void *ret, struct violations *violations)
{
    struct decoder decoder = { .arena = source->arena,
                               .violations = violations,
                               .open = !table->closed };

    struct arena *tree = arena_new_small(source->length * TREE_BYTES_A_BYTE + TREE_BYTES_MIN);

    violations_clear(violations);
    memset(ret, 0, table->size);

    const struct json_value *root = message_parse(tree, table, source, violations);

    if (root != NULL)
        decode_object(&decoder, NULL, table, root, ret);
    arena_free(tree);
    return violations->found == 0 ? OK : ERR_INPUT;
}
