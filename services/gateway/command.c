/* command.c - one way for every command: decode, name, publish, wait, answer. */
#include "services/gateway/command.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/precondition.h"
#include "common/text.h"
#include "proto/registry.h"
#include "services/gateway/admin.h"
#include "services/gateway/identity.h"
#include "services/gateway/outgoing.h"
#include "services/gateway/reads.h"

#include <string.h>

enum {
    MESSAGE_BYTES_MAX = BODY_BYTES_MAX + 1024,
    STATUS_OK = 200,
    STATUS_ACCEPTED = 202,
    STATUS_NO_CONTENT = 204,
    STATUS_PROBLEM = 400
};

/* A command under way. */
struct order_of_work {
    struct call call;
    const struct command *command;
    void *message;
    const char *subject;
    struct idempotency_key key; /* "" when there is none */
    struct request_id id;
    struct precondition_text precondition;
    const char *made_id; /* NULL: it makes nothing, or it is not known what */
};

/* An empty body says the same as {}. */
static void append_body(const struct http_request *request, struct buffer *text)
{
    if (request->body_length == 0) {
        buffer_append_text(text, "{}");
    } else {
        buffer_append(text, request->body, request->body_length);
    }
}

/* The body of the request, or {"body":<it>,"<parameter>":"<its value>"}: a body that tries to say more than itself
 * names a field twice, or one that is not known, and is refused for it. */
static void append_message(const struct order_of_work *work, struct buffer *text)
{
    const struct http_request *request = work->call.request;
    const char *const *parameters = work->command->parameters;

    if (parameters[0] == NULL) {
        buffer_append(text, request->body, request->body_length);
        return;
    }
    buffer_append_text(text, "{\"body\":");
    append_body(request, text);
    for (size_t i = 0; i < COMMAND_PARAMETERS_MAX && parameters[i] != NULL; i++) {
        buffer_append_text(text, ",");
        buffer_append_json_string(text, parameters[i]);
        buffer_append_text(text, ":");
        buffer_append_json_string(text, http_path(request, parameters[i]));
    }
    buffer_append_text(text, "}");
}

static bool is_parameter(const struct order_of_work *work, const char *name)
{
    const char *const *parameters = work->command->parameters;
    bool found = false;

    for (size_t i = 0; i < COMMAND_PARAMETERS_MAX && parameters[i] != NULL; i++) {
        found = found || text_equal(parameters[i], name);
    }
    return found;
}

/* Whether a fault is one of the address, under which nothing can be then. */
static bool is_of_address(const struct order_of_work *work, const struct violations *violations)
{
    for (size_t i = 0; i < violations->count; i++) {
        const char *pointer = violations->items[i].pointer;

        if (pointer[0] == '/' && is_parameter(work, pointer + 1)) {
            return true;
        }
    }
    return false;
}

static bool read_message(struct order_of_work *work)
{
    const struct message_info *info = &message_infos[work->command->type];
    struct arena *arena = work->call.request->ctx->arena;
    struct violations violations = { .count = 0 };
    struct buffer text;

    buffer_init(&text, MESSAGE_BYTES_MAX);
    append_message(work, &text);
    work->message = arena_alloc(arena, info->size);
    enum err err = info->decode(arena, text.length > 0 ? text.bytes : "", text.length,
                                work->message, &violations);
    buffer_release(&text);
    if (err && is_of_address(work, &violations)) {
        call_refuse(&work->call, PROBLEM_NOT_FOUND, "nothing can be under this address");
    } else if (err) {
        call_refuse_body(&work->call, &violations,
                         work->command->parameters[0] == NULL ? "" : "/body");
    } else {
        work->subject =
            work->command->subject == NULL ? NULL : work->command->subject(work->message);
    }
    return err == OK;
}

/* The request's identity: from its key where it has one, else new. */
static bool read_name(struct order_of_work *work)
{
    const struct http_request *request = work->call.request;
    const char *header = http_header(request, "Idempotency-Key");

    if (work->command->subject == NULL) {
        work->subject = work->id.text; /* filled in below */
    }
    if (header == NULL && strcmp(work->command->method, "POST") == 0) {
        call_refuse(&work->call, PROBLEM_IDENTITY_REQUIRED, "send the header Idempotency-Key");
        return false;
    }
    if (header == NULL) {
        work->id = request_id_mint();
        return true;
    }
    if (!idempotency_key_parse(header, &work->key)) {
        call_refuse(&work->call, PROBLEM_IDEMPOTENCY_KEY,
                    "Idempotency-Key must have 1 to 255 visible ASCII characters");
        return false;
    }
    struct request_name name = { call_principal(&work->call), request->method, request->path, "key",
                                 work->key.text };
    work->id = request_id_of(&name);
    return true;
}

static const char *document_path(const struct order_of_work *work)
{
    if (work->made_id != NULL) {
        return text_format(work->call.request->ctx->arena, "%s%s", work->command->made,
                           work->made_id);
    }
    const char *end = work->command->document_end;

    return text_format(work->call.request->ctx->arena, "%s%s%s", work->command->document,
                       work->subject, end == NULL ? "" : end);
}

/* Which version is meant.  It is compared where the request is decided: what is there now may be another when it comes. */
static bool read_precondition(struct order_of_work *work)
{
    const struct http_request *request = work->call.request;

    if (!precondition_parse(http_header(request, "If-Match"), http_header(request, "If-None-Match"),
                            &work->precondition)) {
        call_refuse(&work->call, PROBLEM_PRECONDITION,
                    "send If-Match with ETags in quotation marks, at most six, or with *; or else "
                    "If-None-Match: *");
        return false;
    }
    return true;
}

