/* bulk.c - lines are taken as they come, as fast as orders are admitted, and answered together at the end.
 *
 * The answer begins when the last line has ended: common/http_access.c says why.  So of a bulk its results are kept, some
 * hundred bytes a line, and never its body; who wants to see results earlier sends fewer lines at once, under one
 * Idempotency-Key, with first_line.  A bulk waits where a single order would be refused: for its key's rate, and for the
 * services; meanwhile nothing is read, so its sender waits, too.
 */
#include "services/gateway/bulk.h"

#include "common/arena.h"
#include "common/text.h"
#include "common/waiting.h"
#include "proto/gateway_codec.h"
#include "services/gateway/admin.h"
#include "services/gateway/bulk_lines.h"
#include "services/gateway/identity.h"
#include "services/gateway/intake.h"
#include "services/gateway/rates.h"

#include <string.h>
#include <time.h>

enum {
    LINES_MAX = 10000,
    BULK_BYTES_MAX = 32 << 20,
    RESULTS_BYTES_MAX = 4 << 20, /* after which nothing more is taken: faults are longer than ids */
    BULKS_MAX = 4,               /* at once, in one instance */
    TURN_MS_MAX = 20000,         /* how long one line waits to be admitted */
    BULK_MS_MAX = 300000,        /* how long lines are taken */
    PAUSE_NS = 20000000,
    STATUS_OK = 200,
    STATUS_UNAVAILABLE = 503,
    STATUS_TOO_LARGE = 413
};
static const int64_t line_number_max = INT64_C(1000000000000);

/* What may be sent in bulks, and how. */
struct bulk_kind {
    const char *path;
    enum scope scope;
    const struct line_kind *lines;
    bool is_admitted;      /* its lines wait for their turn, as orders that are submitted alone */
    const char *logged_as; /* in the table audit_log; NULL: it is not */
};

