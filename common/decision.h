/* decision.h - what a rule answers: messages, effects, timers, inputs to other lanes, replies.
 *
 * A rule gets a decision that knows `now` and the loaded rows, and adds to it.  Nothing happens
 * here: the shell encodes what was added and writes it in the batch's transaction.  Pure; one
 * batch, one thread; everything lives in the decision's arena.
 */
#ifndef KERVAN_COMMON_DECISION_H
#define KERVAN_COMMON_DECISION_H

#include "common/err.h"
#include "common/rows.h"

#include <stdint.h>

/* What a message, effect or timer is about.  `number` keys tables and chooses nothing; `id` is the Kafka key. */
struct subject {
    int64_t number; /* the order_no, or 0 for what belongs to no order */
    const char *id; /* public id: `ord_...`, a SKU, a place; at most 64 bytes */
};

struct emission {
    struct emission *next;
    uint32_t message_type; /* enum message_type */
    struct subject subject;
    const void *message; /* the generated struct of that type, in the arena */
};

struct effect_request {
    struct effect_request *next;
    const char *kind; /* a row of the service's effect table: "authorize" */
    const char *key;  /* idempotency key sent outside; the same for ever: "ord_...-P1/authorize" */
    struct subject subject; /* effects of one subject run one at a time, in the order decided */
    const void *payload;    /* what the kind's builder makes the request of, in the arena */
    int64_t not_before;     /* ms; 0 = at once */
};

struct timer_request {
    struct timer_request *next;
    int64_t due_at;   /* ms since 1970 */
    const char *kind; /* a row of the service's timer table: "payment_deadline" */
    struct subject subject;
    int64_t step; /* handed back when it fires, so that a rule knows whether its step has passed */
};

struct input_request {
    struct input_request *next;
    uint32_t message_type;  /* how the body is encoded, and which handler takes it */
    struct subject subject; /* its id names the lane */
    const void *message;
};

/* Who wants an answer on gateway.replies, and who asked. */
struct reply_address {
    const char *request_id; /* NULL: nobody waits */
    int64_t partition;      /* of gateway.replies */
};

struct reply_request {
    struct reply_request *next;
    int64_t partition;      /* of the replies topic: the gateway instance that waits */
    const char *request_id; /* the Kafka key of the reply */
    uint32_t message_type;
    const void *message;
};

struct decision {
    struct arena *arena;
    struct rows *rows;
    int64_t now;   /* ms since 1970, of the database; never goes back within a lane */
    int64_t clock; /* causal clock of what is being decided: messages emitted carry clock + 1 */
    enum err err;  /* OK; or ERR_RULE: the input is parked, and nothing of the decision counts */
    const char *refusal;
    struct emission *emissions, **emissions_end;
    struct effect_request *effects, **effects_end;
    struct timer_request *timers, **timers_end;
    struct input_request *inputs, **inputs_end;
    struct reply_request *replies, **replies_end;
};

void decision_init(struct decision *decision, struct arena *arena, struct rows *rows, int64_t now);

/* Adds a message; `message` is copied shallowly (`size` bytes), what it points to must live in the arena.
 * Subject ids, effect keys and request ids are copied; kinds are not. */
void decide_emit(struct decision *decision, struct subject subject, uint32_t message_type,
                 const void *message, size_t size);
void decide_effect(struct decision *decision, const struct effect_request *request,
                   size_t payload_size);
void decide_timer(struct decision *decision, struct subject subject, const char *kind,
                  int64_t due_at, int64_t step);
void decide_input(struct decision *decision, struct subject subject, uint32_t message_type,
                  const void *message, size_t size);
/* Answers whoever waits; nothing when nobody does. */
void decide_reply(struct decision *decision, const struct reply_address *to, uint32_t message_type,
                  const void *message, size_t size);

/* "This cannot be": what came is impossible by the rules; it is parked with this reason (printf rules).
 * The first reason stays. */
void decide_impossible(struct decision *decision, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
