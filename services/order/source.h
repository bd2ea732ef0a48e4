/* source.h - the pieces of one share are held anew: elsewhere, where its place gave it up, or to send a lost parcel once more.
 *
 * They are asked for under the next number of a reservation, all or none.  When they are held, new shares take the place of
 * the old one, with what they cost; what was taken for it counts for them.  Pure.
 */
#ifndef KERVAN_ORDER_SOURCE_H
#define KERVAN_ORDER_SOURCE_H

#include "services/order/saga.h"

/* Of a task about a share that no stock was found for. */
#define CODE_NO_STOCK "no_stock"

/* Actions of a share. */
saga_action tell_source, tell_source_again;
/* The message is fulfillment.shorted: what the place did not find leaves the books, and is looked for elsewhere, as a share of its own. */
saga_action seek_short_pick;
saga_action tell_source_missing;
saga_action drop_sourcing; /* what it asked for is not wanted any more */
saga_action give_up_stock; /* what is held for it at its place */
saga_action take_over;     /* the message is struct stock_held */

#endif
