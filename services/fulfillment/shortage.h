/* shortage.h - work that becomes smaller: pieces that are not there, pieces that are to be left out, or all of it.
 *
 * `short` is a report: the missing pieces leave the work, the rest is made ready.  The same report, by its
 * idempotency key or else its id, counts once.  `reduce` is a question of the order, answered once for
 * each change_no: all pieces of it leave, or none.  `cancel_now` ends the work at the place's own wish.
 * Work without pieces is canceled.  Pure.
 */
#ifndef KERVAN_FULFILLMENT_SHORTAGE_H
#define KERVAN_FULFILLMENT_SHORTAGE_H

#include "common/incoming.h"

const char *short_lane_key(struct arena *arena, const struct incoming_message *in);
void short_need(const struct incoming_message *in, struct rows *rows);
void short_need_shared(const struct incoming_message *in, struct rows *rows);
void on_short(struct decision *out, const struct incoming_message *in);

const char *cancel_now_lane_key(struct arena *arena, const struct incoming_message *in);
void cancel_now_need(const struct incoming_message *in, struct rows *rows);
void on_cancel_now(struct decision *out, const struct incoming_message *in);

void reduce_need(const struct incoming_message *in, struct rows *rows);
void on_reduce(struct decision *out, const struct incoming_message *in);

#endif
