/* reply.h - answers for the gateway instance that waits for a request; nothing where nobody waits.
 *
 * Best effort: the facts are what counts.  A refusal is a problem as of RFC 9457.  Pure.
 */
#ifndef KERVAN_ORDER_REPLY_H
#define KERVAN_ORDER_REPLY_H

#include "services/order/saga.h"

struct field_error;

/* 201 with the order as it was when it was placed. */
void order_reply_placed(struct saga *saga, const struct reply_address *to);
/* The same document, however often it is submitted: 200. */
void order_reply_known(struct saga *saga, const struct reply_address *to);
/* 422 with what intake found, from the order's rows. */
void order_reply_refused(struct saga *saga, const struct reply_address *to);
/* 422 with what intake found in a draft; there is no order. */
void order_reply_not_complete(struct decision *out, const struct reply_address *to,
                              const struct field_error *errors, size_t count);
/* To who waits for the confirmation, once: 201 with the order, or 422 with why it ended. */
void order_reply_to_waiting(struct saga *saga);
/* 200, or 409 with why not. */
void order_reply_canceled(struct saga *saga, const struct reply_address *to);
void order_reply_not_canceled(struct saga *saga, const struct reply_address *to);

/* A request did what it says, or had done so: 200 or 201. */
void order_reply_done(struct saga *saga, const struct reply_address *to, int64_t status,
                      const char *subject_id);
/* 409: not in the state the order is in, and why. */
void order_reply_conflict(struct saga *saga, const struct reply_address *to, const char *detail);
/* 422 */
void order_reply_invalid(struct saga *saga, const struct reply_address *to, const char *pointer,
                         const char *detail);

/* Without an order. */
void order_reply_put(struct decision *out, const struct reply_address *to, int64_t status,
                     const char *subject_id);
void order_reply_unknown(struct decision *out, const struct reply_address *to, const char *title);
void order_reply_nameless(struct decision *out, const struct reply_address *to);
void order_reply_other_body(struct decision *out, const struct reply_address *to);
void order_reply_unknown_order(struct decision *out, const struct reply_address *to);

#endif
