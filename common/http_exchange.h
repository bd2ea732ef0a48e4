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
    struct MHD_Daemon *daemon;
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

struct http_exchange;
/* `native` has its head, and outlives the exchange.  An upload's is opened next, any other's is ended at once. */
struct http_exchange *http_exchange_begin(struct http_server *server,
                                          const struct http_arrival *arrival,
                                          const struct _u_request *native);
/* Lets the handler answer, and hands the answer over. */
void http_exchange_end(struct http_exchange *exchange, struct _u_response *response);

/* Whether the body of such a request is taken as it comes: http_upload_route in http_server.h. */
bool http_exchange_is_upload(const struct http_server *server, const struct _u_request *native);
/* False when it was refused; what comes of its body goes by then. */
bool http_exchange_open(struct http_exchange *exchange);
void http_exchange_take(struct http_exchange *exchange, const char *bytes, size_t length);
/* Its peer is gone, or too slow: instead of the end. */
void http_exchange_abandon(struct http_exchange *exchange);

#endif
