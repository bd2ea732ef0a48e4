/* edit.h - changes of an order after it was placed, in two steps: what a change would do is shown, then it is confirmed.
 *
 * A proposal changes nothing and keeps nothing waiting: it is a row with what it would do, found by trying it on a copy of the
 * order.  Confirmed, it does what was shown or nothing: where that is not true any more it is declined.  Pieces come off as they
 * do for a cancellation (cut.h), so a place that has packed them may say no;
 * lines are added as addition.h says.  Pure.
 */
#ifndef KERVAN_ORDER_EDIT_H
#define KERVAN_ORDER_EDIT_H

#include "common/incoming.h"
#include "services/order/saga.h"

/* How long a preview can be confirmed. */
#define EDIT_MS (30 * MINUTE_MS)

/* The other rows are those that a hold needs: both requests begin with the order's id. */
void order_edit_need(const struct incoming_message *in, struct rows *rows);
void on_order_edit(struct decision *out, const struct incoming_message *in);

void edit_confirm_need(const struct incoming_message *in, struct rows *rows);
void edit_confirm_need_shared(const struct incoming_message *in, struct rows *rows);
void on_order_edit_confirm(struct decision *out, const struct incoming_message *in);

/* The pieces that an edit asked for came off, or will not: `request` is its own.  The rest of it follows, and who waits is
 * answered. */
void edit_answer(struct saga *saga, const struct cancellation_row *request, bool accepted);

/* Whether the change that places are asked about is an edit of all of the order: each place begins anew with what it says. */
bool edit_is_of_all(const struct saga *saga, int64_t change_no);

/* It is made, with the lines that it adds, and who waits for it is answered; or declined, and the order is as it was. */
void edit_make(struct saga *saga, struct edit_row *edit, struct edit_line_row *const *added,
               size_t count);
void edit_decline(struct saga *saga, struct edit_row *edit, enum edit_reason reason);

/* What an edit does. */
struct edit_plan {
    const char *lines; /* "1*2": what comes off, as a cancellation has it; NULL: nothing */
    const char *pieces, *late_pieces, *restarted; /* as those of edit_row */
    int64_t refusals;
    int64_t total_minor, release_minor, refund_minor;
    bool adds; /* lines, and nothing else */
};
struct edit_plan edit_plan(const struct saga *saga, const struct edit_row *edit);
/* Delivery option and note, as they are from now on. */
void edit_apply_rest(struct saga *saga, const struct edit_row *edit);

#endif
