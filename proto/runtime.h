/* runtime.h - one interpreter for all generated message tables: decode, validate, encode.
 *
 * The generator turns a schema into a C struct and a const table of its fields; the functions here
 * walk that table.  Services call the typed functions of build/gen/proto/<service>_codec.h and read
 * violations; only generated code names the tables.  Everything decoded lives in the arena and is
 * borrowed until it resets.  Nothing here keeps state: all functions are thread-safe.
 *
 * A message with `additionalProperties: false` at its root is closed: an unknown field or enum value
 * is a violation, at any depth.  Every other message is open: unknown fields are skipped and unknown
 * enum values become ..._UNKNOWN, so that an older reader understands a newer writer.  Only answers of
 * outside systems may say null for what they do not have.
 */
#ifndef KERVAN_PROTO_RUNTIME_H
#define KERVAN_PROTO_RUNTIME_H

#include "common/arena.h"
#include "common/buffer.h"
#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VIOLATIONS_MAX = 20,
    VIOLATION_POINTER_BYTES = 160,
    VIOLATION_DETAIL_BYTES = 160,
    JSON_DEPTH_MAX = 32,
};

/* One thing that is wrong with a message. */
struct violation {
    char pointer[VIOLATION_POINTER_BYTES]; /* JSON Pointer: "/lines/0/quantity"; "" is the whole */
    char detail[VIOLATION_DETAIL_BYTES]; /* "must be at least 1"; holds nothing the sender wrote */
    const char *keyword;                 /* the schema keyword that is broken: "minimum"; static */
};

struct violations {
    size_t count; /* of `items`: the first VIOLATIONS_MAX */
    size_t found; /* all of them */
    struct violation items[VIOLATIONS_MAX];
};

void violations_clear(struct violations *violations);

/* For rules that no schema can say; `detail` and `pointer` are copied, `keyword` is static. */
void violations_add(struct violations *violations, const char *pointer, const char *keyword,
                    const char *detail);

/* --- What generated code is made of ------------------------------------------------------------ */

enum field_kind {
    FIELD_TEXT,    /* const char *, NULL when absent */
    FIELD_INTEGER, /* int64_t */
    FIELD_BOOLEAN, /* bool */
    FIELD_ENUM,    /* enum, 0 when absent */
    FIELD_TIME,    /* int64_t, milliseconds since the epoch */
    FIELD_OBJECT,  /* embedded struct; pointer to one when optional */
    FIELD_JSON,    /* const char *, compact JSON of an object; NULL when absent */
};

/* A run of characters of one class: at least `min`, at most `max` of them. */
struct pattern_item {
    uint32_t ascii[4]; /* bit set of the ASCII characters in the class */
    bool others;       /* are all other characters in it */
    uint32_t min;
    uint32_t max;
};

/* A regular expression that needs no backtracking: no item's class meets what may follow it. */
struct pattern {
    const char *source;
    const struct pattern_item *items;
    size_t count;
};

struct enum_values {
    const char *const *names; /* names[i] is the text of enum value i + 1 */
    size_t count;
    bool has_unknown; /* value count + 1 */
};

struct object_table;

struct field_table {
    const char *key; /* `,"name":` as the encoder writes it */
    uint32_t name_length;
    uint32_t offset;       /* of the value in the struct */
    uint32_t extra_offset; /* of has_x, or of the count of an array; 0 when there is none */
    enum field_kind kind;
    bool required;
    bool nullable;     /* null is the same as absent */
    bool long_numbers; /* such as barcodes, which are not searched for card numbers */
    bool array;
    bool unique;
    int64_t min; /* of an integer; characters of a text */
    int64_t max; /* of an integer; characters of a text, bytes of free JSON */
    uint32_t items_min;
    uint32_t items_max;
    const char *constant;
    const struct pattern *pattern;
    const struct enum_values *values;
    const struct object_table *object;
};

struct object_table {
    const char *name; /* of the C struct */
    size_t size;
    size_t bytes_max; /* of a message's JSON text */
    bool closed;
    size_t field_count;
    const struct field_table *fields;
};

/* Of one value, or one element of an array, in a struct. */
size_t field_item_size(const struct field_table *field);

/* The text of a value, "unknown" for UNKNOWN, NULL when it has none. */
const char *enum_text(const struct enum_values *values, unsigned value);

/* 0 when no value has the text. */
unsigned enum_find(const struct enum_values *values, const char *text);
unsigned enum_find_bytes(const struct enum_values *values, const char *text, size_t length);

/* The bytes to decode and where the result's memory comes from. */
struct message_source {
    struct arena *arena;
    const char *bytes;
    size_t length;
};

/* Fills `ret` (table->size bytes, zeroed first) and returns OK, or collects violations and returns
 * ERR_INPUT with `ret` half filled: do not look at it then. */
MUST_USE enum err message_decode(const struct object_table *table,
                                 const struct message_source *source, void *ret,
                                 struct violations *violations);

/* Appends compact JSON, fields in the schema's order, absent ones left out.  UNKNOWN is written as
 * "unknown", which every reader of an open message reads as UNKNOWN again.  A required field that is
 * absent is a programming error and ends the process, before anything wrong is published. */
void message_encode(const struct object_table *table, const void *message, struct buffer *buffer);

#endif
