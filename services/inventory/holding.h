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

/* Which parts a fact speaks of. */
struct part_choice {
    unsigned states;                    /* bits 1 << enum part_state */
    int64_t fulfillment_no, release_no; /* ANY_NUMBER: whatever it is */
};
enum { ANY_NUMBER = -1 };
/* The chosen parts, as allocations; those without a place are left out. */
struct allocation *holding_allocations(const struct holding *holding, struct part_choice choice,
                                       size_t *ret_count);
/* One part, as facts tell it. */
struct allocation holding_allocation(const struct holding *holding,
                                     const struct reservation_line_row *part);
/* The parts in one state, as pieces of lines: for those that have no place. */
struct line_quantity *holding_lines(const struct holding *holding, enum part_state state,
                                    size_t *ret_count);

/* A part more: order_no, hold_no and part_no are filled here. */
void holding_add_part(const struct holding *holding, const struct reservation_line_row *part);
/* What so many pieces of a part become: `fate` says state, place and number.  The rest of it stays as it is. */
void holding_change_part(const struct holding *holding, struct reservation_line_row *part,
                         int64_t quantity, const struct reservation_line_row *fate);
/* Keeps why pieces are held where they are (NULL: there was no choice); `clock` of the fact that tells what was moved, or 0. */
void holding_keep_choice(const struct holding *holding, struct sourcing_choice_row *choice,
                         int64_t clock);
/* Whether anything is held, or waits. */
bool holding_is_open(const struct holding *holding);
/* Whether any of it has left the stock. */
bool holding_any_left(const struct holding *holding);

#endif
