/* pick_list.h - work of a place that is picked in one walk.
 *
 * A list is made of chosen fulfillments or by rule, is open, then picking, and ends done or canceled.  Each fulfillment is on at most one list that is
 * not over (pick_claim).  What is canceled, held or picked elsewhere counts no more from that moment: a list is read with its fulfillments as they
 * are.  Done, it says of each that is still to be picked that it is.  The lane is that of the list's id.  Pure.
 */
#ifndef KERVAN_FULFILLMENT_PICK_LIST_H
#define KERVAN_FULFILLMENT_PICK_LIST_H

#include "common/incoming.h"
#include "services/fulfillment/picking_tables.h"

/* A list while it is decided on. */
struct pick_list {
    struct decision *out;
    const struct incoming_message *in;
    const char *id;
    struct pick_list_row *row; /* NULL: there is none */
};
struct pick_list pick_list_of(struct decision *out, const struct incoming_message *in,
                              const char *id);
/* The list with its lines, then the fulfillments, orders' lines, claims, items and the place that they name. */
void pick_list_want(struct rows *rows, const char *id);
void pick_list_want_shared(struct rows *rows, const char *id);
/* True, and answered, when there is no such list or it is over. */
bool pick_list_refused(const struct pick_list *list);
/* It changed, and is saved. */
void pick_list_touch(const struct pick_list *list);

struct pick_list_line_row **pick_list_lines(const struct pick_list *list, size_t *ret_count);
/* Pieces of lines[at] that are still to be taken: 0 of what is not to be picked any more. */
int64_t pick_list_wanted(const struct pick_list *list, struct pick_list_line_row *const *lines,
                         size_t at);

void pick_list_make_need(const struct incoming_message *in, struct rows *rows);
void pick_list_make_need_shared(const struct incoming_message *in, struct rows *rows);
void on_pick_list_make(struct decision *out, const struct incoming_message *in);

const char *pick_list_lane_key(struct arena *arena, const struct incoming_message *in);
void pick_list_need(const struct incoming_message *in, struct rows *rows);
void pick_list_need_shared(const struct incoming_message *in, struct rows *rows);
void on_pick_list_assign(struct decision *out, const struct incoming_message *in);
void on_pick_list_finish(struct decision *out, const struct incoming_message *in);
void on_pick_list_cancel(struct decision *out, const struct incoming_message *in);
void on_pick_list_scan(struct decision *out, const struct incoming_message *in);
void on_pick_list_undo(struct decision *out, const struct incoming_message *in);

#endif
