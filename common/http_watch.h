/* http_watch.h - who is connected to the HTTP server, and for how long they have been at it.
 *
 * The library's own time-out sees silence only.  A peer that sends a byte now and then would hold
 * its thread for ever; the watch ends connections whose request takes too long to arrive.  And where
 * there are too many, it ends those that have asked for nothing for the longest time: whoever opens
 * connections and leaves them shuts nobody out who works.  Who sends a body that is taken as it comes (an upload) has
 * longer: it may be we who are slow.
 * All functions are thread-safe.
 */
#ifndef KERVAN_COMMON_HTTP_WATCH_H
#define KERVAN_COMMON_HTTP_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct http_watch;

enum http_activity { HTTP_WAITING, HTTP_READING, HTTP_TAKING, HTTP_ANSWERING };

struct http_connection {
    struct http_connection *next, **at; /* in the list; `at` is what points here */
    struct http_watch *watch;
    int fd;
    enum http_activity activity;
    bool ended;       /* shut down, and not left yet */
    int64_t since_ms; /* of this activity, monotonic */
    char address[46]; /* of the peer */
};

struct http_watch_options {
    int64_t request_ms_max; /* for a request to arrive */
    int64_t upload_ms_max;  /* and one whose body is taken as it comes */
    int64_t idle_ms_max;    /* for a wait for one */
    int64_t crowd;          /* more connections are too many */
};
struct http_watch *http_watch_open(const struct http_watch_options *options);
/* After the last connection has left. */
void http_watch_close(struct http_watch *watch);

/* NULL when there is no memory. */
struct http_connection *http_watch_enter(struct http_watch *watch, int fd,
                                         const struct sockaddr *peer);
void http_watch_leave(struct http_connection *connection);
void http_watch_note(struct http_connection *connection, enum http_activity activity);

/* Waits until every connection waits for a request, at most so long; false when some still do not. */
bool http_watch_until_quiet(struct http_watch *watch, int64_t timeout_ms);
int64_t http_watch_count(struct http_watch *watch);

#endif
