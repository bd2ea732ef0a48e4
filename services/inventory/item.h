/* item.h - items: put makes one or replaces it, lists and all, and the same again changes nothing.
 *
 * Runs in the lane of its SKU; its state goes to item.state.  A barcode is one item's, or one of its packs': it is locked
 * by its number, so of two items that want it one gets it.  What is wrong with an item is found before anything of it
 * changes.  Pure.
 */
#ifndef KERVAN_INVENTORY_ITEM_H
#define KERVAN_INVENTORY_ITEM_H

#include "common/incoming.h"
#include "services/inventory/tables.h"

struct item_body;

/* What is wrong with a request: a field of it, and why. */
struct item_fault {
    const char *pointer, *detail;
};

enum { ITEM_LIST_COUNT = 4 };

/* An item that is about to be put. */
struct item_change {
    struct decision *out;
    const char *at; /* where the body stands in the request: "" or "/item" */
    const struct item_body *body;
    struct item_row *stored; /* NULL: there is none yet */
    struct item_row wanted;
    struct item_list {
        const struct table *table;
        const void *rows; /* as the table has them, in their order */
        size_t count;
    } lists[ITEM_LIST_COUNT];
    bool same; /* nothing would change */
};

/* Marks what putting reads: the item's own rows first, then the barcodes that it has and is to have. */
void item_need(struct rows *rows, const char *sku);
void item_need_shared(struct rows *rows, const char *sku, const struct item_body *body);

/* Compares an item with what is stored; changes nothing. */
void item_change_open(struct item_change *change, struct decision *out, const char *sku,
                      const struct item_body *body);
/* True when it cannot be so; changes nothing. */
bool item_change_is_wrong(const struct item_change *change, struct item_fault *ret);
/* Makes or replaces the item, and states it. */
void item_change_make(struct item_change *change);

void item_put_need(const struct incoming_message *in, struct rows *rows);
void item_put_need_shared(const struct incoming_message *in, struct rows *rows);
void on_item_put(struct decision *out, const struct incoming_message *in);
const char *item_put_lane_key(struct arena *arena, const struct incoming_message *in);

#endif
