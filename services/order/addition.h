/* addition.h - lines that an edit adds to an order that is being made ready.
 *
 * What is added is reserved under a number of its own (-H2), all or nothing, then authorized by a payment of its own (-P2) for
 * exactly what it costs; only then it is the order's.  Its shares are captured against that payment, so nothing that was secured
 * before is touched.  Where stock or money is not to be had, both are given back, the edit is declined, and the order is as it was.
 * The actions stand in the tables of saga.c.  Pure.
 */
#ifndef KERVAN_ORDER_ADDITION_H
#define KERVAN_ORDER_ADDITION_H

#include "common/incoming.h"
#include "proto/order.h"
#include "services/order/edit.h"

/* False, and answered, when it asks for lines that no order can have. */
bool addition_fits(struct saga *saga, const struct incoming_message *in);
/* Keeps the lines with the proposal, and says what they cost. */
int64_t addition_keep(struct saga *saga, int64_t edit_no, const struct order_edit_body *body);
/* How many lines an edit adds. */
size_t addition_line_count(const struct saga *saga, int64_t edit_no);
/* Why nothing can be added just now: bits of enum edit_refusal. */
int64_t addition_refusals(const struct saga *saga);
/* Its lines would have the numbers that were shown. */
bool addition_is_as_shown(const struct saga *saga, int64_t edit_no);
/* It is confirmed: the order asks for stock, then for money. */
void addition_begin(struct saga *saga, const struct incoming_message *in, struct edit_row *edit);

/* The edit whose lines are being reserved or authorized; NULL: none is. */
struct edit_row *addition_under_way(const struct saga *saga);
/* Whether an id names its reservation ('H') or its payment ('P'). */
bool addition_names(const struct saga *saga, char letter, const char *id);
/* The highest number of a reservation that an edit asked for; 0: none. */
int64_t addition_last_reservation(const struct saga *saga);
/* Its payment will not come; `code` says why. */
void addition_declined(struct saga *saga, const char *code);

#define CODE_NEEDS_SHOPPER "needs_shopper"

saga_action reserve_addition;
saga_action keep_held;          /* the message is what is held */
saga_action authorize_addition; /* or goes on at once, where it costs nothing */
saga_action add_lines;          /* it is the order's from now on */
saga_action take_back_addition; /* stock and money, as far as they were asked for */
saga_action decline_out_of_stock, decline_unpaid, decline_late, decline_canceled;

#endif
