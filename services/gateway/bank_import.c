/* bank_import.c - takes a file of a bank, has it read, and sends its lines to their owner in parts, one behind the other.
 *
 * Each part is a request with a name of its own, and each line counts once by its own name: whoever hears nothing, or that only a part
 * was done, sends the whole file again.
 */
#include "services/gateway/bank_import.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/gateway_codec.h"
#include "proto/payment_codec.h"
#include "proto/registry.h"
#include "services/gateway/admin.h"
#include "services/gateway/bank_file.h"
#include "services/gateway/identity.h"
#include "services/gateway/outgoing.h"

#include <string.h>
#include <strings.h>

enum {
    PART_LINES_MAX = 100,
    WAIT_S = 20,
    STATUS_OK = 200,
    STATUS_CREATED = 201,
    STATUS_PROBLEM = 400
};

struct import {
    struct call call;
    struct buffer bytes;
    struct idempotency_key key;
    bool csv;
    const char *account; /* whose CSV it is; NULL: the file says it itself */
};

/* --- Its head ------------------------------------------------------------------------------------ */

static bool is_type(const struct call *call, const char *media_type)
{
    const char *type = http_header(call->request, "Content-Type");
    size_t length = strlen(media_type);

    return type != NULL && strncasecmp(type, media_type, length) == 0 &&
           (type[length] == '\0' || strchr("; \t", type[length]) != NULL);
}

static bool read_type(struct import *import)
{
    import->csv = is_type(&import->call, "text/csv");
    if (import->csv || is_type(&import->call, "application/xml") ||
        is_type(&import->call, "text/xml")) {
        return true;
    }
    call_refuse(&import->call, PROBLEM_MEDIA_TYPE,
                "send camt.053 as application/xml, or text/csv with the parameter account");
    return false;
}

static bool is_account(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(text) &&
           strlen(text) >= 5 && strlen(text) <= 34;
}

static bool read_account(struct import *import)
{
    import->account = http_query(import->call.request, "account");
    if (import->account == NULL ? !import->csv : is_account(import->account)) {
        return true;
    }
    call_refuse_parameter(&import->call, "account",
                          "must name the account, 5 to 34 letters and digits");
    return false;
}

static bool read_key(struct import *import)
{
    const char *header = http_header(import->call.request, "Idempotency-Key");

    if (header == NULL) {
        call_refuse(&import->call, PROBLEM_IDENTITY_REQUIRED, "send the header Idempotency-Key");
        return false;
    }
    if (!idempotency_key_parse(header, &import->key)) {
        call_refuse(&import->call, PROBLEM_IDEMPOTENCY_KEY,
                    "Idempotency-Key must have 1 to 255 visible ASCII characters");
        return false;
    }
    return true;
}

static bool log_import(const struct import *import)
{
    const struct logged logged = { .action = message_infos[MESSAGE_BANK_STATEMENT].type,
                                   .subject =
                                       import->account == NULL ? "camt.053" : import->account,
                                   .request_id = import->call.request->request_id };

    return admin_log(&import->call, &logged);
}

/* What is too long is taken and forgotten: the answer says so. */
static void take_bytes(void *state, const char *bytes, size_t length)
{
    struct import *import = state;

    buffer_append(&import->bytes, bytes, length);
}

static void release_import(void *state)
{
    struct import *import = state;

    buffer_release(&import->bytes);
}

void open_bank_import(void *gateway, const struct http_request *request, struct http_answer *answer,
                      struct http_upload *ret)
{
    struct import *import = arena_alloc(request->ctx->arena, sizeof *import);

    import->call = (struct call){ .gateway = gateway, .request = request, .answer = answer };
    if (call_begin(&import->call, SCOPE_PAYMENTS_WRITE) && call_sees_all_channels(&import->call) &&
        read_type(import) && read_account(import) && read_key(import) && log_import(import)) {
        buffer_init(&import->bytes, BANK_FILE_BYTES_MAX + 1);
        *ret = (struct http_upload){ take_bytes, release_import, import };
    }
}

/* --- What it says -------------------------------------------------------------------------------- */

/* False, and answered, when there is no such account. */
static bool read_columns(const struct import *import, struct bank_account_view *ret)
{
    const struct call *call = &import->call;
    struct arena *arena = call->request->ctx->arena;
    struct violations violations = { .count = 0 };
    struct http_fetched document;
    enum err err =
        call_read(call, OWNER_PAYMENT, text_format(arena, "/v1/bank-accounts/%s", import->account),
                  &document);

    if (!err && document.status != STATUS_OK) {
        call_refuse_parameter(call, "account", "is no account of the shop: put it first");
        return false;
    }
    if (!err) {
        err =
            bank_account_view_decode(arena, document.body, document.body_length, ret, &violations);
    }
    if (err) {
        http_problem_err(call->request, call->answer, err);
    }
    return !err;
}

