/* http_client.h - calls to the outside on one thread of its own: many at a time, bounded.
 *
 * Calls are handed over by any thread, and their ends are taken by the owner, who is woken through
 * a file descriptor.  Connections are kept.  Nothing is retried, no redirect is followed, and a
 * request with a body is never written twice.  SMTP goes the same way (libcurl speaks both).  A
 * proxy is taken from the environment, as libcurl does (https_proxy, no_proxy).
 */
#ifndef KERVAN_COMMON_HTTP_CLIENT_H
#define KERVAN_COMMON_HTTP_CLIENT_H

#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

struct http_client;

/* What is to be sent.  Everything is copied at hand-over. */
struct http_call {
    int64_t id;         /* the caller's; comes back in the end */
    const char *method; /* "POST"; "MAIL" sends `body` as a mail over smtp:// */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; NULL for none */
    const char *body; /* of MAIL the complete message (RFC 5322), its lines ended by CR LF */
    size_t body_length;
    int64_t timeout_ms;    /* the whole call, from when it is sent; not what it waits for others */
    const char *mail_from; /* of MAIL */
    const char *mail_to;   /* of MAIL, one address */
    const char *credentials; /* "user:password" or NULL; of MAIL over an encrypted line only */
};

enum http_fate {
    HTTP_ANSWERED, /* `status` counts; a body longer than allowed is cut, and `error` says so */
    HTTP_NOT_SENT, /* surely nothing reached the other side: no such host, refused, no TLS */
    HTTP_UNKNOWN   /* it may have acted: time-out or connection lost after sending began */
};

struct http_end {
    int64_t id;
    enum http_fate fate;
    int64_t status; /* HTTP status, or the SMTP reply code; 0 unless answered */
    char *body;     /* NUL-terminated; at most body_bytes_max; owned by the end */
    size_t body_length;
    int64_t retry_after_ms; /* from Retry-After, at most a day; 0 when absent */
    int64_t took_ms;
    char error[160]; /* for people */
};

struct http_client_options {
    int64_t calls_at_once_max, calls_a_host_max, body_bytes_max;
    const char *roots; /* who is trusted behind https: a file in PEM; NULL: as the system does */
};

enum err http_client_open(struct ctx *ctx, const struct http_client_options *options,
                          struct http_client **ret) MUST_USE;
/* Cuts what is under way, joins the thread. */
struct http_client *http_client_close(struct http_client *client);
/* Copies the call and queues it.  The queue has no bound of its own: see http_client_under_way. */
void http_client_send(struct http_client *client, const struct http_call *call);
/* An end, or NULL when none is there now; freed by http_end_free. */
struct http_end *http_client_take(struct http_client *client);
void http_end_free(struct http_end *end);
/* Readable while ends wait (an eventfd; reading it is the client's business, in http_client_take). */
int http_client_fd(const struct http_client *client);
/* Calls handed over and not ended yet. */
int64_t http_client_under_way(const struct http_client *client);

#endif
