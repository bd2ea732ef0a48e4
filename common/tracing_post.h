/* tracing_post.h - one connection to a collector, for the one thread that sends spans. */
#ifndef KERVAN_COMMON_TRACING_POST_H
#define KERVAN_COMMON_TRACING_POST_H

#include <stddef.h>
#include <stdint.h>

struct tracing_post;

enum post_outcome {
    POST_DONE,
    POST_LATER,  /* no answer, or one that asks for patience: the same again after a while */
    POST_REFUSED /* it will never be taken */
};

/* `url` is whole; `authorization` is NULL or "" for none.  NULL when it is no HTTP URL or there is no memory. */
struct tracing_post *tracing_post_open(const char *url, const char *authorization);
void tracing_post_close(struct tracing_post *post); /* takes NULL */
/* Blocks for two seconds at most.  *ret_pause_ms is what the other side asks to wait, 0 when it asks for nothing. */
enum post_outcome tracing_post_send(struct tracing_post *post, const char *body, size_t length,
                                    int64_t *ret_pause_ms);

#endif
