/* export_table.h - what a table that is written while it is read is made of; export.c fetches its pages. */
#ifndef KERVAN_GATEWAY_EXPORT_TABLE_H
#define KERVAN_GATEWAY_EXPORT_TABLE_H

#include "common/buffer.h"
#include "services/gateway/owners.h"

#include <stdbool.h>

struct arena;
struct call;

struct export_table {
    const char *file; /* what a browser calls it */
    enum owner owner;
    const char *list, *query; /* the owner's list, and what is asked of it besides: "limit=200" */
    void (*write_header)(struct buffer *to);
    /* The rows of an item of the owner's list (JSON); false when it cannot be understood. */
    bool (*write_item)(struct arena *arena, const char *item, struct buffer *to);
};

/* False, and answered, when a part of the list is asked for: a table is all of it. */
bool export_is_of_all(const struct call *call);
/* Answers with the whole of the owner's list, filtered as the call says; its first page decides whether there is a table at all.
 * `own`: a parameter that is not the owner's; NULL: there is none. */
void export_open(const struct call *call, const struct export_table *table, const char *own);

#endif
