/* screening.h - what is looked at before an order is taken: can its address be delivered to, is its payment taken here, does it
 * look like fraud.
 *
 * What is found refuses the order or holds it for a person, as the channel's policy says; what spoke for fraud is
 * kept with it.  Pure.
 */
#ifndef KERVAN_ORDER_SCREENING_H
#define KERVAN_ORDER_SCREENING_H

#include "services/order/fraud.h"
#include "services/order/intake.h"
#include "services/order/saga.h"

struct screening {
    const struct channel_row *channel; /* NULL: it has no policy */
    struct fraud_score score;
};

/* The channel's row is there already. */
void screening_need(const char *code, const struct order_submit *submit, struct rows *rows);
/* Looks at a submission that is new; what the policy refuses is added to the verdict. */
struct screening screening_of(struct decision *out, const char *code,
                              const struct order_submit *submit, struct intake_verdict *verdict);
/* Keeps what spoke for fraud. */
void screening_note(struct saga *saga, const struct screening *screening);
/* Holds an order that is being taken, where its policy wants a person to look. */
void screening_hold(struct saga *saga, const struct order_submit *submit,
                    const struct screening *screening);

/* The first thing that an address lacks in its country: pointer into the address, detail; false: nothing. */
bool screening_address_fault(struct arena *arena, const struct postal_address *address,
                             struct field_error *ret);

#endif
