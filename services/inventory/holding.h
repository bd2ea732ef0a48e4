/* holding.h - one reservation while something is decided about it.
 *
 * What reservation.c and consumption.c share: finding the rows that a command names, keeping the
 * clock, and collecting parts as the allocations of a fact.  Pure.
 */
#ifndef KERVAN_INVENTORY_HOLDING_H
#define KERVAN_INVENTORY_HOLDING_H

#include "common/decision.h"
#include "services/inventory/reservation.h"

struct allocation;

struct holding {
    struct decision *out;
    struct subject subject;
    const char *order_id, *reservation_id;
    int64_t hold_no;
    struct reservation_row *row; /* NULL: RESERVATION_NONE */
};

/* False, and the decision is impossible, when the ids do not belong together. */
bool holding_open(struct holding *holding, struct decision *out, struct subject subject,
                  const char *reservation_id);
enum reservation_state holding_state(const struct holding *holding);

/* Makes the row of a reservation that there was none of. */
void holding_create(struct holding *holding, enum reservation_state state);
/* Changes the state of the row. */
void holding_move(struct holding *holding, enum reservation_state state);
/* The clock of the fact to state now; kept in the row, if there is one. */
int64_t holding_clock(struct holding *holding);

/* All parts of this reservation, NULL-terminated, in the arena. */
struct reservation_line_row **holding_parts(const struct holding *holding);

/* Parts at a place that left with `fulfillment_no` (0: with none; ANY_FULFILLMENT: whatever), as allocations. */
enum { ANY_FULFILLMENT = -1 };
struct allocation *holding_allocations(const struct holding *holding, int64_t fulfillment_no,
                                       size_t *ret_count);

#endif
