/* read_api.h - a service's read routes: a statement that answers JSON, reached through HTTP.
 *
 * Reads run on the HTTP server's threads over a small pool of sessions of their own, never on the
 * worker's.  What a statement answers is passed on as it is.
 */
#ifndef KERVAN_COMMON_READ_API_H
#define KERVAN_COMMON_READ_API_H

#include "common/http_server.h"
#include "common/pg.h"
#include "common/service.h"

/* A few sessions that threads take turns with.  Thread-safe. */
struct read_pool;
struct read_pool *read_pool_new(const struct pg_options *options, size_t sessions_max);
void read_pool_free(struct read_pool *pool); /* when no thread uses it any more */
/* One statement of a set given at birth, alone.  Waits at most 2 s for a session; ERR_RETRY when there is none or the database is away. */
enum err read_pool_run(struct read_pool *pool, struct ctx *ctx,
                       const struct sql_statement *statement, const struct pg_arguments *arguments,
                       struct pg_result **ret) MUST_USE;

struct read_api {
    const struct service *service;
    struct read_pool *pool;
};

/* The handler of every read route: `request->route->data` is its struct read_route, `api` a struct read_api. */
void read_api_handle(void *api, const struct http_request *request, struct http_answer *answer);

#endif
