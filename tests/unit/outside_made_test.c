/* outside_made_test.c - what a process makes itself comes back as an answer, what it cannot make as not sent, and calls to others pass. */
#include "common/outside_made.h"

#include "common/arena.h"
#include "common/buffer.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000, HERE = 0, ELSEWHERE = 1, CALLS = 200 };

/* Its body twice; "bad" cannot be made. */
static enum err make(struct ctx *ctx, const struct outside_request *request, struct buffer *answer)
{
    if (strcmp(request->body, "bad") == 0) {
        return err_set(ctx, ERR_RETRY, "not today");
    }
    buffer_append_text(answer, request->body);
    buffer_append_text(answer, request->body);
    return OK;
}

static const struct outside_target targets[] = { { .name = "here", .make = make },
                                                 { .name = "elsewhere" } };

/* An outside that answers nothing, and knows what it was given. */
struct other {
    struct outside outside;
    int64_t sent, closed;
};
static void other_send(struct outside *outside, const struct outside_call *call)
{
    struct other *other = (struct other *)outside;

    assert_int_equal(call->target, ELSEWHERE);
    other->sent++;
}
static struct http_end *other_take(struct outside *outside)
{
    (void)outside;
    return NULL;
}
static int pipes[2];
static int other_descriptor(struct outside *outside)
{
    (void)outside;
    return pipes[0];
}
static void other_close(struct outside *outside)
{
    ((struct other *)outside)->closed++;
}
static const struct outside_operations other_operations = { other_send, other_take,
                                                            other_descriptor, other_close };

static struct outside *open_made(struct outside *others)
{
    struct ctx ctx = { .arena = arena_new(1 << 16) };
    struct outside *outside = NULL;

    assert_int_equal(outside_made_open(&ctx, targets, 2, others, &outside), OK);
    arena_free(ctx.arena);
    return outside;
}

static void send(struct outside *outside, int64_t id, size_t target, const char *body)
{
    outside->operations->send(
        outside,
        &(struct outside_call){
            .id = id,
            .target = target,
            .request = { .method = "MAKE", .path = "/", .body = body, .body_length = strlen(body) },
        });
}

static struct http_end *await(struct outside *outside)
{
    struct http_end *end = NULL;

    while ((end = outside->operations->take(outside)) == NULL) {
        struct pollfd ready = { .fd = outside->operations->descriptor(outside), .events = POLLIN };

        assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    }
    return end;
}

static void what_is_made_comes_back(void **state)
{
    struct outside *outside = open_made(NULL);

    (void)state;
    for (int64_t id = 1; id <= CALLS; id++) {
        send(outside, id, HERE, "ab");
    }
    for (int64_t id = 1; id <= CALLS; id++) {
        struct http_end *end = await(outside);

        assert_int_equal(end->id, id); /* one after the other */
        assert_int_equal(end->fate, HTTP_ANSWERED);
        assert_int_equal(end->status, 200);
        assert_string_equal(end->body, "abab");
        assert_int_equal(end->body_length, 4);
        http_end_free(end);
    }
    assert_null(outside->operations->take(outside));
    outside->operations->close(outside);
}

static void what_cannot_be_made_was_not_sent(void **state)
{
    struct outside *outside = open_made(NULL);

    (void)state;
    send(outside, 7, HERE, "bad");
    struct http_end *end = await(outside);
    assert_int_equal(end->fate, HTTP_NOT_SENT);
    assert_string_equal(end->error, "not today");
    http_end_free(end);
    outside->operations->close(outside);
}

static void others_get_their_calls(void **state)
{
    struct other other = { .outside = { &other_operations } };

    (void)state;
    struct outside *outside = open_made(&other.outside);
    send(outside, 1, ELSEWHERE, "x");
    send(outside, 2, HERE, "y");
    struct http_end *end = await(outside);
    assert_int_equal(end->id, 2);
    http_end_free(end);
    assert_int_equal(other.sent, 1);
    send(outside, 3, HERE, "never taken");
    outside->operations->close(outside);
    assert_int_equal(other.closed, 1);
}

static int open_pipes(void **state)
{
    (void)state;
    return pipe(pipes);
}

static int close_pipes(void **state)
{
    (void)state;
    return close(pipes[0]) + close(pipes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_comes_back),
        cmocka_unit_test(what_cannot_be_made_was_not_sent),
        cmocka_unit_test(others_get_their_calls),
    };

    return cmocka_run_group_tests(tests, open_pipes, close_pipes);
}
