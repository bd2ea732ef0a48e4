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
    void (*write_header)(struct buffer *to);
    /* The rows of an item of the owner's list (JSON); false when it cannot be understood. */
    bool (*write_item)(struct arena *arena, const char *item, struct buffer *to);
};

/* Answers with the whole of the owner's list at `path`, which has a query and no cursor; its first page decides whether there
 * is a table at all. */
void export_open(const struct call *call, const struct export_table *table, const char *path);

#endif
