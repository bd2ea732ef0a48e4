/* http_client.h - what one who sends requests needs: where to, and whether an answer is whole. */
#ifndef KERVAN_BENCH_OUTSIDE_HTTP_CLIENT_H
#define KERVAN_BENCH_OUTSIDE_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct http_target {
    char host[64], path[512];
    int port;
};

/* Of `http://HOST[:PORT]/PATH`; false and a message on stderr when it is none. */
bool http_read_url(const char *url, struct http_target *ret);

struct http_end {
    int status;
    bool keep_alive;
};

/* How many bytes the answer took; 0 while it is not whole.  One whose length is not said is taken as a refusal, whole. */
size_t http_read_answer(const char *bytes, size_t length, struct http_end *ret);

#endif