static void answer_accepted(const struct order_of_work *work)
{
    struct buffer *body = &work->call.answer->body;

    work->call.answer->status = STATUS_ACCEPTED;
    call_location(&work->call, document_path(work));
    buffer_append_text(body, "{\"request_id\":");
    buffer_append_json_string(body, work->id.text);
    buffer_append_text(body, ",\"id\":");
    buffer_append_json_string(body, work->subject);
    buffer_append_text(body, "}");
}

/* The subject as its owner shows it now. */
static void answer_done(const struct order_of_work *work)
{
    struct http_fetched document;
    enum err err = call_read(&work->call, work->command->owner, document_path(work), &document);

    if (err || document.status != STATUS_OK) {
        answer_accepted(work); /* it is done, but cannot be shown now */
    } else {
        call_answer(&work->call, work->command->status, &document);
        if (work->made_id != NULL) {
            call_location(&work->call, document_path(work));
        }
    }
}

static void answer_reply(struct order_of_work *work, const struct gateway_reply *reply)
{
    work->made_id = work->command->made == NULL ? NULL : reply->subject_id;
    if (reply->has_version) {
        http_answer_header(work->call.answer,
                           text_format(work->call.request->ctx->arena, "ETag: \"%lld\"",
                                       (long long)reply->version));
    }
    if (reply->status >= STATUS_PROBLEM) {
        call_refuse_reply(&work->call, reply);
    } else if (reply->body != NULL) {
        struct http_fetched document = { .body = reply->body, .body_length = strlen(reply->body) };

        call_answer(&work->call, work->command->status, &document);
    } else if (work->command->status == STATUS_NO_CONTENT) {
        work->call.answer->status = STATUS_NO_CONTENT;
    } else {
        answer_done(work);
    }
}

/* No reply came: what was done may be found all the same. */
static void answer_silence(const struct order_of_work *work)
{
    const char *evidence = work->command->evidence;
    struct http_fetched found;

    if (evidence == NULL ||
        call_read(&work->call, work->command->owner,
                  text_format(work->call.request->ctx->arena, "%s%s", evidence, work->id.text),
                  &found) != OK ||
        found.status != STATUS_OK) {
        answer_accepted(work);
    } else {
        answer_done(work);
    }
}

/* What administers is logged with what was there before. */
static const char *present_document(const struct order_of_work *work)
{
    struct http_fetched document;
    enum err err = call_read(&work->call, work->command->owner, document_path(work), &document);

    return err || document.status != STATUS_OK ? NULL : document.body;
}

/* What people ask for is logged before it is sent, so that nothing is done that the log does not know; a
 * storefront's offers to its customers are not.  Bodies may hold what shoppers wrote, so only those of
 * administrators are kept.  False, and answered, when the log cannot be written now. */
static bool log_command(const struct order_of_work *work)
{
    const struct call *call = &work->call;
    enum scope scope = work->command->scope;
    struct logged logged = { .action = message_infos[work->command->type].type,
                             .subject = work->subject,
                             .request_id = work->id.text };

    if (!work->command->of_order && scope == SCOPE_ORDERS_WRITE && call_is_bound(call)) {
        return true;
    }
    if (scope == SCOPE_ADMIN) {
        logged.before = present_document(work);
        logged.after = arena_copy_text(call->request->ctx->arena, call->request->body,
                                       call->request->body_length);
    }
    return admin_log(call, &logged);
}

static void carry_out(struct order_of_work *work)
{
    const struct call *call = &work->call;
    struct order_id_text order_id;
    struct gateway_reply reply;
    bool by_order = work->command->of_order && child_id_order(work->subject, &order_id);
    struct outgoing outgoing = {
        .owner = work->command->owner,
        .type = work->command->type,
        .message = work->message,
        .key = by_order ? order_id.text : work->subject,
        .id = work->id.text,
        .idempotency_key = work->key.text[0] == '\0' ? NULL : work->key.text,
        .channel = call_is_bound(call) ? call->caller.channel : NULL,
        .precondition = work->precondition.text,
        .wait_s = prefer_wait_s(http_header(call->request, "Prefer")),
    };

    switch (outgoing_send(call, &outgoing, &reply)) {
    case SENT_REPLIED:
        answer_reply(work, &reply);
        break;
    case SENT_SILENT:
        if (outgoing.wait_s > 0) {
            answer_silence(work);
        } else {
            answer_accepted(work);
        }
        break;
    case SENT_NOT:
        break;
    }
}

/* What is for administrators, and what is about customers over all channels, is for keys of all channels, as in admin.c; so is
 * what such keys alone are shown. */
static bool may_administer(const struct order_of_work *work)
{
    const struct command *command = work->command;
    bool of_all = command->scope == SCOPE_ADMIN || command->scope == SCOPE_CUSTOMERS_WRITE ||
                  command->scope == SCOPE_CUSTOMERS_ERASE ||
                  read_is_of_all_channels(command->document) ||
                  read_is_of_all_channels(command->pattern);

    if (!of_all || !call_is_bound(&work->call)) {
        return true;
    }
    call_refuse(&work->call, PROBLEM_FORBIDDEN, "this is for keys that are not bound to a channel");
    return false;
}

void answer_command(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct order_of_work work = {
        .call = { .gateway = gateway, .request = request, .answer = answer },
        .command = request->route->data,
    };

    bool bodiless = work.command->parameters[0] != NULL && request->body_length == 0;

    if (call_begin(&work.call, work.command->scope) && may_administer(&work) &&
        (bodiless || call_is_json(&work.call)) && read_message(&work) && read_name(&work) &&
        (!work.command->of_order || call_may_see(&work.call, work.subject)) &&
        read_precondition(&work) && log_command(&work)) {
        carry_out(&work);
    }
}
