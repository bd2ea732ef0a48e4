/* submission.h - one order that is submitted, alone or as a line of a bulk. */
#ifndef KERVAN_GATEWAY_SUBMISSION_H
#define KERVAN_GATEWAY_SUBMISSION_H

#include "common/order_identity.h"
#include "services/gateway/call.h"

struct submission_terms {
    const char *idempotency_key; /* as its header would have it; NULL: none */
    int64_t wait_s;              /* for its outcome */
    bool until_confirmed;
    bool for_bulk; /* the status counts, no document: 200 where the order was there before */
};

/* The body of the request is the order; its caller may submit.  *ret_id is "" where the order has no name. */
void submission_answer(const struct call *call, const struct submission_terms *terms,
                       struct order_id_text *ret_id);

#endif
