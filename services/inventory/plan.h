/* plan.h - what a reservation would hold where, before anything is held.
 *
 * Lines of one item are counted together, and share what is available in the order of their lines.
 * Reads the loaded stock, items and places; changes nothing.  Pure; everything is in the decision's
 * arena.
 */
#ifndef KERVAN_INVENTORY_PLAN_H
#define KERVAN_INVENTORY_PLAN_H

#include "common/decision.h"
#include "services/inventory/postal.h"
#include "services/inventory/tables.h"

struct inventory_reserve;

enum plan_verdict {
    PLAN_HOLDS,    /* every line is served: `parts` */
    PLAN_WAITS,    /* some pieces wait for stock: `parts` without a location */
    PLAN_PARTLY,   /* some pieces are there, and that is enough: `parts`, some of them missing */
    PLAN_SHORT,    /* `parts` are the short lines, with what could have been held */
    PLAN_TOO_LARGE /* more parts than a fact may name */
};

enum { PLAN_PARTS_MAX = 1000 };

struct plan {
    enum plan_verdict verdict;
    /* Without order_no and hold_no; part_no is filled. */
    struct reservation_line_row *parts;
    size_t part_count;
    /* How the places were chosen, without ids and time; NULL when there was no choice. */
    struct sourcing_choice_row *choice;
    struct spot destination; /* where the parcels go, as far as it was asked */
};

/* Marks places and rules; then, when these are loaded, the stock and items that planning reads, and what the places' positions and
 * capacities ask for. */
void plan_need(const struct inventory_reserve *command, struct rows *rows);
void plan_need_shared(const struct inventory_reserve *command, struct rows *rows);
/* Whether the command may wait for so many missing pieces of an item: not where some that are there are kept back from its channel.
 * Item, backorders, stock, places and rules are loaded. */
bool plan_may_wait(const struct decision *out, const struct inventory_reserve *command,
                   const char *sku, int64_t pieces);
struct plan plan_reservation(struct decision *out, const struct inventory_reserve *command);

#endif
