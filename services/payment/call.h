/* call.h - decides the calls to the provider, each under a key that stays the same for ever.
 *
 * All calls of an order are of one subject, so the runtime makes them one at a time, in the order
 * decided.  A call that needs the outcome of another is decided when that outcome is there.  Each is
 * booked as a request.  Pure.
 */
#ifndef KERVAN_PAYMENT_CALL_H
#define KERVAN_PAYMENT_CALL_H

#include "services/payment/dealing.h"

/* Kinds of effects. */
#define CALL_AUTHORIZE "authorize"
#define CALL_CAPTURE   "capture"
#define CALL_VOID      "void"
#define CALL_REFUND    "refund"
#define CALL_ASK       "ask"

void call_authorize(struct dealing *dealing, const struct payment_authorize *command);
/* `final`: the provider lets go of what this capture leaves. */
void call_capture(struct dealing *dealing, const struct capture_row *capture, bool final);
void call_void(struct dealing *dealing, enum cancel_reason reason);
void call_refund(struct dealing *dealing, const struct refund_row *refund);
/* What became of a refund, or (NULL) of the payment; nothing is booked. */
void call_ask(struct dealing *dealing, const struct refund_row *refund);

#endif
