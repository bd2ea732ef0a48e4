/* disputes.h - what shoppers and their banks dispute at the provider: books of its own, and answers to them.
 *
 * One at a time of a payment, of what was taken and is not given back.  What becomes of it follows from what the shop says.
 */
#ifndef KERVAN_TESTS_SIM_DISPUTES_H
#define KERVAN_TESTS_SIM_DISPUTES_H

#include "tests/sim/provider.h"

enum dispute_status {
    DISPUTE_WARNING,
    DISPUTE_NEEDS_RESPONSE,
    DISPUTE_UNDER_REVIEW,
    DISPUTE_WON,
    DISPUTE_LOST,
    DISPUTE_WARNING_CLOSED,
    DISPUTE_STATUS_COUNT
};

struct dispute {
    char id[32];
    struct intent *intent;
    enum dispute_status status;
    int64_t amount_minor, created_at, due_at;
    int64_t submissions;
    bool withdrawn, reinstated;
    struct dispute *earlier; /* of the list, the newest first */
};

/* Something of the intent was taken: it may be disputed one day. */
void disputes_expect(struct sim *sim, struct intent *intent);
/* What was taken out of the shop's account for disputes of it and not put back, with fees. */
int64_t disputes_moved_minor(const struct sim *sim, const struct intent *intent);
/* A refund of it is refused. */
bool disputes_hold_back(const struct sim *sim, const struct intent *intent);
/* NULL: the path is none of disputes. */
const struct answer *disputes_answer(struct sim *sim, const struct outside_call *call);

#endif
