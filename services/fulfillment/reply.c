/* reply.c - how a request to fulfillment ended, in the words of RFC 9457 where it was refused. */
#include "services/fulfillment/reply.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/message_type.h"

void reply_done(struct decision *out, const struct incoming_message *in, const char *subject_id)
{
    const struct gateway_reply answer = { .request_id = in->reply.request_id,
                                          .status = 200,
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

/* What the state alone answers, by action. */
static const struct refusal by_action[] = {
    [WORK_ANSWERS_UNKNOWN] = { .status = 404,
                               .type = "not-found",
                               .title = "There is no such thing",
                               .detail = "there is no fulfillment with this id" },
    [WORK_ANSWERS_CANCELED] = { .status = 409,
                                .type = "conflict",
                                .title = "The present state does not allow it",
                                .detail = "the fulfillment is canceled: put the goods back" },
    [WORK_ANSWERS_EARLY] = { .status = 409,
                             .type = "conflict",
                             .title = "The present state does not allow it",
                             .detail =
                                 "the fulfillment is scheduled: it may not be worked on yet" },
    [WORK_ANSWERS_PACKED] = { .status = 409,
                              .type = "conflict",
                              .title = "The present state does not allow it",
                              .detail = "the fulfillment is packed: it is too late" },
};

bool reply_by_state(struct decision *out, const struct incoming_message *in,
                    enum work_action action, const char *fulfillment_id)
{
    if (action == WORK_ANSWERS_DONE) {
        reply_done(out, in, fulfillment_id);
        return true;
    }
    if ((size_t)action < sizeof by_action / sizeof by_action[0] && by_action[action].status != 0) {
        reply_refused(out, in, &by_action[action]);
        return true;
    }
    return false;
}
