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
#define CALL_SECURE    "secure"
#define CALL_RENEW     "renew"

void call_authorize(struct dealing *dealing, const struct payment_authorize *command);
/* What the shopper has approved. */
void call_secure(struct dealing *dealing);
/* What is held. */
void call_renew(struct dealing *dealing);
/* `final`: the provider lets go of what this capture leaves. */
void call_capture(struct dealing *dealing, const struct capture_row *capture, bool final);
void call_void(struct dealing *dealing, enum cancel_reason reason);
/* `capture_ref`: the provider's name of the capture that it is made of; NULL: it is made of the payment. */
void call_refund(struct dealing *dealing, const struct refund_row *refund, const char *capture_ref);
/* What became of a refund, or (NULL) of the payment; nothing is booked. */
void call_ask(struct dealing *dealing, const struct refund_row *refund);

#endif
