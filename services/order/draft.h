/* draft.h - orders to be: carts that are kept, and orders that are entered piece by piece.
 *
 * A draft goes by the id of the order that it becomes, with -D1 behind, and lives in that order's lane: so it is submitted,
 * changed, discarded or expired, whatever comes first, and once.  It holds no stock, takes no number and is no order: what it says
 * is a text that the gateway checks and this service keeps.  Once it ended it says nothing any more.  Pure.
 */
#ifndef KERVAN_ORDER_DRAFT_H
#define KERVAN_ORDER_DRAFT_H

#include "common/incoming.h"
#include "services/order/tables.h"

#define DRAFT_TIMER "draft"

/* Both requests begin with the draft's id. */
const char *draft_lane_key(struct arena *arena, const struct incoming_message *in);
void draft_save_need(const struct incoming_message *in, struct rows *rows);
void on_draft_save(struct decision *out, const struct incoming_message *in);
void draft_discard_need(const struct incoming_message *in, struct rows *rows);
void on_draft_discard(struct decision *out, const struct incoming_message *in);

/* The shop's people make it a quote: nobody else changes it then, and it is submitted as it is, or not. */
void on_draft_offer(struct decision *out, const struct incoming_message *in);

void draft_due_need(const struct incoming_timer *in, struct rows *rows);
void on_draft_due(struct decision *out, const struct incoming_timer *in);

/* Of the order with this id, which the draft would become. */
void draft_need(const char *order_id, struct rows *rows);
struct draft_row *draft_find(const char *order_id, struct rows *rows);
/* The draft, where an order may be made of it now; NULL, and answered, where not. */
struct draft_row *draft_to_submit(struct decision *out, const struct incoming_message *in);
void draft_is_submitted(struct decision *out, struct draft_row *draft);

#endif
