/* export.c - fetches a page, writes its rows, and fetches the next; on the connection's thread. */
#include "services/gateway/export.h"

#include "common/arena.h"
#include "common/csv.h"
#include "common/cursor.h"
#include "common/http_fetch.h"
#include "common/text.h"
#include "common/waiting.h"
#include "proto/gateway_codec.h"
#include "services/gateway/call.h"
#include "services/gateway/reads.h"
#include "services/gateway/saved_view.h"

#include <stddef.h>
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
    struct ctx ctx;   /* memory of one page */
    const char *path; /* of the owner's list, without a cursor */
    char next[CURSOR_LENGTH_MAX + 1];
    bool lines, ended;
    struct buffer pending;
    size_t sent;
};

/* --- Columns ---------------------------------------------------------------------------------- */

struct csv_column {
    const char *name;
    size_t at;
    bool is_number;
};
#define TEXT(type, field)                                                                          \
    {                                                                                              \
        .name = #field, .at = offsetof(struct type, field)                                         \
    }
#define NUMBER(type, field)                                                                        \
    {                                                                                              \
        .name = #field, .at = offsetof(struct type, field), .is_number = true                      \
    }

static const struct csv_column order_columns[] = {
    TEXT(exported_order, id),
    TEXT(exported_order, channel),
    TEXT(exported_order, channel_order_ref),
    TEXT(exported_order, number),
    TEXT(exported_order, status),
    TEXT(exported_order, payment_status),
    TEXT(exported_order, fulfillment_status),
    TEXT(exported_order, return_status),
    TEXT(exported_order, shopper_status),
    TEXT(exported_order, currency),
    NUMBER(exported_order, total_minor),
    TEXT(exported_order, customer_name),
    TEXT(exported_order, email),
    TEXT(exported_order, phone),
    TEXT(exported_order, country),
    TEXT(exported_order, placed_at),
    TEXT(exported_order, confirmed_at),
    TEXT(exported_order, ended_at),
    TEXT(exported_order, tracking_numbers),
};
static const struct csv_column line_columns[] = {
    NUMBER(exported_order_line, line_no),          TEXT(exported_order_line, sku),
    NUMBER(exported_order_line, quantity),         NUMBER(exported_order_line, canceled_quantity),
    NUMBER(exported_order_line, unit_price_minor), NUMBER(exported_order_line, discount_minor),
    NUMBER(exported_order_line, tax_minor),
};
enum {
    ORDER_COLUMNS = sizeof order_columns / sizeof order_columns[0],
    LINE_COLUMNS = sizeof line_columns / sizeof line_columns[0]
};

static void write_names(struct csv_row *row, const struct csv_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        csv_text(row, columns[i].name);
    }
}

/* Empty cells of a struct that is not there. */
static void write_cells(struct csv_row *row, const struct csv_column *columns, size_t count,
                        const void *from)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = NULL;
        int64_t number = 0;

        if (from != NULL && columns[i].is_number) {
            memcpy(&number, (const char *)from + columns[i].at, sizeof number);
            csv_int(row, number);
            continue;
        }
        if (from != NULL) {
            memcpy(&text, (const char *)from + columns[i].at, sizeof text);
        }
        csv_text(row, text);
    }
}

static void write_row(struct export *export, const struct exported_order *order,
                      const struct exported_order_line *line)
{
    struct csv_row row = { .to = &export->pending };

    write_cells(&row, order_columns, ORDER_COLUMNS, order);
    if (export->lines) {
        write_cells(&row, line_columns, LINE_COLUMNS, line);
    }
    csv_end(&row);
}

/* An order that was refused may have no lines, and stands there all the same. */
static void write_order(struct export *export, const struct exported_order *order)
{
    if (order->lines_count == 0) {
        write_row(export, order, NULL);
    }
    for (size_t i = 0; i < order->lines_count; i++) {
        write_row(export, order, &order->lines[i]);
    }
}

