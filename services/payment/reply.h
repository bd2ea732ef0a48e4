/* reply.h - answers for the gateway instance that waits for a person's request; nothing where nobody waits.  Pure. */
#ifndef KERVAN_PAYMENT_REPLY_H
#define KERVAN_PAYMENT_REPLY_H

#include "common/incoming.h"

/* What is wrong with a request. */
struct refusal {
    int64_t status;
    const char *type;    /* last part of the problem's URI: "invalid" */
    const char *title;   /* fixed for the type */
    const char *detail;  /* in the arena, or static */
    const char *pointer; /* to the field of the body; NULL when it is none's fault */
};

/* Done, now or before: `subject_id` is what it made, or the payment. */
void reply_done(struct decision *out, const struct incoming_message *in, const char *subject_id);
void reply_refused(struct decision *out, const struct incoming_message *in,
                   const struct refusal *refusal);

#endif
