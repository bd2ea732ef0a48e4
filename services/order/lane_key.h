/* lane_key.h - which lane a request to the order service belongs to: that of its order's id. */
#ifndef KERVAN_ORDER_LANE_KEY_H
#define KERVAN_ORDER_LANE_KEY_H

#include "common/incoming.h"

/* The id that the submission's order has or will have; NULL when it names nothing to derive it from.  What a
 * storefront's own topic brings without a name goes by its bytes, so that its refusal is stated once. */
const char *order_submit_lane_key(struct arena *arena, const struct incoming_message *in);
const char *order_malformed_lane_key(struct arena *arena, const struct incoming_message *in);
const char *order_cancel_lane_key(struct arena *arena, const struct incoming_message *in);
/* Of a hold, its release, a note, a shopper's answer. */
const char *order_request_lane_key(struct arena *arena, const struct incoming_message *in);
/* NULL when it names no order. */
const char *edit_confirm_lane_key(struct arena *arena, const struct incoming_message *in);
const char *task_decide_lane_key(struct arena *arena, const struct incoming_message *in);

#endif
