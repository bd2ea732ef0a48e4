/* reply.c - how a request to shipping ended, in the words of RFC 9457 where it was refused. */
#include "services/shipping/reply.h"

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

static void refuse(struct decision *out, const struct incoming_message *in, struct problem *problem)
{
    problem->type = text_format(out->arena, "https://kervan.example/problems/%s", problem->type);
    problem->request_id = in->reply.request_id;
    struct gateway_reply answer = { .status = problem->status,
                                    .problem = arena_copy(out->arena, problem, sizeof *problem) };

    reply(out, in, &answer);
}

void reply_done(struct decision *out, const struct incoming_message *in, const char *subject_id)
{
    struct gateway_reply answer = { .status = 200, .subject_id = subject_id };

    reply(out, in, &answer);
}

void reply_unknown(struct decision *out, const struct incoming_message *in)
{
    struct problem problem = { .type = "not-found",
                               .title = "There is no such thing",
                               .status = 404,
                               .detail = "there is no shipment with this id" };

    refuse(out, in, &problem);
}

void reply_conflict(struct decision *out, const struct incoming_message *in, const char *detail)
{
    struct problem problem = { .type = "conflict",
                               .title = "The present state does not allow it",
                               .status = 409,
                               .detail = detail };

    refuse(out, in, &problem);
}

void reply_invalid(struct decision *out, const struct incoming_message *in, const char *pointer,
                   const char *detail)
{
    const struct field_error error = { .pointer = pointer, .detail = detail };
    struct problem problem = { .type = "invalid",
                               .title = "The request is not valid",
                               .status = 422,
                               .detail = detail,
                               .errors = arena_copy(out->arena, &error, sizeof error),
                               .errors_count = 1 };

    refuse(out, in, &problem);
}
