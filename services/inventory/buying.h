/* buying.h - what orders wait for and nobody brings is put into a purchase order, where the supplier's data say so.
 *
 * The lane of the SKU compares what is waited for with what is there and incoming, wherever; what is missing goes into the draft that its
 * preferred supplier gathers then (purchase_gathering), in packs.  It says how many pieces the draft is to order of the item, never how many
 * more, so nothing is ordered twice, and asks for fewer when fewer are missing.  Once the draft is sent its pieces are incoming,
 * in the transaction that forgets the draft: they are never counted twice, nor not at all.  What somebody cancels, or a supplier
 * does not deliver, is dismissed: it is not bought by itself again, people see to it.  Quantities are pieces.  Pure.
 */
#ifndef KERVAN_INVENTORY_BUYING_H
#define KERVAN_INVENTORY_BUYING_H

#include "common/incoming.h"

struct stock_transit;

/* Its lane looks soon.  The first where the item's row of `backorder` is loaded: whoever asks again before it looked asks for nothing. */
void buying_ask(struct decision *out, const char *sku);
void buying_look(struct decision *out, const char *sku);
/* The same, where somebody waits. */
void buying_ask_when_waited_for(struct decision *out, const char *sku);

void stock_buy_need(const struct incoming_message *in, struct rows *rows);
void stock_buy_need_shared(const struct incoming_message *in, struct rows *rows);
void on_stock_buy(struct decision *out, const struct incoming_message *in);

/* A draft that was to order pieces does not. */
void stock_gathered_need(const struct incoming_message *in, struct rows *rows);
void on_stock_gathered(struct decision *out, const struct incoming_message *in);

/* Pieces of a purchase order are incoming, or not any more. */
void buying_transit_need(const struct incoming_message *in, struct rows *rows);
void buying_transit(struct decision *out, const struct stock_transit *input);

#endif
