/* commands.h - what the order service asks for: ship, void; people who want labels back; and the wait for a place that is not
 * known yet.
 *
 * A fulfillment is sent by one shipment at a time: another one is refused while labels of the first may still be used.  Pure.
 */
#ifndef KERVAN_SHIPPING_COMMANDS_H
#define KERVAN_SHIPPING_COMMANDS_H

#include "common/incoming.h"

#define TIMER_PLACE "shipment_place" /* is the place known now; its step is the shipment_no */

enum { PLACE_PAUSE_MS = 1000 };

void ship_need(const struct incoming_message *in, struct rows *rows);
void ship_need_shared(const struct incoming_message *in, struct rows *rows);
void on_ship(struct decision *out, const struct incoming_message *in);

void void_need(const struct incoming_message *in, struct rows *rows);
void void_need_shared(const struct incoming_message *in, struct rows *rows);
void on_void(struct decision *out, const struct incoming_message *in);

/* People want the labels back.  The answer says that it is begun; `voided` or `refused` says how it ended. */
const char *void_now_lane_key(struct arena *arena, const struct incoming_message *in);
void void_now_need(const struct incoming_message *in, struct rows *rows);
void void_now_need_shared(const struct incoming_message *in, struct rows *rows);
void on_void_now(struct decision *out, const struct incoming_message *in);

void place_due_need(const struct incoming_timer *in, struct rows *rows);
void place_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_place_due(struct decision *out, const struct incoming_timer *in);

#endif