static const struct bulk_kind kinds[] = {
    { ORDER_BULK_PATH, SCOPE_ORDERS_WRITE, &order_lines, true, NULL },
    { ITEM_BULK_PATH, SCOPE_INVENTORY_WRITE, &item_lines, false, "kervan.item.import.v1" },
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

struct bulk {
    struct call call;
    const struct bulk_kind *kind;
    const char *key; /* NULL: none */
    const char *rate_name;
    int64_t first_line;
    struct line_splitter splitter;
    struct bulk_lines *lines;
    int64_t bytes, end_ms;
    const char *not_taken; /* the problem of each line from now on; NULL: they are taken */
    bool over;             /* it is longer than a bulk may be: no line is looked at any more */
};

/* --- Its head --------------------------------------------------------------------------------- */

static bool read_first_line(struct bulk *bulk)
{
    const char *text = http_query(bulk->call.request, "first_line");

    bulk->first_line = 1;
    if (text == NULL || (text_to_int(text, &bulk->first_line) && bulk->first_line >= 1 &&
                         bulk->first_line <= line_number_max)) {
        return true;
    }
    call_refuse(&bulk->call, PROBLEM_INVALID_PARAMETER,
                "parameter \"first_line\" is the number of the first line, 1 or more");
    return false;
}

static bool read_key(struct bulk *bulk)
{
    const char *header = http_header(bulk->call.request, "Idempotency-Key");
    struct idempotency_key key;

    if (header == NULL) {
        return true;
    }
    if (!idempotency_key_parse(header, &key)) {
        call_refuse(&bulk->call, PROBLEM_IDEMPOTENCY_KEY,
                    "Idempotency-Key must have 1 to 255 visible ASCII characters");
        return false;
    }
    bulk->key = text_format(bulk->call.request->ctx->arena, "%s", key.text);
    return true;
}

/* One entry a bulk, before anything of it is done; each line of the ledger says who asked for it. */
static bool log_bulk(const struct bulk *bulk)
{
    const char *text = text_format(bulk->call.request->ctx->arena, "{\"first_line\":%lld}",
                                   (long long)bulk->first_line);
    const struct logged logged = { .action = bulk->kind->logged_as,
                                   .subject = bulk->key == NULL ? "items" : bulk->key,
                                   .after = text,
                                   .request_id = bulk->call.request->request_id };

    return bulk->kind->logged_as == NULL || admin_log(&bulk->call, &logged);
}

static void leave_place(struct gateway *gateway)
{
    atomic_fetch_sub(&gateway->bulk_count, 1);
}

static bool take_place(const struct bulk *bulk)
{
    if (atomic_fetch_add(&bulk->call.gateway->bulk_count, 1) < BULKS_MAX) {
        return true;
    }
    leave_place(bulk->call.gateway);
    call_refuse(&bulk->call, PROBLEM_UNAVAILABLE, "too many bulks are under way; come again later");
    return false;
}

/* --- Its lines -------------------------------------------------------------------------------- */

static void pause_shortly(void)
{
    (void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
}

/* Lines count against a rate of their own, as high as that of requests: a bulk leaves its key's other requests alone. */
static bool take_rate(const struct bulk *bulk)
{
    return rates_take(bulk->call.gateway->rates, bulk->rate_name, call_rate(&bulk->call)).allowed;
}

/* False when the next line would wait too long. */
static bool await_turn(const struct bulk *bulk)
{
    const struct gateway *gateway = bulk->call.gateway;
    int64_t turn_end_ms = monotonic_ms() + TURN_MS_MAX;
    int64_t end_ms = turn_end_ms < bulk->end_ms ? turn_end_ms : bulk->end_ms;
    bool has_rate = false;

    if (!bulk->kind->is_admitted) {
        return monotonic_ms() < bulk->end_ms && !atomic_load(&gateway->draining);
    }
    while (monotonic_ms() < end_ms && !atomic_load(&gateway->draining)) {
        has_rate = has_rate || take_rate(bulk);
        if (has_rate && intake_admits_spare(gateway->intake)) {
            return true;
        }
        pause_shortly();
    }
    return false;
}

/* A problem's text, as an answer would have it. */
static const char *word_problem(const struct bulk *bulk, enum problem_kind kind, const char *detail)
{
    struct http_answer answer = { .status = 0 };
    struct call call = bulk->call;

    call.answer = &answer;
    buffer_init(&answer.body, RESULTS_BYTES_MAX);
    call_refuse(&call, kind, detail);
    const char *text =
        arena_copy_text(call.request->ctx->arena, answer.body.bytes, answer.body.length);
    buffer_release(&answer.body);
    return text;
}

static void tell(struct bulk *bulk, int64_t number, int status, const char *problem)
{
    struct buffer *results = bulk_lines_results(bulk->lines);
    const struct bulk_result result = { .line = number,
                                        .status = status,
                                        .problem = problem,
                                        .has_retry_after_s = status == STATUS_UNAVAILABLE,
                                        .retry_after_s = 1 };

    bulk_lines_finish(bulk->lines);
    bulk_result_encode(&result, results);
    buffer_append_text(results, "\n");
}

/* What is not taken now may be sent again; NULL when the next line may be taken. */
static const char *why_not(const struct bulk *bulk)
{
    if (bulk_lines_fail(bulk->lines)) {
        return word_problem(bulk, PROBLEM_UNAVAILABLE,
                            "a line before was not taken; send this one again, too");
    }
    if ((int64_t)bulk_lines_results(bulk->lines)->length > RESULTS_BYTES_MAX) {
        return word_problem(bulk, PROBLEM_UNAVAILABLE,
                            "the lines before have too many faults to be told with this one");
    }
    return await_turn(bulk) ? NULL
                            : word_problem(bulk, PROBLEM_OVERLOADED,
                                           "it waited too long for its turn; send it again");
}

static void take_line(struct bulk *bulk, struct line *line)
{
    bool fits = line->number <= LINES_MAX && bulk->bytes <= BULK_BYTES_MAX;

    line->number += bulk->first_line - 1;
    if (!fits && !bulk->over) {
        tell(bulk, line->number, STATUS_TOO_LARGE,
             word_problem(
                 bulk, PROBLEM_TOO_LARGE,
                 "a bulk may have 10000 lines and 33554432 bytes; send the rest in another"));
    }
    bulk->over = bulk->over || !fits;
    if (!bulk->over && bulk->not_taken == NULL) {
        bulk->not_taken = why_not(bulk);
    }
    if (!bulk->over && bulk->not_taken == NULL) {
        bulk_lines_give(bulk->lines, line);
    } else if (!bulk->over) {
        tell(bulk, line->number, STATUS_UNAVAILABLE, bulk->not_taken);
    }
}

static void take_bulk(void *state, const char *bytes, size_t length)
{
    struct bulk *bulk = state;
    const char *end = bytes + length;
    struct line line;

    bulk->bytes += (int64_t)length;
    while (!bulk->over && line_next(&bulk->splitter, &bytes, end, &line)) {
        take_line(bulk, &line);
    }
}

static void release_bulk(void *state)
{
    struct bulk *bulk = state;

    bulk->lines = bulk_lines_free(bulk->lines);
    line_splitter_release(&bulk->splitter);
    leave_place(bulk->call.gateway);
}

/* Of the paths that routes.c and main.c name. */
static const struct bulk_kind *find_kind(const char *path)
{
    size_t i = 0;

    while (i + 1 < KIND_COUNT && strcmp(kinds[i].path, path) != 0) {
        i++;
    }
    return &kinds[i];
}

void open_bulk(void *gateway, const struct http_request *request, struct http_answer *answer,
               struct http_upload *ret)
{
    struct bulk *bulk = arena_alloc(request->ctx->arena, sizeof *bulk);

    bulk->kind = find_kind(request->path);
    bulk->call = (struct call){ .gateway = gateway, .request = request, .answer = answer };
    if (!call_begin(&bulk->call, bulk->kind->scope) ||
        !call_is_type(&bulk->call, "application/x-ndjson") || !read_first_line(bulk) ||
        !read_key(bulk) || !log_bulk(bulk) || !take_place(bulk)) {
        return;
    }
    bulk->end_ms = monotonic_ms() + BULK_MS_MAX;
    bulk->rate_name = text_format(request->ctx->arena, "bulk:%s", bulk->call.caller.key_id);
    line_splitter_init(&bulk->splitter, BODY_BYTES_MAX);
    bulk->lines = bulk_lines_new(&bulk->call, bulk->key, bulk->kind->lines);
    *ret = (struct http_upload){ take_bulk, release_bulk, bulk };
}

void answer_bulk(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    const struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct bulk *bulk = request->upload;
    struct line line;

    if (bulk == NULL) { /* the same path, written otherwise */
        call_refuse(&call, PROBLEM_NOT_FOUND, "write the path without escapes");
        return;
    }
    if (!bulk->over && line_last(&bulk->splitter, &line)) {
        take_line(bulk, &line);
    }
    bulk_lines_finish(bulk->lines);
    answer->status = STATUS_OK;
    answer->content_type = "application/x-ndjson";
    const struct buffer *results = bulk_lines_results(bulk->lines);
    buffer_append(&answer->body, results->bytes, results->length);
}
