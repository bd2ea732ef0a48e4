/* stock.h - what may happen to the pieces of one item at one place.
 *
 * The only code that changes quantities of a stock row; each change raises the row's version and is
 * marked for saving, and each movement of pieces writes the ledger.  Rows must have been loaded and
 * locked.  Pure.
 */
#ifndef KERVAN_INVENTORY_STOCK_H
#define KERVAN_INVENTORY_STOCK_H

#include "common/decision.h"
#include "services/inventory/tables.h"

enum { STOCK_QUANTITY_MAX = 1000000000 };

/* The row, or NULL when nothing ever lay there. */
struct stock_row *stock_find(const struct rows *rows, const char *sku, const char *location);

/* What may still be promised at this place, not counting whether the place is active; never negative. */
int64_t stock_available(const struct stock_row *stock);

/* Promises pieces that are available; more is a programming error. */
void stock_hold(struct rows *rows, struct stock_row *stock, int64_t quantity);
/* Takes a promise back; what is owed shrinks first. */
void stock_give_back(struct rows *rows, struct stock_row *stock, int64_t quantity);

/* Books `change` pieces more or less; what is then reserved beyond what is there is owed.  `cause` says why
 * (reason, request_id, at); the rest of the ledger's row is filled here.  A change of 0 is booked by its version only. */
void stock_book(struct rows *rows, struct stock_row *stock, int64_t change,
                const struct ledger_row *cause);

/* A picker did not find pieces that were promised here.  Those that a count has already missed (they are owed) left the
 * books then, and are not lost twice.  `cause` says for whom (order_no, at). */
void stock_lose(struct rows *rows, struct stock_row *stock, int64_t quantity,
                const struct ledger_row *cause);

/* Pieces left: `held` of them had been promised to this order.  What the books did not know of is booked as found, since
 * what happened is never refused.  `cause` says what for (order_no, fulfillment_no, at). */
void stock_ship(struct rows *rows, struct stock_row *stock, int64_t quantity, int64_t held,
                const struct ledger_row *cause);

#endif
