/* reply.h - answers for the gateway instance that waits for a request; nothing where nobody waits.  Pure. */
#ifndef KERVAN_FULFILLMENT_REPLY_H
#define KERVAN_FULFILLMENT_REPLY_H

#include "common/incoming.h"
#include "services/fulfillment/work.h"

/* What is wrong with a request. */
struct refusal {
    int64_t status;
    const char *type;    /* last part of the problem's URI: "invalid" */
    const char *title;   /* fixed for the type */
    const char *detail;  /* in the arena, or static */
    const char *pointer; /* to the field of the body; NULL when it is none's fault */
};

/* The request was done, now or before: the gateway reads what there is now from the read API. */
void reply_done(struct decision *out, const struct incoming_message *in, const char *subject_id);
void reply_refused(struct decision *out, const struct incoming_message *in,
                   const struct refusal *refusal);
/* 422, with the pointer to the field that is wrong. */
void reply_invalid(struct decision *out, const struct incoming_message *in, const char *pointer,
                   const char *detail);
/* True when the state alone answers. */
bool reply_by_state(struct decision *out, const struct incoming_message *in,
                    enum work_action action, const char *fulfillment_id);

#endif
