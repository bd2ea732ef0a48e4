/* http_client.c - reads URLs, and answers with a Content-Length. */
#define _GNU_SOURCE /* memmem */
#include "tests/bench/outside/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool http_read_url(const char *url, struct http_target *ret)
{
    static const char scheme[] = "http://";
    const char *host = url + sizeof scheme - 1;

    *ret = (struct http_target){ .port = 80, .path = "/" };
    if (strncmp(url, scheme, sizeof scheme - 1) != 0) {
        (void)fprintf(stderr, "outside: %s is no http URL\n", url);
        return false;
    }
    size_t length = strcspn(host, ":/");
    const char *rest = host + length;
    if (*rest == ':') {
        char *end = NULL;

        ret->port = (int)strtol(rest + 1, &end, 10);
        rest = end;
    }
    if (length == 0 || length >= sizeof ret->host || strlen(rest) >= sizeof ret->path ||
        ret->port <= 0 || ret->port > 65535) {
        (void)fprintf(stderr, "outside: %s is no http URL\n", url);
        return false;
    }
    memcpy(ret->host, host, length);
    if (*rest == '/') {
        memcpy(ret->path, rest, strlen(rest) + 1);
    }
    return true;
}

/* The value of a header that is named with its line break and colon; NULL when it is not there. */
static const char *header(const char *bytes, size_t head, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = memchr(bytes, '\r', head); at != NULL && at + length < bytes + head;
         at = memchr(at + 1, '\r', head - (size_t)(at + 1 - bytes))) {
        if (strncasecmp(at, name, length) == 0) {
            return at + length + strspn(at + length, " ");
        }
    }
    return NULL;
}

size_t http_read_answer(const char *bytes, size_t length, struct http_end *ret)
{
    static const char version[] = "HTTP/1.1 ";
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);

    *ret = (struct http_end){ .status = 0 };
    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - bytes) + 4;
    const char *body_length = header(bytes, head, "\r\nContent-Length:");
    const char *connection = header(bytes, head, "\r\nConnection:");
    int status = strncmp(bytes, version, sizeof version - 1) == 0
                     ? (int)strtol(bytes + sizeof version - 1, NULL, 10)
                     : 0;
    size_t body = body_length == NULL ? 0 : strtoul(body_length, NULL, 10);

    if (length < head + body) {
        return 0;
    }
    if (body_length == NULL && status != 204) {
        return length;
    }
    ret->status = status;
    ret->keep_alive = connection == NULL || strncasecmp(connection, "close", 5) != 0;
    return head + body;
}