/* False, and answered, when it is no statement. */
static bool read_file(struct import *import, struct bank_file *file)
{
    const struct call *call = &import->call;
    size_t length = import->bytes.length;
    struct bank_account_view account;

    if (import->csv && !read_columns(import, &account)) {
        return false;
    }
    buffer_append(&import->bytes, "", 1);
    if (import->bytes.overflowed) {
        call_refuse(call, PROBLEM_TOO_LARGE,
                    "a file may have 8388608 bytes: send the rest as another one");
        return false;
    }
    file->arena = call->request->ctx->arena;
    file->scratch = arena_new(BANK_SCRATCH_BYTES_MAX);
    if (import->csv) {
        bank_csv_read(file, &account, import->bytes.bytes, length);
    } else {
        camt_read(file, import->bytes.bytes, length);
    }
    arena_free(file->scratch);
    if (file->fault != NULL) {
        call_refuse(call, PROBLEM_INVALID, file->fault);
    }
    return file->fault == NULL;
}

static bool is_of(const struct import *import, const struct bank_file *file)
{
    for (size_t i = 0; i < file->count && import->account != NULL; i++) {
        if (!text_equal(file->entries[i].account, import->account)) {
            call_refuse_parameter(&import->call, "account", "is not the account of the file");
            return false;
        }
    }
    return true;
}

/* --- Its parts ----------------------------------------------------------------------------------- */

/* So many of one statement, from there on. */
static size_t part_length(const struct bank_file *file, size_t first)
{
    size_t count = 1;

    while (count < PART_LINES_MAX && first + count < file->count &&
           text_equal(file->entries[first + count].account, file->entries[first].account) &&
           text_equal(file->entries[first + count].statement, file->entries[first].statement)) {
        count++;
    }
    return count;
}

/* False, and answered, when it is not done. */
static bool send_part(const struct import *import, const struct bank_file *file, size_t first,
                      size_t count)
{
    const struct call *call = &import->call;
    struct arena *arena = call->request->ctx->arena;
    struct bank_statement_line *lines = arena_alloc(arena, count * sizeof *lines);

    for (size_t i = 0; i < count; i++) {
        lines[i] = file->entries[first + i].line;
    }
    const struct bank_statement message = { .account = file->entries[first].account,
                                            .statement = file->entries[first].statement,
                                            .lines = lines,
                                            .lines_count = count };
    const struct request_name name = { call_principal(call), call->request->method,
                                       call->request->path, import->key.text,
                                       text_format(arena, "%s/%zu", lines[0].line_id, first) };
    const struct request_id id = request_id_of(&name);
    const struct outgoing outgoing = { .owner = OWNER_PAYMENT,
                                       .type = MESSAGE_BANK_STATEMENT,
                                       .message = &message,
                                       .key = message.account,
                                       .id = id.text,
                                       .wait_s = WAIT_S };
    struct gateway_reply reply;
    enum sent sent = outgoing_send(call, &outgoing, &reply);

    if (sent == SENT_SILENT) {
        call_refuse(call, PROBLEM_OUTCOME_UNKNOWN,
                    "a part of the file was not answered in time: send the whole file again");
    } else if (sent == SENT_REPLIED && reply.status >= STATUS_PROBLEM) {
        call_refuse_reply(call, &reply);
    }
    return sent == SENT_REPLIED && reply.status < STATUS_PROBLEM;
}

static void send_lines(const struct import *import, const struct bank_file *file)
{
    const struct bank_import result = { .lines = (int64_t)file->count };
    size_t first = 0;

    while (first < file->count) {
        size_t count = part_length(file, first);

        if (!send_part(import, file, first, count)) {
            return;
        }
        first += count;
    }
    import->call.answer->status = STATUS_CREATED;
    bank_import_encode(&result, &import->call.answer->body);
}

void answer_bank_import(void *gateway, const struct http_request *request,
                        struct http_answer *answer)
{
    const struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct import *import = request->upload;
    struct bank_file file = { .count = 0 };

    if (import == NULL) { /* the same path, written otherwise */
        call_refuse(&call, PROBLEM_NOT_FOUND, "write the path without escapes");
        return;
    }
    import->call.answer = answer;
    if (read_file(import, &file) && is_of(import, &file)) {
        send_lines(import, &file);
    }
}
