/* http_exchange.h - the HTTP server from within; for http_server.c and http_exchange.c alone. */
#ifndef KERVAN_COMMON_HTTP_EXCHANGE_H
#define KERVAN_COMMON_HTTP_EXCHANGE_H

#include "common/http_server.h"
#include "common/http_watch.h"

#include <stdatomic.h>
#include <ulfius.h>

enum { HTTP_STATUS_CLASSES = 6 };

struct http_server {
    struct http_server_options options;
    struct _u_instance instance;
    int listener;
    int64_t port;
    struct http_watch *watch;
    atomic_bool closing;
    struct metric **seconds; /* one a route */
    struct metric *answers[HTTP_STATUS_CLASSES];
};

/* How a request came. */
struct http_arrival {
    const struct http_connection *connection; /* NULL where there was no memory for it */
    const char *head_fault;                   /* as of http_head_fault() */
};

/* Routes a request, lets its handler answer, hands the answer over. */
void http_exchange_run(struct http_server *server, const struct http_arrival *arrival,
                       const struct _u_request *native, struct _u_response *response);

#endif
