/* credit.h - what companies may buy on account: their limits, what of them is held for orders, and what is owed.
 *
 * A company's account is one row, shared by all lanes and locked once a batch, as stock is: what is held and what is owed
 * never come to more than its limit, however many orders come at once.  An order's authorization holds, a capture turns what
 * it takes into a receivable, and what is let go, credited or paid makes room again.  What a payment uses of an account
 * follows from its own row alone (credit_use_of), so the account is the sum of its payments.
 *
 * A limit that is lowered below what is used leaves an excess: nothing more is held until that has shrunk away.
 * A payment that may wait does so until there is room: whoever makes some asks the lanes of the oldest that fit to try again.
 * Amounts are minor units of the account's currency.  Pure.
 */
#ifndef KERVAN_PAYMENT_CREDIT_H
#define KERVAN_PAYMENT_CREDIT_H

#include "common/incoming.h"
#include "services/payment/dealing.h"

/* What a payment uses of its company's credit; nothing where it is paid otherwise. */
struct credit_use credit_use_of(const struct payment_row *payment);
/* The objection that goes away by itself. */
#define CREDIT_LIMIT_EXCEEDED "credit_limit_exceeded"

/* Why this much more cannot be held of the account (NULL: there is none); NULL: it can. */
const char *credit_objection(const struct credit_row *account, const char *currency,
                             int64_t amount_minor);
/* The account of the payment's company has what the payment uses now, and who waits for room in it stands among those who do;
 * asked behind every change of the payment.  Where that makes room, who waits is told. */
void credit_follow(struct dealing *dealing);

/* Marks an account, and who waits for room in it. */
void credit_want(const char *company, struct rows *rows);
/* The account that an authorization is to hold of, and those of an order's payments, once these are loaded. */
void authorize_need_shared(const struct incoming_message *in, struct rows *rows);
void credit_need_shared(const struct incoming_message *in, struct rows *rows);

const char *credit_put_lane_key(struct arena *arena, const struct incoming_message *in);
void credit_put_need_shared(const struct incoming_message *in, struct rows *rows);
void on_credit_put(struct decision *out, const struct incoming_message *in);

void credit_try_need(const struct incoming_message *in, struct rows *rows);
void on_credit_try(struct decision *out, const struct incoming_message *in);

#endif
