/* shares.h - an order divided among the places that have its goods.
 *
 * inventory says which place has how many pieces of which line; each place gets one share with its
 * own fulfillment, capture and shipment.  The money of a line is divided by pieces, without a cent
 * lost or made up; the shipping price is taken with the first share that can be paid for.  Pure.
 */
#ifndef KERVAN_ORDER_SHARES_H
#define KERVAN_ORDER_SHARES_H

#include "proto/types.h"
#include "services/order/saga.h"

/* What inventory says is held: `divide_into_shares` has it as its message. */
struct stock_held {
    const struct allocation *held;
    size_t held_count;
    const struct line_quantity *missing; /* cannot be had: taken off the order */
    size_t missing_count;
    bool rest_waits; /* pieces of the order that are neither held nor missing wait for stock */
    int64_t expected_at;
};

/* Actions of the order. */
saga_action divide_into_shares;
saga_action
    start_shares; /* those that wait and may go on: not while a hold is open, nor packed ones without money */
saga_action suspend_shares; /* a hold is open */
saga_action stop_captures;  /* the order's payment lapsed */
saga_action leave_captures; /* and another takes its place: it never heard of their numbers */
saga_action ask_shares_to_stop;
saga_action go_on;                  /* after a question to the places */
saga_action wait_for_stock;         /* longer */
saga_action take_up_waiting;        /* what is late, and was not decided on */
saga_action stop_waiting_for_stock; /* where nothing is missing any more */
/* When what waits should be there; 0: nobody says any more, and it is late when it was before. */
void expect_stock_at(struct saga *saga, int64_t expected_at);
saga_action
    release_unsent; /* reservations of shares of which none was sent: they may be empty, and would stay open */
saga_action restart_shares; /* those that stopped for a cancellation that was refused */
/* Not in the tables: where they go, or how urgent they are, changed; places that work on them are told. */
void amend_shares(struct saga *saga, saga_action *tell);
/* Not in the tables: every way out of an order that was not confirmed drops its shares. */
void drop_shares(struct saga *saga);

/* Actions of a share. */
saga_action keep_parcels; /* the message is fulfillment.packed */
saga_action drop_share;   /* nobody was told of it */
saga_action hold_on;      /* if a hold is open */
saga_action go_on_if_free;
saga_action start_anew; /* its work under a new number */
saga_action set_aside;  /* packed, it waits for what becomes of the order */
saga_action put_back;   /* and goes on, with a new label */

struct share_summary {
    int64_t live; /* neither stopped nor given up */
    int64_t asked, packed, priced, shipped, arrived;
    int64_t delivered; /* and paid for */
    int64_t given_up, stopped;
    int64_t fixed; /* its money is being taken: it cannot stop just now */
};
/* Without those that were replaced, or of which nothing is left. */
struct share_summary shares_sum_up(const struct saga *saga);
/* All of them, also those that were replaced; NULL-terminated, until the next share is made. */
struct fulfillment_row **shares_of(const struct saga *saga);
/* NULL when the order has no such share. */
struct fulfillment_row *share_find(const struct saga *saga, int64_t fulfillment_no);
struct fulfillment_row *share_of_capture(const struct saga *saga, int64_t capture_no);
struct fulfillment_row *share_of_shipment(const struct saga *saga, int64_t shipment_no);
/* One whose stock it holds; one that asked for it, in place of its own; NULL: none. */
struct fulfillment_row *share_of_reservation(const struct saga *saga, int64_t reservation_no);
struct fulfillment_row *share_of_sourcing(const struct saga *saga, int64_t reservation_no);
/* Whether a place knows of its share, and works on it or has. */
bool shares_any_told(const struct saga *saga);
/* Whether some of the order is packed, or was: it has its address. */
bool shares_any_packed(const struct saga *saga);
/* Or it has packed it, or other pieces are looked for: then it does not begin anew. */
bool shares_any_beyond_begin(const struct saga *saga);
/* It works on it, and can begin anew. */
bool share_may_begin_anew(const struct fulfillment_row *share);
/* The highest number of a reservation so far. */
int64_t shares_last_reservation(const struct saga *saga);
/* One that the order has: numbers run from 1 to its fulfillment_count. */
struct fulfillment_row *share_numbered(const struct saga *saga, int64_t fulfillment_no);
/* Of all shares and of `other`; 0: nobody has one. */
int64_t shares_earliest_deadline(const struct saga *saga, int64_t other);
/* Its capture is asked for under another number, and at another price, when it is asked for again. */
void share_forget_capture(struct saga *saga, struct fulfillment_row *share);
/* What is taken for this share: fixed the first time it is asked for. */
int64_t share_price(struct saga *saga, struct fulfillment_row *share);
/* The shipping price, where each share that is left was paid for without it: nobody will take it any more. */
int64_t shipping_without_share(const struct saga *saga);
/* Where less than its price is open by now, it costs that; false: it is all still to be taken. */
bool share_lower_price(struct saga *saga, struct fulfillment_row *share);
/* No other share will be paid for after this one. */
bool share_is_last(const struct saga *saga, const struct fulfillment_row *share);
/* Whether nothing of the payment is wanted behind its capture: what else is under way may fail, and be tried again. */
bool share_takes_rest(const struct saga *saga, const struct fulfillment_row *share);

