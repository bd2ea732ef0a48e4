/* sending.h - a shipment while it is decided on: its state machine, that of its parcels, what is said of it.
 *
 * Each parcel is a shipment of its own at the carrier: created there, then its label is bought.  The
 * shipment is `labeled` when all have one, `shipped` when the carrier has the first, `delivered` when the
 * last arrived.  A missing cell does nothing.  Pure.
 */
#ifndef KERVAN_SHIPPING_SENDING_H
#define KERVAN_SHIPPING_SENDING_H

#include "common/decision.h"
#include "proto/shipping.h"
#include "services/shipping/tables.h"

enum sending_state {
    SENDING_NONE = 0,    /* no row */
    SENDING_WAITING = 1, /* for the address of its place */
    SENDING_LABELING = 2,
    SENDING_LABELED = 3,
    SENDING_SHIPPED = 4,
    SENDING_DELIVERED = 5,
    SENDING_STOPPING = 6, /* to be voided: labels are given back, calls under way are awaited */
    SENDING_VOIDED = 7,
    SENDING_FAILED = 8,    /* could not be labeled; labels that it had are given back */
    SENDING_TOMBSTONE = 9, /* voided before it came: it will be refused */
    SENDING_STATE_COUNT
};

enum sending_input {
    SENDING_IN_SHIP,    /* the command */
    SENDING_IN_VOID,    /* the command */
    SENDING_IN_PLACE,   /* the address of its place is known */
    SENDING_IN_GIVE_UP, /* it did not become known in time */
    SENDING_IN_LABELED, /* every parcel has its label */
    SENDING_IN_FAILED,  /* a parcel cannot have one */
    SENDING_IN_CLEARED, /* nothing is under way at the carrier, and no label is left */
    SENDING_IN_KEPT,    /* nothing is under way, but the carrier did not take a label back */
    SENDING_IN_MOVED,   /* the carrier has a parcel */
    SENDING_IN_ARRIVED, /* all parcels arrived */
    SENDING_IN_RECALL,  /* people want the labels back */
    SENDING_INPUT_COUNT
};

enum sending_action {
    SENDING_DOES_NOTHING = 0,
    SENDING_BEGINS,          /* keeps what the command says, asks the carrier */
    SENDING_BURIES,          /* leaves a tombstone, says voided */
    SENDING_ASKS,            /* asks the carrier now */
    SENDING_DROPS,           /* nothing was asked yet: says voided */
    SENDING_STOPS,           /* gives labels back */
    SENDING_SAYS_LABELED,    /* now, or again */
    SENDING_SAYS_FAILED,     /* now, or again */
    SENDING_SAYS_VOIDED,     /* now, or again */
    SENDING_SAYS_SHIPPED,    /* now, or again */
    SENDING_SAYS_DELIVERED,  /* now, or again */
    SENDING_REFUSES_UNDONE,  /* says refused: voided before */
    SENDING_REFUSES_VOID,    /* says refused: it is on its way */
    SENDING_ANSWERS_UNKNOWN, /* to a request: no such shipment */
    SENDING_ANSWERS_DONE,    /* to a request: they are back, or on their way back */
    SENDING_ANSWERS_LATE,    /* to a request: the carrier has it */
    SENDING_ANSWERS_FAILED   /* to a request: it has no labels */
};

struct sending_rule {
    enum sending_action action;
    enum sending_state next;
};
/* Total: every state and input has an answer. */
struct sending_rule sending_rule(enum sending_state state, enum sending_input input);

enum parcel_state {
    PARCEL_NONE = 0,
    PARCEL_WAITING = 1,
    PARCEL_CREATING = 2,
    PARCEL_BUYING = 3,
    PARCEL_LABELED = 4,
    PARCEL_RETURNING = 5,
    PARCEL_RETURNED = 6,
    PARCEL_UNLABELED = 7,
    PARCEL_STATE_COUNT
};

enum parcel_input {
    PARCEL_IN_ASKED,     /* the carrier is told of it */
    PARCEL_IN_OFFERED,   /* the carrier knows it, and an offer suits */
    PARCEL_IN_DROPPED,   /* no label is wanted any more */
    PARCEL_IN_REFUSED,   /* the carrier does not want it, or no offer suits */
    PARCEL_IN_BOUGHT,    /* it has a label */
    PARCEL_IN_GIVE_BACK, /* the label is not wanted any more */
    PARCEL_IN_RETURNED,  /* the carrier took the label back */
    PARCEL_IN_KEPT,      /* it did not: the parcel is on its way */
    PARCEL_INPUT_COUNT
};
/* PARCEL_NONE where the input does nothing. */
enum parcel_state parcel_next(enum parcel_state state, enum parcel_input input);
/* Moves it; false when the input does nothing. */
bool parcel_take(struct rows *rows, struct parcel_row *parcel, enum parcel_input input);

/* A shipment and the decision about it. */
struct sending {
    struct decision *out;
    struct shipment_row *row;
    struct subject subject;
};
struct sending sending_of(struct decision *out, struct shipment_row *row);

/* The order's public id, which names the lane; NULL when it is no shipment's id. */
const char *sending_order_of(struct arena *arena, const char *shipment_id);
/* The order's shipments by a public id of the order or of what belongs to it. */
void sending_want(struct rows *rows, const char *public_id);
/* NULL when there is none. */
struct shipment_row *sending_find(const struct rows *rows, const char *shipment_id);
enum sending_state sending_state_of(const struct shipment_row *row);
/* Another shipment of the same fulfillment has labels that are not used yet, or is getting them. */
bool sending_has_rival(const struct rows *rows, const char *shipment_id, int64_t fulfillment_no);
/* Whose it was is erased: what the carrier tells of that is not kept. */
#define CONSIGNEE_ERASED ""
bool sending_is_erased(const struct shipment_row *row);
/* NULL-terminated, in the arena; parcels must have been wanted by order_no. */
struct parcel_row **sending_parcels(const struct sending *sending);
struct parcel_row *sending_parcel(const struct sending *sending, int64_t parcel_no);

const char *sending_id(const struct sending *sending);
/* Our name of a parcel at the carrier: the shipment's id, with ".2" for its second parcel. */
const char *sending_reference(const struct sending *sending, int64_t parcel_no);
/* It changes, or something is said of it: its row is saved with the next clock, which is its version as well. */
int64_t sending_touch(const struct sending *sending);
void sending_move(const struct sending *sending, enum sending_state next);

void say_labeled(const struct sending *sending);
void say_voided(const struct sending *sending);
void say_shipped(const struct sending *sending);
void say_delivered(const struct sending *sending);
/* What the row says of its failure. */
void say_failed(const struct sending *sending);
/* What the row of a parcel says of where it is. */
void say_tracked(const struct sending *sending, const struct parcel_row *parcel,
                 const struct parcel_tracked_step *step);
/* A command changed nothing. */
void say_void_refused(const struct sending *sending);

#endif
