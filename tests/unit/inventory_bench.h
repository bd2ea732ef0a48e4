/* inventory_bench.h - the inventory's rules on a store in memory, without a worker, a log or a wire.
 *
 * A batch goes as the runtime's: load the own rows, load the shared ones, decide one after the other,
 * save.  So a rule that reads what it did not ask for fails.  Whatever is decided is encoded and
 * decoded again: a fact that its own schema refuses fails too.
 */
#ifndef KERVAN_TESTS_INVENTORY_BENCH_H
#define KERVAN_TESTS_INVENTORY_BENCH_H

#include "common/arena.h"
#include "common/service.h"
#include "proto/gateway.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/reservation.h"
#include "services/inventory/stock.h"
#include "services/inventory/tables.h"

struct bench {
    struct memory_database *database;
    struct store *store;
    struct lane_hold holds[1];
    struct ctx ctx;             /* of the batch: gone with the next one */
    struct arena *kept;         /* lives as long as the bench */
    int64_t now;                /* business time of the next batch */
    int64_t store_now;          /* what the store says, which tests do not follow */
    int64_t request_no;         /* counts requests, for their ids */
    const char *hold;           /* the reservation that commands name: "H1" */
    struct decision *decisions; /* of the last batch, one a step */
    struct step *waiting; /* inputs and timers about stock that were decided and did not run yet */
    size_t waiting_count, waiting_capacity;
};

/* Something that comes in: a message, or a timer when `timer` is set. */
struct step {
    uint32_t message_type;
    const void *message;
    const char *id;     /* request id; NULL: a new one */
    const char *digest; /* 32 characters; NULL: derived from the id */
    const char *precondition;
    const char *actor; /* NULL: "key:bench" */
    const char *timer;
    struct subject subject;
    int64_t timer_step;
};

int bench_set_up(void **state);
int bench_tear_down(void **state);

/* Runs steps as one batch and commits it. */
void bench_batch(struct bench *bench, const struct step *steps, size_t count);
/* One step alone; its decision. */
const struct decision *bench_run(struct bench *bench, struct step step);

/* The public id of an order, and of what belongs to it ("H1"), kept. */
const char *bench_order_id(struct bench *bench, int64_t order_no);
const char *bench_child_id(struct bench *bench, int64_t order_no, const char *child);

/* Requests. */
const struct decision *bench_item(struct bench *bench, const char *sku, struct item_body body);
const struct decision *bench_location(struct bench *bench, const char *code, int64_t priority,
                                      bool active);
const struct decision *bench_count(struct bench *bench, const char *sku, const char *location,
                                   int64_t counted);
/* The rules of sourcing of a channel, or of "*". */
const struct decision *bench_sourcing(struct bench *bench, const char *scope,
                                      const struct sourcing_rule *rules, size_t count);
/* An item with so many pieces at WH-1. */
void bench_stocked_item(struct bench *bench, const char *sku, int64_t quantity);
struct step bench_keep_back(struct bench *bench, const char *sku, const char *location,
                            int64_t quantity);
/* "WH-1>WH-2", places of four characters; its id is that of the step. */
struct step bench_transfer(struct bench *bench, const char *way, const char *lines);
/* lines NULL: all that is held. */
struct step bench_ship(struct bench *bench, const char *transfer_id, const char *lines);
/* So many pieces of each line are damaged. */
struct step bench_receive(struct bench *bench, const char *transfer_id, const char *lines,
                          int64_t damaged);
struct step bench_close(struct bench *bench, const char *transfer_id);
struct step bench_cancel_transfer(struct bench *bench, const char *transfer_id);
struct step bench_move(struct bench *bench, const char *sku, const char *location,
                       struct stock_way way);

/* Commands for an order; lines as text: "A:2 B:1" counts lines from 1, "1A:2@WH-1" names line and place. */
struct step bench_reserve(struct bench *bench, int64_t order_no, const char *lines);
struct step bench_release(struct bench *bench, int64_t order_no, enum cancel_reason reason);
/* A partial release, out of stock; with a place: "1A:2@WH-1". */
struct step bench_reduce(struct bench *bench, int64_t order_no, int64_t release_no,
                         const char *lines);
struct step bench_consume(struct bench *bench, int64_t order_no, const char *fulfillment,
                          const char *lines);
struct step bench_expire(struct bench *bench, int64_t order_no);

/* What was said: "reserved 1A:2@WH-1", "short 1A:2<1", "refused undone", "released(6) ...",
 * "released(3) #1 ..." of a partial one. Facts are joined by "; ". */
const char *bench_facts(struct bench *bench, const struct decision *decision);
/* "WH-1 5-2+0" a place: on hand, reserved, owed; behind it what else there is: "damaged 1 control 2 safety 3 incoming 4". */
const char *bench_stock(struct bench *bench, const char *sku);
enum reservation_state bench_state(struct bench *bench, int64_t order_no);

/* Runs one of the waiting inputs and timers; what it stated of orders: "2 taken_back 1A:1@WH-1 > 1A:1@WH-2",
 * "3 allocated 1A:1@WH-1 1A:2...", "" when nothing. */
const char *bench_settle_one(struct bench *bench, size_t index);
/* Runs them all, the oldest first, and those that they decide: nothing is owed then, and nobody waits for what is there. */
const char *bench_settle(struct bench *bench);

/* What must always hold: the ledger of each counter adds up, reserved is the sum of the parts that are held, backorders are the sum of
 * those that wait, nothing is oversold. */
void bench_check(struct bench *bench);

#endif
