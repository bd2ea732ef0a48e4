/* dispute_outcome.h - what came of a call about disputes; no provider's own words.  Pure data. */
#ifndef KERVAN_PAYMENT_DISPUTE_OUTCOME_H
#define KERVAN_PAYMENT_DISPUTE_OUTCOME_H

#include "proto/payment.h"

#include <stdbool.h>
#include <stddef.h>

struct dispute_outcome {
    const struct payment_dispute_seen
        *seen;        /* NULL: it is none of ours, or the answer does not show it */
    const char *code; /* why an answer of ours was not taken; NULL: it was */
    /* Of a list: the provider's names of disputes, and where its next page begins; NULL: there is none. */
    const char **refs;
    size_t ref_count;
    const char *next;
};

#endif
