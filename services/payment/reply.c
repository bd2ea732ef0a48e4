/* reply.c - how a person's request to payment ended, in the words of RFC 9457 where it was refused. */
#include "services/payment/reply.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/message_type.h"

enum { STATUS_CREATED = 201 };

void reply_done(struct decision *out, const struct incoming_message *in, const char *subject_id)
{
    const struct gateway_reply answer = { .request_id = in->reply.request_id,
                                          .status = STATUS_CREATED,
                                          .subject_id = subject_id };

    decide_reply(out, &in->reply, MESSAGE_GATEWAY_REPLY, &answer, sizeof answer);
}

void reply_refused(struct decision *out, const struct incoming_message *in,
                   const struct refusal *refusal)
{
    const struct field_error error = { .pointer = refusal->pointer, .detail = refusal->detail };
    const struct problem problem = {
        .type = text_format(out->arena, "https://kervan.example/problems/%s", refusal->type),
        .title = refusal->title,
        .status = refusal->status,
        .detail = refusal->detail,
        .request_id = in->reply.request_id,
        .errors = arena_copy(out->arena, &error, sizeof error),
        .errors_count = refusal->pointer == NULL ? 0 : 1,
    };
    const struct gateway_reply answer = { .request_id = in->reply.request_id,
                                          .status = refusal->status,
                                          .problem =
                                              arena_copy(out->arena, &problem, sizeof problem) };

    decide_reply(out, &in->reply, MESSAGE_GATEWAY_REPLY, &answer, sizeof answer);
}
