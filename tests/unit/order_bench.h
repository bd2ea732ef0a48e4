/* order_bench.h - the order service's rules on a store in memory, without a worker, a log or a wire.
 *
 * A batch goes as the runtime's: load the own rows, load the shared ones, decide one after the other,
 * save.  So a rule that reads what it did not ask for fails.  Whatever is decided is encoded and
 * decoded again: a message that its own schema refuses fails, too.  What was said is kept until the
 * bench is taken down.
 */
#ifndef KERVAN_TESTS_ORDER_BENCH_H
#define KERVAN_TESTS_ORDER_BENCH_H

#include "common/arena.h"
#include "common/service.h"
#include "proto/gateway.h"
#include "proto/order.h"
#include "services/order/order.h"
#include "services/order/saga.h"

enum { ORDER_BENCH_LANES = 3, ORDER_BENCH_BATCH_MAX = 16 };

/* A message, timer, input or reply that was decided. */
struct said {
    uint32_t type; /* MESSAGE_NONE: a timer */
    const char *subject_id;
    int64_t order_no;
    const void *message; /* decoded again */
    int64_t due_at;      /* of a timer */
    const char *kind;    /* of a timer */
    bool taken;          /* for whoever walks over them */
};

struct order_bench {
    struct memory_database *database;
    struct store *store;
    struct lane_hold holds[ORDER_BENCH_LANES];
    struct ctx ctx;     /* of the batch: gone with the next one */
    struct arena *kept; /* lives as long as the bench */
    struct service service;
    int64_t now;       /* business time of the next batch; goes on by a millisecond each */
    struct said *said; /* of all batches */
    size_t said_count, said_capacity;
    size_t batch_from; /* where the last batch began */
    const char
        *refusal; /* of the last batch's first impossible step, which undid all of it; NULL */
};

/* Something that comes in.  A timer when message_type is MESSAGE_NONE. */
struct order_step {
    const void *message;
    const char *id; /* request id, or CloudEvents id */
    const char *channel, *idempotency_key, *actor, *until;
    const char *digest; /* any text; NULL: "" */
    const char *precondition;
    const struct said *timer;
    uint32_t message_type;
    bool waited_for; /* somebody wants a reply */
};

int order_bench_set_up(void **state);
int order_bench_tear_down(void **state);
/* For tests that need more than one. */
struct order_bench *order_bench_new(void);
void order_bench_free(struct order_bench *bench);

/* Runs steps as one batch and commits it, unless one is impossible. */
void order_bench_batch(struct order_bench *bench, const struct order_step *steps, size_t count);
void order_bench_run(struct order_bench *bench, struct order_step step);

/* The `nth` (from 0) message of a type that the last batch said, or NULL. */
const void *order_bench_said(const struct order_bench *bench, uint32_t type, size_t nth);
/* The same, and the test fails when it did not. */
const void *order_bench_must_say(const struct order_bench *bench, uint32_t type);
size_t order_bench_said_count(const struct order_bench *bench, uint32_t type);
/* Types of what the last batch said, without the order service's common beginning: "order.placed inventory.reserve @601". A timer
 * is @ and seconds from now. */
const char *order_bench_words(struct order_bench *bench);

/* Stored rows, borrowed until the next batch; NULL when there is none. */
const struct order_row *order_bench_order(const struct order_bench *bench, const char *order_id);
const struct fulfillment_row *order_bench_share(const struct order_bench *bench, int64_t order_no,
                                                int64_t no);
const struct hold_row *order_bench_hold(const struct order_bench *bench, int64_t order_no,
                                        int64_t hold_no);
size_t order_bench_rows(const struct order_bench *bench, const struct table *table,
                        int64_t order_no);
/* The test fails when an entry of the timeline is not later, by its clock, than the one it follows from. */
void order_bench_causes_come_first(const struct order_bench *bench, int64_t order_no);

/* A valid submission: two pieces of A for 1999 each and one of B for 500, shipping 490, total 4988. */
struct order_submit order_bench_submit(struct order_bench *bench, const char *ref);
/* As a step of channel web, waited for. */
struct order_step order_bench_submission(struct order_bench *bench,
                                         const struct order_submit *submit, const char *id);
/* Submits it, which must be taken, and returns its public id. */
const char *order_bench_place_order(struct order_bench *bench, const struct order_submit *submit);
/* The same of a valid one with this reference. */
const char *order_bench_place(struct order_bench *bench, const char *ref);
/* "ord_...-F1" */
const char *order_bench_child(struct order_bench *bench, const char *order_id, const char *child);

#endif
