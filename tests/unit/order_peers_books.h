/* order_peers_books.h - what the peers' files share among each other. */
#ifndef KERVAN_TESTS_ORDER_PEERS_BOOKS_H
#define KERVAN_TESTS_ORDER_PEERS_BOOKS_H

#include "tests/unit/order_peers.h"

/* Mischief happens with this chance; never when all are tame. */
bool peers_chance(struct peers *peers, uint64_t percent);
/* A fact goes to the end of its service's stream; an answer may be given twice. */
void peers_state(struct peers *peers, int peer, uint32_t type, const void *fact, size_t size);
#define STATE(peers, peer, type, fact) peers_state((peers), (peer), (type), &(fact), sizeof(fact))
#define HEAD(books)                                                                                \
    .order_id = (books)->order_id, .order_no = (books)->order_no, .clock = ++(books)->clock
const char *peers_child(struct peers *peers, const struct books *books, char letter, int64_t no);
void peers_refuse(struct peers *peers, int peer, const struct said *command, const char *subject,
                  int reason);
bool peers_too_late(const struct peers *peers, const struct said *command);

void inventory_does(struct peers *peers, struct books *books, const struct said *command);
void payment_does(struct peers *peers, struct books *books, const struct said *command);
void fulfillment_does(struct peers *peers, struct books *books, const struct said *command);
void shipping_does(struct peers *peers, struct books *books, const struct said *said);
/* What happens by itself; false when nothing did. */
bool stock_lives(struct peers *peers, struct books *books);
bool money_lives(struct peers *peers, struct books *books);
bool parcels_live(struct peers *peers, struct books *books);

#endif
