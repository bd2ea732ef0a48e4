/* request.h - what an operator asked of a lane, and how it ended. */
#ifndef KERVAN_TOOLS_KERVAN_REQUEST_H
#define KERVAN_TOOLS_KERVAN_REQUEST_H

#include "tools/kervan/session.h"

/* A parked message by the name that `kervan parked` gives it: count/3/17. */
struct parked_name {
    const char *service, *schema;
    int64_t lane, id;
};

/* ERR_INPUT when it is no such name, ERR_NOTFOUND when there is no such service. */
enum err parked_name_read(struct ctx *ctx, const char *text, struct parked_name *ret) MUST_USE;

/* Waits at most --wait seconds for the owners of the lanes to answer, and tells each answer.  `asked` has rows of lane and id.
 * Sets the call's status when one is refused or not done yet. */
enum err requests_await(struct invocation *call, struct pg *pg, const char *service,
                        const struct listing *asked) MUST_USE;

/* The statements that a session for this wants: those of parked.sql. */
struct pg_statements request_statements(void);

#endif
