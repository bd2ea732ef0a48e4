/* order_peers.h - the other four services as the order service sees them, small and under a seed.
 *
 * They take the commands of their stream in order, answer late, twice or after days, let deadlines
 * pass, decline, give up, lose and miss pieces, and pack just before they are asked to stop;
 * authorizations lapse, and people meddle with the money.  They keep their own books:
 * what is held, authorized, taken, given back and sent.  They share nothing with the product but
 * its messages.
 */
#ifndef KERVAN_TESTS_ORDER_PEERS_H
#define KERVAN_TESTS_ORDER_PEERS_H

#include "tests/unit/order_bench.h"

#include "proto/types.h"

enum { PEER_INVENTORY, PEER_PAYMENT, PEER_FULFILLMENT, PEER_SHIPPING, PEER_COUNT };
enum {
    PEER_PARTS_MAX = 64,
    PEER_LINES_MAX = 8,
    PEER_ALLOCATIONS_MAX = 96,
    PEER_ORDERS_MAX = 24,
    PEER_QUEUE_MAX = 4096
};

/* A payment, as its provider knows it. */
struct purse {
    bool authorized, declined, waiting, voided, gone;
    bool at_door; /* the carrier brings it: it neither lapses nor is it meddled with */
    int64_t authorized_minor, captured_minor, refunded_minor, released_minor;
};

enum { PEER_HELD = 1, PEER_SHORT = 2, PEER_GONE = 3 };

/* A reservation, as it was answered. */
struct peer_hold {
    int state; /* 0: none */
    struct allocation first[2 * PEER_LINES_MAX];
    size_t first_count;
    struct line_quantity missing, waiting; /* of none: quantity 0 */
    int64_t left;                          /* pieces that still wait */
};

enum { PEER_LOST = 4, PEER_UNLABELED = 5 };

/* What the four know of one order. */
struct books {
    const char *order_id;
    int64_t order_no, clock;
    struct line_quantity lines[PEER_LINES_MAX];
    size_t line_count;
    struct allocation allocations[PEER_ALLOCATIONS_MAX];
    int64_t held_by[PEER_ALLOCATIONS_MAX]; /* reservation */
    size_t allocation_count;
    struct peer_hold holds[PEER_PARTS_MAX];
    bool stock_lost;              /* a piece of it */
    int64_t sent[PEER_PARTS_MAX]; /* pieces, by fulfillment */
    struct purse purses[PEER_PARTS_MAX];
    /* Amounts by number, 0: none; below 0: it failed. */
    int64_t captures[PEER_PARTS_MAX], refunds[PEER_PARTS_MAX];
    bool meddled; /* people took, gave back or let go beside the order */
    int64_t staff_count, gift_minor;
    int fulfillments[PEER_PARTS_MAX]; /* 0 none, 1 open, 2 packed, 3 canceled */
    int64_t work[PEER_PARTS_MAX][PEER_LINES_MAX + 1], changes[PEER_PARTS_MAX];
    bool suspended[PEER_PARTS_MAX];
    int shipments
        [PEER_PARTS_MAX]; /* 0 none, 1 labeled, 2 shipped, 3 delivered, or what went wrong */
    int64_t contents[PEER_PARTS_MAX]; /* fulfillment, by shipment */
};

struct peers {
    struct order_bench *bench;
    uint64_t random;
    bool tame;                  /* no more mischief: everything is done at once and well */
    size_t cursors[PEER_COUNT]; /* into bench->said */
    struct order_step queues[PEER_COUNT][PEER_QUEUE_MAX];
    size_t heads[PEER_COUNT], tails[PEER_COUNT];
    struct books books[PEER_ORDERS_MAX];
    size_t order_count, request_count;
};

uint64_t peers_random(struct peers *peers, uint64_t below);
/* Keeps books on an order from now on. */
void peers_know(struct peers *peers, const struct order_placed *placed);
/* The next command of a peer's stream is carried out; false when there is none. */
bool peers_work(struct peers *peers, int peer);
/* Shoppers, packers, carriers and people do something, or not; false when there was nothing to do. */
bool peers_live(struct peers *peers);
/* The next fact of a peer's stream; false when there is none. */
bool peers_next(struct peers *peers, int peer, struct order_step *ret);
int64_t peers_pieces_held(const struct books *books);
/* What providers hold of all payments. */
int64_t peers_money_held(const struct books *books);
bool peers_are_heard(const struct peers *peers);

#endif
