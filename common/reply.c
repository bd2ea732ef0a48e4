/* reply.c - how a request ended, in the words of RFC 9457 where it was refused. */
#include "common/reply.h"

#include "common/arena.h"
#include "common/precondition.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/message_type.h"

void reply_send(struct decision *out, const struct reply_address *to, struct gateway_reply *answer)
{
    answer->request_id = to->request_id;
    decide_reply(out, to, MESSAGE_GATEWAY_REPLY, answer, sizeof *answer);
}

void reply_problem(struct decision *out, const struct reply_address *to,
                   struct gateway_reply *answer, const struct problem *problem)
{
    struct problem *copy = arena_copy(out->arena, problem, sizeof *problem);

    copy->type = text_format(out->arena, "https://kervan.example/problems/%s", problem->type);
    copy->request_id = to->request_id;
    answer->status = problem->status;
    answer->problem = copy;
    reply_send(out, to, answer);
}

void reply_done(struct decision *out, const struct incoming_message *in, int64_t status,
                const char *subject_id)
{
    struct gateway_reply answer = { .status = status, .subject_id = subject_id };

    reply_send(out, &in->reply, &answer);
}

void reply_refused(struct decision *out, const struct incoming_message *in,
                   const struct refusal *refusal)
{
    const struct field_error error = { .pointer = refusal->pointer, .detail = refusal->detail };
    const struct problem problem = {
        .type = refusal->type,
        .title = refusal->title,
        .status = refusal->status,
        .detail = refusal->detail,
        .errors = arena_copy(out->arena, &error, sizeof error),
        .errors_count = refusal->pointer == NULL ? 0 : 1,
    };
    struct gateway_reply answer = { 0 };

    reply_problem(out, &in->reply, &answer, &problem);
}

void reply_invalid(struct decision *out, const struct incoming_message *in, const char *pointer,
                   const char *detail)
{
    const struct refusal refusal = { .status = 422,
                                     .type = "invalid",
                                     .title = "The request is not valid",
                                     .detail = detail,
                                     .pointer = pointer };

    reply_refused(out, in, &refusal);
}

bool reply_stale(struct decision *out, const struct incoming_message *in, int64_t version)
{
    if (precondition_holds(in->precondition, version)) {
        return false;
    }
    const struct problem problem = {
        .type = "stale",
        .title = "It was changed meanwhile",
        .status = 412,
        .detail = version == 0 ? "there is nothing yet"
                               : text_format(out->arena, "its version is %lld now: read it again",
                                             (long long)version),
    };
    struct gateway_reply answer = { .version = version, .has_version = version != 0 };

    reply_problem(out, &in->reply, &answer, &problem);
    return true;
}

bool reply_stale_put(struct decision *out, const struct incoming_message *in, int64_t version,
                     bool same)
{
    bool as_new = text_equal(in->precondition, PRECONDITION_NOTHING);

    return same && !as_new ? false : reply_stale(out, in, version);
}
