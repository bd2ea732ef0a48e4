/* incoming.h - what a rule is asked about: a message, a timer that is due, the end of an effect.
 *
 * Pure data; everything is borrowed until the batch's arena resets.
 */
#ifndef KERVAN_COMMON_INCOMING_H
#define KERVAN_COMMON_INCOMING_H

#include "common/decision.h"

struct incoming_message {
    uint32_t message_type;
    const void *message; /* the generated struct of that type */
    struct subject subject;
    /* Identity: of an open topic the request id, else the CloudEvents id; at most 128 bytes. */
    const char *id;
    const char *topic; /* where it came from; NULL for an input from another lane */
    int64_t lane;
    int64_t clock; /* the sender's causal clock, 0 from outside */
    struct reply_address reply;
    const char *until;   /* header of requests: "confirmed" when a second reply is wanted then */
    const char *channel; /* header of requests: who speaks; NULL otherwise */
    const char *idempotency_key; /* header of requests, NULL when absent */
    /* header of requests: which version of its subject is meant (common/precondition.h); NULL: any or none */
    const char *precondition;
    const char *actor;  /* header of requests: "key:abc", "user:7"; NULL otherwise */
    const void *digest; /* SHA-256 of the body of a request, 32 bytes */
};

struct incoming_timer {
    const char *kind;
    struct subject subject;
    int64_t due_at, step;
    int64_t lane;
};

/* How an effect ended, as its kind's reader understood the answer. */
struct incoming_result {
    const char *kind, *key;
    struct subject subject;
    const void *payload; /* what the effect was decided with, decoded again */
    const void *result;  /* what the reader made of the answer, in the arena; NULL when given up */
    int64_t lane;
    int64_t attempts; /* calls and questions of this process */
    /* The target's patience is at an end: nothing is tried any more, and nothing is known but whether it may have happened. */
    bool given_up, may_have_happened;
};

#endif
