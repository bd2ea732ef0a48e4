/* cors.h - which pages may call from a browser: the origins that channels list, known for a few seconds.
 *
 * A preflight has no key: it is let through for the origins of all channels.  What follows is shown to the page
 * only where the key's own channel lists the origin, or where no key was known (the page may read why).  A key
 * that is bound to no channel is for servers, and no page gets to see its answers.  Thread-safe.
 */
#ifndef KERVAN_GATEWAY_CORS_H
#define KERVAN_GATEWAY_CORS_H

#include <stdbool.h>

struct arena;
struct cors;
struct http_answer;
struct http_request;
struct read_pool;

struct cors *cors_new(struct arena *memory, struct read_pool *pool);
/* Adds the headers that let the page read the answer.  `channel`: of the key; NULL when no key is known. */
void cors_allow(struct cors *cors, const struct http_request *request, struct http_answer *answer,
                const char *channel);
/* OPTIONS of any address; `service` is the gateway. */
void answer_preflight(void *service, const struct http_request *request,
                      struct http_answer *answer);

#endif
