/* reply.c - how a request to the inventory ended, in the words of RFC 9457 where it was refused. */
#include "services/inventory/reply.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/message_type.h"

static void reply(struct decision *out, const struct incoming_message *in,
                  struct gateway_reply *answer)
{
    answer->request_id = in->reply.request_id;
    decide_reply(out, &in->reply, MESSAGE_GATEWAY_REPLY, answer, sizeof *answer);
}

void reply_done(struct decision *out, const struct incoming_message *in, int64_t status,
                const char *subject_id)
{
    struct gateway_reply answer = { .status = status, .subject_id = subject_id };

    reply(out, in, &answer);
}

void reply_refused(struct decision *out, const struct incoming_message *in,
                   const struct refusal *refusal)
{
    struct field_error error = { .pointer = refusal->pointer, .detail = refusal->detail };
    struct problem problem = {
        .type = text_format(out->arena, "https://kervan.example/problems/%s", refusal->type),
        .title = refusal->title,
        .status = 422,
        .detail = refusal->detail,
        .request_id = in->reply.request_id,
        .errors = arena_copy(out->arena, &error, sizeof error),
        .errors_count = 1,
    };
    struct gateway_reply answer = { .status = 422,
                                    .problem = arena_copy(out->arena, &problem, sizeof problem) };

    reply(out, in, &answer);
}

void reply_invalid(struct decision *out, const struct incoming_message *in, const char *pointer,
                   const char *detail)
{
    const struct refusal refusal = { "invalid", "The request is not valid", pointer, detail };

    reply_refused(out, in, &refusal);
}
