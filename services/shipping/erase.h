/* erase.h - an order is over and its customer wants to be forgotten: what was sent, when and for how much stays.  Pure. */
#ifndef KERVAN_SHIPPING_ERASE_H
#define KERVAN_SHIPPING_ERASE_H

#include "common/incoming.h"

void shipment_erase_need(const struct incoming_message *in, struct rows *rows);
void on_shipment_erase(struct decision *out, const struct incoming_message *in);

#endif
