/* tasks_decide.c - `kervan tasks decide`: puts a person's decision into the order service's requests.
 *
 * The record is the one that the gateway writes for POST /v1/tasks/{id}/decide, checked against the same schema;
 * whether the task offers the choice is the order service's to say, and its answer is waited for.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/crypto.h"
#include "common/envelope.h"
#include "common/id.h"
#include "common/request_writer.h"
#include "common/text.h"
#include "proto/registry.h"
#include "tools/kervan/action_log.h"
#include "tools/kervan/hearing.h"
#include "tools/kervan/schema_migrations.h"
#include "tools/kervan/session.h"

#include <string.h>

enum { MESSAGE_BYTES_MAX = 16384, ACKNOWLEDGE_MS = 5000, POLL_MS = 200, ID_BYTES = 16 };
enum { TASK_STATE_CELL = 3 }; /* of task_show */

static const struct field fields[] = { { "id", NULL, CELL_TEXT },
                                       { "choice", NULL, CELL_TEXT },
                                       { "request_id", NULL, CELL_TEXT },
                                       { "state", NULL, CELL_TEXT } };

static enum err find_task(struct invocation *call, struct pg *pg, const char **ret_state)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 2);
    struct listing task = { NULL, 0 };
    enum err err = read_order_id(call->ctx, call->arguments[0], arguments);

    pg_argument_int(arguments, COLUMN_INT8, child_id_counter(call->arguments[0], 'T'));
    if (!err) {
        err = ask(call->ctx, pg, SQL(TASK_SHOW), arguments, &task);
    }
    if (!err && task.rows == 0) {
        return err_set(call->ctx, ERR_NOTFOUND, "no task \"%s\"", call->arguments[0]);
    }
    if (!err) {
        *ret_state = task.cells[TASK_STATE_CELL];
    }
    return err;
}

static void append_member(struct buffer *text, const char *name, const char *value)
{
    buffer_append_json_string(text, name);
    buffer_append(text, ":", 1);
    buffer_append_json_string(text, value);
}

/* The message, and whether the contract takes it. */
static enum err write_message(struct invocation *call, struct buffer *text)
{
    const struct message_info *info = &message_infos[MESSAGE_ORDER_TASK_DECIDE];
    const char *note = option_text(call, "--note");
    struct violations violations = { .count = 0 };

    buffer_append_text(text, "{");
    append_member(text, "task_id", call->arguments[0]);
    buffer_append_text(text, ",\"body\":{");
    append_member(text, "choice", call->arguments[1]);
    if (note != NULL) {
        buffer_append_text(text, ",");
        append_member(text, "note", note);
    }
    buffer_append_text(text, "}}");
    enum err err = info->decode(call->ctx->arena, text->bytes, text->length,
                                arena_alloc(call->ctx->arena, info->size), &violations);
    return !err ? OK
                : err_set(call->ctx, ERR_INPUT, "%s %s",
                          violations.count > 0 ? violations.items[0].pointer : "",
                          violations.count > 0 ? violations.items[0].detail : "cannot be sent");
}

static enum err read_lanes(struct ctx *ctx, struct pg *pg, int64_t *ret)
{
    struct listing lanes = { NULL, 0 };
    enum err err = ask(ctx, pg, SQL(ORDER_LANES), pg_arguments_new(ctx->arena, 0), &lanes);

    if (!err && (!text_to_int(lanes.cells[0], ret) || *ret == 0)) {
        return err_set(ctx, ERR_NOTFOUND, "the order service never ran here");
    }
    return err;
}

struct decision_sent {
    const char *id;          /* of the request */
    struct hearing *hearing; /* NULL: nobody waits for the answer */
    int64_t lanes;
};

