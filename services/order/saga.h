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
/* Stock on its way comes when its supplier says; where nobody says, a person looks after two weeks. */
#define BACKORDER_MS (14 * DAY_MS)
/* How long a shopper may think whether to wait, where the channel does not say. */
#define ASK_MS (48 * HOUR_MS)

/* Where an order is; stored, so numbers stay. */
enum saga_step {
    STEP_NONE = 0, /* of a missing cell */
    STEP_NEW = 1,
    STEP_RESERVING = 2,
    STEP_AUTHORIZING = 3,
    STEP_AWAITING_SHOPPER = 4, /* or the credit of its company, with a hold and no deadline */
    STEP_FULFILLING = 5,       /* its shares go their ways, and have the deadlines */
    STEP_CANCELING = 6,        /* the places were asked whether they can still stop */
    STEP_UNDOING = 7,          /* it ended; stock and money are on their way back */
    STEP_UNDOING_STOCK = 8,
    STEP_UNDOING_MONEY = 9,
    STEP_ENDED = 10, /* early, and nothing is held */
    STEP_COMPLETED = 11,
    STEP_HELD = 12,     /* all is secured, but a hold is not released */
    STEP_ASKING = 13,   /* the shopper: wait, take what is there, or not at all */
    STEP_REDUCING = 14, /* the places were asked to leave pieces out */
    STEP_ADDING_STOCK =
        15, /* what an edit adds is being reserved, while the shares go their ways */
    STEP_ADDING_MONEY = 16, /* and authorized */
    STEP_COUNT
};

enum saga_input {
    ON_SUBMITTED,
    ON_REFUSED,  /* by intake */
    ON_RESERVED, /* all, or as much as the channel's policy is content with */
    ON_SHORT,
    ON_SHORT_ASK, /* and the shopper is to say what now */
    ON_RELEASED,
    ON_ALLOCATED,  /* stock that was waited for is there */
    ON_STOCK_LESS, /* held pieces are gone; the rest is wanted without them */
    ON_STOCK_LOST, /* held pieces are gone; the rest is not */
    ON_STOCK_ANEW, /* held pieces are gone; who may wait for others, or be asked, is served anew */
    ON_STOCK_LATE,
    ON_AUTHORIZED,
    ON_AUTHORIZED_HELD, /* while a hold is open */
    ON_ACTION_REQUIRED,
    ON_CREDIT_SHORT, /* the company has too little left; the payment waits for more */
    ON_CREDIT_ASKED, /* a person has it tried again */
    ON_DECLINED,
    ON_LAPSED,      /* the provider let go of what it held */
    ON_MONEY_TAKEN, /* not by a capture that a share waits for */
    ON_MONEY_BACK,  /* nothing is authorized, and all that was taken is refunded */
    ON_UNDO_FAILED, /* the provider will not give money back */
    ON_HELD,
    ON_HOLD_OVER, /* the last one is released */
    ON_CHOSEN,    /* the shopper waits, or takes what is there */
    ON_CANCEL_ASKED,
    ON_CANCEL_TOO_LATE, /* asked when a parcel is packed, or the order is over */
    ON_CUT_ASKED,       /* some pieces of it */
    ON_ALL_STOPPED,     /* no share will be sent */
    ON_NOT_STOPPED,     /* every place has answered, and one goes on */
    ON_LEFT_OUT,        /* every place has answered, and all of the pieces are left out */
    ON_NOT_LEFT_OUT,
    ON_ALL_DELIVERED,
    ON_ADD_ASKED, /* lines, by an edit */
    ON_ADD_RESERVED,
    ON_ADD_SHORT,
    ON_ADD_AUTHORIZED,
    ON_ADD_DECLINED,
    ON_DECIDED_AGAIN, /* by a person with a task of the order */
    ON_DECIDED_CANCEL,
    ON_DECIDED_REDUCE,
    ON_DECIDED_BY_HAND,
    ON_DECIDED_WAIT,
    ON_DECIDED_REFUND, /* money that did not come back is given back again */
    ON_OVERDUE,        /* a deadline passed, and the command may be told again */
    ON_GIVEN_UP,       /* a deadline passed, and it may not */
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
    SHARE_STOPPED = 11,       /* because we asked */
    SHARE_GIVEN_UP = 12,      /* by the place */
    SHARE_HELD = 13,          /* the place was told to wait */
    SHARE_PACKED = 14,        /* and waits for the end of a hold, or for its money */
    SHARE_REDUCING = 15,      /* asked to leave pieces out */
    SHARE_REDUCING_LATE = 16, /* and was packed before the answer came */
    SHARE_UNLABELED = 17,     /* no label could be bought, or it was given back */
    SHARE_LOST = 18,          /* the carrier says that it will not arrive */
    SHARE_COLLECTING = 19,    /* delivered; the carrier brings the money */
    SHARE_UNPAID = 20,        /* packed, but its capture was refused */
    SHARE_SOURCING = 21,      /* its place gave it up; other places are looked for */
    SHARE_RESENDING = 22,     /* it will not arrive; pieces to send in its stead are looked for */
    SHARE_VOIDING = 23,       /* its label was asked back, because we were asked to stop */
    SHARE_SET_ASIDE = 24,     /* packed, and stopped because we asked */
    SHARE_SEEKING = 25,       /* pieces that their place did not find: other places are asked */
    SHARE_STEP_COUNT
};

