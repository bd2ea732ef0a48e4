/* order_peers.h - the other four services as the order service sees them, small and under a seed.
 *
 * They take the commands of their stream in order, answer late, twice or after days, let deadlines
 * pass, decline, give up, and pack just before they are asked to stop.  They keep their own books:
 * what is held, authorized, taken, given back and sent.  They share nothing with the product but
 * its messages.
 */
#ifndef KERVAN_TESTS_ORDER_PEERS_H
#define KERVAN_TESTS_ORDER_PEERS_H

#include "tests/unit/order_bench.h"

#include "proto/types.h"

enum { PEER_INVENTORY, PEER_PAYMENT, PEER_FULFILLMENT, PEER_SHIPPING, PEER_COUNT };
enum { PEER_PARTS_MAX = 12, PEER_LINES_MAX = 4, PEER_ORDERS_MAX = 24, PEER_QUEUE_MAX = 4096 };

/* What the four know of one order. */
struct books {
    const char *order_id;
    int64_t order_no, clock;
    struct line_quantity lines[PEER_LINES_MAX];
    size_t line_count;
    struct allocation allocations[2 * PEER_LINES_MAX];
    size_t allocation_count;
    bool stock_held, stock_gone, stock_short;
    int64_t pieces_held, pieces_sent;
    bool authorized, declined, waiting, voided;
    int64_t authorized_minor, captured_minor, refunded_minor;
    int64_t captures[PEER_PARTS_MAX], refunds[PEER_PARTS_MAX]; /* amounts by number, 0: none */
    int64_t pending_capture;          /* failed, until a person takes it; 0: none */
    int fulfillments[PEER_PARTS_MAX]; /* 0 none, 1 open, 2 packed, 3 canceled */
    bool gave_up;
    int shipments[PEER_PARTS_MAX]; /* 0 none, 1 labeled, 2 shipped, 3 delivered */
};

struct peers {
    struct order_bench *bench;
    uint64_t random;
    bool tame;                  /* no more mischief: everything is done at once and well */
    size_t cursors[PEER_COUNT]; /* into bench->said */
    struct order_step queues[PEER_COUNT][PEER_QUEUE_MAX];
    size_t heads[PEER_COUNT], tails[PEER_COUNT];
    struct books books[PEER_ORDERS_MAX];
    size_t order_count;
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
bool peers_are_heard(const struct peers *peers);

#endif
