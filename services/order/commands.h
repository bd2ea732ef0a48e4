/* commands.h - what the order tells the other services to do.
 *
 * Every command names what it makes (`-H1`, `-P1`, `-F1`, `-C1`, `-S1`, `-B1`), so that one which is
 * told again finds it; and until when it is worth anything, but for those that undo.  Actions of the
 * saga's tables.  Pure.
 */
#ifndef KERVAN_ORDER_COMMANDS_H
#define KERVAN_ORDER_COMMANDS_H

#include "services/order/saga.h"

/* Of the order. */
saga_action tell_contact, tell_reserve, tell_release, tell_authorize;
/* Lets go of what is authorized, and refunds what is taken; each as far as it has not come back yet. */
saga_action give_money_back;
/* The message is payment.requires_action: as long as the payment service waits, we wait. */
saga_action wait_for_shopper;

/* Of a share. */
saga_action tell_fulfill, tell_stop, tell_capture, tell_ship, tell_consume;

/* The one reservation and the one payment of an order. */
enum { RESERVATION_NO = 1, PAYMENT_NO = 1 };

#endif
