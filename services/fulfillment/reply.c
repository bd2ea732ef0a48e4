/* reply.c - what the state of the work alone answers. */
#include "services/fulfillment/reply.h"

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
        reply_done(out, in, 200, fulfillment_id);
        return true;
    }
    if ((size_t)action < sizeof by_action / sizeof by_action[0] && by_action[action].status != 0) {
        reply_refused(out, in, &by_action[action]);
        return true;
    }
    return false;
}
