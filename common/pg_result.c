/* pg_result.c - columns of an answer, out of PostgreSQL's binary format into C.
 *
 * The asserts catch a statement and its reader that disagree about a column; nothing that a client
 * sends can make them fail.
 */
#include "common/arena.h"
#include "common/pg_native.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct pg_result *pg_result_free(struct pg_result *result)
{
    PQclear((PGresult *)(void *)result);
    return NULL;
}

int pg_row_count(const struct pg_result *result)
{
    return PQntuples(pg_result_native(result));
}

int pg_column_count(const struct pg_result *result)
{
    return PQnfields(pg_result_native(result));
}

int64_t pg_affected(const struct pg_result *result)
{
    PGresult *native = NULL; /* libpq only reads it and forgot to say so */

    memcpy(&native, &result, sizeof native);
    return strtoll(PQcmdTuples(native), NULL, 10);
}

bool pg_is_null(const struct pg_result *result, int row, int column)
{
    return PQgetisnull(pg_result_native(result), row, column) != 0;
}

/* The bytes of a column that is there and of this kind. */
static const unsigned char *fixed(const struct pg_result *result, int row, int column,
                                  enum column_kind kind)
{
    const PGresult *native = pg_result_native(result);

    assert(row >= 0 && row < PQntuples(native) && column >= 0 && column < PQnfields(native));
    assert(PQftype(native, column) == (Oid)pg_kinds[kind].type);
    assert(PQgetlength(native, row, column) == (int)pg_kinds[kind].width);
    return (const unsigned char *)PQgetvalue(native, row, column);
}

static int64_t instant_ms(int64_t since_2000_us)
{
    int64_t down_us = since_2000_us < 0 ? 999 : 0; /* round down on both sides of zero */

    return (since_2000_us - down_us) / 1000 + PG_EPOCH_MS;
}

int64_t pg_int(const struct pg_result *result, int row, int column, enum column_kind kind)
{
    if (kind == COLUMN_INSTANT && pg_is_null(result, row, column))
        return 0;

    const unsigned char *from = fixed(result, row, column, kind);
    uint64_t value = 0;

    for (size_t i = 0; i < pg_kinds[kind].width; i++)
        value = value << 8 | from[i];
    switch (kind) {
    case COLUMN_INT2:
        return (int16_t)value;
    case COLUMN_INT4:
        return (int32_t)value;
    case COLUMN_INT8:
        return (int64_t)value;
    case COLUMN_INSTANT:
        return instant_ms((int64_t)value);
    case COLUMN_BOOL:
    case COLUMN_TEXT:
    case COLUMN_BYTES:
    case COLUMN_KIND_COUNT:
        break;
    }
    assert(false && "a kind that is read as a number");
    return 0;
}

bool pg_bool(const struct pg_result *result, int row, int column)
{
    return *fixed(result, row, column, COLUMN_BOOL) != 0;
}

const char *pg_text(const struct pg_result *result, int row, int column)
{
    const PGresult *native = pg_result_native(result);

    assert(row >= 0 && row < PQntuples(native) && column >= 0 && column < PQnfields(native));
    return pg_is_null(result, row, column) ? NULL : PQgetvalue(native, row, column);
}

struct bytes pg_bytes(const struct pg_result *result, int row, int column)
{
    const char *value = pg_text(result, row, column);

    if (value == NULL)
        return (struct bytes){ 0 };
    return (struct bytes){ (const unsigned char *)value,
                           (size_t)PQgetlength(pg_result_native(result), row, column) };
}

/* Column `column` of the row into the struct's member at `member`. */
static void read_number(const struct pg_result *result, int row, int column, enum column_kind kind,
                        char *member)
{
    if (kind == COLUMN_BOOL) {
        bool value = pg_bool(result, row, column);
        memcpy(member, &value, sizeof value);
        return;
    }
    int64_t value = pg_int(result, row, column, kind);
    memcpy(member, &value, sizeof value);
}

static struct bytes copied(const struct pg_result *result, int row, int column, struct arena *arena)
{
    struct bytes bytes = pg_bytes(result, row, column);

    if (bytes.bytes == NULL)
        return bytes;
    const char *copy = arena_copy_text(arena, (const char *)bytes.bytes, bytes.length);
    return (struct bytes){ (const unsigned char *)copy, bytes.length };
}

void pg_row(const struct pg_result *result, int row, const struct table *table, struct arena *arena,
            void *ret_row)
{
    for (size_t i = 0; i < table->column_count; i++) {
        enum column_kind kind = table->columns[i].kind;
        char *member = (char *)ret_row + table->columns[i].offset;

        if (kind != COLUMN_TEXT && kind != COLUMN_BYTES) {
            read_number(result, row, (int)i, kind, member);
            continue;
        }
        struct bytes bytes = copied(result, row, (int)i, arena);
        /* A text's member is the pointer alone, with which struct bytes begins. */
        memcpy(member, &bytes, kind == COLUMN_TEXT ? sizeof bytes.bytes : sizeof bytes);
    }
}
