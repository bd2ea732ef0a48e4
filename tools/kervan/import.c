/* import.c - `kervan orders import` and `kervan items import`: a file, a bulk after the other, and on from where it stopped.
 *
 * Lines are named by their references, those without one, and items, by the import's key and their number in the file.  So it does not matter
 * where the file is cut into bulks, nor how often a part of it is sent: the results say how far it is, and what was answered
 * and not written down is found again.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/http_client.h"
#include "common/lines.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/gateway_codec.h"
#include "tools/kervan/gateway_call.h"
#include "tools/kervan/results.h"
#include "tools/kervan/session.h"

#include <errno.h>
#include <string.h>

enum {
    BLOCK_BYTES = 65536,
    LINE_BYTES_MAX = 1 << 20, /* the gateway says of shorter ones that they are too long */
    PART_BYTES_MAX = 4 << 20,
    ANSWER_BYTES_MAX = 64 << 20,
    ANSWER_MS = 400000, /* longer than the gateway takes lines of one request */
    TRIES = 5,          /* without a line that went through */
    RETRY_MS = 1000,
    GAP_MAX = 64, /* so many blank lines are sent along */
    STATUS_OK = 200,
    STATUS_TOO_MANY = 429,
    STATUS_FAULT = 500
};

/* Lines of the file that are sent together. */
struct part {
    struct buffer body;
    int64_t first_line, count;
};

struct import {
    struct invocation *call;
    const char *path, *noun; /* of the bulks, and what their lines are */
    struct http_client *client;
    struct results results;
    FILE *file;
    struct line_splitter splitter;
    char block[BLOCK_BYTES]; /* of the file */
    const char *at, *end;    /* what is left of it */
    struct line line;        /* the last that was read */
    bool is_held;            /* it is the first of the next part */
    struct part part;
    const char *key;
    int64_t retry_after_ms;
    enum err trouble; /* why the last part did not go through; the detail says it in words */
};

static const struct field fields[] = {
    { "lines", "LINES", CELL_NUMBER },     { "made", "MADE", CELL_NUMBER },
    { "known", "KNOWN", CELL_NUMBER },     { "waiting", "WAITING", CELL_NUMBER },
    { "refused", "REFUSED", CELL_NUMBER }, { "results", "RESULTS", CELL_TEXT },
};

/* --- The file --------------------------------------------------------------------------------- */

static enum err say_errno(struct ctx *ctx, const char *path)
{
    char why[96] = "";

    (void)strerror_r(errno, why, sizeof why);
    return err_set(ctx, ERR_INPUT, "%s: %s", path, why);
}

/* Of all that the file holds: the same file goes on under the same key. */
static enum err read_key(struct import *import)
{
    const char *given = option_text(import->call, "--key");
    unsigned char digest[SHA256_BYTES] = { 0 }, link[2 * SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];
    size_t length = 0;

    import->key = given;
    while (given == NULL && (length = fread(import->block, 1, BLOCK_BYTES, import->file)) > 0) {
        memcpy(link, digest, sizeof digest);
        sha256(import->block, length, link + sizeof digest);
        sha256(link, sizeof link, digest);
    }
    if (given == NULL) {
        text_hex(digest, sizeof digest, hex);
        import->key = text_format(import->call->ctx->arena, "import-%.32s", hex);
    }
    rewind(import->file);
    return ferror(import->file) != 0 ? say_errno(import->call->ctx, import->call->arguments[0])
                                     : OK;
}

/* False at the end of the file. */
static bool next_line(struct import *import, struct line *ret)
{
    while (!line_next(&import->splitter, &import->at, import->end, ret)) {
        size_t length = fread(import->block, 1, BLOCK_BYTES, import->file);

        import->at = import->block;
        import->end = import->block + length;
        if (length == 0) {
            return line_last(&import->splitter, ret);
        }
    }
    return true;
}

/* Blank lines keep the numbers of those behind them; false when there are too many to send along. */
static bool add_line(struct part *part, const struct line *line)
{
    if (part->count == 0) {
        part->first_line = line->number;
    }
    if (line->number - part->first_line - part->count > GAP_MAX) {
        return false;
    }
    for (; part->first_line + part->count < line->number; part->count++) {
        buffer_append_text(&part->body, "\n");
    }
    buffer_append(&part->body, line->text, line->length);
    buffer_append_text(&part->body, "\n");
    part->count++;
    return true;
}

static bool has_room(const struct import *import)
{
    return import->part.count < option_number(import->call, "--lines") &&
           import->part.body.length < PART_BYTES_MAX;
}

