/* reply.c - the refusals that requests to shipping share. */
#include "services/shipping/reply.h"

void reply_unknown(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no shipment with this id" };

    reply_refused(out, in, &unknown);
}

void reply_conflict(struct decision *out, const struct incoming_message *in, const char *detail)
{
    const struct refusal conflict = { .status = 409,
                                      .type = "conflict",
                                      .title = "The present state does not allow it",
                                      .detail = detail };

    reply_refused(out, in, &conflict);
}
