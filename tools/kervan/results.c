/* results.c - reads a file of results from its beginning, cuts off what is not whole, and appends. */
#include "tools/kervan/results.h"

#include "common/arena.h"
#include "common/lines.h"
#include "proto/gateway.h"
#include "proto/gateway_codec.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_BYTES = 65536,
    LINE_BYTES_MAX = 1 << 20,
    RESULT_ARENA_BYTES = 8 << 20,
    STATUS_KNOWN = 200,
    STATUS_ACCEPTED = 202,
    STATUS_PROBLEM = 400
};

static void count(struct results *results, const struct bulk_result *result)
{
    results->last_line = result->line;
    results->known += result->status == STATUS_KNOWN;
    results->waiting += result->status == STATUS_ACCEPTED;
    results->refused += result->status >= STATUS_PROBLEM;
    results->made += result->status < STATUS_PROBLEM && result->status != STATUS_KNOWN &&
                     result->status != STATUS_ACCEPTED;
}

static enum err say_errno(struct ctx *ctx, const char *path)
{
    char why[96] = "";

    (void)strerror_r(errno, why, sizeof why);
    return err_set(ctx, ERR_FATAL, "%s: %s", path, why);
}

/* The lines of one block.  *whole grows by what is complete. */
static enum err read_lines(struct ctx *ctx, struct line_splitter *splitter, const char *block,
                           size_t length, struct results *results)
{
    const char *end = block + length;
    struct line line;

    while (line_next(splitter, &block, end, &line)) {
        struct violations violations = { .count = 0 };
        struct bulk_result result;
        struct arena *arena = arena_new(RESULT_ARENA_BYTES);
        enum err err =
            line.too_long ? ERR_INPUT
                          : bulk_result_decode(arena, line.text, line.length, &result, &violations);

        if (err || result.line <= results->last_line) {
            arena_free(arena);
            return err_set(ctx, ERR_INPUT, "line %lld of the results is none; name another file",
                           (long long)line.number);
        }
        count(results, &result);
        arena_free(arena);
    }
    return OK;
}

static enum err read_all(struct ctx *ctx, struct results *results, int64_t *ret_whole_bytes)
{
    struct line_splitter splitter;
    char block[BLOCK_BYTES];
    enum err err = OK;
    int64_t read_bytes = 0;
    size_t length = 0;

    line_splitter_init(&splitter, LINE_BYTES_MAX);
    while (!err && (length = fread(block, 1, sizeof block, results->file)) > 0) {
        err = read_lines(ctx, &splitter, block, length, results);
        read_bytes += (int64_t)length;
    }
    *ret_whole_bytes = read_bytes - (int64_t)splitter.text.length;
    line_splitter_release(&splitter);
    return err;
}

enum err results_open(struct ctx *ctx, const char *path, struct results *ret)
{
    int64_t whole_bytes = 0;

    *ret = (struct results){ .file = fopen(path, "a+") };
    if (ret->file == NULL) {
        return say_errno(ctx, path);
    }
    enum err err = read_all(ctx, ret, &whole_bytes);
    if (!err && ftruncate(fileno(ret->file), whole_bytes) != 0) {
        err = say_errno(ctx, path);
    }
    return err;
}

void results_add(struct results *results, const struct bulk_result *result, const char *text,
                 size_t length)
{
    count(results, result);
    (void)fwrite(text, 1, length, results->file);
    (void)fputc('\n', results->file);
}

enum err results_flush(struct ctx *ctx, struct results *results)
{
    return fflush(results->file) != 0 || ferror(results->file) != 0 ? say_errno(ctx, "the results")
                                                                    : OK;
}

void results_close(struct results *results)
{
    if (results->file != NULL) {
        (void)fclose(results->file);
    }
}
