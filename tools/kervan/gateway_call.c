/* gateway_call.c - asks the gateway, and waits for what it says. */
#include "tools/kervan/gateway_call.h"

#include "common/text.h"
#include "tools/kervan/session.h"

#include <poll.h>

enum { STATUS_FAULT = 500, SAID_BYTES = 600 };

enum err gateway_open(struct ctx *ctx, int64_t answer_bytes_max, struct http_client **ret)
{
    const struct http_client_options options = { .calls_at_once_max = 1,
                                                 .calls_a_host_max = 1,
                                                 .body_bytes_max = answer_bytes_max };

    if (environment("KERVAN_URL")[0] == '\0' || environment("KERVAN_STAFF_KEY")[0] == '\0') {
        return err_set(ctx, ERR_FATAL, "KERVAN_URL and KERVAN_STAFF_KEY must be set");
    }
    return http_client_open(ctx, &options, ret);
}

const char *gateway_authorization(struct arena *arena)
{
    return text_format(arena, "Authorization: Bearer %s", environment("KERVAN_STAFF_KEY"));
}

struct http_end *gateway_call(struct http_client *client, const struct http_call *call)
{
    struct pollfd ready = { .fd = http_client_fd(client), .events = POLLIN };
    struct http_end *end = NULL;

    http_client_send(client, call);
    while ((end = http_client_take(client)) == NULL) {
        (void)poll(&ready, 1, -1);
    }
    return end;
}

enum err gateway_refused(struct ctx *ctx, const struct http_end *end)
{
    return err_set(ctx, end->status >= STATUS_FAULT ? ERR_RETRY : ERR_INPUT,
                   "answered with %lld: %.*s", (long long)end->status,
                   end->body_length > SAID_BYTES ? SAID_BYTES : (int)end->body_length, end->body);
}
