/* events.c - passes a channel's events on; who waits is asked for at the order service twice a second. */
#include "services/gateway/events.h"

#include "common/arena.h"
#include "common/http_fetch.h"
#include "common/text.h"
#include "common/waiting.h"
#include "proto/gateway_codec.h"
#include "services/gateway/call.h"
#include "services/gateway/reads.h"
#include "services/gateway/stream.h"

#include <time.h>

enum { LOOK_EVERY_MS = 500, WAIT_S_MAX = 20, STATUS_OK = 200 };

static const struct read events_read = { "/v1/events", OWNER_ORDER, SCOPE_ORDERS_READ, SIGHT_LIST };

static void refuse_parameter(const struct call *call, const char *name, const char *detail)
{
    const struct http_fault fault = { .pointer = name, .detail = detail };

    http_problem(
        call->request, call->answer, &problem_catalogue[PROBLEM_INVALID_PARAMETER].problem,
        &(struct problem_words){
            .detail = text_format(call->request->ctx->arena, "parameter \"%s\" %s", name, detail),
            .faults = &fault,
            .fault_count = 1 });
}

/* False, and answered, when it is not known whose events are meant, or they are another's. */
static bool has_channel(const struct call *call)
{
    const char *channel = http_query(call->request, "channel");

    if (call_is_bound(call) && channel != NULL && !text_equal(channel, call->caller.channel)) {
        call_refuse(call, PROBLEM_CHANNEL, "the API key sees its own channel only");
        return false;
    }
    if (!call_is_bound(call) && channel == NULL) {
        refuse_parameter(call, "channel", "is required with a key that is not bound to a channel");
        return false;
    }
    return true;
}

/* False, and answered, when it is no number of seconds that anybody waits. */
static bool read_wait(const struct call *call, int64_t *ret_ms)
{
    const char *text = http_query(call->request, "wait");
    int64_t seconds = 0;

    if (text != NULL && (!text_to_int(text, &seconds) || seconds < 0 || seconds > WAIT_S_MAX)) {
        refuse_parameter(call, "wait", "must be from 0 to 20");
        return false;
    }
    *ret_ms = seconds * 1000;
    return true;
}

static bool is_empty(const struct call *call, const struct http_fetched *page)
{
    struct violations violations = { .count = 0 };
    struct event_page events;

    return page->status == STATUS_OK &&
           event_page_decode(call->request->ctx->arena, page->body, page->body_length, &events,
                             &violations) == OK &&
           events.items_count == 0;
}

static void rest(void)
{
    struct timespec pause = { .tv_nsec = LOOK_EVERY_MS * 1000000L };

    (void)nanosleep(&pause, NULL);
}

/* Asks again until something is there or the time is over. */
static enum err fetch_events(const struct call *call, const char *path, int64_t wait_ms,
                             struct http_fetched *ret)
{
    int64_t end_ms = monotonic_ms() + wait_ms;
    bool waits = wait_ms > 0 && stream_take_place(call->gateway);
    enum err err = call_read(call, events_read.owner, path, ret);

    while (waits && !err && is_empty(call, ret) && monotonic_ms() + LOOK_EVERY_MS <= end_ms &&
           !atomic_load(&call->gateway->draining)) {
        rest();
        err = call_read(call, events_read.owner, path, ret);
    }
    if (waits) {
        stream_leave_place(call->gateway);
    }
    return err;
}

void answer_events(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct http_fetched page;
    int64_t wait_ms = 0;

    if (!call_begin(&call, events_read.scope) || !has_channel(&call) ||
        !read_wait(&call, &wait_ms)) {
        return;
    }
    const char *path = read_owner_path(&call, &events_read);
    if (path == NULL) {
        call_refuse(&call, PROBLEM_INVALID_PARAMETER, "the query is too long");
        return;
    }
    enum err err = fetch_events(&call, path, wait_ms, &page);
    if (err) {
        http_problem_err(request, answer, err);
    } else {
        call_answer(&call, (int)page.status, &page);
    }
}
