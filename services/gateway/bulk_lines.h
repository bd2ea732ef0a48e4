/* bulk_lines.h - the lines of one bulk that are under way: so many at once, and their results in the order of the lines.
 *
 * For the thread of one connection, which begins a line and comes back for its end when the ring of places is full.
 */
#ifndef KERVAN_GATEWAY_BULK_LINES_H
#define KERVAN_GATEWAY_BULK_LINES_H

#include "common/arena.h"
#include "common/lines.h"
#include "services/gateway/call.h"

struct bulk_lines;

/* A line under way.  Its texts live in the arena of `ctx`, which is reset before the place is used again. */
struct bulk_place {
    struct ctx ctx;
    struct line line; /* its text stands in `request` */
    struct buffer text;
    struct http_request request;
    struct http_answer answer; /* its status, and the problem of a line that was not taken */
    struct call call;
    const char *key;         /* names the line where its bulk has a name; else NULL */
    struct bulk_result told; /* what a line that was taken is about: an order or an item */
    struct arena *kept;      /* lives as long as the place */
    void *worker;            /* of the kind: NULL at first, kept from line to line */
};

/* How lines of a kind are worked on. */
struct line_kind {
    /* Each waits for its outcome, so this is what one bulk adds to what waits for the service. */
    size_t under_way_max;
    void (*begin)(struct bulk_place *place);
    /* Waits until the line is answered. */
    void (*end)(struct bulk_place *place);
    void (*release)(struct bulk_place *place); /* when no line will begin there */
};
extern const struct line_kind order_lines, item_lines; /* order_line.c, item_line.c */

/* `call` outlives it; `key` names the request, NULL: its lines have no names but their own. */
struct bulk_lines *bulk_lines_new(const struct call *call, const char *key,
                                  const struct line_kind *kind);
/* Waits for what is under way.  Takes NULL; returns NULL. */
struct bulk_lines *bulk_lines_free(struct bulk_lines *lines);

/* The line is copied.  Waits while too many lines, or bytes of them, are under way. */
void bulk_lines_give(struct bulk_lines *lines, const struct line *line);
/* Waits for what is under way. */
void bulk_lines_finish(struct bulk_lines *lines);
/* NDJSON: a struct bulk_result a line, of all lines that ended and have none before them under way. */
struct buffer *bulk_lines_results(struct bulk_lines *lines);
/* Whether a result is 5xx: more of them would only be more of the same. */
bool bulk_lines_fail(const struct bulk_lines *lines);

#endif
