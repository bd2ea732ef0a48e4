/* json.h - a JSON text as a tree, for the decoder.
 *
 * Stricter than JSON: the root is an object or an array, an object has no name twice, no text holds U+0000, integers fit
 * 64 bits, nothing nests deeper than JSON_DEPTH_MAX.  Texts that need no unescaping are not copied: a tree borrows from the
 * bytes it was read from, and the rest of it lies in the arena.  Thread-safe.
 */
#ifndef KERVAN_PROTO_JSON_H
#define KERVAN_PROTO_JSON_H

#include "proto/runtime.h"

enum json_kind {
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
    JSON_KIND_STRING,
    JSON_KIND_INTEGER,
    JSON_KIND_REAL, /* has a fraction or an exponent; its value is never looked at */
    JSON_KIND_BOOLEAN,
    JSON_KIND_NULL,
};

/* A text of UTF-8 without U+0000; not NUL-terminated. */
struct json_text {
    const char *bytes;
    size_t length;
};

struct json_value {
    enum json_kind kind;
    struct json_text name;   /* of a member of an object */
    struct json_value *next; /* of the same object or array */
    union {
        struct {
            struct json_value *first;
            size_t count;
        } items;               /* JSON_KIND_OBJECT, JSON_KIND_ARRAY */
        struct json_text text; /* JSON_KIND_STRING; JSON_KIND_REAL as it is spelled */
        int64_t integer;
        bool truth;
    } is;
};

/* Why a text was refused, in words that hold nothing of it. */
struct json_error {
    const char *what; /* static */
    const char *at;   /* where in the bytes; behind the last one when they end too early */
};

/* NULL, and the first error, when the bytes are refused. */
struct json_value *json_parse(struct arena *arena, const char *bytes, size_t length,
                              struct json_error *ret_error);

/* NULL when the object has no such member. */
const struct json_value *json_find(const struct json_value *object, const char *name,
                                   size_t length);

/* Reals are the same when they are spelled the same; objects whatever the order of their members. */
bool json_same(const struct json_value *left, const struct json_value *right);

/* Without spaces, members in their order. */
void json_write(struct buffer *buffer, const struct json_value *value);

#endif
