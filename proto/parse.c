/* parse.c - from bytes to a tree, within limits.
 *
 * jansson parses; before it, a scan bounds the depth, because a parser's recursion is not ours to
 * trust, and refuses what the parser would overlook.
 */
#include "proto/parse.h"

#include "proto/violation.h"

#include <jansson.h>
#include <string.h>

/* The index of the quote that ends the string whose content starts at `at`, or `length`. */
static size_t end_of_string(const char *bytes, size_t length, size_t at)
{
    while (at < length && bytes[at] != '"')
        at += bytes[at] == '\\' ? 2 : 1;
    return at;
}

/* Brackets inside strings do not count.  What is no JSON at all is left to the parser. */
static bool nests_too_deep(const char *bytes, size_t length)
{
    size_t depth = 0;

    for (size_t i = 0; i < length; i++) {
        char byte = bytes[i];

        if (byte == '"') {
            i = end_of_string(bytes, length, i + 1);
        } else if (byte == '{' || byte == '[') {
            depth++;
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
        if (depth > JSON_DEPTH_MAX)
            return true;
    }
    return false;
}

/* In our own words: jansson's text quotes the input, which may hold what must not reach a log. */
static void report_syntax(struct violations *violations, const json_error_t *error)
{
    const char *what = "must be valid JSON";

    switch ((int)json_error_code(error)) {
    case json_error_invalid_utf8:
        what = "must be valid UTF-8";
        break;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        what = "must not hold the character U+0000";
        break;
    case json_error_duplicate_key:
        what = "must not repeat a field of an object";
        break;
    case json_error_numeric_overflow:
        what = "must not hold a number beyond 64 bits";
        break;
    default:
        break;
    }
    violate(violations, NULL, "json", "%s (line %d, column %d)", what, error->line, error->column);
}

json_t *message_parse(const struct object_table *table, const struct message_source *source,
                      struct violations *violations)
{
    json_error_t error;

    if (source->length > table->bytes_max) {
        violate(violations, NULL, "x-max-bytes", "must have at most %zu bytes", table->bytes_max);
        return NULL;
    }
    if (nests_too_deep(source->bytes, source->length)) {
        violate(violations, NULL, "json", "must not nest deeper than %d levels", JSON_DEPTH_MAX);
        return NULL;
    }
    /* jansson skips a NUL byte after a number. */
    if (source->length > 0 && memchr(source->bytes, '\0', source->length) != NULL) {
        violate(violations, NULL, "json", "must not hold a NUL byte");
        return NULL;
    }
    json_t *root = json_loadb(source->bytes, source->length, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL)
        report_syntax(violations, &error);
    return root;
}
