/* capture.h - takes secured money, once or in parts.
 *
 * A capture names itself (`ord_...-C1`): a second command finds it and hears its fact again, or nothing
 * while it is under way.  One is made at a time; others wait, since what is left, and so whether a
 * capture is the last, is known only when the one before has ended.  Pure.
 */
#ifndef KERVAN_PAYMENT_CAPTURE_H
#define KERVAN_PAYMENT_CAPTURE_H

#include "common/incoming.h"
#include "services/payment/dealing.h"

void capture_need(const struct incoming_message *in, struct rows *rows);
void on_capture(struct decision *out, const struct incoming_message *in);

/* The row of a capture of the order, or NULL. */
struct capture_row *capture_find(const struct dealing *dealing, int64_t capture_no);

#endif
