/* sourcing_policy.h - the rules of sourcing that a shop puts for a channel, or for all.  Pure; runs in the lane of the scope. */
#ifndef KERVAN_INVENTORY_SOURCING_POLICY_H
#define KERVAN_INVENTORY_SOURCING_POLICY_H

#include "common/incoming.h"
#include "services/inventory/sourcing_rule.h"

void sourcing_put_need(const struct incoming_message *in, struct rows *rows);
void on_sourcing_put(struct decision *out, const struct incoming_message *in);
const char *sourcing_put_lane_key(struct arena *arena, const struct incoming_message *in);

/* The rules that orders of a channel are sourced by: its own, else those for all, else none. */
void sourcing_rules_need(const char *channel, struct rows *rows);
source_rules sourcing_rules_find(const struct rows *rows, const char *channel);

/* What what_if.c shares: rules of any scope, as rows.  A fault is answered. */
enum { SCOPE_BYTES_MAX = 64 };
struct sourcing_policy;
bool sourcing_rules_make_sense(struct decision *out, const struct incoming_message *in,
                               const struct sourcing_policy *policy);
void sourcing_rules_put(struct decision *out, const char *scope,
                        const struct sourcing_policy *policy);
source_rules sourcing_rules_of(const struct rows *rows, const char *scope);

#endif
