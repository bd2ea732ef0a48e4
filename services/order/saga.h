/* saga.h - the life of an order: where it is, what may happen, how long each step may take.
 *
 * saga.c holds two tables that are the whole process.  One is the order's: reserve, authorize,
 * fulfill, and the ways back.  The other is that of each share of it, which one place makes ready:
 * told, packed, paid for, shipped, delivered.  A cell names the next step and what is done; news
 * without a cell came late or twice, and changes nothing.  Nothing in the order's process happens
 * elsewhere.  Pure.
 *
 * Every step that waits has a deadline.  When it passes, the command of the step is told again as
 * often as `patience` says, and then the step is given up: what was done is undone, or a person is
 * asked while the command is told on.
 * A timer is a row of the order that fires at the earliest deadline known when it was set and sets
 * itself again, so that an order which runs smoothly costs two timers, not ten.
 */
#ifndef KERVAN_ORDER_SAGA_H
#define KERVAN_ORDER_SAGA_H

#include "common/decision.h"
#include "services/order/tables.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

/* Longer than inventory is ever away for a release or a restart, shorter than a shopper's patience. */
#define RESERVE_MS (10 * MINUTE_MS)
/* A provider may be away longer than our own services are. */
#define AUTHORIZE_MS (15 * MINUTE_MS)
/* As long as the provider's page waits; the payment service is told the same instant. */
#define SHOPPER_MS HOUR_MS
/* A bank transfer goes over a weekend and a holiday. */
#define TRANSFER_MS (14 * DAY_MS)
/* What comes from the payment service in the last second is still read before the order is given up. */
#define SHOPPER_GRACE_MS (5 * MINUTE_MS)
/* Between services alone: a longer silence is an outage that somebody repairs. */
#define SERVICE_MS HOUR_MS
/* People pick and pack, and do not on a long weekend. */
#define PACK_MS (4 * DAY_MS)
/* A labeled parcel waits for the carrier's next round. */
#define HAND_OVER_MS (4 * DAY_MS)
/* The slowest service a carrier sells. */
#define DELIVER_MS (30 * DAY_MS)

/* Where an order is; stored, so numbers stay. */
enum saga_step {
    STEP_NONE = 0, /* of a missing cell */
    STEP_NEW = 1,
    STEP_RESERVING = 2,
    STEP_AUTHORIZING = 3,
    STEP_AWAITING_SHOPPER = 4,
    STEP_FULFILLING = 5, /* its shares go their ways, and have the deadlines */
    STEP_CANCELING = 6,  /* the places were asked whether they can still stop */
    STEP_UNDOING = 7,    /* it ended; stock and money are on their way back */
    STEP_UNDOING_STOCK = 8,
    STEP_UNDOING_MONEY = 9,
    STEP_ENDED = 10, /* early, and nothing is held */
    STEP_COMPLETED = 11,
    STEP_COUNT
};

enum saga_input {
    ON_SUBMITTED,
    ON_REFUSED, /* by intake */
    ON_RESERVED,
    ON_SHORT,
    ON_RELEASED,
    ON_AUTHORIZED,
    ON_ACTION_REQUIRED,
    ON_DECLINED,
    ON_MONEY_TAKEN, /* not by a capture that a share waits for */
    ON_MONEY_BACK,  /* nothing is authorized, and all that was taken is refunded */
    ON_UNDO_FAILED, /* the provider will not give money back */
    ON_CANCEL_ASKED,
    ON_CANCEL_TOO_LATE, /* asked when a parcel is packed, or the order is over */
    ON_ALL_STOPPED,     /* no share will be sent */
    ON_NOT_STOPPED,     /* every place has answered, and one goes on */
    ON_ALL_DELIVERED,
    ON_OVERDUE,  /* a deadline passed, and the command may be told again */
    ON_GIVEN_UP, /* a deadline passed, and it may not */
    SAGA_INPUT_COUNT
};

/* Where the share of one place is; stored, so numbers stay. */
enum share_step {
    SHARE_NONE = 0, /* of a missing cell */
    SHARE_WAITING = 1,
    SHARE_TOLD = 2,
    SHARE_OPEN = 3,
    SHARE_ASKED = 4,      /* whether it can stop */
    SHARE_ASKED_LATE = 5, /* and was packed before the answer came */
    SHARE_CAPTURING = 6,
    SHARE_LABELING = 7,
    SHARE_LABELED = 8,
    SHARE_SHIPPED = 9,
    SHARE_DELIVERED = 10,
    SHARE_STOPPED = 11,  /* because we asked */
    SHARE_GIVEN_UP = 12, /* by the place */
    SHARE_STEP_COUNT
};

enum share_input {
    ON_GO,      /* the order is confirmed */
    ON_DROPPED, /* the order ended before it was */
    ON_OPENED,
    ON_PACKED,
    ON_STOP_ASKED,
    ON_CANCELED,
    ON_CANCEL_REFUSED,
    ON_CAPTURED,
    ON_CAPTURE_FAILED,
    ON_LABELED,
    ON_SHIPPED,
    ON_DELIVERED,
    ON_SHIPPING_FAILED,
    ON_SHARE_OVERDUE,
    ON_SHARE_GIVEN_UP,
    SHARE_INPUT_COUNT
};

/* An order on the bench: what a decision and its actions work on. */
struct saga {
    struct decision *out;
    struct order_row *order;
    struct subject subject;
    struct fulfillment_row *share; /* that moves; NULL when it is the order */
    const void *message;           /* what the news says, for the action that needs it */
    const char *request_id;        /* of the request that is being decided; NULL: of none */
    int64_t cause_no;              /* timeline entry that all this follows from */
};

#define SAGA_TIMER "deadline"

typedef void saga_action(struct saga *saga);

enum { SAGA_ACTIONS_MAX = 4 };
struct saga_cell {
    int64_t next; /* 0: missing */
    saga_action *actions[SAGA_ACTIONS_MAX];
};

/* The cells, for whoever must see them all. */
const struct saga_cell *saga_cell(enum saga_step step, enum saga_input input);
const struct saga_cell *share_cell(enum share_step step, enum share_input input);

/* Puts the order on the bench, and raises the clock to what is known of it. */
struct saga saga_begin(struct decision *out, struct order_row *order);
void saga_take(struct saga *saga, enum saga_input input);
void share_take(struct saga *saga, struct fulfillment_row *share, enum share_input input);
/* A command of this step was not carried out in time: again, or given up. */
void saga_overdue(struct saga *saga);
void share_overdue(struct saga *saga, struct fulfillment_row *share);
/* Derives the statuses, sets the timer, and marks the order for saving. */
void saga_end(struct saga *saga);

/* When the step that the order, or its share, is in has taken too long: commands are valid until then. */
int64_t saga_valid_until(const struct saga *saga);

#endif
