/* admin_key.c - API keys are made, get new secrets, and end.  A key is shown once and is not kept. */
#include "services/gateway/admin.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "services/gateway/identity.h"
#include "sql/gateway_sql.h"

#include <stdio.h>
#include <string.h>

enum {
    STATUS_OK = 200,
    STATUS_CREATED = 201,
    SECRET_BYTES = 32,
    SCOPES_BYTES_MAX = 1024,
    ID_BEGINS_AT = 4 /* behind "req_" */
};
static const int64_t old_valid_default_ms = INT64_C(86400000);

/* A secret, and what is kept of it. */
struct new_secret {
    char text[API_KEY_SECRET_LENGTH + 1];
    unsigned char hash[SHA256_BYTES];
};

static void make_secret(struct new_secret *ret)
{
    unsigned char bytes[SECRET_BYTES];

    random_bytes(bytes, sizeof bytes);
    text_hex(bytes, sizeof bytes, ret->text);
    sha256(ret->text, API_KEY_SECRET_LENGTH, ret->hash);
}

/* The document with the key itself as its last field. */
static void answer_with_key(const struct call *call, const char *id,
                            const struct new_secret *secret, const char *document)
{
    struct buffer *body = &call->answer->body;

    call->answer->status = STATUS_CREATED;
    call_location(call, text_format(call->request->ctx->arena, "/v1/keys/%s", id));
    buffer_append(body, document, strlen(document) - 1);
    buffer_append_text(body, ",\"key\":\"kvn_live_");
    buffer_append_text(body, id);
    buffer_append_text(body, "_");
    buffer_append_text(body, secret->text);
    buffer_append_text(body, "\"}");
}

/* --- Making ----------------------------------------------------------------------------------- */

/* Of the Idempotency-Key where there is one, so that a repeat makes no second key; else new. */
static bool name_key(const struct call *call, char ret_id[API_KEY_ID_LENGTH + 1])
{
    const char *header = http_header(call->request, "Idempotency-Key");
    struct request_id id = request_id_mint();
    struct idempotency_key key;

    if (header != NULL && !idempotency_key_parse(header, &key)) {
        call_refuse(call, PROBLEM_IDEMPOTENCY_KEY,
                    "Idempotency-Key must have 1 to 255 visible ASCII characters");
        return false;
    }
    if (header != NULL) {
        struct request_name name = { call_principal(call), "POST", "/v1/keys", "key", key.text };

        id = request_id_of(&name);
    }
    (void)snprintf(ret_id, API_KEY_ID_LENGTH + 1, "%.*s", API_KEY_ID_LENGTH,
                   id.text + ID_BEGINS_AT);
    return true;
}

/* False, and answered, when it is bound to a channel that is not there. */
static bool check_channel(const struct call *call, const struct key_new *key)
{
    bool exists = true;
    enum err err = key->channel == NULL ? OK
                                        : access_channel(call->gateway->access, call->request->ctx,
                                                         key->channel, &exists);

    if (err) {
        http_problem_err(call->request, call->answer, err);
    } else if (!exists) {
        struct http_fault fault = { "/channel", "is no channel that is active" };

        http_problem(call->request, call->answer, &problem_catalogue[PROBLEM_INVALID].problem,
                     &(struct problem_words){ "there is no such channel", &fault, 1 });
    }
    return err == OK && exists;
}

static const char *joined_scopes(const struct call *call, const struct key_new *key)
{
    struct buffer text;

    buffer_init(&text, SCOPES_BYTES_MAX);
    for (size_t i = 0; i < key->scopes_count; i++) {
        buffer_append_text(&text, i > 0 ? " " : "");
        buffer_append_text(&text, key->scopes[i]);
    }
    const char *joined = arena_copy_text(call->request->ctx->arena, text.bytes, text.length);
    buffer_release(&text);
    return joined;
}

/* False, and answered, when one of them is no scope. */
static bool check_scopes(const struct call *call, const struct key_new *key)
{
    struct arena *arena = call->request->ctx->arena;
    struct violations violations = { .count = 0 };

    for (size_t i = 0; i < key->scopes_count; i++) {
        if (!scope_is_known(key->scopes[i])) {
            violations_add(&violations, text_format(arena, "/scopes/%zu", i), "enum",
                           "is no scope; the description of the interface lists them");
        }
    }
    if (violations.count > 0) {
        call_refuse_body(call, &violations, "");
    }
    return violations.count == 0;
}

