/* number.h - numbers of orders in a channel's own series: TR-2026-000123.
 *
 * A series is what its numbers begin with: channels with one prefix share it.  One row a series counts for all lanes, in the transaction that takes the order: no number is given twice, and
 * none is left out.  An order that was refused has none.  Pure.
 */
#ifndef KERVAN_ORDER_NUMBER_H
#define KERVAN_ORDER_NUMBER_H

#include "common/decision.h"
#include "services/order/tables.h"

/* For a new order of this channel; NULL when it has no policy. */
void number_need(const struct channel_row *channel, struct rows *rows);
/* The next one, in the arena; NULL when the channel has no series. */
const char *number_next(struct decision *out, const struct channel_row *channel);

#endif