enum share_input {
    ON_GO,       /* nothing holds it up (any more) */
    ON_DROPPED,  /* the order ended before it was confirmed */
    ON_PUT_BACK, /* it was not stopped for good: another share goes on */
    ON_OPENED,
    ON_SUSPENDED, /* the order is held */
    ON_PACKED,
    ON_PACKED_EARLY, /* while its money must not or cannot be taken */
    ON_SHORTED,
    ON_STOP_ASKED,
    ON_CANCELED,
    ON_EMPTIED, /* canceled, because nothing of it is left */
    ON_CANCEL_REFUSED,
    ON_LEAVE_OUT, /* some of its pieces */
    ON_REDUCED,
    ON_REDUCE_REFUSED,
    ON_NEVER_TAKEN, /* its place was asked to leave pieces out of work that came to it too late */
    ON_CAPTURED,
    ON_CAPTURE_FAILED,
    ON_UNPAID, /* the payment lapsed before the capture */
    ON_LABELED,
    ON_SHIPPED,
    ON_DELIVERED,
    ON_DELIVERED_UNPAID, /* the carrier took the money */
    ON_SHIPPING_FAILED,
    ON_VOIDED, /* its label was given back */
    ON_LOST,
    ON_VOID_REFUSED, /* the carrier keeps the label */
    ON_SHARE_AGAIN,  /* decided by a person, as the next five */
    ON_SHARE_CANCEL,
    ON_SHARE_REFUND,
    ON_SHARE_WAIT,
    ON_SHARE_RESEND,
    ON_SHARE_REROUTE,
    ON_SOURCED, /* its pieces are held anew */
    ON_NOT_SOURCED,
    ON_SOUGHT, /* it has what another share's place did not find */
    ON_SHARE_OVERDUE,
    ON_SHARE_GIVEN_UP,
    SHARE_INPUT_COUNT
};

/* An order on the bench: what a decision and its actions work on. */
struct order_amounts {
    int64_t total_minor, authorized_minor, captured_minor, refunded_minor;
};

struct saga {
    struct decision *out;
    struct order_row *order;
    struct subject subject;
    struct fulfillment_row *share; /* that moves; NULL when it is the order */
    const void *message;           /* what the news says, for the action that needs it */
    const char *request_id;        /* of the request that is being decided; NULL: of none */
    int64_t cause_no;              /* timeline entry that all this follows from */
    struct timeline_made *made;    /* entries of this decision, the newest first */
    struct order_amounts before;   /* this decision; of a new order none of them */
    int64_t cancel_reason; /* enum cancel_reason, should the order end now; 0: the step's own */
    const char *code;      /* what another service says is the matter, for the person's task */
    const struct cut_row *const *cuts; /* NULL-terminated: the pieces that a decision is about */
    bool shares_made;                  /* some have no promised days yet */
    int64_t
        slip; /* enum order_promise_changed_reason, should what was promised not hold; 0: nothing that matters to it */
};

#define SAGA_TIMER "deadline"

typedef void saga_action(struct saga *saga);

enum { SAGA_ACTIONS_MAX = 5 };
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
/* Nothing is asked of the places any more: what that means for the order. */
void saga_settle(struct saga *saga);
/* Derives the statuses, sets the timer, and marks the order for saving. */
void saga_end(struct saga *saga);

/* When the step that the order, or its share, is in has taken too long: commands are valid until then. */
int64_t saga_valid_until(const struct saga *saga);

#endif
