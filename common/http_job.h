/* http_job.h - one call of the HTTP client, from its copy to its end; for http_client.c alone. */
#ifndef KERVAN_COMMON_HTTP_JOB_H
#define KERVAN_COMMON_HTTP_JOB_H

#include "common/http_client.h"

#include <curl/curl.h>

/* An end in the list of those not taken yet; `end` comes first, so that both have one address. */
struct http_ended {
    struct http_end end;
    struct http_ended *next;
};

struct http_job {
    struct http_job *next; /* of the queue it stands in */
    CURL *easy;            /* while it runs */
    uint64_t host;         /* a hash of scheme, host and port */
    const char *refusal;   /* why it must not be sent at all, or NULL */
    struct http_end *end;  /* of a struct http_ended; filled while it runs */

    char *method, *url, *body, *mail_from, *credentials;
    struct curl_slist *headers, *mail_to;
    size_t body_length, body_read, answer_bytes_max;
    int64_t timeout_ms;
    bool is_mail, answer_is_cut;
    char error[CURL_ERROR_SIZE];
};

/* A copy of the call.  Ends the process when there is no memory. */
struct http_job *http_job_new(const struct http_call *call, size_t answer_bytes_max);
void http_job_free(struct http_job *job);

/* Tells the handle what to do; the job must not be refused.  `roots` as in the client's options. */
void http_job_prepare(struct http_job *job, CURL *easy, const char *roots);
/* Fills and hands over the end; `code` counts for a job that ran. */
struct http_ended *http_job_finish(struct http_job *job, CURLcode code);

#endif
