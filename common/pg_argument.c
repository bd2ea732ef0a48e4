/* pg_argument.c - values in PostgreSQL's binary format, scalars and one-dimensional arrays.
 *
 * Numbers are big-endian.  An array is a head (dimensions, whether NULLs occur, element type, then
 * size and lower bound of the dimension, which an empty array has not) and the elements, each with
 * its length before it.  A number that does not fit its kind is remembered, and pg_send refuses
 * the statement: cutting it would store a wrong one, and the server would never know.
 */
#include "common/arena.h"
#include "common/pg_native.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

enum { ARRAY_HEAD_BYTES = 12, ARRAY_DIMENSION_BYTES = 8, ARRAY_BYTES_MAX = 1 << 29 };

const struct pg_kind pg_kinds[COLUMN_KIND_COUNT] = {
    [COLUMN_INT2] = { PG_TYPE_INT2, 2 },           [COLUMN_INT4] = { PG_TYPE_INT4, 4 },
    [COLUMN_INT8] = { PG_TYPE_INT8, 8 },           [COLUMN_BOOL] = { PG_TYPE_BOOL, 1 },
    [COLUMN_TEXT] = { PG_TYPE_TEXT, 0 },           [COLUMN_BYTES] = { PG_TYPE_BYTEA, 0 },
    [COLUMN_INSTANT] = { PG_TYPE_TIMESTAMPTZ, 8 },
};

struct element {
    const void *bytes; /* of a text or bytes; NULL: `number` counts, or it is SQL NULL */
    size_t length;
    unsigned char number[8];
    bool is_null;
};

/* Where the elements of an array come from: exactly one of the three. */
struct source {
    enum column_kind kind;
    const int64_t *numbers;
    const struct key *keys;
    void *const *rows;
    size_t offset; /* in a row */
};

static void put(unsigned char *to, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        to[i] = (unsigned char)(value >> (8 * (width - 1 - i)));
}

static bool fits(enum column_kind kind, int64_t value)
{
    switch (kind) {
    case COLUMN_INT2:
        return value >= INT16_MIN && value <= INT16_MAX;
    case COLUMN_INT4:
        return value >= INT32_MIN && value <= INT32_MAX;
    case COLUMN_INSTANT: /* 294,000 years: the product by 1000 below must fit as well */
        return value > INT64_MIN / 1000 + PG_EPOCH_MS && value < INT64_MAX / 1000;
    case COLUMN_INT8:
    case COLUMN_BOOL:
        return true;
    case COLUMN_TEXT:
    case COLUMN_BYTES:
    case COLUMN_KIND_COUNT:
        break;
    }
    assert(false && "a number of a kind that holds numbers");
    return false;
}

static struct element element_number(struct pg_arguments *arguments, enum column_kind kind,
                                     int64_t value)
{
    struct element element = { .length = pg_kinds[kind].width };

    if (!fits(kind, value)) {
        if (arguments->out_of_range_with == 0)
            arguments->out_of_range_with = arguments->count + 1;
        value = 0;
    }
    if (kind == COLUMN_INSTANT) {
        element.is_null = value == 0;
        value = (value - PG_EPOCH_MS) * 1000;
    }
    put(element.number, (uint64_t)value, element.length);
    return element;
}

static struct element element_bytes(const void *bytes, size_t length)
{
    return (struct element){ .bytes = bytes, .length = length, .is_null = bytes == NULL };
}

static struct element element_of_row(struct pg_arguments *arguments, enum column_kind kind,
                                     const char *member)
{
    switch (kind) {
    case COLUMN_TEXT: {
        const char *text = NULL;
        memcpy(&text, member, sizeof text);
        return element_bytes(text, text == NULL ? 0 : strlen(text));
    }
    case COLUMN_BYTES: {
        struct bytes bytes = { 0 };
        memcpy(&bytes, member, sizeof bytes);
        return element_bytes(bytes.bytes, bytes.length);
    }
    case COLUMN_BOOL: {
        bool value = false;
        memcpy(&value, member, sizeof value);
        return element_number(arguments, kind, value);
    }
    case COLUMN_INT2:
    case COLUMN_INT4:
    case COLUMN_INT8:
    case COLUMN_INSTANT:
    case COLUMN_KIND_COUNT:
        break;
    }
    int64_t number = 0;
    memcpy(&number, member, sizeof number);
    return element_number(arguments, kind, number);
}

static struct element element_at(struct pg_arguments *arguments, const struct source *source,
                                 size_t index)
{
    if (source->rows != NULL) {
        const char *row = source->rows[index];
        return element_of_row(arguments, source->kind, row + source->offset);
    }
    if (source->numbers != NULL)
        return element_number(arguments, source->kind, source->numbers[index]);
    assert(source->keys != NULL);
    if (pg_kinds[source->kind].width > 0)
        return element_number(arguments, source->kind, source->keys[index].number);
    return element_bytes(source->keys[index].text, source->keys[index].length);
}

