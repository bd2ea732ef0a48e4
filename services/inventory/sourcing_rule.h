/* sourcing_rule.h - what a shop's rules make of the places that have what an order wants.
 *
 * Rules come in the order in which the shop put them; `allowed` leaves places out, `buffer` pieces, every other kind gives each place a cost
 * (sourcing.h).  Pure.
 */
#ifndef KERVAN_INVENTORY_SOURCING_RULE_H
#define KERVAN_INVENTORY_SOURCING_RULE_H

#include "services/inventory/sourcing.h"
#include "services/inventory/tables.h"

enum { DISTANCE_UNKNOWN = -1, EXPIRES_NEVER = -1 };

/* What rules may ask about a place. */
struct source_facts {
    int64_t kind;        /* enum location_kind */
    int64_t distance_km; /* DISTANCE_UNKNOWN, which counts as the far side of the earth */
    int64_t parcel_cost_minor;
    int64_t days;            /* until it begins the work */
    bool full;               /* its capacity of that day is used up */
    int64_t expires_in_days; /* the first of what is ordered there; EXPIRES_NEVER */
};

/* NULL-terminated, in their order. */
typedef const struct sourcing_rule_row *const *source_rules;

/* Whether the rules let a place take part in an order to a country; NULL: no rule for certain countries is asked. */
bool source_is_allowed(source_rules rules, const char *code, const struct source_facts *facts,
                       const char *country);
/* The first buffer that names an item; NULL: nothing of it is kept back from the channel. */
const struct sourcing_rule_row *source_buffer(source_rules rules, const char *sku);
/* Pieces that a channel may not be promised by a buffer, of so many that are sellable at places that may take part. */
int64_t source_kept_back(const struct sourcing_rule_row *buffer, int64_t sellable);
/* Whether the rules keep places or pieces from a channel, wherever its parcels go. */
bool source_limits(source_rules rules);
/* Fills rules and costs of a problem, whose other members are set; memory from the arena. */
void source_apply(struct arena *arena, source_rules rules, const struct source_facts *facts,
                  struct sourcing *sourcing);
/* Whether a rule asks how much of an item is needed a day. */
bool source_asks_for_demand(source_rules rules);
/* The words of the rules that are compared, then "count priority code", in the arena. */
const char *source_rule_words(struct arena *arena, source_rules rules);

#endif
