/* bank.c - `kervan bank import`: a file of a bank goes to the gateway as it is; it may be sent as often as one likes. */
#include "tools/kervan/kervan.h"

#include "common/crypto.h"
#include "common/http_client.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/gateway_codec.h"
#include "tools/kervan/gateway_call.h"
#include "tools/kervan/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    FILE_BYTES_MAX = 8 << 20, /* as the gateway takes it */
    BLOCK_BYTES = 65536,
    ANSWER_BYTES_MAX = 1 << 20,
    ANSWER_MS = 600000,
    STATUS_CREATED = 201
};

static enum err read_file(struct ctx *ctx, const char *path, struct buffer *ret)
{
    char block[BLOCK_BYTES], why[96] = "";
    FILE *file = fopen(path, "rb");
    size_t length = 0;

    if (file == NULL) {
        (void)strerror_r(errno, why, sizeof why);
        return err_set(ctx, ERR_INPUT, "%s: %s", path, why);
    }
    while (!ret->overflowed && (length = fread(block, 1, sizeof block, file)) > 0) {
        buffer_append(ret, block, length);
    }
    bool failed = ferror(file) != 0;

    (void)fclose(file);
    if (failed) {
        return err_set(ctx, ERR_INPUT, "%s cannot be read", path);
    }
    return ret->overflowed ? err_set(ctx, ERR_INPUT, "%s has more than 8 MiB", path) : OK;
}

static bool is_csv(const char *path)
{
    size_t length = strlen(path);

    return length > 4 && strcasecmp(path + length - 4, ".csv") == 0;
}

static struct http_end *send_file(struct invocation *call, struct http_client *client,
                                  const struct buffer *file)
{
    struct arena *arena = call->ctx->arena;
    const char *account = option_text(call, "--account");
    unsigned char digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];

    sha256(file->bytes, file->length, digest);
    text_hex(digest, SHA256_BYTES, hex);
    const char *const headers[] = {
        gateway_authorization(arena),
        text_format(arena, "Idempotency-Key: bank-%.32s", hex),
        is_csv(call->arguments[0]) ? "Content-Type: text/csv" : "Content-Type: application/xml",
        NULL,
    };
    const struct http_call request = {
        .method = "POST",
        .url = text_format(arena, "%s/v1/bank-statements%s%s", environment("KERVAN_URL"),
                           account == NULL ? "" : "?account=", account == NULL ? "" : account),
        .headers = headers,
        .body = file->bytes,
        .body_length = file->length,
        .timeout_ms = ANSWER_MS,
    };

    return gateway_call(client, &request);
}

static enum err print_end(const struct invocation *call, const struct bank_import *result)
{
    static const struct field fields[] = { { "lines", "LINES", CELL_NUMBER } };
    const char *cells[] = { text_format(call->ctx->arena, "%lld", (long long)result->lines) };
    const struct section section = { .fields = fields,
                                     .field_count = FIELD_COUNT(fields),
                                     .listing = { cells, 1 } };

    return print_done(call, &section,
                      text_format(call->ctx->arena, "%s entries are known now", cells[0]));
}

static enum err read_end(const struct invocation *call, const struct http_end *end)
{
    struct ctx *ctx = call->ctx;
    struct violations violations = { .count = 0 };
    struct bank_import result;

    if (end->fate != HTTP_ANSWERED) {
        return err_set(ctx, ERR_RETRY,
                       "the gateway did not answer; the same file may be sent again");
    }
    if (end->status != STATUS_CREATED) {
        return gateway_refused(ctx, end);
    }
    if (bank_import_decode(ctx->arena, end->body, end->body_length, &result, &violations) != OK) {
        return err_set(ctx, ERR_FATAL, "the answer cannot be read");
    }
    return print_end(call, &result);
}

enum err run_bank_import(struct invocation *call)
{
    struct ctx *ctx = call->ctx;
    struct http_client *client = NULL;
    struct buffer file;

    buffer_init(&file, FILE_BYTES_MAX);
    enum err err = gateway_open(ctx, ANSWER_BYTES_MAX, &client);

    if (!err) {
        err = read_file(ctx, call->arguments[0], &file);
    }
    if (!err) {
        struct http_end *end = send_file(call, client, &file);

        err = read_end(call, end);
        http_end_free(end);
    }
    http_client_close(client);
    buffer_release(&file);
    return err;
}
