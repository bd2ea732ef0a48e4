/* announce.h - the order's own facts.  Actions of the saga's tables; each moves the order's status.  Pure. */
#ifndef KERVAN_ORDER_ANNOUNCE_H
#define KERVAN_ORDER_ANNOUNCE_H

#include "proto/types.h"
#include "services/order/saga.h"

saga_action announce_placed;       /* the message in is order.submit */
saga_action announce_refused;      /* by intake: its errors are rows */
saga_action announce_out_of_stock; /* nothing was held */
saga_action announce_confirmed, announce_completed;
saga_action announce_expired_stock, announce_expired_payment;
saga_action announce_delayed; /* what waits goes on waiting: a share, or the order for stock */

/* Not in the tables: how a cancellation ends. */
void announce_canceled(struct saga *saga, int64_t reason, int64_t canceled_by);

/* Facts with something to say. */
struct reduced_pieces {
    enum reduce_reason reason;
    const struct line_quantity *lines;
    size_t line_count;
    int64_t by_minor;
};
void announce_reduced(struct saga *saga, const struct reduced_pieces *pieces);
void announce_held(struct saga *saga, const struct hold_row *hold, const char *hold_id);
/* It goes elsewhere; where to, nobody is told. */
void announce_readdressed(struct saga *saga);
/* Whose it was, nobody knows any more. */
void announce_erased(struct saga *saga);
/* What was proposed under this id is made. */
void announce_edited(struct saga *saga, const struct edit_row *edit, const char *edit_id,
                     struct edit_line_row *const *added, size_t count);
/* Another order was submitted under its name. */
void announce_submission_refused(struct saga *saga);
/* `before`: what was promised until now, or NULL; what is, and why, the saga has. */
struct promised_delivery;
void announce_promise_changed(struct saga *saga, const struct promised_delivery *before);
void announce_hold_released(struct saga *saga, const struct hold_row *hold, const char *hold_id);
/* `offered`: a bit an order_choose choice. */
void announce_asked(struct saga *saga, const struct line_quantity *missing, size_t count,
                    int64_t offered);
void state_answered(struct saga *saga, int64_t choice);
void announce_task_decided(struct saga *saga, const char *task_id, int64_t choice);

#endif
