/* bin.h - bins inside a place, and how much of an item lies in each.
 *
 * What is on hand lies in bins or in none: stock_row.binned is the sum of the bins, the rest is `unbinned`.  Orders reserve of the whole
 * and know no bins.  Where less is on hand than the bins hold (somebody took pieces and named no bin), the bins give up the difference
 * (bins_settle); until then `unbinned` is below 0.  All changes happen in the lane of the SKU, which states them.  Pure.
 */
#ifndef KERVAN_INVENTORY_BIN_H
#define KERVAN_INVENTORY_BIN_H

#include "common/incoming.h"
#include "proto/inventory.h"
#include "services/inventory/tables.h"

_Static_assert(BIN_MOVEMENT_ADJUSTED == 1 && BIN_MOVEMENT_PICKED == 4 && BIN_MOVEMENT_GONE == 6,
               "bin_ledger.kind keeps these numbers");
_Static_assert(BIN_KIND_PICK == 1 && BIN_KIND_BULK == 2, "bin.kind keeps these numbers");

/* Marks a bin of a place (nothing for NULL), and what lies in bins of an item. */
void bin_want(struct rows *rows, const char *location, const char *code);
void bins_want(struct rows *rows, const char *sku);

/* NULL: there is none. */
const struct bin_row *bin_find(const struct rows *rows, const char *location, const char *code);
/* Pieces in the bin of the place that the stock is of. */
int64_t bin_holds(const struct rows *rows, const struct stock_row *stock, const char *code);
/* True, and answered, when nothing can be put into the bin (`into`) or it is unknown; NULL names none and is fine. */
bool bin_refused(struct decision *out, const struct incoming_message *in, const char *pointer,
                 const struct bin_row *bin, bool into);
/* True, and answered, when there is less in it. */
bool bin_short(struct decision *out, const struct incoming_message *in, const char *pointer,
               int64_t holds, int64_t wanted);

struct bin_change {
    const char *bin;
    int64_t quantity; /* more, or less by what it holds at most */
};
enum { BIN_CHANGES_MAX = 500 };

/* Changes bins (each named once), writes their ledger, and states it.  `cause` says why (kind, order_no, request_id, actor, at).  In the
 * lane of the SKU only; nothing for no change. */
void bins_change(struct decision *out, struct stock_row *stock, const struct bin_change *changes,
                 size_t count, const struct bin_ledger_row *cause);
/* The same of one bin, named by a request about stock; nothing for NULL. */
void bins_book(struct decision *out, struct stock_row *stock, const struct bin_change *change,
               enum bin_movement kind, const struct ledger_row *cause);

/* Whether bins of the item hold more than is there, and who gives it up: those that hold most. */
bool bins_are_overdrawn(const struct rows *rows, const char *sku);
void bins_settle(struct decision *out, const char *sku);

/* bin_put */
void bin_put_need(const struct incoming_message *in, struct rows *rows);
void bin_put_need_shared(const struct incoming_message *in, struct rows *rows);
const char *bin_put_lane_key(struct arena *arena, const struct incoming_message *in);
void on_bin_put(struct decision *out, const struct incoming_message *in);

/* stock_bin_move */
void bin_move_need_shared(const struct incoming_message *in, struct rows *rows);
const char *bin_move_lane_key(struct arena *arena, const struct incoming_message *in);
void on_bin_move(struct decision *out, const struct incoming_message *in);

/* inventory_pick: each item to its own lane. */
void on_inventory_pick(struct decision *out, const struct incoming_message *in);

/* stock_bin_take: what left happened, whatever the bins say. */
void bin_take_need(const struct incoming_message *in, struct rows *rows);
void bin_take_need_shared(const struct incoming_message *in, struct rows *rows);
void on_bin_take(struct decision *out, const struct incoming_message *in);

#endif
