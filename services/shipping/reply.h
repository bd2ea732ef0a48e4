/* reply.h - answers for the gateway instance that waits for a request; nothing where nobody waits.  Pure. */
#ifndef KERVAN_SHIPPING_REPLY_H
#define KERVAN_SHIPPING_REPLY_H

#include "common/incoming.h"

/* The request was done, now or before: the gateway reads what there is now from the read API. */
void reply_done(struct decision *out, const struct incoming_message *in, const char *subject_id);
/* There is no such shipment. */
void reply_unknown(struct decision *out, const struct incoming_message *in);
/* The present state does not allow it. */
void reply_conflict(struct decision *out, const struct incoming_message *in, const char *detail);
/* This field of the body is wrong. */
void reply_invalid(struct decision *out, const struct incoming_message *in, const char *pointer,
                   const char *detail);

#endif
