/* part.h - the stock behind a part of a reservation: pieces of its item, or of the components of bundles.
 *
 * Each change asks for the levels of what it changed.  Stock rows are those of the part's own place, and must be loaded
 * (`part_want`).  Pure.
 */
#ifndef KERVAN_INVENTORY_PART_H
#define KERVAN_INVENTORY_PART_H

#include "common/decision.h"
#include "common/recipe.h"
#include "services/inventory/tables.h"

/* Marks the stock and backorders of what the part is of. */
void part_want(struct rows *rows, const struct reservation_line_row *part);
/* The same for all parts of an order, which are loaded. */
void part_want_all(struct rows *rows, int64_t order_no);
struct line_quantity;

struct recipe part_recipe(struct arena *arena, const struct reservation_line_row *part);

/* Pieces that the order holds in a row of stock, by its parts, which are loaded. */
int64_t part_held_in(const struct decision *out, int64_t order_no, const struct stock_row *stock);
/* Promises so many at the part's place, which has them. */
void part_hold(struct decision *out, const struct reservation_line_row *part, int64_t quantity);
void part_give_back(struct decision *out, const struct reservation_line_row *part,
                    int64_t quantity);
/* A picker did not find them.  Of bundles the components that are named for the part's line are lost and the others given back,
 * all are lost where none is named; `named` counts down to what is not lost yet. */
struct part_losses {
    struct line_quantity *named;
    size_t count;
};
void part_lose(struct decision *out, const struct reservation_line_row *part, int64_t quantity,
               const struct part_losses *losses, const struct ledger_row *cause);
/* They left the place; `held` of them were promised there.  Where the books know of no stock at all there is nothing to
 * take from: the fact alone says that they left. */
void part_ship(struct decision *out, const struct reservation_line_row *part, int64_t quantity,
               int64_t held, const struct ledger_row *cause);

#endif
