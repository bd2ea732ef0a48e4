/* parse.c - from bytes to a tree, within limits. */
#include "proto/parse.h"

#include "proto/violation.h"

#include <string.h>

/* Line and column of the character that is wrong, from 1 on; what was sent is not quoted, for it may not reach a log. */
static void report_syntax(struct violations *violations, const struct message_source *source,
                          const struct json_error *error)
{
    size_t line = 1, column = 1;

    for (const char *at = source->bytes; at < error->at; at++) {
        bool begins = ((unsigned char)*at & 0xc0) != 0x80; /* a character, not its rest */

        line += *at == '\n' ? 1 : 0;
        column = *at == '\n' ? 1 : column + (begins ? 1 : 0);
    }
    violate(violations, NULL, "json", "%s (line %zu, column %zu)", error->what, line, column);
}

const struct json_value *message_parse(struct arena *arena, const struct object_table *table,
                                       const struct message_source *source,
                                       struct violations *violations)
{
    struct json_error error = { 0 };

    if (source->length > table->bytes_max) {
        violate(violations, NULL, "x-max-bytes", "must have at most %zu bytes", table->bytes_max);
        return NULL;
    }
    const struct json_value *root = json_parse(arena, source->bytes, source->length, &error);

    if (root == NULL)
        report_syntax(violations, source, &error);
    return root;
}