static void write_header(struct export *export)
{
    struct csv_row row = { .to = &export->pending };

    write_names(&row, order_columns, ORDER_COLUMNS);
    if (export->lines) {
        write_names(&row, line_columns, LINE_COLUMNS);
    }
    csv_end(&row);
}

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
        struct exported_order order;

        if (exported_order_decode(arena, page.items[i], strlen(page.items[i]), &order,
                                  &violations) != OK) {
            return false;
        }
        write_order(export, &order);
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
    const char *url =
        text_format(export->ctx.arena, "%s%s&cursor=%s",
                    export->gateway->settings.owner_api[OWNER_ORDER], export->path, export->next);
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

static struct export *begin_export(const struct call *call, const char *path, bool lines)
{
    struct arena *memory = arena_new(OWN_BYTES_MAX);
    struct export *export = arena_alloc(memory, sizeof *export);

    export->memory = memory;
    export->gateway = call->gateway;
    export->ctx.arena = arena_new(MEMORY_BYTES_MAX);
    export->path = text_format(memory, "%s", path);
    export->lines = lines;
    buffer_init(&export->pending, PENDING_BYTES_MAX);
    write_header(export);
    return export;
}

/* --- Asking ----------------------------------------------------------------------------------- */

bool export_is_asked(const struct http_request *request)
{
    static const char csv[] = "text/csv";
    const char *accept = http_header(request, "Accept");

    return accept != NULL && strncasecmp(accept, csv, strlen(csv)) == 0;
}

/* False, and answered, when a parameter has no place here. */
static bool is_well_asked(const struct call *call)
{
    static const char *const strange[] = { "cursor", "limit", "detail" };
    const char *lines = http_query(call->request, "lines");

    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        if (http_query(call->request, strange[i]) != NULL) {
            call_refuse_parameter(call, strange[i], "is not known here");
            return false;
        }
    }
    if (lines != NULL && !text_equal(lines, "true") && !text_equal(lines, "false")) {
        call_refuse_parameter(call, "lines", "must be true or false");
        return false;
    }
    if (read_asks_for_another_channel(call)) {
        call_refuse(call, PROBLEM_CHANNEL, "the API key sees its own channel only");
        return false;
    }
    return true;
}

/* The owner's first page decides whether there is a table at all. */
static void open_export(const struct call *call, const char *path, bool lines)
{
    struct http_answer *answer = call->answer;
    struct http_fetched first;
    enum err err = call_read(call, OWNER_ORDER, path, &first);

    if (err || first.status != STATUS_OK) {
        atomic_fetch_sub(&call->gateway->export_count, 1);
    }
    if (err) {
        http_problem_err(call->request, answer, err);
    } else if (first.status != STATUS_OK) {
        call_answer(call, (int)first.status, &first);
    } else {
        struct export *export = begin_export(call, path, lines);

        if (!write_page(export, call->request->ctx->arena, &first)) {
            release_export(export);
            (void)err_set(call->request->ctx, ERR_FATAL, "the order service's page does not fit");
            http_problem_err(call->request, answer, ERR_FATAL);
            return;
        }
        answer->status = STATUS_OK;
        answer->content_type = "text/csv; charset=utf-8; header=present";
        http_answer_header(answer, "Content-Disposition: attachment; filename=\"orders.csv\"");
        answer->stream = (struct http_stream){ read_export, release_export, export };
    }
}

void answer_export(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    bool lines = text_equal(http_query(request, "lines"), "true");

    if (!call_begin(&call, SCOPE_ORDERS_READ) || !is_well_asked(&call) ||
        !saved_view_apply(&call)) {
        return;
    }
    const char *query = read_list_path(&call, "/v1/order-rows", "lines");
    if (query == NULL) {
        call_refuse(&call, PROBLEM_INVALID_PARAMETER, "the query is too long");
        return;
    }
    if (atomic_fetch_add(&call.gateway->export_count, 1) >= PLACES_MAX) {
        atomic_fetch_sub(&call.gateway->export_count, 1);
        call_refuse(&call, PROBLEM_UNAVAILABLE,
                    "too many tables are written now; come again later");
        return;
    }
    open_export(&call,
                text_format(request->ctx->arena, "%s%cdetail=%s&limit=%d", query,
                            strchr(query, '?') == NULL ? '?' : '&', lines ? "lines" : "orders",
                            lines ? 50 : 200),
                lines);
}
