/* parse.h - from the bytes of a message to jansson's tree. */
#ifndef KERVAN_PROTO_PARSE_H
#define KERVAN_PROTO_PARSE_H

#include "proto/runtime.h"

struct json_t; /* of jansson */

/* The tree, which the caller gives back with json_decref(), or NULL and one violation. */
struct json_t *message_parse(const struct object_table *table, const struct message_source *source,
                             struct violations *violations);

#endif
