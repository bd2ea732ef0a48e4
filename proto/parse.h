/* parse.h - from the bytes of a message to a tree. */
#ifndef KERVAN_PROTO_PARSE_H
#define KERVAN_PROTO_PARSE_H

#include "proto/json.h"

/* The tree, in `arena` and in the source's bytes, or NULL and one violation. */
const struct json_value *message_parse(struct arena *arena, const struct object_table *table,
                                       const struct message_source *source,
                                       struct violations *violations);

#endif
