/* gateway.h - what callers ask, as the gateway writes it: messages of the open topics, sometimes twice. */
#ifndef KERVAN_TESTS_SIM_GATEWAY_H
#define KERVAN_TESTS_SIM_GATEWAY_H

#include "proto/message_type.h"
#include "tests/sim/sim.h"

struct request {
    enum message_type type;
    const char *key;     /* of the record: names the lane */
    const void *message; /* the generated struct of that type */
    const char *id;      /* NULL: one that was never used */
    const char *channel, *idempotency_key;
    const char *actor; /* NULL: nobody says who */
    const char
        *topic; /* NULL: the type's own; else a storefront's, whose records have no headers */
};

void gateway_open(struct sim *sim);
void gateway_send(struct sim *sim, const struct request *request);
/* What a provider calls: lost, late, twice or as it should be. */
void gateway_webhook(struct sim *sim, const char *provider, const char *event_id, const char *body);

#endif
