/* form.h - `name=value&name=value`, percent-decoded: bodies and queries. */
#ifndef KERVAN_BENCH_OUTSIDE_FORM_H
#define KERVAN_BENCH_OUTSIDE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FORM_FIELDS_MAX = 128 };

struct field {
    const char *name, *value;
};

struct form {
    struct field fields[FORM_FIELDS_MAX];
    size_t count;
};

/* The names and values lie in memory that the next form uses again; false when there are too many. */
bool form_read(const char *bytes, size_t length, struct form *ret);

/* NULL when it is not there. */
const char *form_find(const struct form *form, const char *name);

/* The name of the first field whose name up to a bracket is not among `known` (" a b "), or NULL. */
const char *form_unknown(const struct form *form, const char *known);

/* The same for the same fields in any order. */
uint64_t form_digest(const struct form *form);

#endif
