/* sockets.h - plain sockets for tests: a server that says what a test wants, and a client that says anything.
 *
 * Reads and writes give up after 10 s, so a test that hangs fails.
 */
#ifndef KERVAN_TESTS_SOCKETS_H
#define KERVAN_TESTS_SOCKETS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stub;
/* Serves one connection; the stub closes `fd` afterwards. */
typedef void stub_serve(struct stub *stub, int fd);

struct stub {
    uint16_t port; /* on 127.0.0.1 */
    atomic_int connections, requests, under_way, under_way_max;
    atomic_bool closing;
    /* private */
    int listener;
    stub_serve *serve;
    void *threads;
};

struct stub *stub_open(stub_serve *serve);
void stub_close(struct stub *stub);
/* Counts a request in and out, for the figures above. */
void stub_request_begins(struct stub *stub);
void stub_request_ends(struct stub *stub);

/* Reads to `end` (inclusive) or to the end of the stream; NUL-terminated.  False when `end` did not come. */
bool socket_read_to(int fd, const char *end, char *ret, size_t size);
/* Reads a whole HTTP message with its Content-Length body.  False at the end of the stream. */
bool socket_read_http(int fd, char *ret, size_t size);
/* Reads to the end of the stream. */
void socket_read_all(int fd, char *ret, size_t size);
void socket_write(int fd, const char *text);
/* Closes so that the other side sees a reset. */
void socket_reset(int fd);
int socket_connect(uint16_t port);
bool socket_can_connect(uint16_t port);

#endif
