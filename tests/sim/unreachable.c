/* unreachable.c - the declarations: a run that reaches one of these cells fails, for then it is wrong. */
#include "tests/sim/unreachable.h"

const struct unreachable unreachables[] = {
    { "order",
      "STEP_AUTHORIZING STEP_AWAITING_SHOPPER STEP_HELD STEP_FULFILLING STEP_REDUCING "
      "STEP_CANCELING STEP_ADDING_STOCK STEP_ADDING_MONEY",
      "ON_RELEASED",
      "a reservation is released by our word alone, and with it the order is over or has another "
      "one" },
    { "order", "STEP_ASKING", "ON_CUT_ASKED",
      "who asks for pieces while the shopper is asked is refused without it" },
    { "order", "STEP_UNDOING STEP_UNDOING_STOCK STEP_UNDOING_MONEY STEP_ENDED STEP_COMPLETED",
      "ON_CANCEL_TOO_LATE",
      "a capture under way makes it too late, and an order that is over has none" },
    { "order", "STEP_UNDOING_MONEY STEP_ENDED", "ON_RESERVED ON_ALLOCATED",
      "of a reservation that was released, or short, nothing else is said for ever" },
    { "order", "STEP_UNDOING_STOCK STEP_ENDED", "ON_AUTHORIZED",
      "who said that a payment was declined, or let it go, lets go by himself of what is secured "
      "afterwards" },
    { "order", "STEP_ENDED", "ON_MONEY_TAKEN",
      "of a payment that was declined, or let go, nothing is taken any more" },

    { "share of an order", "SHARE_ASKED", "ON_CANCEL_REFUSED",
      "a place refuses because the share is packed, and has said so before" },
    { "share of an order", "SHARE_ASKED_LATE SHARE_REDUCING_LATE", "ON_CANCELED",
      "what is packed is not canceled any more" },
    { "share of an order", "SHARE_REDUCING_LATE", "ON_REDUCED",
      "what is packed is not reduced any more" },
    { "share of an order", "SHARE_LABELING SHARE_UNLABELED SHARE_LABELED SHARE_VOIDING",
      "ON_DELIVERED ON_DELIVERED_UNPAID", "a shipment is said to have left before it has arrived" },
    { "share of an order", "SHARE_UNLABELED", "ON_LABELED",
      "what failed, or was taken back, gets no label any more: one is asked for under another "
      "number" },
    { "share of an order", "SHARE_LABELED SHARE_SHIPPED", "ON_SHIPPING_FAILED",
      "what fails once it has labels is lost in transit" },

    { "work of a place", "WORK_NONE", "WORK_IN_DUE",
      "a timer is made with the work that it opens, and work is never deleted" },
    { "work of a place", "WORK_OPEN WORK_PICKED WORK_PACKED", "WORK_IN_DUE",
      "the one timer of work that is scheduled is what opens it" },
    { "work of a place", "WORK_TOMBSTONE", "WORK_IN_DUE", "work that never came has no timer" },
    { "work of a place", "WORK_TOMBSTONE",
      "WORK_IN_FULFILL WORK_IN_SUSPEND WORK_IN_RESUME WORK_IN_REDUCE",
      "once its place was told to cancel it, nothing else is told of a share that is not packed" },

    { "transfer", "TRANSFER_NONE", "TRANSFER_IN_GIVE_UP",
      "who is asked for pieces holds some, and a transfer is never deleted" },

    { "shipment", "SENDING_TOMBSTONE", "SENDING_IN_SHIP",
      "once its label was asked back, a shipment that never came is not told again" },

    { "reservation", "*", "RESERVATION_IN_EXPIRE",
      "the order service gives no reservation an end of its own" },
    { "reservation", "RESERVATION_EXPIRED", "*",
      "the order service gives no reservation an end of its own" },
    { "reservation", "RESERVATION_PARTLY_CONSUMED RESERVATION_CONSUMED", "RESERVATION_IN_RESERVE",
      "it is asked for again until the order has heard of it, and nothing leaves before that" },
    { "reservation", "RESERVATION_TOMBSTONE", "RESERVATION_IN_RESERVE",
      "what was let go is asked for under another number" },
    { "reservation", "RESERVATION_NONE RESERVATION_TOMBSTONE RESERVATION_SHORT",
      "RESERVATION_IN_REDUCE RESERVATION_IN_CONSUME",
      "pieces leave, and are given back, only of what the order heard to be reserved" },

    { "payment held by us", "PAYMENT_STATE_ABSENT", "ON_CAPTURE ON_VOID ON_VOID_BY_HAND",
      "of what is not there only its authorization tells the method: it counts as held by the "
      "provider" },
    { "payment at the door", "PAYMENT_STATE_ABSENT", "ON_CAPTURE ON_VOID ON_VOID_BY_HAND",
      "of what is not there only its authorization tells the method: it counts as held by the "
      "provider" },
    { "payment on account", "PAYMENT_STATE_ABSENT", "ON_CAPTURE ON_VOID ON_VOID_BY_HAND",
      "of what is not there only its authorization tells the method: it counts as held by the "
      "provider" },
    { "payment on account",
      "PAYMENT_STATE_REQUIRES_ACTION PAYMENT_STATE_AUTHORIZED PAYMENT_STATE_PARTIALLY_CAPTURED",
      "ON_VOID_BY_HAND",
      "a person is believed to have let it go where it was to be let go, and then it was at once" },
    { "payment held by the provider", "PAYMENT_STATE_ABSENT", "ON_VOID_BY_HAND",
      "a person is asked when the order has let it go, or has heard of it" },
    { "payment held by us", "PAYMENT_STATE_REQUIRES_ACTION", "ON_VOID_BY_HAND",
      "a person is asked when the order has let it go, and then it is no more awaited" },
    { "payment held by us", "PAYMENT_STATE_AUTHORIZED", "ON_VOID_BY_HAND",
      "a person is asked when the order has let it go, or something of it is taken" },
    { "payment held by us", "PAYMENT_STATE_PARTIALLY_CAPTURED", "ON_VOID_BY_HAND",
      "a person is believed to have let it go where it was to be let go, and then its rest waits "
      "for that" },
    { "payment at the door", "PAYMENT_STATE_AUTHORIZED PAYMENT_STATE_PARTIALLY_CAPTURED",
      "ON_VOID_BY_HAND",
      "a person is believed to have let it go where it was to be let go, and then it was at once" },
};
const size_t unreachable_count = sizeof unreachables / sizeof unreachables[0];
