/* work.h - a fulfillment while it is decided on: its state machine, what is said of it, what it consists of.
 *
 * `scheduled` until it may be worked on, then `open`, `picked`, `packed`; `canceled` before it is packed.
 * A hold, of the order or of the place, stands beside the state: it stops no report, for what people say
 * has happened; only a place without people waits.  What is packed or canceled is on hold no more.
 * A missing cell of the table does nothing.  Pure.
 */
#ifndef KERVAN_FULFILLMENT_WORK_H
#define KERVAN_FULFILLMENT_WORK_H

#include "common/decision.h"
#include "proto/fulfillment.h"
#include "services/fulfillment/tables.h"

enum work_state {
    WORK_NONE = 0, /* no row */
    WORK_SCHEDULED = 1,
    WORK_OPEN = 2,
    WORK_PICKED = 3,
    WORK_PACKED = 4,
    WORK_CANCELED = 5,
    WORK_TOMBSTONE = 6, /* canceled before it came: it will be refused */
    WORK_STATE_COUNT
};

enum work_input {
    WORK_IN_FULFILL, /* the command */
    WORK_IN_DUE,     /* may be worked on from now */
    WORK_IN_PICK,    /* all its lines are picked */
    WORK_IN_PACK,    /* in these parcels, which add up */
    WORK_IN_CANCEL,  /* the command */
    WORK_IN_SHORT,   /* people: these pieces are not there */
    WORK_IN_SUSPEND, /* the command: the order is on hold */
    WORK_IN_RESUME,  /* the command: it is not any more */
    WORK_IN_HOLD,    /* people put it on hold */
    WORK_IN_RELEASE, /* people go on */
    WORK_IN_GIVE_UP, /* people: it will not be made ready */
    WORK_IN_REDUCE,  /* the command: leave these pieces out */
    WORK_INPUT_COUNT
};

enum work_action {
    WORK_DOES_NOTHING = 0,
    WORK_BEGINS,           /* keeps what the command says; then it is open, or scheduled */
    WORK_OPENS,            /* says opened */
    WORK_PICKS,            /* says picked */
    WORK_PACKS,            /* says packed, and picked before where nobody did */
    WORK_CANCELS,          /* says canceled */
    WORK_BURIES,           /* leaves a tombstone, says canceled */
    WORK_TELLS_STATE,      /* says again how far it is: opened, picked or packed */
    WORK_TELLS_CANCELED,   /* says canceled again */
    WORK_REFUSES_CANCEL,   /* says cancel_refused */
    WORK_REFUSES_UNDONE,   /* says refused: canceled before */
    WORK_ANSWERS_DONE,     /* to a request: it was reported before */
    WORK_ANSWERS_EARLY,    /* to a request: it may not be worked on yet */
    WORK_ANSWERS_CANCELED, /* to a request: nothing of it is to be sent */
    WORK_ANSWERS_UNKNOWN,  /* to a request: no such fulfillment */
    WORK_ANSWERS_PACKED,   /* to a request: too late, it is packed */
    WORK_SHORTS,           /* says shorted; canceled too when nothing is left */
    WORK_SUSPENDS,         /* keeps the order's hold, says on_hold */
    WORK_RESUMES,          /* ends it, says resumed unless the place has its own */
    WORK_HOLDS,            /* keeps the place's hold, says on_hold */
    WORK_RELEASES,         /* ends it, says resumed unless the order has its own */
    WORK_REDUCES,          /* says reduced; canceled too when nothing is left */
    WORK_REFUSES_LATE,     /* says reduce_refused: it is packed */
    WORK_REFUSES_GONE      /* says reduce_refused: it is canceled, or never was */
};

struct work_rule {
    enum work_action action;
    enum work_state next;
};
/* Total: every state and input has an answer. */
struct work_rule work_rule(enum work_state state, enum work_input input);

/* A fulfillment and the decision about it. */
struct work {
    struct decision *out;
    struct fulfillment_row *row;
    struct subject subject;
};
struct work work_of(struct decision *out, struct fulfillment_row *row);

/* The order's rows of fulfillments by a public id of the order or of what belongs to it. */
void work_want(struct rows *rows, const char *public_id);
/* NULL when there is none. */
struct fulfillment_row *work_find(const struct rows *rows, const char *public_id,
                                  int64_t fulfillment_no);
struct fulfillment_row *work_named(const struct rows *rows, const char *fulfillment_id);
/* WORK_NONE of NULL. */
enum work_state work_state_of(const struct fulfillment_row *row);
/* The order's public id, which names the lane; NULL when it is no fulfillment's id. */
const char *work_order_of(struct arena *arena, const char *fulfillment_id);
/* Lines and parcels of what was found; needed to say again how far it is. */
void work_want_contents(struct rows *rows, const struct fulfillment_row *row);

const char *work_id(const struct work *work);
/* Lines with pieces that are still to be made ready. */
struct line_row **work_lines(const struct work *work, size_t *ret_count);
const struct parcel *work_parcels(const struct work *work, size_t *ret_count);

bool work_is_on_hold(const struct fulfillment_row *row);
/* It changes, or something is said of it: its row is saved with the next clock, which is its version as well. */
int64_t work_touch(const struct work *work);
/* Moves to the state that a rule names. */
void work_move(const struct work *work, enum work_state next);
/* When pieces were taken out: nothing is left, so it is canceled, and said to be. */
void work_end_if_empty(const struct work *work, enum cancel_reason reason);

void say_opened(const struct work *work);
/* With the bins that were named. */
void say_picked(const struct work *work, const struct fulfillment_pick_body *body);
/* Keeps the parcels, too. */
void say_packed_in(const struct work *work, const struct parcel *parcels, size_t count);
void say_packed(const struct work *work);
void say_canceled(const struct work *work);
void say_cancel_refused(const struct work *work);
struct shortage {
    const struct line_quantity *lines,
        *components; /* components: of bundles, where somebody said which are missing */
    size_t line_count, component_count;
    enum fulfillment_shorted_reason reason;
};
void say_shorted(const struct work *work, const struct shortage *shortage);
void say_on_hold(const struct work *work, enum hold_reason reason);
void say_resumed(const struct work *work);
void say_reduced(const struct work *work, const struct line_quantity *lines, size_t count);

#endif
