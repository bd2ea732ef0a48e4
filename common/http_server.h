/* http_server.h - a small HTTP server over ulfius: routes as a table, limits first, problems.
 *
 * Handlers run on the server's threads, one a connection, each with its own context and arena.
 * A handler fills the answer; the server writes it.  Every answer carries X-Request-Id, and
 * Cache-Control: no-store unless the handler says otherwise.  No path and no body is logged.  Each
 * request is a span of its trace (tracing.h), but for health and metrics.
 */
#ifndef KERVAN_COMMON_HTTP_SERVER_H
#define KERVAN_COMMON_HTTP_SERVER_H

#include "common/buffer.h"
#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

struct http_server;
struct http_route;
struct http_target;

struct http_request {
    struct ctx *ctx; /* its arena lives until the answer is written */
    const char *method;
    const char *path;
    const char *body; /* raw bytes, NUL behind the last */
    size_t body_length;
    const char *request_id; /* from X-Request-Id when well formed, else minted */
    const char *client_address;
    const char *trace;                /* a traceparent for all that follows from it, or NULL */
    const struct http_route *route;   /* the row that matched */
    const struct http_target *target; /* the server's own */
    const void *native;               /* the server's own */
    void *upload;                     /* what its route's `open` made; NULL where there is none */
};

/* NULL when absent.  Path parameters are named in the route's pattern (`/v1/orders/:id`); a last `*`
 * in it takes the rest of the path and is named "*".  Both kinds are percent-decoded, valid UTF-8
 * without control characters; of a query parameter given twice the first counts. */
const char *http_path(const struct http_request *request, const char *name);
const char *http_query(const struct http_request *request, const char *name);
const char *http_header(const struct http_request *request, const char *name); /* any case */

/* A body of unknown length, written as it comes (server-sent events, tables).  The server calls `read` on the
 * connection's thread, again and again, and `release` in the end; both outlive the request's arena. */
struct http_stream {
    /* Bytes written to `to`; 0 when nothing came for about a second; -1 at the end; -2 when the rest cannot be had:
     * the connection is closed without the chunk that ends a body, so the client sees that it is not whole. */
    int64_t (*read)(void *state, char *to, size_t size);
    void (*release)(void *state);
    void *state;
};

struct http_answer {
    int status;
    const char *content_type; /* NULL: application/json */
    struct buffer body;
    const char *headers[12];   /* "Name: value", in the request's arena; NULL-terminated */
    struct http_stream stream; /* instead of the body, when `read` is set */
};

/* At most 11 lines; two of one name are joined by a comma. */
void http_answer_header(struct http_answer *answer, const char *line);

struct http_route {
    const char *method;
    const char *pattern; /* "/v1/orders/:id" */
    void (*handle)(void *service, const struct http_request *request, struct http_answer *answer);
    const void *data; /* the handler's own, found again as request->route->data */
};

/* A body that is not kept but taken as it comes, on the connection's thread; who takes it slowly slows the sender down.
 * It may come for ten minutes. */
struct http_upload {
    void (*take)(void *state, const char *bytes, size_t length);
    void (*release)(
        void *state); /* once, after the handler, or where the sender is gone before it */
    void *state;
};
/* Uploads of method POST.  `open` has the head of the request: it fills *ret, or answers and so refuses.  Once the body has
 * ended the path's handler answers. */
struct http_upload_route {
    const char *path; /* without parameters */
    void (*open)(void *service, const struct http_request *request, struct http_answer *answer,
                 struct http_upload *ret);
};

/* What is wrong with a request, member of a problem's `errors`. */
struct http_fault {
    const char *pointer; /* "/lines/0/quantity", or NULL */
    const char *detail;
};
/* The catalogue of problems; a slug is a heading on its page. */
#define HTTP_PROBLEM_BASE "/docs/problems#"
struct problem_type {
    const char *slug;  /* "validation" */
    const char *title; /* fixed for the slug */
    int status;
};
/* What there is to say of this one occurrence. */
struct problem_words {
    const char *detail;
    const struct http_fault *faults; /* NULL when fault_count is 0 */
    size_t fault_count;
};
/* Fills `answer` with application/problem+json: type (base and slug), title, status, detail, request_id, errors. */
void http_problem(const struct http_request *request, struct http_answer *answer,
                  const struct problem_type *problem, const struct problem_words *words);
/* The problem that stands for an error code: INPUT 400, NOTFOUND 404, RULE 422 with the context's
 * detail; CONFLICT 409, RETRY 503, FATAL 500 with words that give nothing away: their detail is logged. */
void http_problem_err(const struct http_request *request, struct http_answer *answer, enum err err);

struct http_server_options {
    int64_t port;             /* 0 = any free one */
    const char *bind_address; /* IPv4 or IPv6; NULL: every IPv4 address */
    int64_t body_bytes_max;   /* a larger one is 413, never cut */
    int64_t connections_max, connections_a_peer_max, idle_timeout_ms;
    int64_t arena_bytes_max; /* more than body_bytes_max by 256 KiB at least: the body is in it */
    const struct http_route *routes; /* the first that fits counts; HEAD goes to those of GET */
    size_t route_count;
    const struct http_upload_route *uploads;
    size_t upload_count;
    void *service; /* handed to every handler */
};

/* ERR_FATAL when the address is none or in use. */
enum err http_server_open(struct ctx *ctx, const struct http_server_options *options,
                          struct http_server **ret) MUST_USE;
int64_t http_server_port(const struct http_server *server);
/* Stops accepting, lets requests be answered for drain_ms, then cuts connections.  A handler that is
 * still at work is waited for, so each needs its own bound.  Takes NULL; returns NULL. */
struct http_server *http_server_close(struct http_server *server, int64_t drain_ms);

#endif
