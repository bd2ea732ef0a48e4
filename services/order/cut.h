/* cut.h - taking pieces off an order on request: at once, or after the places were asked.
 *
 * A change is a number and its cuts: so many pieces of a line from a share, or from what waits for
 * stock.  Places are asked about one change at a time.  When one of them refuses, what the others
 * left out is made ready under a new number: accepted or refused, never half.  Pure.
 */
#ifndef KERVAN_ORDER_CUT_H
#define KERVAN_ORDER_CUT_H

#include "services/order/saga.h"

struct line_quantity;

/* Takes up what was asked and not answered, the oldest first, until the order waits for an answer. */
saga_action take_up_requests;
/* Asks the places for the open change; those that were asked and have not answered, again. */
saga_action ask_shares_to_leave_out;
saga_action
    reduce_as_asked;    /* the open change is carried out, and whoever asked for it is answered */
saga_action refuse_cut; /* the open change is not; else, the oldest request */
saga_action note_left_out; /* by this share */
saga_action cut_share;     /* a person decided that this share is not sent: its place is asked */

/* A new change of the order, with copies of these pieces; returns its number. */
int64_t cut_keep(struct saga *saga, const struct cut_row *cuts, size_t count);
/* The number of a new change with the same pieces where they are now; 0: some of them cannot be left out any more.  New, because
 * a place answers each number once and only rising ones, and another change may have been asked about since this one was kept. */
int64_t cut_renew(struct saga *saga, int64_t change_no);
/* The number of a new change with all that is neither paid for nor sent, or with all that is not sent; 0: there is nothing of
 * it. */
enum rest { REST_UNPAID, REST_UNSENT };
int64_t cut_keep_rest(struct saga *saga, enum rest rest);
/* The whole order is not wanted any more: the places are asked, also for the part that is not sent where some is; or too late. */
void cut_whole(struct saga *saga, struct cancellation_row *request);
/* Makes it the one that places are asked about. */
void cut_open(struct saga *saga, int64_t change_no);
/* Whether an answer is one to the open change; a place that does not say which speaks of it. */
bool cut_is_open(const struct saga *saga, bool has_change_no, int64_t change_no);
/* All pieces of the open change: left out, or nobody's. */
bool cut_is_left_out(const struct saga *saga);
/* Where the order is now, pieces can be looked for, and places asked. */
bool cut_is_possible(const struct saga *saga);
/* All that is still ordered. */
int64_t cut_pieces_left(const struct saga *saga);

/* Pieces that can be left out, one line after the other. */
struct cut_search {
    struct saga *saga;
    struct cut_row *cuts; /* found so far */
    size_t count;
    int64_t wanted; /* of the line that is being looked at */
};
struct cut_search cut_search(struct saga *saga);
/* Those that nobody has come first, then those that nobody was told of, then those that people work on.  Returns how many there
 * are too few.  Each line once. */
int64_t cut_search_line(struct cut_search *search, int64_t line_no, int64_t quantity);
/* What the open change takes from a share. */
const struct line_quantity *cut_lines(const struct saga *saga, int64_t fulfillment_no,
                                      size_t *ret_count);

#endif
