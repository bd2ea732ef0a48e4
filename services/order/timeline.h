/* timeline.h - every fact of an order, seen or made, in the order of arrival; its clock sorts it across services.  Pure. */
#ifndef KERVAN_ORDER_TIMELINE_H
#define KERVAN_ORDER_TIMELINE_H

#include "services/order/saga.h"

struct arena;
struct line_quantity;

/* The order's own; the kinds of news are beside what is done with them, in news.c.  Stored: numbers
 * stay, and are those of the table timeline_kind. */
enum timeline_kind {
    TIMELINE_PLACED = 1,
    TIMELINE_REJECTED = 2,
    TIMELINE_CONFIRMED = 3,
    TIMELINE_CANCELED = 4,
    TIMELINE_EXPIRED = 5,
    TIMELINE_COMPLETED = 6,
    TIMELINE_CANCEL_ASKED = 7,
    TIMELINE_HELD = 8,
    TIMELINE_HOLD_RELEASED = 9,
    TIMELINE_NOTE = 10,
    TIMELINE_REDUCED = 11,
    TIMELINE_ASKED = 12,
    TIMELINE_ANSWERED = 13,
    TIMELINE_DELAYED = 14,
    TIMELINE_TASK_DECIDED = 15,
    TIMELINE_READDRESSED = 16,
    TIMELINE_EDIT_CONFIRM = 17,
    TIMELINE_EDITED = 18,
    TIMELINE_ERASED = 19,
    TIMELINE_PROMISE_CHANGED = 100, /* from 20 to 99 are those of news */
    TIMELINE_PRIORITIZED = 101,
    TIMELINE_SUBMISSION_REFUSED = 102
};

/* Something that came from elsewhere: what follows has it as cause. */
struct timeline_news {
    int64_t kind, clock;
    const char *subject_id; /* whose part behind the dash is kept: "ord_...-F1" */
    const char *detail;     /* a reason or code, or NULL */
};
void timeline_saw(struct saga *saga, const struct timeline_news *news);

/* A fact about a part of the order: "ord_...-W1". */
void timeline_made_of(struct saga *saga, enum timeline_kind kind, const char *subject_id,
                      const char *detail);
/* Pieces were taken off. */
void timeline_reduced(struct saga *saga, const char *detail, const char *pieces);
/* "1*2,3*1": two pieces of line 1 and one of line 3. */
const char *timeline_pieces(struct arena *arena, const struct line_quantity *pieces, size_t count);
struct order_amounts order_amounts_of(const struct order_row *order);
/* Notes in the entries of this decision how the order is after it: what `?at=` shows. */
void timeline_end(struct saga *saga);

/* A fact of the order itself; its clock is the one that the messages of this decision carry. */
void timeline_made(struct saga *saga, enum timeline_kind kind, const char *detail);

#endif
