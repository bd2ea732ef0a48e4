/* http_fetch.c - libcurl's easy handles, each with its own kept connections, lent to one thread at a time. */
#include "common/http_fetch.h"

#include "common/arena.h"
#include "common/buffer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    IDLE_MAX = 64,
    IDLE_KEPT_S = 10,  /* what a busy moment needed is given back soon after it */
    CONNECT_MS = 2500, /* a lost SYN is sent again after one second */
    VALUE_CHARACTERS = 1024
};

struct http_fetcher {
    size_t body_bytes_max;
    pthread_mutex_t mutex;
    /* The one given back last is lent first: its connections are warm, and the first of the list is idle longest. */
    struct idle_handle {
        CURL *handle;
        time_t since_s;
    } idle[IDLE_MAX];
    size_t idle_count;
};

struct fetching {
    struct arena *arena;
    struct http_fetched *answer;
    struct buffer body;
};

static CURL *take_handle(struct http_fetcher *fetcher)
{
    CURL *handle = NULL;

    (void)pthread_mutex_lock(&fetcher->mutex);
    if (fetcher->idle_count > 0)
        handle = fetcher->idle[--fetcher->idle_count].handle;
    (void)pthread_mutex_unlock(&fetcher->mutex);
    return handle != NULL ? handle : curl_easy_init();
}

static time_t now_s(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* The handle that is idle longest, where that is too long; NULL. */
static CURL *take_stale(struct http_fetcher *fetcher, time_t at_s)
{
    if (fetcher->idle_count == 0 || at_s - fetcher->idle[0].since_s < IDLE_KEPT_S)
        return NULL;

    CURL *handle = fetcher->idle[0].handle;
    memmove(fetcher->idle, fetcher->idle + 1, --fetcher->idle_count * sizeof fetcher->idle[0]);
    return handle;
}

static void give_handle(struct http_fetcher *fetcher, CURL *handle)
{
    time_t at_s = now_s();
    CURL *stale = NULL;

    curl_easy_reset(handle); /* keeps its connections */
    (void)pthread_mutex_lock(&fetcher->mutex);
    stale = take_stale(fetcher, at_s);
    if (fetcher->idle_count < IDLE_MAX) {
        fetcher->idle[fetcher->idle_count++] = (struct idle_handle){ handle, at_s };
        handle = NULL;
    }
    (void)pthread_mutex_unlock(&fetcher->mutex);
    curl_easy_cleanup(stale);
    curl_easy_cleanup(handle);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *argument)
{
    struct fetching *fetching = argument;

    buffer_append(&fetching->body, bytes, size * count);
    return fetching->body.overflowed ? 0 : size * count;
}

/* The value of a header line with this name, or NULL. */
static const char *value_of(struct arena *arena, const char *line, size_t length, const char *name)
{
    size_t name_length = strlen(name);

    if (length <= name_length || strncasecmp(line, name, name_length) != 0 ||
        line[name_length] != ':') {
        return NULL;
    }
    line += name_length + 1;
    length -= name_length + 1;
    while (length > 0 && *line == ' ') {
        line++;
        length--;
    }
    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n'))
        length--;
    return length > VALUE_CHARACTERS ? NULL : arena_copy_text(arena, line, length);
}

static size_t on_header(char *line, size_t size, size_t count, void *argument)
{
    struct fetching *fetching = argument;
    struct http_fetched *answer = fetching->answer;
    const struct {
        const char *name, **value;
    } wanted[] = {
        { "Content-Type", &answer->content_type },
        { "ETag", &answer->etag },
        { "Link", &answer->link },
    };

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const char *value = value_of(fetching->arena, line, size * count, wanted[i].name);

        if (value != NULL)
            *wanted[i].value = value;
    }
    return size * count;
}

static void prepare(CURL *handle, const struct http_fetch_request *request,
                    struct fetching *fetching, struct curl_slist *headers)
{
    (void)curl_easy_setopt(handle, CURLOPT_URL, request->url);
    if (request->post) {
        const char *body = request->body == NULL ? "" : request->body;

        (void)curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body);
        (void)curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    }
    (void)curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(handle, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    (void)curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    (void)curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(handle, CURLOPT_WRITEDATA, fetching);
    (void)curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(handle, CURLOPT_HEADERDATA, fetching);
}

static struct curl_slist *headers_of(const struct http_fetch_request *request)
{
    struct curl_slist *list = NULL;

    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(list, request->headers[i]);

        if (longer == NULL)
            abort();
        list = longer;
    }
    return list;
}

enum err http_fetch(struct http_fetcher *fetcher, struct ctx *ctx,
                    const struct http_fetch_request *request, struct http_fetched *ret)
{
    struct http_fetched answer = { 0 };
    struct fetching fetching = { .arena = ctx->arena, .answer = &answer };
    CURL *handle = take_handle(fetcher);

    if (handle == NULL)
        return err_set(ctx, ERR_RETRY, "no memory for an HTTP call");
    struct curl_slist *headers = headers_of(request);
    long status = 0;
    buffer_init(&fetching.body, fetcher->body_bytes_max);
    prepare(handle, request, &fetching, headers);
    CURLcode code = curl_easy_perform(handle);
    (void)curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    give_handle(fetcher, handle);
    curl_slist_free_all(headers);
    if (code == CURLE_OK) {
        answer.status = status;
        answer.body_length = fetching.body.length;
        answer.body = arena_copy_text(
            ctx->arena, fetching.body.length > 0 ? fetching.body.bytes : "", fetching.body.length);
        *ret = answer;
    }
    buffer_release(&fetching.body);
    return code == CURLE_OK
               ? OK
               : err_set(ctx, ERR_RETRY, "no answer of a service: %s", curl_easy_strerror(code));
}

enum err http_fetcher_open(struct ctx *ctx, int64_t body_bytes_max, struct http_fetcher **ret)
{
    struct http_fetcher *fetcher = calloc(1, sizeof *fetcher);

    if (fetcher == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(fetcher);
        return err_set(ctx, ERR_FATAL, "cannot start libcurl");
    }
    fetcher->body_bytes_max = (size_t)body_bytes_max;
    (void)pthread_mutex_init(&fetcher->mutex, NULL);
    *ret = fetcher;
    return OK;
}

struct http_fetcher *http_fetcher_close(struct http_fetcher *fetcher)
{
    if (fetcher == NULL)
        return NULL;
    while (fetcher->idle_count > 0)
        curl_easy_cleanup(fetcher->idle[--fetcher->idle_count].handle);
    (void)pthread_mutex_destroy(&fetcher->mutex);
    free(fetcher);
    return NULL;
}
