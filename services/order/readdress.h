/* readdress.h - corrects where an order goes, until some of it is packed.
 *
 * An address that can be delivered to releases the holds that were placed for the old one.  Pure.
 */
#ifndef KERVAN_ORDER_READDRESS_H
#define KERVAN_ORDER_READDRESS_H

#include "common/incoming.h"
#include "proto/types.h"
#include "services/order/saga.h"

/* The rows are those that a hold needs: both requests begin with the order's id. */
void on_order_readdress(struct decision *out, const struct incoming_message *in);

/* The delivery address of a contact, borrowed. */
void contact_goes_to(struct contact_row *contact, const struct postal_address *to);
/* Writes it down, and nothing else: of an order without personal data, or one that ended and may be erased, nothing. */
void readdress(struct saga *saga, const struct postal_address *to);

#endif
