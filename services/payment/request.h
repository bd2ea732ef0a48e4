/* request.h - what a person asks of a payment: finds it, does it once, answers.
 *
 * A request names itself (its id): a second one with the same body is answered as the first was and
 * does nothing, one with another body is refused.  A refused one leaves no trace and may be repeated.
 * What is done carries the request's id in the ledger.  Pure.
 */
#ifndef KERVAN_PAYMENT_REQUEST_H
#define KERVAN_PAYMENT_REQUEST_H

#include "common/incoming.h"
#include "services/payment/dealing.h"

struct arena;

/* An open request.  What changes is in `dealing`. */
struct request {
    const struct incoming_message *in;
    struct dealing dealing;
};

/* For all messages of payment.requests that name a payment. */
const char *request_lane_key(struct arena *arena, const struct incoming_message *in);
void request_need(const struct incoming_message *in, struct rows *rows);
void request_need_shared(const struct incoming_message *in, struct rows *rows);

/* False when it is answered: there is no such payment, the request came before, or it means another version of it. */
bool request_open(struct request *request, struct decision *out, const struct incoming_message *in);
/* True, and answered as then, when it was done before; `request` knows its message and its order. */
bool request_came_before(struct request *request);
/* It was done: it is kept, and answered.  `subject_id` is what it made, or the payment; `note` may be NULL. */
void request_done(struct request *request, const char *subject_id, const char *note);
/* 409: what the payment is at does not allow it. */
void request_conflict(struct request *request, const char *detail);
/* 422: `pointer` names the field of the body that is at fault. */
void request_invalid(struct request *request, const char *pointer, const char *detail);

#endif