/* Leaves out what has its result; count 0 at the end of the file. */
static enum err read_part(struct import *import)
{
    const struct line *line = &import->line;

    buffer_clear(&import->part.body);
    import->part.count = 0;
    while (has_room(import) && (import->is_held || next_line(import, &import->line))) {
        if (line->too_long) {
            return err_set(import->call->ctx, ERR_INPUT, "line %lld is longer than a mebibyte",
                           (long long)line->number);
        }
        import->is_held =
            line->number > import->results.last_line && !add_line(&import->part, line);
        if (import->is_held) {
            return OK;
        }
    }
    return ferror(import->file) != 0 ? say_errno(import->call->ctx, import->call->arguments[0])
                                     : OK;
}

/* --- One bulk --------------------------------------------------------------------------------- */

static struct http_end *send_part(struct import *import, const char *body, size_t length,
                                  int64_t first_line)
{
    struct arena *arena = import->call->ctx->arena;
    const char *const headers[] = {
        gateway_authorization(arena),
        text_format(arena, "Idempotency-Key: %s", import->key),
        "Content-Type: application/x-ndjson",
        NULL,
    };
    const struct http_call call = {
        .method = "POST",
        .url = text_format(arena, "%s%s?first_line=%lld", environment("KERVAN_URL"), import->path,
                           (long long)first_line),
        .headers = headers,
        .body = body,
        .body_length = length,
        .timeout_ms = ANSWER_MS,
    };

    return gateway_call(import->client, &call);
}

/* False at a line that is to be sent again. */
static bool keep_result(struct import *import, const struct line *line)
{
    struct arena *arena = arena_new(ANSWER_BYTES_MAX);
    struct violations violations = { .count = 0 };
    struct bulk_result result = { .status = STATUS_FAULT };
    bool kept = !line->too_long &&
                bulk_result_decode(arena, line->text, line->length, &result, &violations) == OK &&
                result.status < STATUS_FAULT && result.line > import->results.last_line;

    if (kept) {
        results_add(&import->results, &result, line->text, line->length);
    } else {
        import->trouble = err_set(import->call->ctx, ERR_RETRY, "line %lld was not taken: %.300s",
                                  (long long)import->results.last_line + 1,
                                  result.problem == NULL ? "" : result.problem);
        import->retry_after_ms =
            result.has_retry_after_s ? result.retry_after_s * RETRY_MS : RETRY_MS;
    }
    arena_free(arena);
    return kept;
}

static void keep_results(struct import *import, const struct http_end *end)
{
    const char *at = end->body, *last = end->body + end->body_length;
    struct line_splitter splitter;
    struct line line;

    line_splitter_init(&splitter, LINE_BYTES_MAX);
    while (line_next(&splitter, &at, last, &line) && keep_result(import, &line)) {
    }
    line_splitter_release(&splitter);
}

/* Why there are no results. */
static enum err trouble_of(struct import *import, const struct http_end *end)
{
    struct ctx *ctx = import->call->ctx;
    bool may_pass =
        end->fate != HTTP_ANSWERED || end->status >= STATUS_FAULT || end->status == STATUS_TOO_MANY;

    import->retry_after_ms = end->retry_after_ms > 0 ? end->retry_after_ms : RETRY_MS;
    if (end->fate != HTTP_ANSWERED) {
        return err_set(ctx, ERR_RETRY, "the gateway: %s", end->error);
    }
    return err_set(ctx, may_pass ? ERR_RETRY : ERR_RULE, "the gateway answers %lld: %.400s",
                   (long long)end->status, end->body);
}

/* What of the part has no result yet. */
static const char *rest_of(const struct part *part, int64_t last_line)
{
    const char *at = part->body.bytes;

    for (int64_t line = part->first_line; line <= last_line; line++) {
        at = (const char *)memchr(at, '\n', part->body.length) + 1;
    }
    return at;
}

static bool is_done(const struct import *import)
{
    return import->results.last_line >= import->part.first_line + import->part.count - 1;
}

static void send_rest(struct import *import)
{
    const struct part *part = &import->part;
    int64_t done = import->results.last_line >= part->first_line ? import->results.last_line
                                                                 : part->first_line - 1;
    const char *rest = rest_of(part, done);
    size_t length = (size_t)(part->body.bytes + part->body.length - rest);
    struct http_end *end = send_part(import, rest, length, done + 1);

    import->trouble = OK;
    if (end->fate == HTTP_ANSWERED && end->status == STATUS_OK) {
        keep_results(import, end);
    } else {
        import->trouble = trouble_of(import, end);
    }
    http_end_free(end);
    if (!import->trouble && !is_done(import)) {
        import->trouble = err_set(import->call->ctx, ERR_RETRY, "the answer is not whole");
    }
}