static unsigned char *element_put(unsigned char *to, const struct element *element)
{
    put(to, element->is_null ? UINT32_MAX : element->length, 4);
    to += 4;
    if (element->is_null)
        return to;
    if (element->length > 0)
        memcpy(to, element->bytes == NULL ? element->number : element->bytes, element->length);
    return to + element->length;
}

/* Takes the next place; NULL is SQL NULL. */
static void argument_add(struct pg_arguments *arguments, const void *value, size_t length)
{
    assert(arguments->count < arguments->count_max);
    assert(length <= ARRAY_BYTES_MAX);
    arguments->values[arguments->count] = value;
    arguments->lengths[arguments->count] = (int)length;
    arguments->formats[arguments->count] = 1;
    arguments->bytes += length;
    arguments->count++;
}

static void argument_add_element(struct pg_arguments *arguments, const struct element *element)
{
    const void *bytes = element->bytes == NULL ? element->number : element->bytes;

    argument_add(arguments,
                 element->is_null ? NULL : arena_copy(arguments->arena, bytes, element->length),
                 element->is_null ? 0 : element->length);
}

static void argument_add_array(struct pg_arguments *arguments, const struct source *source,
                               size_t count)
{
    size_t size = ARRAY_HEAD_BYTES + (count > 0 ? ARRAY_DIMENSION_BYTES : 0);
    bool has_null = false;

    assert(count <= INT32_MAX);
    for (size_t i = 0; i < count; i++) {
        struct element element = element_at(arguments, source, i);
        size += 4 + (element.is_null ? 0 : element.length);
        has_null = has_null || element.is_null;
        assert(size <= ARRAY_BYTES_MAX);
    }
    unsigned char *array = arena_alloc(arguments->arena, size);
    put(array, count > 0, 4);
    put(array + 4, has_null, 4);
    put(array + 8, pg_kinds[source->kind].type, 4);
    if (count > 0) {
        put(array + 12, count, 4);
        put(array + 16, 1, 4);
    }
    unsigned char *to = array + ARRAY_HEAD_BYTES + (count > 0 ? ARRAY_DIMENSION_BYTES : 0);
    for (size_t i = 0; i < count; i++) {
        struct element element = element_at(arguments, source, i);
        to = element_put(to, &element);
    }
    argument_add(arguments, array, size);
}

struct pg_arguments *pg_arguments_new(struct arena *arena, size_t count_max)
{
    struct pg_arguments *arguments = arena_alloc(arena, sizeof *arguments);

    arguments->arena = arena;
    arguments->count_max = count_max;
    arguments->values = arena_alloc(arena, count_max * sizeof *arguments->values);
    arguments->lengths = arena_alloc(arena, count_max * sizeof *arguments->lengths);
    arguments->formats = arena_alloc(arena, count_max * sizeof *arguments->formats);
    return arguments;
}

void pg_argument_int(struct pg_arguments *arguments, enum column_kind kind, int64_t value)
{
    struct element element = element_number(arguments, kind, value);

    argument_add_element(arguments, &element);
}

void pg_argument_bool(struct pg_arguments *arguments, bool value)
{
    pg_argument_int(arguments, COLUMN_BOOL, value);
}

void pg_argument_text(struct pg_arguments *arguments, const char *text)
{
    struct element element = element_bytes(text, text == NULL ? 0 : strlen(text));

    argument_add_element(arguments, &element);
}

void pg_argument_bytes(struct pg_arguments *arguments, struct bytes bytes)
{
    struct element element = element_bytes(bytes.bytes, bytes.length);

    argument_add_element(arguments, &element);
}

void pg_argument_null(struct pg_arguments *arguments)
{
    argument_add(arguments, NULL, 0);
}

void pg_argument_ints(struct pg_arguments *arguments, enum column_kind kind, const int64_t *values,
                      size_t count)
{
    argument_add_array(arguments, &(struct source){ .kind = kind, .numbers = values }, count);
}

void pg_argument_keys(struct pg_arguments *arguments, enum column_kind kind, const struct key *keys,
                      size_t count)
{
    argument_add_array(arguments, &(struct source){ .kind = kind, .keys = keys }, count);
}

void pg_argument_column(struct pg_arguments *arguments, const struct column *column,
                        void *const *rows, size_t count)
{
    argument_add_array(
        arguments, &(struct source){ .kind = column->kind, .rows = rows, .offset = column->offset },
        count);
}
