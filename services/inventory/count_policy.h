/* count_policy.h - how items of a place are put into classes a, b and c, and after how many days each is counted again.
 *
 * The classes follow from what left with orders, by the ledger, whenever they are read (count_classes in schema/): nothing else
 * than what a shop puts here is stored.  A policy is of the lane of its place.  Pure.
 */
#ifndef KERVAN_INVENTORY_COUNT_POLICY_H
#define KERVAN_INVENTORY_COUNT_POLICY_H

#include "common/incoming.h"

const char *count_policy_put_lane_key(struct arena *arena, const struct incoming_message *in);
void count_policy_put_need(const struct incoming_message *in, struct rows *rows);
void count_policy_put_need_shared(const struct incoming_message *in, struct rows *rows);
void on_count_policy_put(struct decision *out, const struct incoming_message *in);

#endif
