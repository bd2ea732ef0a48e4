/* lot.h - which lots the pieces of an item at a place are of, or which pieces they are by their serial numbers.
 *
 * Kept as a text on the row of stock, so that it is locked, loaded and saved with the counters that it breaks down: what is
 * not kept apart has none, and costs nothing.  A serial number is a lot of one piece.  Pieces that nobody named are the lot "";
 * of an item with serial numbers it falls below 0 when a piece leaves unnamed, until a count names what is there.
 * The pieces of all lots always sum to on_hand, damaged and quality_control.  Pure; everything lives in the arena.
 */
#ifndef KERVAN_INVENTORY_LOT_H
#define KERVAN_INVENTORY_LOT_H

#include "services/inventory/tables.h"

struct arena;
struct rows;

enum { LOTS_MAX = 1000 }; /* of an item at a place: more that arrive are booked unnamed */

enum lot_tracking { LOT_TRACKING_NONE, LOT_TRACKING_LOT, LOT_TRACKING_SERIAL };
enum lot_condition { LOT_SELLABLE, LOT_DAMAGED, LOT_QUALITY_CONTROL, LOT_CONDITION_COUNT };

struct lot {
    const char *number;   /* "": nobody named it */
    int64_t expires_day;  /* the last day on which it is good, since 1970-01-01; NOT_GIVEN */
    int64_t received_day; /* UTC */
    int64_t order_no;     /* picked for this order; 0: free */
    int64_t pieces[LOT_CONDITION_COUNT];
};

struct lots {
    enum lot_tracking tracking;
    int64_t look_on;         /* the day on which somebody looks what has expired; 0: nobody does */
    int64_t shelf_life_days; /* with fewer left a lot is not sold */
    struct lot *items;
    size_t count;
};

/* Lots that somebody named. */
struct lot_named {
    const char *number;
    int64_t quantity;    /* of a correction: what is more or, negative, less */
    int64_t damaged;     /* of the pieces that arrive */
    int64_t expires_day; /* NOT_GIVEN: as it is known */
};
struct lot_names {
    const struct lot_named *items;
    size_t count;
};

/* What a text says; NULL: nothing is kept apart.  There is room for `more` lots. */
struct lots lots_of(struct arena *arena, const char *text, size_t more);
const char *lots_text(struct arena *arena, const struct lots *lots);
int64_t lot_on_hand(const struct lot *lot);
/* Adds the pieces of another entry of the lot. */
void lot_add(struct lot *sum, const struct lot *entry);
/* Of all entries of a lot at this place, whoever they are picked for; NULL when there is none. */
const struct lot *lots_find(const struct lots *lots, const char *number);
/* Pieces of a lot in a condition that are picked for nobody but this order; 0: for none. */
int64_t lots_free(const struct lots *lots, const char *number, enum lot_condition condition,
                  int64_t order_no);
/* Orders lots as they are to leave: first expired, then first received, first out; which of two without a day is the older is said
 * by when they came.  Unnamed pieces come first, being there from before lots were named. */
int lot_compare(const void *left, const void *right);
/* Pieces that wait for an order are past being looked at: who packs them sees the day. */
bool lot_is_for_sale(const struct lot *lot);
/* From this day on a lot is not sold any more; INT64_MAX when it never expires. */
int64_t lot_ends_on(const struct lots *lots, const struct lot *lot);
/* The last good day of what is sellable and goes first; NOT_GIVEN where nothing expires. */
int64_t lots_first_expiry(struct arena *arena, const char *text);

/* How the text of a row of this item begins that is about to be made: as the item's other rows, else as the item says. */
const char *lots_begin(struct arena *arena, const struct rows *rows, const char *sku);
enum lot_tracking lots_tracking(const char *text);
enum lot_tracking lots_tracking_of(const struct item_row *item);

/* The counters of `stock` were changed since `before`: the same is done to its lots, those of `cause` first, and each
 * that changed gets its line.  Without names what goes first leaves; `cause` says for which order, and by its kind why. */
void lots_follow(struct rows *rows, struct stock_row *stock, const struct stock_row *before,
                 const struct ledger_row *cause);
/* Adds what `cause` names to the lots, or takes it, what is sellable first; what that is in all, by condition. */
void lots_correct(struct rows *rows, struct stock_row *stock, const struct ledger_row *cause,
                  int64_t ret_change[LOT_CONDITION_COUNT]);

/* What was picked for the order here is put back, except so many pieces. */
void lots_unpick(struct rows *rows, struct stock_row *stock, int64_t order_no, int64_t keep);
/* Exactly these pieces are picked for the order from now on; they were found to be there and free. */
void lots_pick(struct rows *rows, struct stock_row *stock, int64_t order_no,
               const struct lot_names *names);
int64_t lots_picked(const struct lots *lots, int64_t order_no);

#endif
