/* erase.h - an order is over and its customer wants to be forgotten: amounts and the ledger stay.  Pure. */
#ifndef KERVAN_PAYMENT_ERASE_H
#define KERVAN_PAYMENT_ERASE_H

#include "common/incoming.h"

void payment_erase_need(const struct incoming_message *in, struct rows *rows);
void on_payment_erase(struct decision *out, const struct incoming_message *in);

#endif
