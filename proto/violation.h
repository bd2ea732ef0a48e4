/* violation.h - where in a message the decoder is, and how it says what is wrong there. */
#ifndef KERVAN_PROTO_VIOLATION_H
#define KERVAN_PROTO_VIOLATION_H

#include "proto/runtime.h"

/* A step from the root to a value; the chain lives on the decoder's stack. */
struct path {
    const struct path *parent; /* NULL at the root */
    const char *name;          /* of a field; NULL for an element of an array */
    size_t name_length;
    size_t index;
};

void violate(struct violations *violations, const struct path *path, const char *keyword,
             const char *format, ...) PRINTF_LIKE(4, 5);

#endif
