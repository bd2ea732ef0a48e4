/* sockets.c - plain sockets for tests. */
#include "tests/unit/sockets.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { THREADS_MAX = 256, PATIENCE_S = 10 };

struct threads {
    pthread_t acceptor, serving[THREADS_MAX];
    int fds[THREADS_MAX];
    int count;
    pthread_mutex_t mutex; /* of fds */
};

struct connection {
    struct stub *stub;
    int index;
};

static void be_patient(int fd)
{
    struct timeval patience = { .tv_sec = PATIENCE_S };

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

static void *serve_main(void *argument)
{
    struct connection *connection = argument;
    struct stub *stub = connection->stub;
    struct threads *threads = stub->threads;
    int *fd = &threads->fds[connection->index];

    stub->serve(stub, *fd);
    (void)pthread_mutex_lock(&threads->mutex);
    (void)close(*fd);
    *fd = -1;
    (void)pthread_mutex_unlock(&threads->mutex);
    free(connection);
    return NULL;
}

static void *accept_main(void *argument)
{
    struct stub *stub = argument;
    struct threads *threads = stub->threads;

    while (threads->count < THREADS_MAX) {
        int fd = accept(stub->listener, NULL, NULL);
        if (fd < 0)
            break;
        be_patient(fd);
        struct connection *connection = malloc(sizeof *connection);
        assert(connection != NULL);
        *connection = (struct connection){ stub, threads->count };
        threads->fds[threads->count] = fd;
        atomic_fetch_add(&stub->connections, 1);
        int failed =
            pthread_create(&threads->serving[threads->count++], NULL, serve_main, connection);
        assert(failed == 0);
    }
    return NULL;
}

struct stub *stub_open(stub_serve *serve)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    struct stub *stub = calloc(1, sizeof *stub);
    struct threads *threads = calloc(1, sizeof *threads);

    assert(stub != NULL && threads != NULL);
    stub->serve = serve;
    stub->threads = threads;
    stub->listener = socket(AF_INET, SOCK_STREAM, 0);
    int failed = bind(stub->listener, (struct sockaddr *)&address, sizeof address) +
                 listen(stub->listener, 128) +
                 getsockname(stub->listener, (struct sockaddr *)&address, &length) +
                 pthread_mutex_init(&threads->mutex, NULL) +
                 pthread_create(&threads->acceptor, NULL, accept_main, stub);
    assert(failed == 0);
    stub->port = ntohs(address.sin_port);
    return stub;
}

void stub_close(struct stub *stub)
{
    struct threads *threads = stub->threads;

    atomic_store(&stub->closing, true);
    (void)shutdown(stub->listener, SHUT_RDWR);
    (void)pthread_join(threads->acceptor, NULL);
    (void)close(stub->listener);
    for (int i = 0; i < threads->count; i++) {
        (void)pthread_mutex_lock(&threads->mutex);
        if (threads->fds[i] >= 0)
            (void)shutdown(threads->fds[i], SHUT_RDWR);
        (void)pthread_mutex_unlock(&threads->mutex);
        (void)pthread_join(threads->serving[i], NULL);
    }
    (void)pthread_mutex_destroy(&threads->mutex);
    free(threads);
    free(stub);
}

void stub_request_begins(struct stub *stub)
{
    atomic_fetch_add(&stub->requests, 1);
    int now = atomic_fetch_add(&stub->under_way, 1) + 1;
    int max = atomic_load(&stub->under_way_max);

    while (now > max && !atomic_compare_exchange_weak(&stub->under_way_max, &max, now))
        ; /* max was read anew */
}

void stub_request_ends(struct stub *stub)
{
    atomic_fetch_sub(&stub->under_way, 1);
}

bool socket_read_to(int fd, const char *end, char *ret, size_t size)
{
    size_t length = 0, end_length = strlen(end);

    ret[0] = '\0';
    while (length + 1 < size) {
        ssize_t count = recv(fd, ret + length, 1, 0);
        if (count <= 0)
            return false;
        ret[++length] = '\0';
        if (length >= end_length && strcmp(ret + length - end_length, end) == 0)
            return true;
    }
    return false;
}

static size_t content_length(const char *head)
{
    for (const char *line = head; (line = strchr(line, '\n')) != NULL;) {
        line++;
        if (strncasecmp(line, "content-length:", 15) == 0)
            return (size_t)strtoul(line + 15, NULL, 10);
    }
    return 0;
}

bool socket_read_http(int fd, char *ret, size_t size)
{
    if (!socket_read_to(fd, "\r\n\r\n", ret, size))
        return false;
    size_t length = strlen(ret), left = content_length(ret);
    assert(length + left < size);
    while (left > 0) {
        ssize_t count = recv(fd, ret + length, left, 0);
        if (count <= 0)
            return false;
        length += (size_t)count;
        left -= (size_t)count;
    }
    ret[length] = '\0';
    return true;
}

void socket_read_all(int fd, char *ret, size_t size)
{
    size_t length = 0;
    ssize_t count = 1;

    while (count > 0 && length + 1 < size) {
        count = recv(fd, ret + length, size - 1 - length, 0);
        length += count > 0 ? (size_t)count : 0;
    }
    ret[length] = '\0';
}

void socket_write(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t count = send(fd, text, left, MSG_NOSIGNAL);
        if (count <= 0)
            return;
        text += count;
        left -= (size_t)count;
    }
}

void socket_reset(int fd)
{
    struct linger hard = { .l_onoff = 1 };

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

static bool try_connect(int fd, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    return connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

int socket_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    be_patient(fd);
    bool connected = try_connect(fd, port);
    assert(connected);
    return fd;
}

bool socket_can_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool connected = try_connect(fd, port);

    (void)close(fd);
    return connected;
}
