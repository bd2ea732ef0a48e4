/* http_job.c - one call: what libcurl is told, and what its end says about the other side.
 *
 * A request with a body goes out once: libcurl would send it again by itself when a kept connection
 * closes without an answer, which is right for pages and wrong for payments, so the body refuses to
 * be rewound, and a request without one never takes a kept connection unless it is a GET or HEAD.
 */
#include "common/http_job.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    CONNECT_MS_MAX = 5000,
    RETRY_AFTER_S_MAX = 86400,
    MAIL_DATA_BEGUN = 354, /* the server waits for the message */
    REFUSED_FROM = 400     /* HTTP and SMTP agree: from here on the answer is no */
};

static void *must_have(void *memory)
{
    if (memory == NULL) {
        (void)fputs("no memory for an outgoing call\n", stderr);
        abort();
    }
    return memory;
}

static char *copy_text(const char *text)
{
    return text == NULL ? NULL : must_have(strdup(text));
}

static struct curl_slist *list_add(struct curl_slist *list, const char *text)
{
    return must_have(curl_slist_append(list, text));
}

/* A line break would let a value write headers or mail commands of its own. */
static bool has_control(const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    }
    return false;
}

static bool call_has_control(const struct http_call *call)
{
    bool found = has_control(call->method) || has_control(call->url) ||
                 has_control(call->mail_from) || has_control(call->mail_to) ||
                 has_control(call->credentials);

    for (size_t i = 0; !found && call->headers != NULL && call->headers[i] != NULL; i++)
        found = has_control(call->headers[i]);
    return found;
}

static uint64_t hash_add(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash * UINT64_C(0x100000001b3);
}

/* Reads the URL: false when it is none, or not of a scheme that the method goes by. */
static bool read_host(struct http_job *job)
{
    CURLU *parsed = must_have(curl_url());
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool good = curl_url_set(parsed, CURLUPART_URL, job->url, 0) == CURLUE_OK &&
                curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;

    if (good) {
        good = strncmp(scheme, job->is_mail ? "smtp" : "http", 4) == 0;
        job->host = hash_add(hash_add(hash_add(0, scheme), host), port);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parsed);
    return good;
}

static void copy_headers(struct http_job *job, const struct http_call *call)
{
    bool has_type = false;

    for (size_t i = 0; call->headers != NULL && call->headers[i] != NULL; i++) {
        has_type = has_type || strncasecmp(call->headers[i], "content-type:", 13) == 0;
        job->headers = list_add(job->headers, call->headers[i]);
    }
    job->headers = list_add(job->headers, "Expect:"); /* no wait before a body */
    if (!has_type)                                    /* libcurl would claim that it is a form */
        job->headers = list_add(job->headers, "Content-Type:");
}

struct http_job *http_job_new(const struct http_call *call, size_t answer_bytes_max)
{
    struct http_job *job = must_have(calloc(1, sizeof *job));

    job->end = must_have(calloc(1, sizeof(struct http_ended)));
    job->end->id = call->id;
    job->end->body = must_have(calloc(1, 1));
    job->method = copy_text(call->method);
    job->url = copy_text(call->url);
    job->mail_from = copy_text(call->mail_from);
    job->credentials = copy_text(call->credentials);
    job->body_length = call->body == NULL ? 0 : call->body_length;
    job->body = must_have(malloc(job->body_length + 1));
    if (job->body_length > 0)
        memcpy(job->body, call->body, job->body_length);
    job->timeout_ms = call->timeout_ms;
    job->answer_bytes_max = answer_bytes_max;
    job->is_mail = strcmp(call->method, "MAIL") == 0;
    if (call->mail_to != NULL)
        job->mail_to = list_add(NULL, call->mail_to);
    copy_headers(job, call);
    if (call_has_control(call)) {
        job->refusal = "a part of the call contains a control character";
    } else if (!read_host(job)) {
        job->refusal = "the address is malformed, or of a scheme that is not spoken";
    }
    return job;
}

void http_job_free(struct http_job *job)
{
    free(job->method);
    free(job->url);
    free(job->body);
    free(job->mail_from);
    free(job->credentials);
    curl_slist_free_all(job->headers);
    curl_slist_free_all(job->mail_to);
    http_end_free(job->end);
    free(job);
}

void http_end_free(struct http_end *end)
{
    if (end == NULL)
        return;
    free(end->body);
    free(end);
}

static size_t on_read(char *to, size_t size, size_t count, void *argument)
{
    struct http_job *job = argument;
    size_t length = job->body_length - job->body_read;

    if (length > size * count)
        length = size * count;
    memcpy(to, job->body + job->body_read, length);
    job->body_read += length;
    return length;
}

