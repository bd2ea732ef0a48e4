/* reply.h - the refusals that requests to shipping share.  Pure. */
#ifndef KERVAN_SHIPPING_REPLY_H
#define KERVAN_SHIPPING_REPLY_H

#include "common/reply.h"

/* There is no such shipment. */
void reply_unknown(struct decision *out, const struct incoming_message *in);
/* The present state does not allow it. */
void reply_conflict(struct decision *out, const struct incoming_message *in, const char *detail);

#endif
