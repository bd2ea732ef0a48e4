/* tracing_post.c - a POST over libcurl, with a kept connection. */
#include "common/tracing_post.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 1000, TIMEOUT_MS = 2000, LINE_CHARACTERS = 4200, MS_A_SECOND = 1000 };

struct tracing_post {
    CURL *handle;
    struct curl_slist *headers;
};

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl says what its callbacks look like */
static size_t on_body(char *bytes, size_t size, size_t count, void *unused)
{
    (void)bytes;
    (void)unused;
    return size * count; /* what it says is of no use */
}

static bool add_header(struct tracing_post *post, const char *line)
{
    struct curl_slist *longer = curl_slist_append(post->headers, line);

    if (longer != NULL)
        post->headers = longer;
    return longer != NULL;
}

static bool prepare(struct tracing_post *post, const char *url, const char *authorization)
{
    char line[LINE_CHARACTERS];

    if (!add_header(post, "Content-Type: application/json") || !add_header(post, "Expect:"))
        return false;
    if (authorization != NULL && authorization[0] != '\0') {
        (void)snprintf(line, sizeof line, "Authorization: %s", authorization);
        if (!add_header(post, line))
            return false;
    }
    (void)curl_easy_setopt(post->handle, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(post->handle, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(post->handle, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    (void)curl_easy_setopt(post->handle, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    (void)curl_easy_setopt(post->handle, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(post->handle, CURLOPT_HTTPHEADER, post->headers);
    return curl_easy_setopt(post->handle, CURLOPT_URL, url) == CURLE_OK;
}

struct tracing_post *tracing_post_open(const char *url, const char *authorization)
{
    bool is_http = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
    struct tracing_post *post = is_http ? calloc(1, sizeof *post) : NULL;

    if (post == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(post);
        return NULL;
    }
    post->handle = curl_easy_init();
    if (post->handle == NULL || !prepare(post, url, authorization)) {
        tracing_post_close(post);
        return NULL;
    }
    return post;
}

void tracing_post_close(struct tracing_post *post)
{
    if (post == NULL)
        return;
    curl_easy_cleanup(post->handle);
    curl_slist_free_all(post->headers);
    free(post);
}

static enum post_outcome outcome_of(long status)
{
    if (status >= 200 && status < 300)
        return POST_DONE;
    return status == 429 || status == 502 || status == 503 || status == 504 ? POST_LATER
                                                                            : POST_REFUSED;
}

enum post_outcome tracing_post_send(struct tracing_post *post, const char *body, size_t length,
                                    int64_t *ret_pause_ms)
{
    curl_off_t pause_s = 0;
    long status = 0;

    (void)curl_easy_setopt(post->handle, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(post->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    CURLcode code = curl_easy_perform(post->handle);
    (void)curl_easy_getinfo(post->handle, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(post->handle, CURLINFO_RETRY_AFTER, &pause_s);
    *ret_pause_ms = (int64_t)pause_s * MS_A_SECOND;
    return code == CURLE_OK ? outcome_of(status) : POST_LATER;
}
