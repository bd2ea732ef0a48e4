/* http_access.h - the HTTP server as the library calls it; for http_server.c alone. */
#ifndef KERVAN_COMMON_HTTP_ACCESS_H
#define KERVAN_COMMON_HTTP_ACCESS_H

#include "common/http_exchange.h"

#include <stddef.h>

/* Options of the library.  All of a connection is called on its own thread.  `server` is a struct http_server. */
void *http_access_begin(void *server, const char *uri, struct MHD_Connection *native);
void http_access_end(void *server, struct MHD_Connection *native, void **context,
                     enum MHD_RequestTerminationCode how);
/* The head first, then what has come of the body, in the end no bytes. */
enum MHD_Result http_access(void *server, struct MHD_Connection *native, const char *url,
                            const char *method, const char *version, const char *bytes,
                            size_t *length, void **context);

#endif
