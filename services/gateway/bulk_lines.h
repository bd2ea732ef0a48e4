/* bulk_lines.h - the lines of one bulk that are under way: so many at once, and their results in the order of the lines.
 *
 * Each line is one submission on a thread of its own place, as it would be on a connection's.  For the thread of one connection.
 */
#ifndef KERVAN_GATEWAY_BULK_LINES_H
#define KERVAN_GATEWAY_BULK_LINES_H

#include "common/lines.h"
#include "services/gateway/call.h"

struct bulk_lines;

/* `call` outlives it; `key` names the request, NULL: its lines have no names but their own. */
struct bulk_lines *bulk_lines_new(const struct call *call, const char *key);
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