/* These pieces are all that is left of it. */
bool share_has_only(const struct saga *saga, const struct fulfillment_row *share,
                    const struct line_quantity *lines, size_t count);
/* Nothing of it is left. */
bool share_is_empty(const struct saga *saga, const struct fulfillment_row *share);
/* Whether its money can be taken now: it is secured, and nothing holds the order up. */
bool share_may_be_paid(const struct saga *saga, const struct fulfillment_row *share);
/* What the shares that a payment of an edit is for cost, as far as they are not paid for. */
int64_t shares_wanted_of(const struct saga *saga, int64_t payment_no);
/* Those that are not paid for are paid for by the present payment from now on. */
void shares_leave_payment(struct saga *saga, int64_t payment_no);
/* Those without pieces that nobody works on do not count any more. */
void leave_empty_shares(struct saga *saga);
/* Others will take the place of all that stopped. */
void leave_stopped_shares(struct saga *saga);
/* Pieces go from one share to another, with what they cost. */
void move_pieces(struct saga *saga, const struct allocation_row *from, int64_t quantity,
                 const struct fulfillment_row *to);
/* What a bundle was made of when it was reserved, as rows keep it; NULL of other items. */
const char *allocated_components(const struct saga *saga, const struct allocation *held);
/* Adds to what the share makes ready; the line, the pieces and their value count. */
void allocate(struct saga *saga, struct fulfillment_row *share, const struct allocation_row *work);
/* A new share of this place, or one that nobody was told of. */
struct share_origin {
    int64_t reservation_no, payment_no; /* as those of its row */
};
/* As a share's reservation: its place did not find the pieces. */
enum { HOLDS_NOTHING = 0 };
struct fulfillment_row *share_to_be(struct saga *saga, const char *location,
                                    struct share_origin origin);
/* The same for what is held there, with the day on which the place has room for it. */
struct fulfillment_row *share_of_held(struct saga *saga, const struct allocation *held,
                                      struct share_origin origin);

/* What the shopper pays for what is left of a line. */
int64_t line_value(const struct order_row *order, const struct line_row *line);
/* A line that the order has. */
struct line_row *line_numbered(const struct saga *saga, int64_t line_no);
/* Pieces of a line that no share has, and what they cost. */
struct line_rest {
    int64_t quantity, value_minor;
};
struct line_rest line_rest(const struct saga *saga, const struct line_row *line);
/* All of the order, also of shares that were replaced; and that of one share, or NULL.  A copy: inserting does not change it. */
struct allocation_row **allocations_of(const struct saga *saga, size_t *ret_count);
struct allocation_row *allocation_find(const struct saga *saga, int64_t fulfillment_no,
                                       int64_t line_no);

#endif
