/* commands.h - what the order tells the other services to do.
 *
 * Every command names what it makes (`-H1`, `-P1`, `-F1`, `-C1`, `-S1`, `-B1`), so that one which is
 * told again finds it; and until when it is worth anything, but for those that undo.  Actions of the
 * saga's tables.  Pure.
 */
#ifndef KERVAN_ORDER_COMMANDS_H
#define KERVAN_ORDER_COMMANDS_H

#include "proto/types.h"
#include "services/order/saga.h"

/* Of the order. */
saga_action tell_contact, tell_reserve, tell_release, tell_authorize;
saga_action ask_for_money; /* again under its number, or under the next where it lapsed meanwhile */
saga_action
    reserve_anew; /* under the next number: what was held, as far as it is still there, is given back first */
/* Another payment takes the place of the present one, for what is still to be taken. */
saga_action await_payment; /* its answer, should one still be on its way */
saga_action renew_payment;
/* The message is payment.requires_action: as long as the payment service waits, we wait. */
saga_action wait_for_shopper;

/* Of a share. */
saga_action tell_fulfill, tell_suspend, tell_resume, tell_reduce, tell_stop, tell_consume;
saga_action tell_address, tell_priority; /* each of what changed: the rest is as its place has it */
saga_action tell_capture, tell_ship;
saga_action tell_capture_anew;  /* under a new number: the old one was refused */
saga_action tell_capture_again; /* anew where it was refused (saga->code says why) */
saga_action collect_rest;       /* at the door: a person may have taken some of it in advance */
saga_action forget_capture;     /* its payment lapsed: the next capture has another number */
saga_action tell_void_label;    /* the label is asked back */
saga_action tell_ship_anew;     /* under a new number */

/* Not in the tables: of what an edit adds, under a number of its own. */
void tell_reserve_lines(struct saga *saga, int64_t reservation_no,
                        const struct line_quantity *lines, size_t count);
void tell_authorize_of(struct saga *saga, int64_t payment_no, int64_t amount_minor);
/* Not in the tables: all of one reservation; these pieces of a share anew, nothing of them at a place (NULL: anywhere). */
void tell_release_of(struct saga *saga, int64_t reservation_no);
/* A transfer that is awaited is to bring less from now on, where the total went down in this decision. */
void lower_awaited(struct saga *saga);
void tell_reserve_share(struct saga *saga, const struct fulfillment_row *share,
                        const char *const *avoid, size_t avoid_count);
/* Not in the tables. */
void tell_void(struct saga *saga, bool by_hand);
/* The same of any payment of the order: nothing of it is noted. */
void tell_void_of(struct saga *saga, int64_t payment_no, bool by_hand);
enum refund_word {
    REFUND_ASKED,
    REFUND_GIVEN_BY_HAND, /* a person did, outside the provider */
    REFUND_WITHDRAWN      /* a person was to, and does not */
};
void tell_refund(struct saga *saga, const struct refund_row *refund, enum refund_word word);
/* Not in the tables: what a place took out of bins is taken out of them in the books, too. */
void tell_picked(struct saga *saga);
/* Not in the tables: an order that is over is forgotten by all who were told of it. */
void tell_erase(struct saga *saga);
struct released_pieces {
    int64_t reservation_no;
    const struct allocation *held;
    size_t held_count;
    const struct line_quantity *waiting; /* for stock on its way */
    size_t waiting_count;
    bool lost;
    const struct line_quantity
        *lost_components; /* of bundles; all of a line of which none is named */
    size_t lost_components_count;
};
void tell_release_pieces(struct saga *saga, const struct released_pieces *pieces);

#endif
