/* resourcing.h - pieces that were promised and are lost, looked for at other places.
 *
 * By the rules that chose the first places, as they are now.  What these ask of the order is kept with its reservation: nothing of the
 * address but its country and, to about a kilometer, where its postal code is.  Pure.
 */
#ifndef KERVAN_INVENTORY_RESOURCING_H
#define KERVAN_INVENTORY_RESOURCING_H

#include "services/inventory/plan.h"

/* As it is kept, in the arena. */
const char *resourcing_text(struct arena *arena, const struct inventory_reserve *command,
                            struct spot destination);

/* Marks places; then, when places and reservation of the order are loaded, what the rules ask of them. */
void resourcing_need(struct rows *rows);
void resourcing_need_shared(struct rows *rows, int64_t order_no);

struct lost_parts {
    const char *sourcing; /* of the reservation; NULL, from before it was kept: no rule is asked */
    const char *location; /* where they were */
    const struct reservation_line_row *parts;
    size_t count; /* 1 or more */
};
/* Where they may be held: PLAN_HOLDS, PLAN_PARTLY (`missing` pieces are nowhere) or PLAN_SHORT. */
struct plan resourcing_plan(struct decision *out, const struct lost_parts *lost);

#endif
