/* order_request.c - checks, logs, sends and waits. */
#include "tools/kervan/order_request.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/envelope.h"
#include "common/id.h"
#include "common/request_writer.h"
#include "common/text.h"
#include "proto/registry.h"
#include "tools/kervan/action_log.h"
#include "tools/kervan/hearing.h"

enum { ACKNOWLEDGE_MS = 5000, POLL_MS = 200, ID_BYTES = 16 };

void append_member(struct buffer *text, const char *name, const char *value)
{
    buffer_append_json_string(text, name);
    buffer_append(text, ":", 1);
    buffer_append_json_string(text, value);
}

/* Whether the contract takes it. */
static enum err check(struct invocation *call, const struct order_request *request)
{
    const struct message_info *info = &message_infos[request->type];
    struct violations violations = { .count = 0 };
    enum err err = info->decode(call->ctx->arena, request->text->bytes, request->text->length,
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

struct sent {
    const struct order_request *request;
    const char *id;          /* of the request */
    struct hearing *hearing; /* NULL: nobody waits for the answer */
    int64_t lanes;
};

static enum err send_message(struct invocation *call, const struct sent *sent)
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
        { HEADER_TYPE, message_infos[sent->request->type].type },
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
                                           .value = sent->request->text->bytes,
                                           .value_length = sent->request->text->length,
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

/* Until it is over or refused, at most --wait seconds. */
static enum err await_end(struct invocation *call, struct pg *pg, const struct sent *sent,
                          const char **ret_word)
{
    const struct order_request *request = sent->request;
    int64_t left_ms = 1000 * option_number(call, "--wait");
    enum err err = request->look(call, pg, sent->id, ret_word);

    while (!err && left_ms > 0 && !request->is_over(*ret_word)) {
        err = hearing_wait(sent->hearing, call->ctx, POLL_MS);
        left_ms -= POLL_MS;
        if (!err) {
            err = request->look(call, pg, sent->id, ret_word);
        }
    }
    return err;
}

/* One that nobody waits for needs no ear. */
static enum err send_and_hear(struct invocation *call, struct pg *pg,
                              const struct order_request *request, const char *id,
                              const char **ret_word)
{
    struct sent sent = { .request = request, .id = id };
    enum err err = read_lanes(call->ctx, pg, &sent.lanes);

    if (!err && option_number(call, "--wait") > 0) {
        err = hearing_open(call->ctx, id, &sent.hearing);
    }
    if (!err) {
        err = send_message(call, &sent);
    }
    if (!err) {
        err = await_end(call, pg, &sent, ret_word);
    }
    hearing_close(sent.hearing);
    return err;
}

enum err order_request_make(struct invocation *call, struct pg *pg,
                            const struct order_request *request, const char *id,
                            const char **ret_word)
{
    enum err err = check(call, request);

    if (!err) {
        err = action_log(call, &(struct action){ .name = message_infos[request->type].type,
                                                 .subject = call->arguments[0],
                                                 .request_id = id });
    }
    return err ? err : send_and_hear(call, pg, request, id, ret_word);
}

const char *order_request_id(struct invocation *call)
{
    unsigned char bytes[ID_BYTES];
    char text[2 * ID_BYTES + 1];

    random_bytes(bytes, sizeof bytes);
    text_hex(bytes, sizeof bytes, text);
    return text_format(call->ctx->arena, "req_%s", text);
}