static int on_seek(void *argument, curl_off_t offset, int origin)
{
    const struct http_job *job = argument;

    (void)offset, (void)origin;
    return job->body_read == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static size_t on_answer(char *bytes, size_t size, size_t count, void *argument)
{
    struct http_job *job = argument;
    size_t length = size * count, room = job->answer_bytes_max - job->end->body_length;

    if (length > room)
        length = room;
    char *body = realloc(job->end->body, job->end->body_length + length + 1);
    if (body == NULL)
        return 0;
    memcpy(body + job->end->body_length, bytes, length);
    job->end->body = body;
    job->end->body_length += length;
    body[job->end->body_length] = '\0';
    job->answer_is_cut = length < size * count;
    return length;
}

/* libcurl's options fail for want of memory or an option that its build lacks: both are fatal. */
#define KEPT_CONNECTION_S  60L /* most servers close idle ones after 60 s or more */
#define SET(option, value) must_set(curl_easy_setopt(easy, (option), (value)))

static void must_set(CURLcode code)
{
    if (code != CURLE_OK) {
        (void)fprintf(stderr, "libcurl refuses an option: %s\n", curl_easy_strerror(code));
        abort();
    }
}

static void prepare_mail(struct http_job *job, CURL *easy)
{
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    /* A password never goes over a line that is not encrypted. */
    SET(CURLOPT_USE_SSL, (long)(job->credentials == NULL ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    SET(CURLOPT_MAIL_FROM, job->mail_from);
    SET(CURLOPT_MAIL_RCPT, job->mail_to);
    SET(CURLOPT_UPLOAD, 1L);
}

static void prepare_http(struct http_job *job, CURL *easy)
{
    bool asks = strcmp(job->method, "GET") == 0 || strcmp(job->method, "HEAD") == 0;

    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTPHEADER, job->headers);
    if (job->body_length > 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->body_length);
    } else if (strcmp(job->method, "POST") == 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE, 0L);
    } else if (strcmp(job->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    }
    SET(CURLOPT_CUSTOMREQUEST, job->method);
    SET(CURLOPT_FRESH_CONNECT, asks || job->body_length > 0 ? 0L : 1L);
}

void http_job_prepare(struct http_job *job, CURL *easy, const char *roots)
{
    assert(job->refusal == NULL);
    job->easy = easy;
    SET(CURLOPT_PRIVATE, job);
    SET(CURLOPT_URL, job->url);
    SET(CURLOPT_ERRORBUFFER, job->error);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_MAXAGE_CONN, KEPT_CONNECTION_S);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_USERAGENT, "kervan");
    SET(CURLOPT_TIMEOUT_MS, (long)job->timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS,
        (long)(job->timeout_ms < CONNECT_MS_MAX ? job->timeout_ms : CONNECT_MS_MAX));
    SET(CURLOPT_READFUNCTION, on_read);
    SET(CURLOPT_READDATA, job);
    SET(CURLOPT_SEEKFUNCTION, on_seek);
    SET(CURLOPT_SEEKDATA, job);
    SET(CURLOPT_WRITEFUNCTION, on_answer);
    SET(CURLOPT_WRITEDATA, job);
    if (roots != NULL)
        SET(CURLOPT_CAINFO, roots);
    if (job->credentials != NULL) {
        SET(CURLOPT_USERPWD, job->credentials);
        SET(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    }
    (job->is_mail ? prepare_mail : prepare_http)(job, easy);
}

/* A mail is out of our hands once the server has been given text of it, and not before. */
static enum http_fate fate_of_mail(const struct http_job *job)
{
    if (job->end->status >= REFUSED_FROM)
        return HTTP_ANSWERED;
    return job->body_read > 0 || job->end->status == MAIL_DATA_BEGUN ? HTTP_UNKNOWN : HTTP_NOT_SENT;
}

/* libcurl counts what it has written of heads and of the body; of both nothing means nothing. */
static enum http_fate fate_of_http(const struct http_job *job)
{
    long head_bytes = 0;
    curl_off_t body_bytes = 0;

    if (curl_easy_getinfo(job->easy, CURLINFO_REQUEST_SIZE, &head_bytes) != CURLE_OK ||
        curl_easy_getinfo(job->easy, CURLINFO_SIZE_UPLOAD_T, &body_bytes) != CURLE_OK)
        return HTTP_UNKNOWN;
    return head_bytes == 0 && body_bytes == 0 ? HTTP_NOT_SENT : HTTP_UNKNOWN;
}

static void read_figures(struct http_job *job)
{
    long status = 0;
    curl_off_t took_us = 0, retry_after_s = 0;

    (void)curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(job->easy, CURLINFO_TOTAL_TIME_T, &took_us);
    (void)curl_easy_getinfo(job->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    if (retry_after_s < 0)
        retry_after_s = 0;
    if (retry_after_s > RETRY_AFTER_S_MAX)
        retry_after_s = RETRY_AFTER_S_MAX;
    job->end->status = status;
    job->end->took_ms = took_us / 1000;
    job->end->retry_after_ms = retry_after_s * 1000;
}

static void finish_run(struct http_job *job, CURLcode code)
{
    struct http_end *end = job->end;

    read_figures(job);
    if (code == CURLE_OK) {
        end->fate = HTTP_ANSWERED;
        return;
    }
    const char *why = job->error[0] == '\0' ? curl_easy_strerror(code) : job->error;
    (void)snprintf(end->error, sizeof end->error, "%.*s", (int)sizeof end->error - 1, why);
    if (job->answer_is_cut) {
        end->fate = HTTP_ANSWERED;
        (void)snprintf(end->error, sizeof end->error, "answer cut at %zu bytes", end->body_length);
        return;
    }
    end->fate = job->is_mail ? fate_of_mail(job) : fate_of_http(job);
}

struct http_ended *http_job_finish(struct http_job *job, CURLcode code)
{
    struct http_end *end = job->end;

    if (job->refusal != NULL) {
        end->fate = HTTP_NOT_SENT;
        (void)snprintf(end->error, sizeof end->error, "%s", job->refusal);
    } else {
        finish_run(job, code);
    }
    if (end->fate != HTTP_ANSWERED)
        end->status = 0;
    job->end = NULL;
    return (struct http_ended *)(void *)end;
}
