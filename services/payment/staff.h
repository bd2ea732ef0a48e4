/* staff.h - what people have done to a payment: money that arrived, captures, voids and refunds of their own.
 *
 * Answers: 201 when it is done or asked of the provider (what comes of it is stated as always), 404, 409 when the
 * state does not allow it, 422 when the body asks for too much.  Captures and refunds of people are numbered from
 * STAFF_FIRST_NO on, apart from those of the order.  Pure.
 */
#ifndef KERVAN_PAYMENT_STAFF_H
#define KERVAN_PAYMENT_STAFF_H

#include "common/incoming.h"

enum { STAFF_FIRST_NO = 5001 };

void on_received(struct decision *out, const struct incoming_message *in);
void on_capture_now(struct decision *out, const struct incoming_message *in);
void on_void_now(struct decision *out, const struct incoming_message *in);
void on_refund_now(struct decision *out, const struct incoming_message *in);

#endif
