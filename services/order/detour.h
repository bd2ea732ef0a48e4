/* detour.h - what an order has only once it leaves the straight way: holds, stock that is waited for, another payment.
 *
 * Most orders have no such row, and cost no statement for it.  Who may make one must want all rows
 * of the order (order_need_all).  Pure.
 */
#ifndef KERVAN_ORDER_DETOUR_H
#define KERVAN_ORDER_DETOUR_H

#include "services/order/saga.h"

/* Marks all rows of an order that is, or may be, off the straight way. */
void order_need_odd(const struct order_row *order, struct rows *rows);
void order_need_all(int64_t order_no, struct rows *rows);

/* NULL when it has none. */
struct detour_row *detour_find(const struct saga *saga);
/* The row, made if there is none, marked as changed. */
struct detour_row *detour_change(struct saga *saga);

/* Without a row: 0 pieces wait, the first reservation, the first payment, the policy to reject. */
int64_t detour_waiting(const struct saga *saga);
int64_t detour_reservation_no(const struct saga *saga);
/* 1 is done first; 0: nobody said. */
int64_t detour_priority(const struct saga *saga);
int64_t detour_payment_no(const struct saga *saga);
/* Whether an id names the reservation ('H') or the payment ('P') that counts, and not an earlier one. */
bool detour_is_present(const struct saga *saga, char letter, const char *id);
int64_t detour_policy(const struct saga *saga);
/* How often an edit was to add lines: 0 for nearly all. */
int64_t detour_additions(const struct saga *saga);
/* The earliest of its instants and of `other`; 0: none. */
int64_t detour_earliest(const struct saga *saga, int64_t other);
/* The highest number that a capture or shipment of the order has, or may take as its share's own. */
int64_t detour_number_max(const struct saga *saga);
/* A number for a capture or shipment that takes the place of its share's own: above all that may be taken. */
int64_t detour_number_anew(struct saga *saga);
/* The first number of a share's capture or shipment. */
int64_t detour_number_first(struct saga *saga, int64_t fulfillment_no);

#endif
