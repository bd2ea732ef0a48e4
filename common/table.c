/* table.c - keys and identities of rows, read through a table's description. */
#include "common/table.h"

#include <assert.h>
#include <string.h>

struct key key_text(const char *text)
{
    assert(text != NULL);
    return (struct key){ .text = text, .length = strlen(text) };
}

struct key key_bytes(struct bytes bytes)
{
    assert(bytes.bytes != NULL);
    return (struct key){ .text = (const char *)bytes.bytes, .length = bytes.length };
}

bool key_equal(struct key left, struct key right)
{
    return key_compare(left, right) == 0;
}

/* Finalizer of splitmix64: every bit of the input reaches every bit of the output. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

uint64_t key_hash(struct key key)
{
    if (key.text == NULL)
        return mix((uint64_t)key.number);

    uint64_t hash = key.length + UINT64_C(0x9e3779b97f4a7c15);
    for (size_t at = 0; at < key.length; at += sizeof hash) {
        uint64_t word = 0;
        size_t rest = key.length - at;

        memcpy(&word, key.text + at, rest < sizeof word ? rest : sizeof word);
        hash = mix(hash ^ word);
    }
    return hash;
}

int key_compare(struct key left, struct key right)
{
    if (left.text == NULL || right.text == NULL) {
        if (left.text != right.text)
            return left.text == NULL ? -1 : 1;
        return (left.number > right.number) - (left.number < right.number);
    }
    size_t shorter = left.length < right.length ? left.length : right.length;
    int order = memcmp(left.text, right.text, shorter);
    if (order != 0)
        return order;
    return (left.length > right.length) - (left.length < right.length);
}

struct key table_key(const struct table *table, const void *row, size_t index)
{
    assert(index < table->column_count);
    const struct column *column = &table->columns[index];
    const void *value = (const char *)row + column->offset;

    switch (column->kind) {
    case COLUMN_INT2:
    case COLUMN_INT4:
    case COLUMN_INT8:
    case COLUMN_INSTANT:
        return key_number(*(const int64_t *)value);
    case COLUMN_TEXT:
        return key_text(*(const char *const *)value);
    case COLUMN_BYTES:
        return key_bytes(*(const struct bytes *)value);
    case COLUMN_BOOL:
    case COLUMN_KIND_COUNT:
        break;
    }
    assert(false && "a column of this kind cannot be a key");
    return key_number(0);
}

bool table_same_identity(const struct table *table, const void *left, const void *right)
{
    return table_compare_identity(table, left, right) == 0;
}

int table_compare_identity(const struct table *table, const void *left, const void *right)
{
    int order = 0;

    for (size_t i = 0; i < table->key_columns && order == 0; i++)
        order = key_compare(table_key(table, left, i), table_key(table, right, i));
    return order;
}

static bool same_text(const void *left, const void *right)
{
    const char *texts[2];

    memcpy(&texts[0], left, sizeof texts[0]);
    memcpy(&texts[1], right, sizeof texts[1]);
    return texts[0] == texts[1] ||
           (texts[0] != NULL && texts[1] != NULL && strcmp(texts[0], texts[1]) == 0);
}

static bool same_bytes(const void *left, const void *right)
{
    struct bytes values[2];

    memcpy(&values[0], left, sizeof values[0]);
    memcpy(&values[1], right, sizeof values[1]);
    if (values[0].bytes == NULL || values[1].bytes == NULL) {
        return values[0].bytes == values[1].bytes;
    }
    return values[0].length == values[1].length &&
           memcmp(values[0].bytes, values[1].bytes, values[0].length) == 0;
}

static bool same_value(enum column_kind kind, const void *left, const void *right)
{
    switch (kind) {
    case COLUMN_TEXT:
        return same_text(left, right);
    case COLUMN_BYTES:
        return same_bytes(left, right);
    case COLUMN_BOOL:
        return *(const bool *)left == *(const bool *)right;
    case COLUMN_INT2:
    case COLUMN_INT4:
    case COLUMN_INT8:
    case COLUMN_INSTANT:
    case COLUMN_KIND_COUNT:
        break;
    }
    return memcmp(left, right, sizeof(int64_t)) == 0;
}

bool table_same_row(const struct table *table, const void *left, const void *right)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];

        if (!same_value(column->kind, (const char *)left + column->offset,
                        (const char *)right + column->offset)) {
            return false;
        }
    }
    return true;
}
