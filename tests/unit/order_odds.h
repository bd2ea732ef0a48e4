/* order_odds.h - lines of stories about orders that leave the straight way: what people ask, and what goes wrong.
 *
 * "hold ID [MS]"  "unhold W1"  "cut ID 1*1,2*1"  "decide T1 CHOICE"  "choose WAY"  "note ID"
 * "missing 1*1" (reserved without it)  "backordered 1*1"  "allocated 1*1 [WH-1]"  "expected [2027-02-01]"  "taken_back 1*1 [WH-2]"
 * "shorted:1 1*1"  "reduced:1"  "reduce_refused:1"  "on_hold:1"  "resumed:1"  "lapsed"  "money 5000"
 * "lost:1 CODE"  "unlabeled:1"  "sourced 1*1 WH-2" and "unsourced" (answers to the last reserve)
 */
#ifndef KERVAN_TESTS_ORDER_ODDS_H
#define KERVAN_TESTS_ORDER_ODDS_H

#include "tests/unit/order_bench.h"

/* False when the line is none of these. */
bool order_odd(struct order_bench *bench, const char *order_id, const char *line,
               struct order_step *ret);
/* The channel's policy, put as a request. */
void order_odd_policy(struct order_bench *bench, int stock_policy);

#endif