static enum err send_message(struct invocation *call, const struct buffer *text,
                             const struct decision_sent *sent)
{
    static const char *const topic = "order.requests";
    const struct request_writer_options options = { .bootstrap = environment("KERVAN_KAFKA"),
                                                    .client_id = "kervan",
                                                    .topics = &topic,
                                                    .topic_count = 1,
                                                    .lane_count = sent->lanes,
                                                    .acknowledge_ms = ACKNOWLEDGE_MS };
    struct record_header headers[] = {
        { "content-type", "application/json" },
        { "ce_specversion", "1.0" },
        { "ce_source", "/kervan" },
        { HEADER_TYPE, message_infos[MESSAGE_ORDER_TASK_DECIDE].type },
        { HEADER_ID, sent->id },
        { HEADER_ACTOR, actor_of(call) },
        { HEADER_REQUEST_ID, sent->id },
        { HEADER_REPLY_PARTITION, NULL },
    };
    size_t header_count = sizeof headers / sizeof headers[0];
    const char *order = text_format(call->ctx->arena, "%.*s", ORDER_ID_LENGTH, call->arguments[0]);
    if (sent->hearing != NULL) {
        headers[header_count - 1].value =
            text_format(call->ctx->arena, "%lld", (long long)hearing_partition(sent->hearing));
    } else {
        header_count -= 2;
    }
    const struct request_record record = { .lane = lane_of(order, sent->lanes),
                                           .key = order,
                                           .value = text->bytes,
                                           .value_length = text->length,
                                           .headers = headers,
                                           .header_count = header_count };
    struct request_writer *writer = NULL;
    enum err err = request_writer_open(call->ctx, &options, &writer);

    if (!err && request_write(writer, call->ctx, &record) != WRITE_DONE) {
        err = ERR_RETRY;
    }
    request_writer_close(writer);
    return err;
}

/* Until the order went on or refused to, at most --wait seconds. */
static enum err await_end(struct invocation *call, struct pg *pg, struct hearing *hearing,
                          const char **ret_state)
{
    int64_t left_ms = 1000 * option_number(call, "--wait");
    enum err err = find_task(call, pg, ret_state);

    while (!err && left_ms > 0 && text_equal(*ret_state, "open")) {
        err = hearing_wait(hearing, call->ctx, POLL_MS);
        left_ms -= POLL_MS;
        if (!err) {
            err = find_task(call, pg, ret_state);
        }
    }
    return err;
}

/* One that nobody waits for needs no ear. */
static enum err send_and_hear(struct invocation *call, struct pg *pg, const struct buffer *text,
                              const char *id, const char **ret_state)
{
    struct decision_sent sent = { .id = id };
    enum err err = read_lanes(call->ctx, pg, &sent.lanes);

    if (!err && option_number(call, "--wait") > 0) {
        err = hearing_open(call->ctx, id, &sent.hearing);
    }
    if (!err) {
        err = send_message(call, text, &sent);
    }
    if (!err) {
        err = await_end(call, pg, sent.hearing, ret_state);
    }
    hearing_close(sent.hearing);
    return err;
}

static enum err decide_task(struct invocation *call, struct pg *pg, const char *id,
                            const char **ret_state)
{
    struct buffer text;
    enum err err = find_task(call, pg, ret_state);

    if (!err && !text_equal(*ret_state, "open")) {
        return err_set(call->ctx, ERR_RULE, "\"%s\" is %s", call->arguments[0], *ret_state);
    }
    buffer_init(&text, MESSAGE_BYTES_MAX);
    if (!err) {
        err = write_message(call, &text);
    }
    if (!err) {
        err = action_log(call,
                         &(struct action){ .name = message_infos[MESSAGE_ORDER_TASK_DECIDE].type,
                                           .subject = call->arguments[0],
                                           .request_id = id });
    }
    if (!err) {
        err = send_and_hear(call, pg, &text, id, ret_state);
    }
    buffer_release(&text);
    return err;
}

static const char *mint_id(struct ctx *ctx)
{
    unsigned char bytes[ID_BYTES];
    char text[2 * ID_BYTES + 1];

    random_bytes(bytes, sizeof bytes);
    text_hex(bytes, sizeof bytes, text);
    return text_format(ctx->arena, "req_%s", text);
}

enum err run_task_decide(struct invocation *call)
{
    const char *id = mint_id(call->ctx), *state = NULL;
    struct pg *pg = NULL;
    enum err err =
        open_schema(call->ctx, schema_of("order"), SQL_RANGE(ORDERS_LIST, TASK_SHOW), &pg);

    if (!err) {
        err = decide_task(call, pg, id, &state);
    }
    pg_close(pg);
    if (err) {
        return err;
    }
    const char *cells[] = { call->arguments[0], call->arguments[1], id, state };
    const struct section done = { .fields = fields,
                                  .field_count = FIELD_COUNT(fields),
                                  .listing = { cells, 1 } };
    bool open = text_equal(state, "open");

    call->status = open ? EXIT_WAITING : EXIT_DONE;
    return print_done(call, &done, open ? "sent; the task is still open" : "decided");
}
