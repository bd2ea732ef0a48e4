/* http.c - cuts requests out of the bytes of a connection, in order, and writes the answers. */
#define _GNU_SOURCE /* memmem, strcasestr */
#include "tests/bench/outside/http.h"

#include "tests/bench/outside/loop.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAD_MAX = 16 * 1024, BODY_MAX = 1024 * 1024, KEY_MAX = 256 };

static void (*serve_request)(const struct request *request, struct answer *answer);

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = { { 200, "OK" },
                    { 201, "Created" },
                    { 400, "Bad Request" },
                    { 401, "Unauthorized" },
                    { 402, "Payment Required" },
                    { 404, "Not Found" },
                    { 413, "Content Too Large" },
                    { 422, "Unprocessable Content" },
                    { 431, "Request Header Fields Too Large" },
                    { 501, "Not Implemented" } };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}

static void write_answer(struct text *out, const struct answer *answer, bool keep_alive)
{
    text_format(out, "HTTP/1.1 %d %s\r\n", answer->status, reason_of(answer->status));
    text_add(out, answer->headers->bytes, answer->headers->length);
    text_format(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
                answer->body->length, keep_alive ? "" : "Connection: close\r\n");
    text_add(out, answer->body->bytes, answer->body->length);
}

/* What is no request is answered once, and the connection ends; all of it is taken. */
static size_t refuse(struct stream *stream, int status, size_t length)
{
    text_format(&stream->out, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                status, reason_of(status));
    stream->closing = true;
    return length;
}

/* --- Heads ------------------------------------------------------------------------------------- */

struct head {
    struct request request;
    size_t length; /* with the empty line */
    int problem;   /* the status of a refusal */
};

static void read_length(struct head *head, const char *value)
{
    char *end = NULL;

    errno = 0;
    unsigned long length = strtoul(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0) {
        head->problem = 400;
    } else if (length > BODY_MAX) {
        head->problem = 413;
    }
    head->request.body_length = length;
}

static void read_header(struct head *head, const char *name, const char *value)
{
    struct request *request = &head->request;

    if (strcasecmp(name, "content-length") == 0) {
        read_length(head, value);
    } else if (strcasecmp(name, "transfer-encoding") == 0) {
        head->problem = 501;
    } else if (strcasecmp(name, "authorization") == 0) {
        request->authorization = value;
    } else if (strcasecmp(name, "idempotency-key") == 0) {
        request->idempotency_key = value;
    } else if (strcasecmp(name, "content-type") == 0) {
        request->content_type = value;
    } else if (strcasecmp(name, "connection") == 0 && strcasestr(value, "close") != NULL) {
        request->keep_alive = false;
    }
}

/* `METHOD /path?query HTTP/1.1`, in its place. */
static void read_first_line(struct head *head, char *line)
{
    char *path = strchr(line, ' ');
    char *version = path == NULL ? NULL : strchr(path + 1, ' ');

    if (version == NULL || strcmp(version, " HTTP/1.1") != 0 || path[1] != '/') {
        head->problem = 400;
        return;
    }
    *path++ = '\0';
    *version = '\0';
    char *query = strchr(path, '?');
    if (query != NULL) {
        *query++ = '\0';
        head->request.query = query;
    }
    head->request.method = line;
    head->request.path = path;
}

/* Reads the lines up to the empty one, which ends at `end`. */
static void read_head(struct head *head, char *line, const char *end)
{
    char *next = strstr(line, "\r\n");

    *next = '\0';
    read_first_line(head, line);
    for (line = next + 2; line < end - 2 && head->problem == 0; line = next + 2) {
        next = strstr(line, "\r\n");
        *next = '\0';
        char *value = strchr(line, ':');
        if (value == NULL) {
            head->problem = 400;
            return;
        }
        *value++ = '\0';
        read_header(head, line, value + strspn(value, " \t"));
    }
}

/* Length of what a whole request would begin with here, 0 when it is not there yet. */
static size_t head_length(const char *bytes, size_t length)
{
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);

    return end == NULL ? 0 : (size_t)(end - bytes) + 4;
}

/* The announced length of the body, read before anything is changed, so that a part may wait. */
static size_t announced(const char *bytes, size_t head)
{
    static const char name[] = "\r\ncontent-length:";
    const size_t name_length = sizeof name - 1;

    for (const char *at = memchr(bytes, '\r', head); at != NULL && at + name_length < bytes + head;
         at = memchr(at + 1, '\r', head - (size_t)(at + 1 - bytes))) {
        if (strncasecmp(at, name, name_length) == 0) {
            return strtoul(at + name_length, NULL, 10);
        }
    }
    return 0;
}

static void serve_one(struct stream *stream, const struct request *request)
{
    static struct text body, headers;
    struct answer answer = { .status = 200, .body = &body, .headers = &headers };

    body.length = headers.length = 0;
    serve_request(request, &answer);
    write_answer(&stream->out, &answer, request->keep_alive);
    stream->closing = !request->keep_alive;
}

/* One request; 0 when it is not whole, else how many bytes it took. */
static size_t take_one(struct stream *stream, char *bytes, size_t length)
{
    struct head head = { .request = { "", "", "", "", "", "", "", 0, true } };

    head.length = head_length(bytes, length);
    if (head.length == 0) {
        return length > HEAD_MAX ? refuse(stream, 431, length) : 0;
    }
    size_t body = announced(bytes, head.length);
    if (body <= BODY_MAX && length < head.length + body) {
        return 0;
    }
    read_head(&head, bytes, bytes + head.length);
    if (head.problem != 0) {
        return refuse(stream, head.problem, length);
    }
    head.request.body = bytes + head.length;
    serve_one(stream, &head.request);
    return head.length + head.request.body_length;
}

static size_t take(struct stream *stream, char *bytes, size_t length)
{
    size_t taken = 0;

    while (taken < length && !stream->closing) {
        size_t more = take_one(stream, bytes + taken, length - taken);

        if (more == 0) {
            break;
        }
        taken += more;
    }
    return taken;
}

int http_listen(const char *host, int port,
                void (*serve)(const struct request *request, struct answer *answer))
{
    static const struct stream_kind kind = { .size = sizeof(struct stream), .take = take };

    serve_request = serve;
    return loop_listen(host, port, &kind);
}

bool http_lets_in(const struct request *request, const char *key)
{
    static const char *known;
    static char bearer[KEY_MAX], basic[2 * KEY_MAX];

    if (key == NULL) {
        return true;
    }
    if (known != key) {
        unsigned char user[KEY_MAX];
        int length = snprintf((char *)user, sizeof user, "%s:", key);

        known = key;
        (void)snprintf(bearer, sizeof bearer, "Bearer %s", key);
        memcpy(basic, "Basic ", sizeof "Basic ");
        (void)EVP_EncodeBlock((unsigned char *)basic + 6, user, length);
    }
    return strcmp(request->authorization, bearer) == 0 ||
           strcmp(request->authorization, basic) == 0;
}

size_t http_split(char *path, char **parts, size_t max)
{
    size_t count = 0;
    char *rest = path;

    for (char *part = strtok_r(path, "/", &rest); part != NULL && count < max;
         part = strtok_r(NULL, "/", &rest)) {
        parts[count++] = part;
    }
    return count;
}
