/* hearing.c - a partition of gateway.replies, read from its end, and the one answer that is ours. */
#include "tools/kervan/hearing.h"

#include "common/arena.h"
#include "common/reply_reader.h"
#include "common/waiting.h"
#include "proto/gateway_codec.h"
#include "tools/kervan/kervan.h"
#include "tools/kervan/session.h"

#include <stdlib.h>

enum { READY_MS = 5000, POLL_MS = 20, STATUS_NOT_FOUND = 404, STATUS_REFUSED = 400 };

struct hearing {
    struct waiting *waiting;
    struct waiter waiter;
    struct reply_reader *reader;
};

static void take_reply(void *taker, const char *key, const char *value, size_t length)
{
    struct hearing *hearing = taker;

    (void)waiting_deliver(hearing->waiting, key, value, length); /* most are for gateways */
}

static enum err await_ready(struct ctx *ctx, const struct hearing *hearing)
{
    int64_t end_ms = monotonic_ms() + READY_MS;

    while (!reply_reader_is_ready(hearing->reader)) {
        if (monotonic_ms() > end_ms) {
            return err_set(ctx, ERR_RETRY, "gateway.replies cannot be read now");
        }
        pause_ms(POLL_MS);
    }
    return OK;
}

enum err hearing_open(struct ctx *ctx, const char *request_id, struct hearing **ret)
{
    struct hearing *hearing = calloc(1, sizeof *hearing);

    if (hearing == NULL) {
        return err_set(ctx, ERR_RETRY, "no memory");
    }
    const struct reply_reader_options options = { .bootstrap = environment("KERVAN_KAFKA"),
                                                  .client_id = "kervan",
                                                  .topic = "gateway.replies",
                                                  .take = take_reply,
                                                  .taker = hearing };
    hearing->waiting = waiting_new();
    waiting_enter(hearing->waiting, &hearing->waiter, request_id, NULL);
    enum err err = reply_reader_open(ctx, &options, &hearing->reader);
    if (!err) {
        err = await_ready(ctx, hearing);
    }
    if (err) {
        hearing_close(hearing);
        return err;
    }
    *ret = hearing;
    return OK;
}

int64_t hearing_partition(const struct hearing *hearing)
{
    return reply_reader_partition(hearing->reader);
}

/* The most telling of what a problem says. */
static enum err refused(struct ctx *ctx, const struct gateway_reply *reply)
{
    enum err err = reply->status == STATUS_NOT_FOUND ? ERR_NOTFOUND : ERR_RULE;
    const struct problem *problem = reply->problem;

    if (problem == NULL) {
        return err_set(ctx, err, "refused with status %lld", (long long)reply->status);
    }
    if (problem->errors_count > 0) {
        return err_set(ctx, err, "refused: %s %s", problem->errors[0].pointer,
                       problem->errors[0].detail);
    }
    return err_set(ctx, err, "refused: %s",
                   problem->detail != NULL ? problem->detail : problem->title);
}

enum err hearing_wait(struct hearing *hearing, struct ctx *ctx, int64_t wait_ms)
{
    struct violations violations = { .count = 0 };
    struct gateway_reply reply;
    size_t length = 0;
    const char *text = waiting_take(hearing->waiting, &hearing->waiter, ctx->arena,
                                    monotonic_ms() + wait_ms, &length);

    if (text == NULL || gateway_reply_decode(ctx->arena, text, length, &reply, &violations) != OK ||
        reply.status < STATUS_REFUSED) {
        return OK;
    }
    return refused(ctx, &reply);
}

struct hearing *hearing_close(struct hearing *hearing)
{
    if (hearing != NULL) {
        reply_reader_close(hearing->reader);
        waiting_leave(hearing->waiting, &hearing->waiter);
        waiting_free(hearing->waiting);
        free(hearing);
    }
    return NULL;
}
