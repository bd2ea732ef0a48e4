/* channel.h - how the orders of a channel are treated.  An order keeps the policy of the day it was placed.  Pure. */
#ifndef KERVAN_ORDER_CHANNEL_H
#define KERVAN_ORDER_CHANNEL_H

#include "common/incoming.h"
#include "proto/types.h"
#include "services/order/saga.h"

void channel_put_need(const struct incoming_message *in, struct rows *rows);
void channel_put_need_shared(const struct incoming_message *in, struct rows *rows);
void on_channel_put(struct decision *out, const struct incoming_message *in);
const char *channel_put_lane_key(struct arena *arena, const struct incoming_message *in);

/* For a new order of the channel. */
void channel_need(const char *code, struct rows *rows);
/* Puts what is not as usual onto the order. */
void channel_apply(struct saga *saga);
/* What a customer with this locale (NULL: not given) is written to in; `channel` NULL: without a policy. */
const char *channel_language(struct arena *arena, const struct channel_row *channel,
                             const char *locale);
/* Whether orders may be paid for like this. */
bool channel_takes(const struct channel_row *channel, enum payment_method method);
/* Whether the channel itself asks, and its time to change the order is over: staff may longer.  The policy of now counts; its row
 * is wanted by channel_need_of_speaker. */
bool channel_window_is_over(const struct saga *saga, const struct incoming_message *in);
void channel_need_of_speaker(const struct incoming_message *in, struct rows *rows);
#define CHANNEL_WINDOW_DETAIL "the channel's time to change the order is over; ask the shop"
/* What the order's channel does not want told; must be wanted, as for a new order. */
const enum customer_message *channel_silenced(const struct saga *saga, size_t *ret_count);

#endif
