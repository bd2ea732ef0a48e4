/* screening.h - what is looked at before an order is taken, by the rules of its channel: can its address be delivered to.
 *
 * What is found refuses the order or holds it for a person, as the channel's policy says.  Pure.
 */
#ifndef KERVAN_ORDER_SCREENING_H
#define KERVAN_ORDER_SCREENING_H

#include "services/order/intake.h"
#include "services/order/saga.h"

/* Adds to the verdict what the policy of the channel refuses; its row was wanted. */
void screening_refuse(struct decision *out, const char *channel, const struct order_submit *submit,
                      struct intake_verdict *verdict);
/* Holds an order that is being taken, where its policy wants a person to look. */
void screening_hold(struct saga *saga, const struct order_submit *submit);

/* The first thing that an address lacks in its country: pointer into the address, detail; false: nothing. */
bool screening_address_fault(struct arena *arena, const struct postal_address *address,
                             struct field_error *ret);

#endif
