/* erase.h - an order is over and its customer wants to be forgotten: what was picked and packed stays.  Pure. */
#ifndef KERVAN_FULFILLMENT_ERASE_H
#define KERVAN_FULFILLMENT_ERASE_H

#include "common/incoming.h"

void fulfillment_erase_need(const struct incoming_message *in, struct rows *rows);
void on_fulfillment_erase(struct decision *out, const struct incoming_message *in);

#endif
