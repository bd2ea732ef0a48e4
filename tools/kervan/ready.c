/* ready.c - `kervan ready`: asks one service whether it is ready, for health checks of containers. */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/config.h"
#include "common/http_fetch.h"
#include "common/text.h"
#include "tools/kervan/command.h"

enum { TIMEOUT_MS = 4000, BODY_BYTES_MAX = 65536, STATUS_OK = 200, SHOWN_LENGTH = 300 };

/* Without an address: /readyz on this machine, where the service of this environment listens. */
static enum err address_of(const struct invocation *call, const char **ret)
{
    static int64_t port; /* settings live for ever */
    const struct setting setting = {
        "KERVAN_HTTP_PORT", SETTING_INT, &port, "8080", 1, 65535, "where the service listens"
    };

    if (call->arguments[0] != NULL) {
        *ret = call->arguments[0];
        return OK;
    }
    enum err err = config_read(call->ctx, &setting, 1);
    *ret = text_format(call->ctx->arena, "http://127.0.0.1:%lld/readyz", (long long)port);
    return err;
}

static enum err ask(struct invocation *call, struct http_fetcher *fetcher, const char *url)
{
    const struct http_fetch_request request = { .url = url, .timeout_ms = TIMEOUT_MS };
    struct http_fetched answer = { 0 };
    enum err err = http_fetch(fetcher, call->ctx, &request, &answer);

    if (!err && answer.status != STATUS_OK) {
        say("%s answers %lld: %.*s", url, (long long)answer.status, SHOWN_LENGTH, answer.body);
        call->status = EXIT_WRONG;
    }
    return err;
}

enum err run_ready(struct invocation *call)
{
    struct http_fetcher *fetcher = NULL;
    const char *url = NULL;
    enum err err = address_of(call, &url);

    if (!err) {
        err = http_fetcher_open(call->ctx, BODY_BYTES_MAX, &fetcher);
    }
    if (!err) {
        err = ask(call, fetcher, url);
    }
    http_fetcher_close(fetcher);
    return err;
}
