/* hold.h - holds: reasons for which an order waits.  It goes on when the last one is released.
 *
 * Before the confirmation stock and money are secured all the same, but the order is not confirmed.
 * After it, shares that nobody was told of wait, places are told to wait, and what is packed is not
 * paid for.  A hold with an end releases itself; an order that ends has no open holds.  Pure.
 */
#ifndef KERVAN_ORDER_HOLD_H
#define KERVAN_ORDER_HOLD_H

#include "common/incoming.h"
#include "proto/types.h"
#include "services/order/saga.h"

void order_hold_need(const struct incoming_message *in, struct rows *rows);
void order_hold_need_shared(const struct incoming_message *in, struct rows *rows);
void on_order_hold(struct decision *out, const struct incoming_message *in);
void on_order_hold_release(struct decision *out, const struct incoming_message *in);
void on_order_note(struct decision *out, const struct incoming_message *in);

/* The channel wants a person's word before its orders are confirmed. */
void hold_for_person(struct saga *saga);
/* A rule found something that a person must look at; `note` says what, in the arena. */
void hold_by_rule(struct saga *saga, enum hold_reason reason, const char *note);
/* Releases those whose end has come. */
void hold_release_due(struct saga *saga, int64_t due_at);
/* What they were placed for is settled. */
void hold_release_of(struct saga *saga, enum hold_reason reason);
/* The same, but those that people placed stay. */
void hold_release_by_rule(struct saga *saga, enum hold_reason reason);
/* The message is payment.credit_awaited: a hold says so, and no deadline ends the wait. */
saga_action wait_for_credit;
/* The order ended. */
void hold_release_all(struct saga *saga);
bool hold_is_open(const struct saga *saga, enum hold_reason reason);
/* There was one, and it ended so: with the order, or before it. */
bool hold_was_decided(const struct saga *saga, enum hold_reason reason, bool order_ended);
/* Of an open one; there must be one. */
enum hold_reason hold_reason_open(const struct saga *saga);

#endif
