/* loop.h - one thread waits for bytes and for instants; connections are read and written here. */
#ifndef KERVAN_BENCH_OUTSIDE_LOOP_H
#define KERVAN_BENCH_OUTSIDE_LOOP_H

#include "tests/bench/outside/text.h"

#include <stdbool.h>
#include <stdint.h>

struct watched {
    void (*ready)(struct watched *watched, uint32_t events);
    int fd;
};

struct stream;

struct stream_kind {
    size_t size; /* of the struct that begins with a stream */
    void (*open)(struct stream *stream);
    /* Takes what is whole of these bytes, which it may change; returns how many it took. */
    size_t (*take)(struct stream *stream, char *bytes, size_t length);
    /* The connection is closed; its memory goes when this returns. */
    void (*gone)(struct stream *stream);
};

/* A connection.  What is added to `out` in `take` is written after it; otherwise call stream_flush. */
struct stream {
    struct watched watched;
    const struct stream_kind *kind;
    struct text in, out;
    bool closing; /* once `out` is written */
    bool waiting; /* for room to write */
};

void loop_start(void);
/* Asks for epoll's events of a file; `known`: in place of those asked for before.  Not 0: impossible. */
int loop_watch(struct watched *watched, uint32_t events, bool known);
/* Serves until SIGTERM or SIGINT; `turn` runs after each round of events. */
void loop_run(void (*turn)(void));

/* Accepts connections on a port (0: a free one) of an IPv4 address.  The port, or -1, and a message on stderr. */
int loop_listen(const char *host, int port, const struct stream_kind *kind);
/* A connection under way; NULL when it cannot be. */
struct stream *loop_connect(const char *host, int port, const struct stream_kind *kind);

void stream_flush(struct stream *stream);
/* Ends a connection; `gone` follows with its next event, never within this call. */
void stream_end(struct stream *stream);

/* Monotonic. */
int64_t loop_now_us(void);
void loop_after(int64_t delay_us, void (*act)(void *about), void *about);

#endif