/* --- All of them ------------------------------------------------------------------------------ */

/* Tries again as long as lines go through, or a few times. */
static enum err send_all_of_part(struct import *import)
{
    enum err err = OK;
    int tries = TRIES;

    while (!err && !is_done(import)) {
        int64_t before = import->results.last_line;

        send_rest(import);
        err = results_flush(import->call->ctx, &import->results);
        tries = import->results.last_line > before ? TRIES : tries - 1;
        if (!err && !is_done(import) && (tries == 0 || import->trouble == ERR_RULE)) {
            return import->trouble;
        }
        if (!err && import->trouble) {
            pause_ms(import->retry_after_ms);
        }
    }
    return err;
}

static void tell_progress(const struct import *import)
{
    const struct results *results = &import->results;

    (void)fprintf(stderr, "line %lld: %lld made, %lld known, %lld waiting, %lld refused\n",
                  (long long)results->last_line, (long long)results->made,
                  (long long)results->known, (long long)results->waiting,
                  (long long)results->refused);
}

static enum err send_file(struct import *import)
{
    enum err err = read_part(import);

    while (!err && import->part.count > 0) {
        struct arena *arena = import->call->ctx->arena;

        import->call->ctx->arena = arena_new(ANSWER_BYTES_MAX); /* of one part */
        err = send_all_of_part(import);
        arena_free(import->call->ctx->arena);
        import->call->ctx->arena = arena;
        tell_progress(import);
        if (!err) {
            err = read_part(import);
        }
    }
    return err;
}

static enum err print_end(struct import *import, const char *path)
{
    const struct results *results = &import->results;
    struct arena *arena = import->call->ctx->arena;
    const int64_t numbers[] = { results->made + results->known + results->waiting +
                                    results->refused,
                                results->made, results->known, results->waiting, results->refused };
    const char *cells[FIELD_COUNT(fields)];
    struct section section = { .fields = fields,
                               .field_count = FIELD_COUNT(fields),
                               .listing = { cells, 1 } };

    for (size_t i = 0; i < FIELD_COUNT(numbers); i++) {
        cells[i] = text_format(arena, "%lld", (long long)numbers[i]);
    }
    cells[FIELD_COUNT(numbers)] = path;
    if (results->refused > 0) {
        import->call->status = EXIT_WRONG;
    }
    return print_done(
        import->call, &section,
        text_format(arena, "%s of %s lines are %s now, %s of them new; results: %s",
                    text_format(arena, "%lld", (long long)(numbers[0] - results->refused)),
                    cells[0], import->noun, cells[1], path));
}

static enum err open_all(struct import *import, const char *results_path)
{
    struct ctx *ctx = import->call->ctx;
    enum err err = gateway_open(ctx, ANSWER_BYTES_MAX, &import->client);

    if (err) {
        return err;
    }
    import->file = fopen(import->call->arguments[0], "r");
    if (import->file == NULL) {
        return say_errno(ctx, import->call->arguments[0]);
    }
    err = read_key(import);
    return err ? err : results_open(ctx, results_path, &import->results);
}

static void close_all(struct import *import)
{
    line_splitter_release(&import->splitter);
    buffer_release(&import->part.body);
    results_close(&import->results);
    http_client_close(import->client);
    if (import->file != NULL) {
        (void)fclose(import->file);
    }
}

static enum err run_import(struct invocation *call, const char *bulk_path, const char *noun)
{
    struct import *import = arena_alloc(call->ctx->arena, sizeof *import);
    const char *path = option_text(call, "--results");

    if (path == NULL) {
        path = text_format(call->ctx->arena, "%s.results", call->arguments[0]);
    }
    import->call = call;
    import->path = bulk_path;
    import->noun = noun;
    line_splitter_init(&import->splitter, LINE_BYTES_MAX);
    buffer_init(&import->part.body, PART_BYTES_MAX + LINE_BYTES_MAX + GAP_MAX + 1);
    enum err err = open_all(import, path);
    if (!err) {
        err = send_file(import);
    }
    close_all(import);
    return err ? err : print_end(import, path);
}

enum err run_orders_import(struct invocation *call)
{
    return run_import(call, "/v1/orders/bulk", "orders");
}

enum err run_items_import(struct invocation *call)
{
    return run_import(call, "/v1/items/bulk", "items");
}
