/* stock.h - what may happen to the pieces of one item at one place.
 *
 * The only code that changes quantities of a stock row; each change raises the row's version and is
 * marked for saving, and each change of a counter but `reserved` writes a line of the ledger.  Damaged
 * pieces and such in quality control are a part of what is on hand: where less is there than they are, they are gone,
 * those in quality control first.  Rows must have been loaded and locked.  Pure.
 */
#ifndef KERVAN_INVENTORY_STOCK_H
#define KERVAN_INVENTORY_STOCK_H

#include "common/decision.h"
#include "common/recipe.h"
#include "proto/inventory.h"
#include "services/inventory/tables.h"

enum { STOCK_QUANTITY_MAX = 1000000000 };

/* So many pieces from one condition to another. */
struct stock_way {
    enum stock_condition from, to;
    int64_t quantity;
};

/* The row, or NULL when nothing ever lay there. */
struct stock_row *stock_find(const struct rows *rows, const char *sku, const char *location);

/* Pieces of an item that orders wait for; `backorder_change` adds to them, and its lane looks what is to be bought (buying.h).  An
 * item that is known has its row. */
int64_t backorder_pieces(const struct rows *rows, const char *sku);
void backorder_change(struct decision *out, const char *sku, int64_t change);

/* The day until which nothing of the item is given to anybody (preorder.h); 0: it is not held back. */
int64_t stock_held_until(const struct rows *rows, const char *sku);

/* The counter, as the ledger names it. */
int64_t stock_counted(const struct stock_row *stock, enum stock_counter counter);
/* What is there and neither damaged nor in quality control, promised or not. */
int64_t stock_sellable(const struct stock_row *stock);
/* What may still be promised at this place, not counting whether the place is active; never negative. */
int64_t stock_available(const struct stock_row *stock);

/* How often a place has all that is in the recipe: pieces of an item, or whole bundles. */
int64_t stock_whole(const struct rows *rows, struct recipe recipe, const char *location);
/* The place to take so many from: one that has them all, else the one that has most; of equal ones that of lower priority, then of
 * the earlier code.  Only active places; its code and, in `*ret_quantity`, how many it has, at most those that are wanted; NULL: none
 * has any. */
const char *stock_choose(const struct rows *rows, struct recipe recipe, int64_t quantity,
                         int64_t *ret_quantity);
/* NULL: there is none of this code. */
const struct location_row *location_find(const struct rows *rows, const char *code);
bool location_is_known(const struct rows *rows, const char *code);
bool location_is_active(const struct rows *rows, const char *code);

/* What may be promised of an item, at all places together: also what is about to be given to who waits.  None while it is held back. */
int64_t stock_free(const struct rows *rows, const char *sku);

/* Promises pieces that are available; more is a programming error. */
void stock_hold(struct rows *rows, struct stock_row *stock, int64_t quantity);
/* Takes a promise back; what is owed shrinks first. */
void stock_give_back(struct rows *rows, struct stock_row *stock, int64_t quantity);

/* Raises the version: what lies in its bins changes. */
void stock_touch(struct rows *rows, struct stock_row *stock);

/* Writes `change` into the ledger alone, which did not know of what the counter says: `cause` says which counter. */
void stock_audit(struct rows *rows, struct stock_row *stock, int64_t change,
                 const struct ledger_row *cause);
/* Books `change` pieces more or less; what is then reserved beyond what is there is owed.  Where lots are kept apart and
 * named, what is said of them (more or less of each) counts, and `change` is its sum.  `cause` says why
 * (reason, request_id, at); the rest of the ledger's row is filled here.  A change of 0 is booked by its version only. */
void stock_book(struct rows *rows, struct stock_row *stock, int64_t change,
                const struct ledger_row *cause);

/* Whether pieces of one condition may become such of another; nothing comes back that was written off. */
bool stock_may_move(enum stock_condition from, enum stock_condition to);
/* Pieces in this condition; of such that were written off there are none. */
int64_t stock_in_condition(const struct stock_row *stock, enum stock_condition condition);
/* Pieces are found to be in another condition, or leave the books.  What is then reserved beyond what is sellable is owed. */
void stock_move(struct rows *rows, struct stock_row *stock, const struct stock_way *way,
                const struct ledger_row *cause);
/* Keeps so many pieces back from now on. */
void stock_keep_back(struct rows *rows, struct stock_row *stock, int64_t safety,
                     const struct ledger_row *cause);

/* A picker did not find pieces that were promised here.  Those that a count has already missed (they are owed) left the
 * books then, and are not lost twice.  `cause` says for whom (order_no, at). */
void stock_lose(struct rows *rows, struct stock_row *stock, int64_t quantity,
                const struct ledger_row *cause);

/* Pieces left for another place: as stock_ship. */
void stock_send(struct rows *rows, struct stock_row *stock, int64_t quantity, int64_t held,
                const struct ledger_row *cause);
/* What is on its way to a place, and what of it arrives. */
struct stock_arrival {
    int64_t incoming_change;   /* less what arrived or is lost, more what was sent */
    int64_t quantity, damaged; /* arrived; of those damaged */
    bool lost;
    bool bought;     /* from a supplier, not by a transfer */
    const char *bin; /* that the arrived are put into; NULL: none */
};
void stock_arrive(struct rows *rows, struct stock_row *stock, const struct stock_arrival *arrival,
                  const struct ledger_row *cause);

/* Pieces left: `held` of them had been promised to this order.  What the books did not know of is booked as found, since
 * what happened is never refused.  `cause` says what for (order_no, fulfillment_no, at). */
void stock_ship(struct rows *rows, struct stock_row *stock, int64_t quantity, int64_t held,
                const struct ledger_row *cause);

#endif
