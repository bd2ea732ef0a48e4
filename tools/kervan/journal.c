/* journal.c - `kervan journal export`: the journal as CSV, of any length: what does not fit into memory at once is asked for in halves. */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/http_client.h"
#include "common/instant.h"
#include "common/text.h"
#include "tools/kervan/gateway_call.h"
#include "tools/kervan/session.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    WINDOW_BYTES_MAX = 32 << 20,
    MEMORY_BYTES_MAX = 1 << 16,
    ANSWER_MS = 600000,
    WINDOWS_MAX = 64, /* a window is halved at most so often: an instant has 63 bits */
    STATUS_OK = 200
};

struct window {
    int64_t from_ms, to_ms;
};

struct download {
    struct ctx *ctx;
    struct http_client *client;
    bool begun; /* the header is written */
};

static struct http_end *fetch(struct download *download, const struct window *window)
{
    struct arena *arena = arena_new(MEMORY_BYTES_MAX);
    const char *const headers[] = { gateway_authorization(arena), NULL };
    const struct http_call request = {
        .method = "GET",
        .url =
            text_format(arena, "%s/v1/journal.csv?from=%s&to=%s", environment("KERVAN_URL"),
                        instant_format(window->from_ms).text, instant_format(window->to_ms).text),
        .headers = headers,
        .timeout_ms = ANSWER_MS,
    };
    struct http_end *end = gateway_call(download->client, &request);

    arena_free(arena);
    return end;
}

/* Its header stands above the first window alone. */
static enum err write_rows(struct download *download, const struct http_end *end)
{
    const char *rows = end->body;
    const char *line_end = strstr(rows, "\r\n");

    if (line_end == NULL) {
        return err_set(download->ctx, ERR_FATAL, "the answer is no table");
    }
    if (download->begun) {
        rows = line_end + 2;
    }
    download->begun = true;
    size_t length = end->body_length - (size_t)(rows - end->body);

    return fwrite(rows, 1, length, stdout) == length
               ? OK
               : err_set(download->ctx, ERR_FATAL, "the table cannot be written");
}

/* What was answered, or why not. */
static enum err judge(struct download *download, const struct http_end *end)
{
    if (end->fate != HTTP_ANSWERED) {
        return err_set(download->ctx, ERR_RETRY, "the gateway did not answer to the end: %s",
                       end->error);
    }
    return end->status == STATUS_OK ? OK : gateway_refused(download->ctx, end);
}

/* Windows that are still to be asked for, the earliest on top. */
static enum err export_all(struct download *download, struct window whole)
{
    struct window left[WINDOWS_MAX + 1] = { whole };
    size_t count = 1;
    enum err err = OK;

    while (!err && count > 0) {
        struct window window = left[--count];
        struct http_end *end = fetch(download, &window);
        bool cut = end->fate == HTTP_ANSWERED && end->body_length >= WINDOW_BYTES_MAX;
        int64_t middle_ms = window.from_ms + (window.to_ms - window.from_ms) / 2;

        if (cut && middle_ms > window.from_ms && count < WINDOWS_MAX) {
            left[count++] = (struct window){ middle_ms, window.to_ms };
            left[count++] = (struct window){ window.from_ms, middle_ms };
        } else if (cut) {
            err = err_set(download->ctx, ERR_FATAL, "an instant has more than 32 MiB of entries");
        } else {
            err = judge(download, end);
            err = err ? err : write_rows(download, end);
        }
        http_end_free(end);
    }
    return err;
}

static enum err read_instant(const struct invocation *call, const char *option,
                             int64_t otherwise_ms, int64_t *ret_ms)
{
    const char *text = option_text(call, option);

    *ret_ms = otherwise_ms;
    if (text == NULL || instant_parse(text, strlen(text), ret_ms)) {
        return OK;
    }
    return err_set(call->ctx, ERR_INPUT, "%s: \"%s\" is no instant, such as 2026-03-01T00:00:00Z",
                   option, text);
}

enum err run_journal_export(struct invocation *call)
{
    struct download download = { .ctx = call->ctx };
    struct window whole = { 0 };
    enum err err = read_instant(call, "--from", 0, &whole.from_ms);

    if (!err) {
        err = read_instant(call, "--to", (int64_t)time(NULL) * 1000, &whole.to_ms);
    }
    if (!err) {
        err = gateway_open(call->ctx, WINDOW_BYTES_MAX, &download.client);
    }
    if (!err) {
        err = export_all(&download, whole);
    }
    http_client_close(download.client);
    return err;
}
