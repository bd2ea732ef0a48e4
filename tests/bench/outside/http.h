/* http.h - HTTP/1.1 with connections that are kept, for APIs of JSON. */
#ifndef KERVAN_BENCH_OUTSIDE_HTTP_H
#define KERVAN_BENCH_OUTSIDE_HTTP_H

#include "tests/bench/outside/text.h"

#include <stdbool.h>

/* A whole request.  What the client did not send is "", never NULL; it lives until the answer is given. */
struct request {
    const char *method, *path, *query;
    const char *authorization, *idempotency_key, *content_type;
    const char *body; /* `body_length` bytes, not NUL-terminated */
    size_t body_length;
    bool keep_alive;
};

/* Empty when it is handed out. */
struct answer {
    int status;
    struct text *body;
    struct text *headers; /* each with its CRLF */
};

/* Opens a port for requests; the port, or -1. */
int http_listen(const char *host, int port,
                void (*serve)(const struct request *request, struct answer *answer));

/* Whether the client shows the key, as Bearer or as the user of Basic; a key of NULL lets everybody in. */
bool http_lets_in(const struct request *request, const char *key);

/* The parts of a path between its slashes, at most `max`; returns how many.  Changes `path`. */
size_t http_split(char *path, char **parts, size_t max);

#endif
