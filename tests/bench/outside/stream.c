/* stream.c - connections: accepted, opened, read, written, closed. */
#define _GNU_SOURCE /* accept4 */
#include "tests/bench/outside/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 256 * 1024, BACKLOG = 1024, IN_MAX = 4 * 1024 * 1024 };

struct listener {
    struct watched watched;
    const struct stream_kind *kind;
};

static void close_stream(struct stream *stream)
{
    (void)close(stream->watched.fd);
    if (stream->kind->gone != NULL) {
        stream->kind->gone(stream);
    }
    text_release(&stream->in);
    text_release(&stream->out);
    free(stream);
}

void stream_end(struct stream *stream)
{
    stream->closing = true;
    (void)shutdown(stream->watched.fd, SHUT_RDWR);
}

void stream_flush(struct stream *stream)
{
    if (stream->out.length == 0 || stream->waiting) {
        return;
    }
    ssize_t sent = send(stream->watched.fd, stream->out.bytes, stream->out.length,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != ENOTCONN) {
        stream->out.length = 0;
        stream_end(stream);
        return;
    }
    text_drop(&stream->out, sent > 0 ? (size_t)sent : 0);
    if (stream->out.length > 0) {
        stream->waiting = true;
        (void)loop_watch(&stream->watched, EPOLLIN | EPOLLOUT, true);
    } else if (stream->closing) {
        stream_end(stream);
    }
}

/* Hands over what has come; keeps what is not whole yet. */
static void hand_over(struct stream *stream, char *bytes, size_t length)
{
    if (stream->in.length == 0) {
        size_t taken = stream->kind->take(stream, bytes, length);

        text_add(&stream->in, bytes + taken, length - taken);
        return;
    }
    text_add(&stream->in, bytes, length);
    text_drop(&stream->in, stream->kind->take(stream, stream->in.bytes, stream->in.length));
}

static void stream_ready(struct watched *watched, uint32_t events)
{
    static char bytes[READ_SIZE];
    struct stream *stream = (struct stream *)watched;

    if ((events & EPOLLOUT) != 0 && stream->waiting) {
        stream->waiting = false;
        (void)loop_watch(watched, EPOLLIN, true);
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        ssize_t length = recv(watched->fd, bytes, sizeof bytes, MSG_DONTWAIT);

        if (length == 0 || (length < 0 && errno != EAGAIN) || stream->in.length > IN_MAX) {
            close_stream(stream);
            return;
        }
        if (length > 0 && !stream->closing) {
            hand_over(stream, bytes, (size_t)length);
        }
    }
    stream_flush(stream);
}

static struct stream *stream_new(int fd, const struct stream_kind *kind)
{
    const int yes = 1;
    struct stream *stream = calloc(1, kind->size);

    if (stream == NULL) {
        abort();
    }
    stream->watched = (struct watched){ .ready = stream_ready, .fd = fd };
    stream->kind = kind;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return stream;
}

static void accept_ready(struct watched *watched, uint32_t events)
{
    const struct stream_kind *kind = ((struct listener *)watched)->kind;
    int fd = accept4(watched->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)events;
    if (fd < 0) {
        return;
    }
    struct stream *stream = stream_new(fd, kind);
    (void)loop_watch(&stream->watched, EPOLLIN, false);
    if (kind->open != NULL) {
        kind->open(stream);
        stream_flush(stream);
    }
}

static struct sockaddr_in address_of(const char *host, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                  &address.sin_addr) != 1) {
        (void)fprintf(stderr, "outside: %s is no IPv4 address\n", host);
    }
    return address;
}

int loop_listen(const char *host, int port, const struct stream_kind *kind)
{
    const int yes = 1;
    struct sockaddr_in address = address_of(host, port);
    socklen_t size = sizeof address;
    struct listener *listener = keep(sizeof *listener);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *listener = (struct listener){ .watched = { .ready = accept_ready, .fd = fd }, .kind = kind };
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
        loop_watch(&listener->watched, EPOLLIN, false) != 0) {
        (void)fprintf(stderr, "outside: port %d cannot be opened; name another with --port\n",
                      port);
        return -1;
    }
    return ntohs(address.sin_port);
}

struct stream *loop_connect(const char *host, int port, const struct stream_kind *kind)
{
    struct sockaddr_in address = address_of(host, port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 ||
        (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return NULL;
    }
    struct stream *stream = stream_new(fd, kind);
    stream->waiting = true;
    (void)loop_watch(&stream->watched, EPOLLIN | EPOLLOUT, false);
    return stream;
}
