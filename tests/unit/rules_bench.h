/* rules_bench.h - the rules of any service on a store in memory, without a worker, a log or a wire.
 *
 * A batch goes as the runtime's: load the own rows, load the shared ones, decide one after the other,
 * save.  So a rule that reads what it did not ask for fails.  Whatever is decided is encoded and
 * decoded again: a fact that its own schema refuses fails too.
 */
#ifndef KERVAN_TESTS_RULES_BENCH_H
#define KERVAN_TESTS_RULES_BENCH_H

#include "common/arena.h"
#include "common/service.h"
#include "common/store.h"
#include "proto/message_type.h"

struct rules_bench {
    const struct service *service;
    struct memory_database *database;
    struct store *store;
    struct lane_hold holds[1];
    struct ctx ctx;             /* of the batch: gone with the next one */
    struct arena *kept;         /* lives as long as the bench */
    int64_t now;                /* business time of the next batch */
    int64_t request_no;         /* counts requests, for their ids */
    uint64_t random;            /* state of rules_random, to be seeded */
    struct decision *decisions; /* of the last batch, one a step */
};

/* Something that comes in: a message, a timer that is due, or the end of an effect. */
struct rules_step {
    const void *message;
    const char *timer; /* kind of a timer */
    int64_t timer_step;
    const char *effect; /* kind of an effect */
    const char *effect_key;
    const void *payload, *result;
    struct subject subject;
    const char *precondition;         /* of a request */
    uint32_t message_type;            /* of a message */
    bool given_up, may_have_happened; /* of an effect */
};

struct rules_bench *rules_bench_new(const struct service *service);
void rules_bench_free(struct rules_bench *bench);

/* Runs steps as one batch and commits it. */
void rules_batch(struct rules_bench *bench, const struct rules_step *steps, size_t count);
/* One step alone; its decision. */
const struct decision *rules_run(struct rules_bench *bench, struct rules_step step);

/* From 0 to below - 1, the same sequence for the same seed. */
int64_t rules_random(struct rules_bench *bench, int64_t below);

/* A copy that lives as long as the bench. */
const void *rules_keep(struct rules_bench *bench, const void *bytes, size_t size);
/* The public id of an order by its number, and of what belongs to it ("F1"). */
const char *rules_order_id(struct rules_bench *bench, int64_t order_no);
const char *rules_child_id(struct rules_bench *bench, int64_t order_no, const char *child);
/* A message about an order: its subject is in it. */
struct rules_step rules_message(struct rules_bench *bench, uint32_t type, const void *message,
                                size_t size);

/* What was decided, in a line: "fulfillment.opened timer:x reply:200 effect:y input:z" or "impossible". */
const char *rules_said(struct rules_bench *bench, const struct decision *decision);
/* The first message of a type in a decision, or NULL. */
const void *rules_find(const struct decision *decision, uint32_t type);
/* The problem of the reply, "" when there is none. */
const char *rules_problem(const struct decision *decision);

#endif
