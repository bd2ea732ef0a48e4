/* order_facts.h - what other services state about an order, by a word: "reserved", "packed:2", "refused ship:1 expired".
 *
 * Amounts and ids are those that the order service told.  "reserved" puts all at WH-1; "reserved:2"
 * puts one piece of line 1 at WH-2 and the rest at WH-1; "reserved:3" puts line 2 at WH-3 besides.
 */
#ifndef KERVAN_TESTS_ORDER_FACTS_H
#define KERVAN_TESTS_ORDER_FACTS_H

#include "tests/unit/order_bench.h"

/* A step that states `word` of an order. */
struct order_step order_fact(struct order_bench *bench, const char *order_id, const char *word);

/* Plays one line of a story: a word of order_fact, "cancel ID" (a shopper's request), "cancel ID user" (a person's), or "time": the
 * order's next timer fires, when it is due. */
void order_play(struct order_bench *bench, const char *order_id, const char *line);

/* The last message of this type that was told of the order and, where it is about a part of it, of this part; or NULL. */
const void *order_told(const struct order_bench *bench, const char *order_id, uint32_t type,
                       int64_t part);

#endif
