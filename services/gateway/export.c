/* export.c - fetches a page, has its rows written, and fetches the next; on the connection's thread. */
#include "services/gateway/export_table.h"

#include "common/arena.h"
#include "common/cursor.h"
#include "common/http_fetch.h"
#include "common/text.h"
#include "common/waiting.h"
#include "proto/gateway_codec.h"
#include "services/gateway/call.h"
#include "services/gateway/export.h"
#include "services/gateway/reads.h"

#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    OWNER_MS = 5000,
    PATIENCE_MS = 20000, /* with an owner that is away, as in a restart */
    PAUSE_NS = 250000000,
    MEMORY_BYTES_MAX = 64 << 20,
    OWN_BYTES_MAX = 1 << 17,
    PENDING_BYTES_MAX = 16 << 20,
    PLACES_MAX = 8,
    STATUS_OK = 200,
    STREAM_ENDS = -1,
    STREAM_BREAKS = -2
};

/* One table on its way; on the thread of its connection alone. */
struct export
{
    struct arena *memory; /* its own place */
    struct gateway *gateway;
    struct ctx ctx; /* memory of one page */
    const struct export_table *table;
    const char *path; /* of the owner's list, without a cursor */
    char next[CURSOR_LENGTH_MAX + 1];
    bool ended;
    struct buffer pending;
    size_t sent;
};

/* --- Pages ------------------------------------------------------------------------------------ */

/* False when the page is none, or would not fit. */
static bool write_page(struct export *export, struct arena *arena,
                       const struct http_fetched *fetched)
{
    struct violations violations = { .count = 0 };
    struct order_page page;

    if (order_page_decode(arena, fetched->body, fetched->body_length, &page, &violations) != OK) {
        return false;
    }
    for (size_t i = 0; i < page.items_count; i++) {
        if (!export->table->write_item(arena, page.items[i], &export->pending)) {
            return false;
        }
    }
    export->ended = page.next == NULL;
    if (page.next != NULL) {
        memcpy(export->next, page.next, strlen(page.next) + 1); /* the schema bounds it */
    }
    return !export->pending.overflowed;
}

static void rest(void)
{
    struct timespec pause = { .tv_nsec = PAUSE_NS };

    (void)nanosleep(&pause, NULL);
}

/* False when the owner does not show the next page in time. */
static bool fetch_page(struct export *export, struct http_fetched *ret)
{
    const char *url = text_format(export->ctx.arena, "%s%s&cursor=%s",
                                  export->gateway->settings.owner_api[export->table->owner],
                                  export->path, export->next);
    const struct http_fetch_request request = { .url = url, .timeout_ms = OWNER_MS };
    int64_t end_ms = monotonic_ms() + PATIENCE_MS;

    while (http_fetch(export->gateway->fetcher, &export->ctx, &request, ret) != OK ||
           ret->status != STATUS_OK) {
        if (monotonic_ms() >= end_ms || atomic_load(&export->gateway->draining)) {
            return false;
        }
        rest();
    }
    return true;
}

/* --- The connection's side -------------------------------------------------------------------- */

static int64_t hand_over(struct export *export, char *at, size_t size)
{
    size_t left = export->pending.length - export->sent;
    size_t count = left < size ? left : size;

    memcpy(at, export->pending.bytes + export->sent, count);
    export->sent += count;
    return (int64_t)count;
}

static int64_t read_export(void *state, char *to, size_t size)
{
    struct export *export = state;

    while (export->sent == export->pending.length) {
        struct http_fetched fetched;

        if (export->ended) {
            return STREAM_ENDS;
        }
        if (atomic_load(&export->gateway->draining)) {
            return STREAM_BREAKS;
        }
        buffer_clear(&export->pending);
        export->sent = 0;
        arena_reset(export->ctx.arena);
        if (!fetch_page(export, &fetched) || !write_page(export, export->ctx.arena, &fetched)) {
            return STREAM_BREAKS;
        }
    }
    return hand_over(export, to, size);
}

static void release_export(void *state)
{
    struct export *export = state;

    atomic_fetch_sub(&export->gateway->export_count, 1);
    buffer_release(&export->pending);
    arena_free(export->ctx.arena);
    arena_free(export->memory);
}

static struct export *begin_export(const struct call *call, const struct export_table *table,
                                   const char *path)
{
    struct arena *memory = arena_new(OWN_BYTES_MAX);
    struct export *export = arena_alloc(memory, sizeof *export);

    export->memory = memory;
    export->gateway = call->gateway;
    export->ctx.arena = arena_new(MEMORY_BYTES_MAX);
    export->table = table;
    export->path = text_format(memory, "%s", path);
    buffer_init(&export->pending, PENDING_BYTES_MAX);
    table->write_header(&export->pending);
    return export;
}

/* --- Asking ----------------------------------------------------------------------------------- */

bool export_is_asked(const struct http_request *request)
{
    static const char csv[] = "text/csv";
    const char *accept = http_header(request, "Accept");

    return accept != NULL && strncasecmp(accept, csv, strlen(csv)) == 0;
}

/* The owner's first page decides whether there is a table at all. */
static void open_table(const struct call *call, const struct export_table *table, const char *path)
{
    struct http_answer *answer = call->answer;
    struct http_fetched first;
    enum err err = call_read(call, table->owner, path, &first);

    if (err || first.status != STATUS_OK) {
        atomic_fetch_sub(&call->gateway->export_count, 1);
    }
    if (err) {
        http_problem_err(call->request, answer, err);
    } else if (first.status != STATUS_OK) {
        call_answer(call, (int)first.status, &first);
    } else {
        struct export *export = begin_export(call, table, path);

        if (!write_page(export, call->request->ctx->arena, &first)) {
            release_export(export);
            (void)err_set(call->request->ctx, ERR_FATAL, "the owner's page does not fit");
            http_problem_err(call->request, answer, ERR_FATAL);
            return;
        }
        answer->status = STATUS_OK;
        answer->content_type = "text/csv; charset=utf-8; header=present";
        http_answer_header(answer, text_format(call->request->ctx->arena,
                                               "Content-Disposition: attachment; filename=\"%s\"",
                                               table->file));
        answer->stream = (struct http_stream){ read_export, release_export, export };
    }
}

bool export_is_of_all(const struct call *call)
{
    static const char *const strange[] = { "cursor", "limit" };

    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        if (http_query(call->request, strange[i]) != NULL) {
            call_refuse_parameter(call, strange[i], "is not known here");
            return false;
        }
    }
    return true;
}

void export_open(const struct call *call, const struct export_table *table, const char *own)
{
    const char *list = read_list_path(call, table->list, own);

    if (list == NULL) {
        call_refuse(call, PROBLEM_INVALID_PARAMETER, "the query is too long");
        return;
    }
    if (atomic_fetch_add(&call->gateway->export_count, 1) >= PLACES_MAX) {
        atomic_fetch_sub(&call->gateway->export_count, 1);
        call_refuse(call, PROBLEM_UNAVAILABLE, "too many tables are written now; come again later");
        return;
    }
    open_table(call, table,
               text_format(call->request->ctx->arena, "%s%c%s", list,
                           strchr(list, '?') == NULL ? '?' : '&', table->query));
}
