/* reply.h - requests that the state of the work alone answers.  Pure. */
#ifndef KERVAN_FULFILLMENT_REPLY_H
#define KERVAN_FULFILLMENT_REPLY_H

#include "common/reply.h"
#include "services/fulfillment/work.h"

/* True when the state alone answers. */
bool reply_by_state(struct decision *out, const struct incoming_message *in,
                    enum work_action action, const char *fulfillment_id);

#endif
