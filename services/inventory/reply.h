/* reply.h - answers for the gateway instance that waits for a request; nothing where nobody waits.  Pure. */
#ifndef KERVAN_INVENTORY_REPLY_H
#define KERVAN_INVENTORY_REPLY_H

#include "common/incoming.h"

/* The request was done: the gateway reads what there is now from the read API. */
void reply_done(struct decision *out, const struct incoming_message *in, int64_t status,
                const char *subject_id);

/* What is wrong with a request, as a problem of status 422. */
struct refusal {
    const char *type;    /* last part of the problem's URI: "invalid" */
    const char *title;   /* fixed for the type */
    const char *pointer; /* to the field of the body */
    const char *detail;  /* in the arena, or static */
};
void reply_refused(struct decision *out, const struct incoming_message *in,
                   const struct refusal *refusal);
/* The body is not valid: this field of it. */
void reply_invalid(struct decision *out, const struct incoming_message *in, const char *pointer,
                   const char *detail);

#endif