static void make_key(const struct call *call, const struct key_new *key, const char *id)
{
    struct pg_arguments *arguments = pg_arguments_new(call->request->ctx->arena, 10);
    struct pg_result *result = NULL;
    struct new_secret secret;

    make_secret(&secret);
    pg_argument_text(arguments, id);
    pg_argument_bytes(arguments, (struct bytes){ secret.hash, sizeof secret.hash });
    pg_argument_text(arguments, key->channel);
    pg_argument_text(arguments, joined_scopes(call, key));
    pg_argument_text(arguments, key->note == NULL ? "" : key->note);
    pg_argument_int(arguments, COLUMN_INSTANT, key->has_expires_at ? key->expires_at : 0);
    admin_bind_rate(arguments, key->rate_limit);
    admin_bind_who(call, arguments);
    if (!admin_run(call, GATEWAY_SQL_KEY_MAKE, arguments, &result)) {
        return;
    }
    if (pg_row_count(result) == 0) {
        call_location(call, text_format(call->request->ctx->arena, "/v1/keys/%s", id));
        call_refuse(call, PROBLEM_CONFLICT,
                    "this key was made before, and a key is shown once; rotate or revoke it");
    } else {
        answer_with_key(call, id, &secret, pg_text(result, 0, 0));
        admin_tell(call, "key made", id);
        access_forget(call->gateway->access, id);
    }
    pg_result_free(result);
}

void answer_key_make(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct violations violations = { .count = 0 };
    char id[API_KEY_ID_LENGTH + 1];
    struct key_new key;

    if (!admin_begin(&call) || !call_has_json(&call)) {
        return;
    }
    if (key_new_decode(request->ctx->arena, request->body, request->body_length, &key,
                       &violations) != OK) {
        call_refuse_body(&call, &violations, "");
    } else if (check_scopes(&call, &key) && check_channel(&call, &key) && name_key(&call, id)) {
        make_key(&call, &key, id);
    }
}

/* --- Rotating and ending ---------------------------------------------------------------------- */

static void rotate(const struct call *call, int64_t old_valid_ms)
{
    struct pg_arguments *arguments = pg_arguments_new(call->request->ctx->arena, 5);
    const char *id = http_path(call->request, "id");
    struct pg_result *result = NULL;
    struct new_secret secret;

    make_secret(&secret);
    pg_argument_text(arguments, id);
    pg_argument_bytes(arguments, (struct bytes){ secret.hash, sizeof secret.hash });
    pg_argument_int(arguments, COLUMN_INT8, old_valid_ms);
    admin_bind_who(call, arguments);
    if (!admin_run(call, GATEWAY_SQL_KEY_ROTATE, arguments, &result)) {
        return;
    }
    if (pg_row_count(result) == 0) {
        call_refuse(call, PROBLEM_NOT_FOUND, "no key in use has this id");
    } else {
        answer_with_key(call, id, &secret, pg_text(result, 0, 0));
        admin_tell(call, "key rotated", id);
        access_forget(call->gateway->access, id);
    }
    pg_result_free(result);
}

void answer_key_rotate(void *gateway, const struct http_request *request,
                       struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct violations violations = { .count = 0 };
    struct key_rotate body;

    if (!admin_begin(&call) || !call_has_json(&call)) {
        return;
    }
    if (key_rotate_decode(request->ctx->arena, request->body, request->body_length, &body,
                          &violations) != OK) {
        call_refuse_body(&call, &violations, "");
        return;
    }
    rotate(&call, body.has_old_valid_ms ? body.old_valid_ms : old_valid_default_ms);
}

void answer_key_revoke(void *gateway, const struct http_request *request,
                       struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct pg_arguments *arguments = pg_arguments_new(request->ctx->arena, 3);
    const char *id = http_path(request, "id");
    struct pg_result *result = NULL;

    if (!admin_begin(&call)) {
        return;
    }
    pg_argument_text(arguments, id);
    admin_bind_who(&call, arguments);
    if (!admin_run(&call, GATEWAY_SQL_KEY_REVOKE, arguments, &result)) {
        return;
    }
    if (pg_row_count(result) == 0) {
        call_refuse(&call, PROBLEM_NOT_FOUND, "no key has this id");
    } else {
        answer->status = STATUS_OK;
        buffer_append_text(&answer->body, pg_text(result, 0, 0));
        admin_tell(&call, "key revoked", id);
        access_forget(call.gateway->access, id);
    }
    pg_result_free(result);
}
